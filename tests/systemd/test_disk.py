"""The disk of the power-cut tests forgets what a real one may forget, and nothing else."""

from __future__ import annotations

import random
import socket
import struct
from pathlib import Path

from tests.systemd.disk import SECTOR, Disk

READ, WRITE, DISCONNECT, FLUSH = 0, 1, 2, 3


class Guest:
    """The least of an NBD client: QEMU's part."""

    def __init__(self, address: Path) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(address))
        self._read = self._line.makefile("rb")
        assert self._read.read(18).startswith(b"NBDMAGICIHAVEOPT")
        self._line.sendall(struct.pack(">I8sIIIH", 1, b"IHAVEOPT", 7, 6, 0, 0))
        self._read.read(20 + 12 + 20)

    def ask(self, kind: int, sector: int = 0, data: bytes = b"", length: int = 0) -> bytes:
        asked = struct.pack(">IHHQQI", 0x25609513, 0, kind, 7, sector * SECTOR, len(data) or length)
        self._line.sendall(asked + data)
        if kind != DISCONNECT:
            assert struct.unpack(">IIQ", self._read.read(16)) == (0x67446698, 0, 7)
        return self._read.read(length)

    def cut(self) -> None:
        self._read.close()
        self._line.close()


def content(letter: str) -> bytes:
    return letter.encode() * SECTOR


def after(tmp_path: Path, chance: random.Random | None) -> list[str]:
    """What is on the medium: one sector was flushed, then it and another were written."""
    image = tmp_path / "image"
    image.write_bytes(content("-") * 4)
    disk = Disk(image, tmp_path / "disk")
    guest = Guest(tmp_path / "disk")
    guest.ask(WRITE, 1, content("a"))
    guest.ask(FLUSH)
    guest.ask(WRITE, 1, content("b") + content("c"))
    assert guest.ask(READ, 0, length=3 * SECTOR) == content("-") + content("b") + content("c")
    if chance is None:
        guest.ask(DISCONNECT)
    guest.cut()
    disk.end(chance)
    return [chr(letter) for letter in image.read_bytes()[::SECTOR]]


def test_machine_that_is_switched_off_properly_has_everything(tmp_path: Path) -> None:
    assert after(tmp_path, None) == ["-", "b", "c", "-"]


def test_power_cut_keeps_what_was_flushed_and_any_part_of_the_rest(tmp_path: Path) -> None:
    seen = set()
    for seed in range(40):
        work = tmp_path / str(seed)
        work.mkdir()
        seen.add("".join(after(work, random.Random(seed))))
    assert seen == {"-a--", "-b--", "-ac-", "-bc-"}
