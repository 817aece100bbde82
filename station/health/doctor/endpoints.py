"""Where data goes and where people look: the destinations, and the web page."""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from station.access import device_pairing
from station.context import Station
from station.delivery.destinations import http_answers
from station.delivery.destinations.http_answers import Packed, TooLong, Watch
from station.delivery.destinations.tus import TusSender
from station.delivery.destinations.tus_http import LineTimeouts
from station.errors import DeliveryStuck, DeliveryWaits, StorageFailed
from station.health.doctor.report import Found, Verdict, failure, ok, warning
from station.health.doctor.storage import sync_time
from station.messages import Message
from station.settings.tables import Destination, FolderDestination, TusDestination
from station.storage import durable
from station.system import lan as network

#: A person waits for the answer (s).
_PATIENCE = LineTimeouts(connect=10, read=20, answer=30)


def destinations(station: Station) -> Iterator[Found]:
    """Each one tried: the folder written, the address, certificate and token asked with."""
    if not station.settings.destinations:
        yield warning("destination", "doctor-destination-none")
    for destination in station.settings.destinations:
        yield f"destination {destination.id}", *destination_line(destination)


def destination_line(destination: Destination) -> tuple[Verdict, Message]:
    """How a destination stands now."""
    if not isinstance(destination, FolderDestination):
        return _line(destination)
    if destination.stick and not destination.path.is_mount():
        return Verdict.WARNING, Message("destination-no-stick", {"path": destination.path})
    return _folder(destination.path)


def web(station: Station) -> Iterator[Found]:
    """Whether the daemon answers where the settings say, and is the version that is installed."""
    settings = station.settings.web
    address = f"http://{settings.host}:{settings.port}"
    try:
        told = _health(address)
        running, reason = told["version"], told["reason"]
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
    with Watch(_PATIENCE.answer) as watch, http_answers.session(watch) as session:
        response = session.get(
            f"{address}/healthz", headers={"Accept-Encoding": "identity"}, timeout=_PATIENCE.connect, stream=True
        )
        with response:
            return http_answers.read(response, http_answers.PAGE, watch).json()


def lan(station: Station) -> Iterator[Found]:
    """Where the page is for the LAN: whether the station answers, with its certificate, and at which addresses."""
    settings = station.settings.lan
    if not settings.enabled:
        return
    from station.access import tls_certificate  # cryptography takes a while to import on an old PC

    own = tls_certificate.station_certificate(station)
    pages = network.pages(settings)
    try:
        shown = _fingerprint(settings.port)
    except ConnectionRefusedError:
        yield warning("lan", "doctor-lan-silent", port=settings.port)
        return
    except OSError:
        shown = ""
    if shown != own.fingerprint:
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
        shown = tls.getpeercert(binary_form=True) or b""
    return hashlib.sha256(shown).digest().hex(":").upper()


def _folder(path: Path) -> tuple[Verdict, Message]:
    if not path.is_dir():
        return Verdict.WARNING, Message("destination-missing", {"path": path})
    try:
        sync_time(path)
    except StorageFailed as error:
        return Verdict.FAILURE, Message("destination-denied", {"path": path, "detail": error.facts["detail"]})
    return Verdict.OK, Message("doctor-destination", {"path": path, "free": durable.free_bytes(path) // 1024**2})


def _line(destination: TusDestination) -> tuple[Verdict, Message]:
    with TusSender(destination, _PATIENCE) as sender:
        try:
            sender.check()
        except DeliveryWaits as error:
            verdict = Verdict.FAILURE if isinstance(error, DeliveryStuck) else Verdict.WARNING
            return verdict, Message(error.code, error.facts)
    return Verdict.OK, Message("doctor-destination-tus", {"host": urlsplit(destination.url).netloc})
