"""What a store does, whatever its kind, and how it says that it cannot."""

from __future__ import annotations

import hashlib
from typing import BinaryIO, Protocol


class WrongHash(Exception):
    """The upload is not the file its station said it is."""


class StoreFailed(Exception):
    """The store cannot take or give a file now; ``is_full`` where it has no room left. What it holds stays as it is."""

    def __init__(self, detail: object, *, is_full: bool = False) -> None:
        super().__init__(str(detail))
        self.is_full = is_full


class Store(Protocol):
    """Each file once, under its SHA-256. A kill at any moment leaves a whole file or none under that name."""

    def check(self) -> None:
        """See that files can be stored as this contract says. Raises ``Refused`` where not."""

    def keep(self, sha256: str, source: BinaryIO) -> str:
        """Store a finished upload, durably; gives where it lies. What lies there already is kept where it is the same.

        Raises ``WrongHash``, and ``StoreFailed``.
        """

    def read(self, sha256: str) -> bytes:
        """All of a file. Raises ``FileNotFoundError`` where the store has none under that name, ``StoreFailed``."""


def place_of(sha256: str) -> str:
    """Where a file lies in any store."""
    return f"{sha256[:2]}/{sha256}"


def sha256_of(file: BinaryIO) -> str:
    """The SHA-256 of an open file from its first byte."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
