"""Pairing: how a device of the office's network is allowed to use the page.

At the station a code is drawn for a device that gets a name; whoever stands before that device enters the code within
ten minutes, and its browser keeps a token. Codes and tokens are kept as hashes. A person still logs in with a PIN.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from station.catalogue import event_log, row_facts
from station.catalogue.models import Device, PairingCode
from station.context import Station
from station.errors import Refused

log = logging.getLogger(__name__)

CODE_DIGITS = 8
#: How long a code is valid.
LIFE = timedelta(minutes=10)
#: So many times a code may be entered, by whatever device; then it is void.
TRIES = 5
#: How exactly it is kept when a device was last here.
SEEN_EVERY = timedelta(minutes=10)
_LONGEST_NAME = 64


@dataclass(frozen=True)
class PairedDevice:
    """A paired device, when it was paired and when it was last here."""

    name: str
    paired_at: datetime
    seen_at: datetime


def offer_code(station: Station, name: str, *, who: str) -> str:
    """Draw the code by which the next device is paired under ``name``; a code drawn before is void."""
    if not station.settings.lan.enabled:
        raise Refused("lan-off")
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Refused("device-name-wrong", name=name[: _LONGEST_NAME + 1])
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    waiting = PairingCode(name=name, code_hash=generate_password_hash(code), tries=0, made_at=datetime.now(UTC))
    with station.catalogue.writing() as session:
        if _device_named(session, name) is not None:
            raise Refused("device-exists", name=name)
        session.execute(delete(PairingCode))
        session.add(waiting)
        event_log.record(session, who, "pairing-code-drawn", device=name)
    return code


def redeem_code(station: Station, code: str) -> str:
    """Pair a device by its code; gives the token that it must keep.

    ``Refused`` ("pairing-code-wrong") alike where the code is wrong, was used, has grown old or was guessed at.
    """
    # The try counts before the slow check, so that many at once do not slip through.
    with station.catalogue.writing() as session:
        waiting = session.scalars(select(PairingCode)).one_or_none()
        candidate = (waiting.id, waiting.name, waiting.code_hash) if waiting is not None and _valid(waiting) else None
        if waiting is not None and candidate is not None:
            waiting.tries += 1
    digits = "".join(code.split())
    if candidate is None or not check_password_hash(candidate[2], digits):
        log.warning("a device gave a pairing code that is wrong or not valid any more")
        raise Refused("pairing-code-wrong", digits=CODE_DIGITS)
    token = secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    with station.catalogue.writing() as session:
        redeemed_ids = session.scalars(
            delete(PairingCode).where(PairingCode.id == candidate[0]).returning(PairingCode.id)
        ).all()
        if not redeemed_ids:  # another device was quicker with the same code, or a newer one was drawn
            raise Refused("pairing-code-wrong", digits=CODE_DIGITS)
        device = Device(name=candidate[1], token_hash=_hash(token), paired_at=now, seen_at=now)
        session.add(device)
        event_log.record(session, candidate[1], "device-paired", **row_facts.device(device))
    return token


def device_of_token(station: Station, token: str) -> PairedDevice | None:
    """The device that has this token; None where none has, or it was revoked."""
    with station.catalogue.reading() as session:
        device = session.scalars(select(Device).where(Device.token_hash == _hash(token))).one_or_none()
        return None if device is None else _paired(device)


def note_visit(station: Station, device: PairedDevice) -> bool:
    """Note that a device is here; gives whether that was worth noting, which it is every ten minutes."""
    now = datetime.now(UTC)
    if abs(now - device.seen_at) < SEEN_EVERY:
        return False
    with station.catalogue.writing() as session:
        session.execute(update(Device).where(Device.name == device.name).values(seen_at=now))
    return True


def paired_devices(station: Station) -> list[PairedDevice]:
    """All paired devices, by name."""
    with station.catalogue.reading() as session:
        return [_paired(device) for device in session.scalars(select(Device).order_by(Device.name))]


def revoke(station: Station, name: str, *, who: str) -> None:
    """Let a device in no more, from its next request on; ``Refused`` ("device-unknown") where there is none."""
    with station.catalogue.writing() as session:
        device = _device_named(session, name)
        if device is None:
            raise Refused("device-unknown", name=name)
        session.delete(device)
        event_log.record(session, who, "device-revoked", device=device.name)


def _valid(code: PairingCode) -> bool:
    # A clock that jumped either way says nothing about how old a code is.
    return code.tries < TRIES and abs(datetime.now(UTC) - code.made_at) <= LIFE


def _device_named(session: Session, name: str) -> Device | None:
    key = unicodedata.normalize("NFC", name).casefold()
    return next((device for device in session.scalars(select(Device)) if device.name.casefold() == key), None)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _paired(device: Device) -> PairedDevice:
    return PairedDevice(device.name, device.paired_at, device.seen_at)
