"""The token that a station shows to the province: one line in a file of its own, for the service alone."""

from __future__ import annotations

import stat
from pathlib import Path

from station.errors import Refused

#: More than any token has (bytes).
_LONGEST = 16 * 1024


def read(file: Path) -> str:
    """The token in ``file``, without the byte order mark that editors of Windows put before it.

    Raises ``Refused`` where everybody on this PC may read it ("tus-token-open") or it cannot be used
    ("tus-token-unreadable"); never with the token itself.
    """
    try:
        with file.open("rb") as content:
            if stat.S_IMODE(file.stat().st_mode) & 0o007:
                raise Refused("tus-token-open", path=file)
            token = content.read(_LONGEST).decode("utf-8-sig").strip()
    except OSError as error:
        raise Refused("tus-token-unreadable", path=file, detail=error.strerror) from error
    except UnicodeDecodeError as error:
        raise Refused("tus-token-unreadable", path=file, detail="UTF-8") from error
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Refused("tus-token-unreadable", path=file, detail="ASCII")
    return token
