"""A file with a secret in it, which nobody but the service may read."""

from __future__ import annotations

import stat
from pathlib import Path

from station.errors import Refused


def read(file: Path, longest: int, *, is_open: str, is_unreadable: str) -> str:
    """What is written in the first ``longest`` bytes of ``file``, without the byte order mark of Windows' editors.

    Raises ``Refused`` with the code ``is_open`` where everybody on this PC may read it, with ``is_unreadable`` where it
    cannot be read; never with the secret itself.
    """
    try:
        with file.open("rb") as content:
            if stat.S_IMODE(file.stat().st_mode) & 0o007:
                raise Refused(is_open, path=file)
            return content.read(longest).decode("utf-8-sig").strip()
    except OSError as error:
        raise Refused(is_unreadable, path=file, detail=error.strerror) from error
    except UnicodeDecodeError as error:
        raise Refused(is_unreadable, path=file, detail="UTF-8") from error
