"""What of a file travels in one request, and how fast."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import IO

#: What a broken request can cost at most (bytes). Larger ones gain 3 % on loopback and nothing on a real line.
PIECE = 1024 * 1024
#: What is handed to the socket at once (bytes): a stalled line is noticed by each of them, not by the whole piece.
BLOCK = 64 * 1024


class RateLimit:
    """Spreads bytes over time, so that at most ``kbit`` kbit/s leave; None is as fast as the line goes."""

    def __init__(self, kbit: int | None) -> None:
        self._rate = kbit * 1000 / 8 if kbit else None
        self._free_at = time.monotonic()

    @property
    def block(self) -> int:
        """Bytes to hand over at once: with a limit at most half a second's, so that the line is shared evenly."""
        return min(BLOCK, max(1024, int(self._rate / 2))) if self._rate else BLOCK

    def wait(self, size: int) -> None:
        """Return when ``size`` more bytes may leave."""
        if self._rate is None:
            return
        now = time.monotonic()
        if self._free_at > now:
            time.sleep(self._free_at - now)
        self._free_at = max(now, self._free_at) + size / self._rate


class Chunk:
    """``size`` bytes of a file from ``offset`` as the body of a request, read as they are sent.

    Raises ``EOFError`` where the file ends before.
    """

    def __init__(self, file: IO[bytes], offset: int, size: int, pace: RateLimit) -> None:
        self._file, self._size, self._left, self._pace = file, size, size, pace
        file.seek(offset)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read():
            yield block

    def read(self, _size: int = -1) -> bytes:
        """The next block, of the size the pace allows."""
        size = min(self._pace.block, self._left)
        if size == 0:
            return b""
        self._pace.wait(size)
        block = self._file.read(size)
        if len(block) < size:
            raise EOFError
        self._left -= size
        return block
