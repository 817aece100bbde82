"""The station's secret key, by which lines of the log and backups are sealed.

It lies beside the settings, like the province's token, and is in no backup: a backup that carried it would prove
nothing. It is printed once, for the safe; typed in on another PC, it proves there what this station made.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from station.errors import Refused, StorageFailed
from station.storage import durable

#: As many as fill whole letters and groups on paper.
_BYTES = 20
_GROUP = 4
#: What a hand writes for a letter of base32's alphabet.
_MEANT = str.maketrans("018", "OIB", "- \t\r\n")


@dataclass(frozen=True)
class Key:
    """The key; ``secret`` is never logged, shown or stored but in its own file."""

    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """A new random key."""
        return cls(secrets.token_bytes(_BYTES))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what :meth:`printed` gave, as typed by hand; ``Refused`` ("key-malformed") where a letter is wrong."""
        letters = text.translate(_MEANT).upper()
        try:
            key = cls(base64.b32decode(letters[:-_GROUP]))
        except (binascii.Error, ValueError) as error:
            raise Refused("key-malformed") from error
        if len(key.secret) != _BYTES or letters[-_GROUP:] != key._check():
            raise Refused("key-malformed")
        return key

    @property
    def id(self) -> str:
        """By this a key is told from another one without being shown."""
        return hashlib.sha256(b"id\0" + self.secret).hexdigest()[:16]

    def seal(self, purpose: str, content: bytes) -> str:
        """The HMAC-SHA256 of some bytes, in lower-case hex; one for a purpose is none for another."""
        return hmac.new(self.secret, purpose.encode() + b"\0" + content, hashlib.sha256).hexdigest()

    def printed(self) -> str:
        """For paper: nine groups of four letters, the last of which shows a slip of the pen."""
        letters = base64.b32encode(self.secret).decode() + self._check()
        return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))

    def _check(self) -> str:
        return base64.b32encode(hashlib.sha256(self.secret).digest()).decode()[:_GROUP]


def read(path: Path) -> Key | None:
    """The key that lies at ``path``; None where there is none. ``StorageFailed`` where it cannot be read."""
    try:
        return Key.parse(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except (Refused, ValueError) as error:
        raise StorageFailed("key-damaged", path=path) from error
    except OSError as error:
        raise StorageFailed("key-unreadable", path=path, detail=error.strerror) from error


def store(path: Path, key: Key, *, group: int | None = None, replace: bool = False) -> None:
    """Put the key at ``path``: for its owner alone (0600), or run as root with a ``group`` for that to read (0640).

    ``FileExistsError`` where a key lies there that is not to be replaced.
    """
    with durable.new_file(path, replace=replace) as temporary:
        temporary.write_text(f"{key.printed()}\n", encoding="ascii")
        if group is not None and os.geteuid() == 0:
            os.chown(temporary, -1, group)
            temporary.chmod(0o640)


def read_or_make(path: Path, data: Path) -> Key | None:
    """The key at ``path``, made where there is none; None where this user may not make one.

    The group of the data folder may read it: that is the service's.
    """
    if (known_key := read(path)) is not None:
        return known_key
    if not os.access(path.parent, os.W_OK):
        return None
    try:
        store(path, key := Key.new(), group=data.stat().st_gid if data.exists() else None)
    except FileExistsError:  # another process was quicker
        return read(path)
    return key
