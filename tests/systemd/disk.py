"""A disk with a memory of its own, which a power cut empties: what was written and not yet flushed may be gone.

Killing a virtual machine loses what lay in the guest's memory, but QEMU's files keep every write that the guest's
kernel sent, flushed or not. A real disk keeps only what was flushed, and of the rest any sectors in any order. So the
machine gets its disk from here, over NBD (https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md).
"""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
from pathlib import Path
from typing import BinaryIO

SECTOR = 512
_GREETING = struct.pack(">8s8sH", b"NBDMAGIC", b"IHAVEOPT", 1)
_OPTION_REPLY, _REQUEST, _REPLY = 0x3E889045565A9, 0x25609513, 0x67446698
_GO, _ABORT = 7, 2
_ACK, _INFO, _UNSUPPORTED = 1, 3, 2**31 + 1
_HAS_FLAGS, _SEND_FLUSH = 1, 4
_READ, _WRITE, _DISCONNECT, _FLUSH = 0, 1, 2, 3


class Disk:
    """Serves the file ``image`` at the unix socket ``address`` to one machine, from its start to its end."""

    def __init__(self, image: Path, address: Path) -> None:
        self._image = os.open(image, os.O_RDWR)
        self._unflushed: dict[int, bytes] = {}
        #: Set by every write: a moment at which a power cut costs something.
        self.written = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(address))
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def end(self, chance: random.Random | None = None) -> int:
        """Once its machine is gone; with ``chance`` by a power cut. Gives how many sectors are lost.

        Of what was not flushed a random share has reached the medium: all, nothing, or torn.
        """
        self._thread.join()
        share = chance.choice([0.0, chance.random(), 1.0]) if chance else 1.0
        survivors = {number: data for number, data in self._unflushed.items() if not chance or chance.random() < share}
        lost = len(self._unflushed) - len(survivors)
        self._put(survivors)
        os.close(self._image)
        return lost

    def _put(self, sectors: dict[int, bytes]) -> None:
        for number, data in sectors.items():
            os.pwrite(self._image, data, number * SECTOR)

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        self._socket.close()
        with connection, connection.makefile("rb") as stream:
            try:
                if self._agreed(connection, stream):
                    while self._answered(connection, stream):
                        pass
            except (ConnectionError, struct.error):
                pass  # the machine was killed in the middle of a word

    def _agreed(self, connection: socket.socket, stream: BinaryIO) -> bool:
        """The first words, up to the size and abilities of the disk."""
        connection.sendall(_GREETING)
        stream.read(4)
        while True:
            _, option, length = struct.unpack(">8sII", stream.read(16))
            stream.read(length)

            def reply(kind: int, data: bytes = b"", to: int = option) -> None:
                connection.sendall(struct.pack(">QIII", _OPTION_REPLY, to, kind, len(data)) + data)

            if option == _GO:
                size = os.fstat(self._image).st_size
                reply(_INFO, struct.pack(">HQH", 0, size, _HAS_FLAGS | _SEND_FLUSH))
                reply(_ACK)
                return True
            reply(_ACK if option == _ABORT else _UNSUPPORTED)
            if option == _ABORT:
                return False

    def _answered(self, connection: socket.socket, stream: BinaryIO) -> bool:
        _, _, kind, handle, offset, length = struct.unpack(">IHHQQI", stream.read(28))
        answer = b""
        if kind == _READ:
            answer = self._read(offset, length)
        elif kind == _WRITE:
            self._write(offset, stream.read(length))
        elif kind == _FLUSH:
            self._put(self._unflushed)
            self._unflushed.clear()
        elif kind == _DISCONNECT:
            return False
        connection.sendall(struct.pack(">IIQ", _REPLY, 0, handle) + answer)
        return True

    def _read(self, offset: int, length: int) -> bytes:
        data = bytearray(os.pread(self._image, length, offset))
        first = offset // SECTOR
        for at in range(length // SECTOR if self._unflushed else 0):
            if newer := self._unflushed.get(first + at):
                data[at * SECTOR : (at + 1) * SECTOR] = newer
        return bytes(data)

    def _write(self, offset: int, data: bytes) -> None:
        self.written.set()
        first, odd = divmod(offset, SECTOR)
        assert odd == 0
        assert len(data) % SECTOR == 0
        for at in range(len(data) // SECTOR):
            self._unflushed[first + at] = data[at * SECTOR : (at + 1) * SECTOR]
