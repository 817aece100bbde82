"""Logging in by name and PIN, and the lock-out after wrong PINs: a name is closed for a while, ever longer."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

from station.access import users
from station.access.ended_logins import EndedLogins
from station.catalogue import event_log
from station.context import Station
from station.errors import Refused

log = logging.getLogger(__name__)


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

    def enter(self, name: str, pin: str) -> users.Person:
        """The person, when the PIN is right; ``Refused`` ("pin-wrong", "pin-wait") else, the same for unknown names."""
        person, pin_hash = users.person_and_pin_hash(self._station, name) or (None, None)
        # A name longer than any person's is unknown in any case, and is not worth keeping whole.
        key = (users.name_key(name)[: users.LONGEST_NAME + 1], person.stamp if person else "")
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
