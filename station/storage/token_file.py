"""The token that a station shows to the province: one line in a file of its own, for the service alone."""

from __future__ import annotations

from pathlib import Path

from station.errors import Refused
from station.storage import secret_file

#: More than any token has (bytes).
_LONGEST = 16 * 1024


def read(file: Path) -> str:
    """The token in ``file``.

    Raises ``Refused`` where everybody on this PC may read it ("tus-token-open") or it cannot be used
    ("tus-token-unreadable"); never with the token itself.
    """
    token = secret_file.read(file, _LONGEST, is_open="tus-token-open", is_unreadable="tus-token-unreadable")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Refused("tus-token-unreadable", path=file, detail="ASCII")
    return token
