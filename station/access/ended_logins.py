"""Logins that their people ended, kept in a file, so that a copied cookie is refused.

The cookie carries the login, and a restart of the daemon ends none; so those that were ended are kept in a file.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from station.access.login_lifetime import LONGEST_LOGIN
from station.errors import StorageFailed
from station.storage import durable

log = logging.getLogger(__name__)


class EndedLogins:
    """The logins that were ended less than :data:`LONGEST_LOGIN` ago; all others are open."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._guard = threading.Lock()
        self._ended, self._readable_since = self._read_file()

    def is_open(self, login: str, began_at: float) -> bool:
        """Whether the ``login`` of that time (s since 1970) was not ended."""
        with self._guard:
            return login not in self._ended and began_at >= self._readable_since

    def end(self, login: str) -> None:
        """End a login. Where the disk does not take that, it holds until the daemon ends."""
        now = self._clock()
        with self._guard:
            self._ended = {one: at for one, at in self._ended.items() if now - at < LONGEST_LOGIN} | {login: now}
            try:
                with durable.new_file(self._file, replace=True) as temporary:
                    temporary.write_text(json.dumps(self._ended))
            except StorageFailed as error:
                log.warning("%s", error)

    def _read_file(self) -> tuple[dict[str, float], float]:
        """What the file holds, and from when on; where it cannot be read, every login of before is an ended one."""
        try:
            return {str(login): float(at) for login, at in json.loads(self._file.read_bytes()).items()}, 0.0
        except FileNotFoundError:
            return {}, 0.0
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.warning("%s cannot be read, so everybody must log in again: %s", self._file, error)
            return {}, self._clock()
