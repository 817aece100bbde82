"""What came from outside in November: a catalogue taken away, files that are none, clients that hold the page."""

from __future__ import annotations

import os
import random
import shutil
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.drivers.dropping import HEIC, scanned

#: What begins like an image or a document and is none.
FILES: tuple[tuple[str, Callable[[random.Random], bytes]], ...] = (
    ("jpg", lambda chance: b"\xff\xd8\xff" + chance.randbytes(3000)),
    ("tif", lambda chance: b"II*\0" + chance.randbytes(3000)),
    ("pdf", lambda chance: b"%PDF-1.7\n" + chance.randbytes(3000)),
    ("pdf", lambda chance: scanned([1])[: chance.randrange(1, 400)]),
    ("heic", lambda chance: HEIC[: chance.randrange(40, len(HEIC) // 2)]),
    ("jpg", lambda chance: chance.randbytes(chance.randrange(1, 5000))),
)
#: Clients that say nothing, that let their request drip, and that break off in the midst of a form.
SILENT, DRIPPING, BROKEN_OFF = 60, 20, 20
#: Addresses that ask for what no number can be.
ADDRESSES = ("/image/99999999999999999999999/large", "/news?since=" + "9" * 400, "/ledger/19429/%00/entries")


def drop(folder: Path, number: int, chance: random.Random) -> Path:
    """Drop such a file into a watched folder, in one go."""
    kind, content = chance.choice(FILES)
    half = folder / f".{number}.part"
    half.write_bytes(content(chance))
    return half.rename(folder / f"{number}.{kind}")


@contextmanager
def catalogue_away(catalogue: Path, *, replaced: bool) -> Iterator[None]:
    """Take the catalogue from its place, or put a copy there, as who restores by hand does; at the end it is back."""
    original = catalogue.with_suffix(".away")
    os.link(catalogue, original)
    if replaced:
        copy = catalogue.with_suffix(".copy")
        shutil.copyfile(catalogue, copy)
        copy.replace(catalogue)
    else:
        catalogue.unlink()
    try:
        yield
    finally:
        original.replace(catalogue)


@contextmanager
def clients(port: int) -> Iterator[None]:
    """Hold the page's port by clients that keep it waiting, for as long as the block runs."""
    with ExitStack() as lines:
        for number in range(SILENT + DRIPPING):
            line = lines.enter_context(socket.create_connection(("127.0.0.1", port)))
            if number >= SILENT:
                line.sendall(b"GET / HTTP/1.1\r\nX-More: ")
        for address in ADDRESSES:
            line = lines.enter_context(socket.create_connection(("127.0.0.1", port)))
            line.sendall(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        for _ in range(BROKEN_OFF):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as line:
                line.sendall(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nname=")
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        yield
