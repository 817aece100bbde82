"""The people of a station: their names, roles and PINs.

A PIN is drawn here and told once; the catalogue keeps a salted scrypt hash. Guessing is made slow by
:mod:`station.access.login_limiter`. For a forgotten PIN a technician gives a new one, on the page or with
``tramquet user reset-pin``.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from station.catalogue import event_log, row_facts
from station.catalogue.models import User
from station.context import Station
from station.domain.roles import Role
from station.errors import Refused

PIN_DIGITS = 6
#: Letters of a name at most.
LONGEST_NAME = 64


@dataclass(frozen=True)
class Person:
    """Somebody who may log in. ``stamp`` changes with the PIN: what was let in by an old one can be told by it."""

    id: int
    name: str
    role: Role
    stamp: str


def add(station: Station, name: str, role: Role, *, who: str, pin: str | None = None) -> str:
    """Enter a person, or one who had left again; gives the PIN (``pin``, or a drawn one).

    ``Refused`` ("person-exists") where somebody on the list has that name.
    """
    new_pin = checked_pin(pin) if pin is not None else _random_pin()
    user = _new(name, role, new_pin)
    with station.catalogue.writing() as session:
        known = _find(session, user.name)
        if known is None:
            _enter(session, user, who)
        elif known.active:
            raise Refused("person-exists", name=user.name)
        else:
            known.role, known.pin_hash, known.active = role, user.pin_hash, True
            _enter(session, known, who)
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
        user = _find_active(session, name)
        user.pin_hash = pin_hash
        event_log.record(session, who, "pin-reset", **row_facts.person(user))
    return new_pin


def leave(station: Station, name: str, *, who: str) -> None:
    """Take a person off the list: nobody logs in by that name any more, and its logins end. What was done stays theirs.

    ``Refused``: "person-unknown", "person-last-technician".
    """
    with station.catalogue.writing() as session:
        user = _find_active(session, name)
        others = select(User.role).where(User.active, User.id != user.id)
        if Role(user.role).may_administer and not any(Role(role).may_administer for role in session.scalars(others)):
            raise Refused("person-last-technician", name=user.name)
        user.active = False
        event_log.record(session, who, "person-left", **row_facts.person(user))


def all_users(station: Station) -> list[Person]:
    """All people, by name."""
    with station.catalogue.reading() as session:
        return [_person(user) for user in session.scalars(select(User).where(User.active).order_by(User.name))]


def active_user(station: Station, person_id: int) -> Person | None:
    """The person with this id, if that one may still log in."""
    with station.catalogue.reading() as session:
        user = session.get(User, person_id)
        return _person(user) if user is not None and user.active else None


def person_and_pin_hash(station: Station, name: str) -> tuple[Person, str | None] | None:
    """The person of this name who may still log in, with the hash of the PIN; None where there is none."""
    with station.catalogue.reading() as session:
        user = _find(session, name)
        return (_person(user), user.pin_hash) if user is not None and user.active else None


def name_key(name: str) -> str:
    """What one name has in common however it is typed: spelling and capitals make no other person."""
    return _spelled(name).casefold()


def _new(name: str, role: Role, pin: str) -> User:
    name = _spelled(name)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused("person-name-wrong", name=name[: LONGEST_NAME + 1])
    return User(name=name, role=role, pin_hash=generate_password_hash(pin), active=True, created_at=datetime.now(UTC))


def _enter(session: Session, user: User, who: str) -> None:
    session.add(user)
    event_log.record(session, who, "person-added", **row_facts.person(user))


def _spelled(name: str) -> str:
    """One spelling for what looks the same: Vietnamese letters composed (some keyboards send them in parts)."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def _find(session: Session, name: str) -> User | None:
    key = name_key(name)
    return next((user for user in session.scalars(select(User)) if name_key(user.name) == key), None)


def _find_active(session: Session, name: str) -> User:
    user = _find(session, name)
    if user is None or not user.active:
        raise Refused("person-unknown", name=name)
    return user


def _person(user: User) -> Person:
    return Person(user.id, user.name, Role(user.role), row_facts.pin_stamp(user))


def _random_pin() -> str:
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


def checked_pin(pin: str) -> str:
    """The PIN; ``Refused`` ("pin-weak") where anybody would guess it."""
    if not (pin.isdecimal() and pin.isascii() and PIN_DIGITS <= len(pin) <= 12) or len(set(pin)) == 1:
        raise Refused("pin-weak", digits=PIN_DIGITS)
    return pin
