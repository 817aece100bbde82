"""Who may use the receiver: one token for all stations, or one for each, which identifies the station."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from station.errors import Refused
from station.storage import durable

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
        self._owners = owners(stations) if stations else {}
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
        return self._owners.get(digest(shown.removeprefix(b"Bearer ")))

    def _look(self) -> None:
        """Read the file again where it is another one; while it cannot be read, what it said last holds."""
        if self._file is None or (stamp := _stamp(self._file)) == self._stamp:
            return
        try:
            self._owners = owners(self._file)
        except Refused as error:
            _LOG.error("%s", error)
        self._stamp = stamp


def digest(token: bytes) -> str:
    """What a line of the file has of a token: its SHA-256 in lower-case hex."""
    return hashlib.sha256(token).hexdigest()


def owners(file: Path) -> dict[str, str]:
    """The station of each hash in the file, in its order. Raises ``Refused`` where it cannot be read as such a list."""
    found: dict[str, str] = {}
    for number, line in enumerate(_lines(file), start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        match = _LINE.fullmatch(text)
        if match is None or match[2] in found:
            raise Refused("receive-tokens", path=file, line=number)
        found[match[2]] = match[1]
    return found


def enter(file: Path, fresh: Mapping[str, str], *, revoked: Collection[str] = ()) -> None:
    """Add ``fresh`` hashes by their stations to the file, whole or not at all; comments and other lines stay.

    Lines of ``revoked`` stations go. A file that is new may be read by everybody: whoever reads it can speak as nobody.
    """
    there = file.exists()
    revoked_ids = [[station] for station in revoked]
    kept = [line for line in _lines(file) if line.partition("#")[0].split()[:1] not in revoked_ids] if there else []
    lines = kept + [f"{station} {fresh[station]}" for station in sorted(fresh)]
    with durable.new_file(file, replace=there) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        temporary.chmod(file.stat().st_mode & 0o777 if there else 0o644)
        if there and os.geteuid() == 0:
            os.chown(temporary, file.stat().st_uid, file.stat().st_gid)


def _stamp(file: Path | None) -> tuple[int, int, int] | None:
    try:
        status = file.stat() if file else None
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino) if status else None


def _lines(file: Path) -> list[str]:
    try:
        if file.stat().st_size > _LARGEST:
            raise Refused("receive-tokens-unreadable", path=file, detail=f"> {_LARGEST // 1024**2} MB")
        return file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        detail = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "UTF-8"
        raise Refused("receive-tokens-unreadable", path=file, detail=detail) from error
