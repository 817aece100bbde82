"""The people of a station: their names, roles and PINs.

A PIN is drawn here and told once; the catalogue keeps a salted scrypt hash. Guessing is made slow. For a forgotten PIN
a technician gives a new one, on the page or with ``tramquet user reset-pin``.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from station.access.ended_logins import EndedLogins
from station.catalogue import event_log, row_facts
from station.catalogue.models import User
from station.context import Station
from station.domain.roles import Role
from station.errors import Refused

log = logging.getLogger(__name__)

PIN_DIGITS = 6
_LONGEST_NAME = 64


@dataclass(frozen=True)
class Person:
    """Somebody who may log in. ``stamp`` changes with the PIN: what was let in by an old one can be told by it."""

    id: int
    name: str
    role: Role
    stamp: str


def add(station: Station, name: str, role: Role, *, who: str, pin: str | None = None) -> str:
    """Enter a person; gives the PIN (``pin``, or a drawn one). ``Refused`` where somebody has that name already."""
    new_pin = checked_pin(pin) if pin is not None else _random_pin()
    user = _new(name, role, new_pin)
    with station.catalogue.writing() as session:
        if _find(session, user.name) is not None:
            raise Refused("person-exists", name=user.name)
        _enter(session, user, who)
    return new_pin


def add_first(station: Station, name: str, pin: str) -> None:
    """Enter the first technician with a PIN of their own; ``Refused`` ("person-first-known") once anybody is known."""
    user = _new(name, Role.TECHNICIAN, checked_pin(pin))
    with station.catalogue.writing() as session:
        if session.scalars(select(User.id).limit(1)).first() is not None:
            raise Refused("person-first-known")
        _enter(session, user, user.name)


def reset_pin(station: Station, name: str, *, who: str) -> str:
    """Draw a new PIN for a person; gives it."""
    new_pin = _random_pin()
    pin_hash = generate_password_hash(new_pin)
    with station.catalogue.writing() as session:
        user = _find(session, name)
        if user is None:
            raise Refused("person-unknown", name=name)
        user.pin_hash = pin_hash
        event_log.record(session, who, "pin-reset", **row_facts.person(user))
    return new_pin


def all_users(station: Station) -> list[Person]:
    """All people, by name."""
    with station.catalogue.reading() as session:
        return [_person(user) for user in session.scalars(select(User).where(User.active).order_by(User.name))]


def active_user(station: Station, person_id: int) -> Person | None:
    """The person with this id, if that one may still log in."""
    with station.catalogue.reading() as session:
        user = session.get(User, person_id)
        return _person(user) if user is not None and user.active else None


class LoginLimiter:
    """Checks PINs, and keeps whoever guesses waiting: after some failures a name is closed for a while, ever longer.

    With a new PIN nobody waits: failures count against the PIN that was guessed at. ``ended`` are the logins that
    do not open it any more.
    """

    FREE_TRIES = 5
    FIRST_WAIT = 30.0
    LONGEST_WAIT = 900.0
    #: So many names are remembered with their failures; invented ones, a million of them, take no more room than that.
    MOST_NAMES = 1000

    def __init__(self, station: Station, clock: Callable[[], float] = time.monotonic) -> None:
        self._station = station
        self._clock = clock
        self.ended = EndedLogins(station.folders.data / "ended-logins")
        self._guard = threading.Lock()
        self._failures: dict[tuple[str, str], tuple[int, float]] = {}
        # scrypt takes 32 MB for each check; thirty at once are more than an old PC has.
        self._checking = threading.Lock()

    def enter(self, name: str, pin: str) -> Person:
        """The person, when the PIN is right; ``Refused`` ("pin-wrong", "pin-wait") else, the same for unknown names."""
        with self._station.catalogue.reading() as session:
            user = _find(session, name)
            person = _person(user) if user is not None and user.active else None
            pin_hash = user.pin_hash if user is not None and person is not None else None
        # A name longer than any person's is unknown in any case, and is not worth keeping whole.
        key = (_key(name)[: _LONGEST_NAME + 1], person.stamp if person else "")
        self._count(key)
        with self._checking:
            right = check_password_hash(pin_hash or _nobody(), pin)
        if person is None or not right:
            log.warning("a wrong PIN was given for %s", person.name if person else "an unknown name")
            raise Refused("pin-wrong")
        with self._guard:
            self._failures.pop(key, None)
        with self._station.catalogue.writing() as session:
            event_log.record(session, person.name, "logged-in")
        return person

    def _count(self, key: tuple[str, str]) -> None:
        """Count a try as failed, before the slow check, so that many tries at once do not slip through."""
        with self._guard:
            count, until = self._failures.get(key, (0, 0.0))
            if (seconds := until - self._clock()) > 0:
                raise Refused("pin-wait", seconds=int(seconds) + 1)
            self._failures.pop(key, None)  # the last one counted is the last to be forgotten
            if len(self._failures) >= self.MOST_NAMES:
                self._forget_one()
            self._failures[key] = (count + 1, self._clock() + self._wait(count + 1))

    def _wait(self, failures: int) -> float:
        """How long a name is closed after so many failures (s)."""
        if failures < self.FREE_TRIES:
            return 0.0
        # The wait is the longest after a few doublings; a power of thousands of failures is beyond every float.
        return min(self.FIRST_WAIT * 2.0 ** min(failures - self.FREE_TRIES, 32), self.LONGEST_WAIT)

    def _forget_one(self) -> None:
        """Make room for a name: an invented one goes before a person's, which guessing must not open again."""
        invented = (key for key in self._failures if not key[1])
        del self._failures[next(invented, next(iter(self._failures)))]


@cache
def _nobody() -> str:
    """The hash that unknown names are checked against, so that they take as long as known ones."""
    return generate_password_hash(secrets.token_hex(16))


def _new(name: str, role: Role, pin: str) -> User:
    name = _spelled(name)
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Refused("person-name-wrong", name=name[: _LONGEST_NAME + 1])
    return User(name=name, role=role, pin_hash=generate_password_hash(pin), active=True, created_at=datetime.now(UTC))


def _enter(session: Session, user: User, who: str) -> None:
    session.add(user)
    event_log.record(session, who, "person-added", **row_facts.person(user))


def _spelled(name: str) -> str:
    """One spelling for what looks the same: Vietnamese letters composed (some keyboards send them in parts)."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def _key(name: str) -> str:
    return _spelled(name).casefold()


def _find(session: Session, name: str) -> User | None:
    key = _key(name)
    return next((user for user in session.scalars(select(User)) if _key(user.name) == key), None)


def _person(user: User) -> Person:
    return Person(user.id, user.name, Role(user.role), row_facts.pin_stamp(user))


def _random_pin() -> str:
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


def checked_pin(pin: str) -> str:
    """The PIN; ``Refused`` ("pin-weak") where anybody would guess it."""
    if not (pin.isdecimal() and pin.isascii() and PIN_DIGITS <= len(pin) <= 12) or len(set(pin)) == 1:
        raise Refused("pin-weak", digits=PIN_DIGITS)
    return pin
