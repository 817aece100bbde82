"""Who may use the receiver: one token for all stations, or one for each, which identifies the station."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
from pathlib import Path

from station.errors import Refused

_LOG = logging.getLogger(__name__)
_LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,63})\s+([0-9a-f]{64})")
#: More than a file of twenty thousand stations has (bytes).
_LARGEST = 4 * 1024**2


class Tokens:
    """The token of all stations (``shared``), the file of each one's own (``stations``), or neither: everybody may.

    A line of the file is a station's id and the SHA-256 of its token, so that who reads the file can speak as nobody.
    It is read again when it changed: a line taken out is a token revoked. Raises ``Refused`` where it cannot be used.
    """

    def __init__(self, shared: str | None = None, stations: Path | None = None) -> None:
        self._shared, self._file = shared, stations
        self._owners = _owners(stations) if stations else {}
        self._stamp = _stamp(stations)

    def owner(self, authorization: str) -> str | None:
        """Whose token that header shows: a station's id, "" where it is not one station's; None: nobody's."""
        if self._shared is None and self._file is None:
            return ""
        self._look()
        shown = authorization.encode()
        if self._shared is not None and hmac.compare_digest(shown, f"Bearer {self._shared}".encode()):
            return ""
        # No other comparison than that of hashes: how long it takes tells nothing of a token.
        return self._owners.get(hashlib.sha256(shown.removeprefix(b"Bearer ")).hexdigest())

    def _look(self) -> None:
        """Read the file again where it is another one; while it cannot be read, what it said last holds."""
        if self._file is None or (stamp := _stamp(self._file)) == self._stamp:
            return
        try:
            self._owners = _owners(self._file)
        except Refused as error:
            _LOG.error("%s", error)
        self._stamp = stamp


def _stamp(file: Path | None) -> tuple[int, int, int] | None:
    try:
        status = file.stat() if file else None
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino) if status else None


def _owners(file: Path) -> dict[str, str]:
    try:
        if file.stat().st_size > _LARGEST:
            raise Refused("receive-tokens-unreadable", path=file, detail=f"> {_LARGEST // 1024**2} MB")
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        detail = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "UTF-8"
        raise Refused("receive-tokens-unreadable", path=file, detail=detail) from error
    owners: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        match = _LINE.fullmatch(text)
        if match is None or match[2] in owners:
            raise Refused("receive-tokens", path=file, line=number)
        owners[match[2]] = match[1]
    return owners
