"""Doctor's lines about the destinations and the web page."""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import requests

from station.access import device_pairing
from station.context import Station
from station.delivery.destinations import http_answers, open_destination
from station.delivery.destinations.http_answers import AnswerWatch, Packed, TooLong
from station.delivery.destinations.tus_http import LineTimeouts
from station.errors import DeliveryStuck, DeliveryWaits
from station.health.doctor.report import CodedLine, Verdict, failure, ok, warning
from station.messages import Message
from station.settings.tables import AnyDestination
from station.system import lan as network

#: A person waits for the answer (s).
_PATIENCE = LineTimeouts(connect=10, read=20, answer=30)


def destinations(station: Station) -> Iterator[CodedLine]:
    """Each one tried: the folder written, the address, certificate and token asked with."""
    if not station.settings.destinations:
        yield warning("destination", "doctor-destination-none")
    for table in station.settings.destinations:
        yield f"destination {table.id}", *destination_line(table)


def destination_line(table: AnyDestination) -> tuple[Verdict, Message]:
    """How a destination stands now."""
    with open_destination(table, _PATIENCE) as destination:
        try:
            return Verdict.OK, destination.check()
        except DeliveryWaits as error:
            verdict = Verdict.FAILURE if isinstance(error, DeliveryStuck) else Verdict.WARNING
            return verdict, Message(error.code, error.facts)


def web(station: Station) -> Iterator[CodedLine]:
    """Whether the daemon answers where the settings say, and is the version that is installed."""
    settings = station.settings.web
    address = f"http://{settings.host}:{settings.port}"
    try:
        health = _health(address)
        running, reason = health["version"], health["reason"]
    except requests.ConnectionError:
        yield warning("web page", "doctor-web-silent", address=address)
    except (requests.RequestException, TooLong, Packed, KeyError, TypeError):
        yield failure("web page", "doctor-web-other", address=address)
    else:
        if reason is not None:
            yield failure("web page", "doctor-web-ill", address=address, reason=reason)
        elif running != version("tramquet"):
            yield warning("web page", "doctor-web-older", running=running, installed=version("tramquet"))
        else:
            yield ok("web page", "doctor-web", address=address)


def _health(address: str) -> Any:
    """What answers there says; any program may have taken the port."""
    with AnswerWatch(_PATIENCE.answer) as watch, http_answers.session(watch) as session:
        response = session.get(
            f"{address}/healthz", headers={"Accept-Encoding": "identity"}, timeout=_PATIENCE.connect, stream=True
        )
        with response:
            return http_answers.read(response, http_answers.PAGE, watch).json()


def lan(station: Station) -> Iterator[CodedLine]:
    """Where the page is for the LAN: whether the station answers, with its certificate, and at which addresses."""
    settings = station.settings.lan
    if not settings.enabled:
        return
    from station.access import tls_certificate  # cryptography takes a while to import on an old PC

    own = tls_certificate.station_certificate(station)
    pages = network.pages(settings)
    try:
        fingerprint = _fingerprint(settings.port)
    except ConnectionRefusedError:
        yield warning("lan", "doctor-lan-silent", port=settings.port)
        return
    except OSError:
        fingerprint = ""
    if fingerprint != own.fingerprint:
        yield failure("lan", "doctor-lan-other", port=settings.port)
    elif not pages:
        yield warning("lan", "lan-nowhere")
    else:
        facts = {"devices": len(device_pairing.paired_devices(station)), "ends": f"{own.ends:%Y-%m-%d}"}
        yield ok("lan", "doctor-lan", pages=", ".join(pages), **facts)


def _fingerprint(port: int) -> str:
    """Of the certificate that is shown there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the fingerprint says more
    with (
        socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE.connect) as line,
        context.wrap_socket(line) as tls,
    ):
        certificate = tls.getpeercert(binary_form=True) or b""
    return hashlib.sha256(certificate).digest().hex(":").upper()
