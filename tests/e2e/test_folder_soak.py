"""Two hundred hostile and odd files are dropped while forty sheets are scanned: nothing stops, nothing is lost."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from tests.drivers.dropping import HEIC, drop, pdf, photo, picture, profile, saved, scanned
from tests.station.daemons import Browser, running
from tests.stations import Command, new_station
from tests.waiting import eventually

COUNT = int(os.environ.get("TRAMQUET_DROPPED", "200"))
SHEETS = 40
#: Bytes that a process may hold by the end of its command line: what it is allowed of its own, and the program itself.
LIMITS = {"drivers.folder.child": 2.3e9, "station.imaging.worker": 3.3e9, "run": 600e6, "scan": 600e6}
DRAW = "q 595 0 0 842 0 0 cm /I Do Q"

Content = Callable[[random.Random], bytes]


def cut(whole: bytes) -> Content:
    return lambda chance: whole[: chance.randrange(1, len(whole))]


def flipped(whole: bytes) -> Content:
    """Some bytes are others."""

    def content(chance: random.Random) -> bytes:
        made = bytearray(whole)
        for _ in range(chance.randrange(1, 20)):
            made[chance.randrange(len(made))] = chance.randrange(256)
        return bytes(made)

    return content


def fixed(whole: bytes) -> Content:
    return lambda chance: whole + b"%d" % chance.randrange(10**9) if whole[:3] == b"\xff\xd8\xff" else whole


def empty_pdf(contents: bytes) -> bytes:
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    page.obj.Contents = document.make_stream(contents)
    into = io.BytesIO()
    document.save(into)
    return into.getvalue()


FRAMES = [picture(seed, size=(300, 420)) for seed in range(4)]
SOUND: dict[str, Content] = {
    "jpg": lambda chance: photo(chance.randrange(10**6), size=(200 + chance.randrange(300), 420)),
    "png": lambda chance: saved(picture(chance.randrange(10**6), size=(200 + chance.randrange(200), 300)), "PNG"),
    "pdf": lambda chance: scanned([chance.randrange(10**6) for _ in range(chance.randrange(1, 4))]),
    "tif": lambda chance: saved(
        picture(chance.randrange(10**6), size=(300, 420)), "TIFF", save_all=True, append_images=FRAMES[:2]
    ),
}
ODD: list[tuple[str, Content]] = [
    ("jpg", cut(photo(1, size=(400, 600)))),
    ("png", cut(saved(picture(1), "PNG"))),
    ("tif", cut(saved(picture(1), "TIFF"))),
    ("pdf", cut(scanned([1, 2]))),
    ("heic", cut(HEIC)),
    ("jpg", flipped(photo(2, size=(400, 600)))),
    ("png", flipped(saved(picture(2), "PNG"))),
    ("tif", flipped(saved(picture(2), "TIFF", compression="tiff_lzw"))),
    ("pdf", flipped(scanned([3, 4]))),
    ("heic", flipped(HEIC)),
    ("jpg", fixed(photo(5))),
    ("jpg", lambda _: b""),
    ("jpg", lambda chance: bytes(chance.randrange(1, 5000))),
    ("docx", lambda chance: b"PK\x03\x04" + chance.randbytes(500)),
    ("jpg", lambda chance: b"\xff\xd8\xff" + chance.randbytes(3000)),
    ("pdf", lambda chance: b"%PDF-1.7\n" + chance.randbytes(3000)),
    ("tif", lambda chance: b"II*\0" + chance.randbytes(3000)),
    ("heic", lambda chance: b"\0\0\0\x18ftypheic" + chance.randbytes(3000)),
    ("pdf", lambda _: pdf((DRAW, {"I": photo(6)}), annotations="[null]")),
    ("pdf", lambda _: empty_pdf(b"q " * 200_000)),
    ("pdf", lambda chance: empty_pdf(b"/X Do " * chance.randrange(2, 9))),
    ("png", lambda chance: saved(picture(chance.randrange(99), size=(chance.randrange(1, 9), 3)), "PNG")),
    ("jpg", lambda chance: photo(chance.randrange(99), icc_profile=profile(b"GRAY"))),
    ("png", lambda chance: saved(Image.new("1", (chance.randrange(11_000, 12_000), 12_000)), "PNG", compress_level=1)),
]
NAMES = ("ệ" * 80 + "{}", "tệp \n lạ {}", "{} (1)", "IMG_{}", "-{}", "{} %s {{}}", "$(rm -rf {})")


def dropped(phone: Path, elsewhere: Path) -> Iterator[tuple[str, bytes]]:
    """Drop the files one after the other, giving each: its name, and its content's SHA-256."""
    chance = random.Random(11)
    for number in range(COUNT - 4):
        kind, content = chance.choice(list(SOUND.items())) if number % 3 == 0 else chance.choice(ODD)
        whole = content(chance)
        name = chance.choice(NAMES).format(number) + f".{kind}"
        if number % 40 == 7:
            name = os.fsdecode(b"\xff\xfe%d.jpg" % number)
        half = drop(phone, f".{number}.part", whole)
        half.rename(phone / name)
        yield name, hashlib.sha256(whole).digest()
    sparse = drop(phone, "sparse.part", photo(7))
    os.truncate(sparse, 5 * 1024**3)
    sparse.rename(phone / "sparse.jpg")
    (phone / "folder").mkdir()
    (phone / "link.jpg").symlink_to(drop(elsewhere, "elsewhere.jpg", photo(8)))
    os.mkfifo(phone / "pipe.jpg")


def lying(folder: Path) -> Counter[bytes]:
    """The files below a folder by their content; notes and what is no file are none, and 5 GB of nothing are one."""
    found: Counter[bytes] = Counter()
    for file in folder.rglob("*"):
        if file.is_symlink() or not file.is_file() or file.stat().st_size > 10**9:
            continue
        note = file.parent.name == "rejected" and file.suffix == ".txt" and file.with_suffix("").exists()
        if not note:
            found[hashlib.sha256(file.read_bytes()).digest()] += 1
    return found


class Memory(threading.Thread):
    """Looks at what our processes hold: ``most`` is the most by program (bytes)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most: Counter[str] = Counter()
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.wait(0.2):
            for process in Path("/proc").iterdir():
                if process.name.isdigit():
                    self._look(process)

    def _look(self, process: Path) -> None:
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            lines = (process / "status").read_text().splitlines()
        except OSError:
            return
        held = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS")), 0)
        for program in LIMITS:
            if program.encode() in words and (b"-m" in words or any(b"tramquet" in word for word in words)):
                self.most[program] = max(self.most[program], held)


@pytest.fixture
def station(tmp_path: Path, scraps: Path) -> Command:
    pages = tmp_path / "feed"
    pages.mkdir()
    sources = sorted(scraps.iterdir())
    for number in range(SHEETS):
        (pages / f"{number:03d}{sources[0].suffix}").symlink_to(sources[number % len(sources)])
    more = '[[scanner]]\nid = "phone"\ndriver = "folder"\npath = "phone"\nstill = 0.3\n'
    command = new_station(tmp_path, pages, more=more)
    (tmp_path / "phone").mkdir()
    command.run("ledger", "add", "KH", "2007", "01")
    command.run("ledger", "add", "KS", "2008", "01")
    return command


def test_hostile_files_stop_neither_a_session_nor_each_other_and_each_ends_in_one_place(
    station: Command, tmp_path: Path
) -> None:
    phone = station.folder / "phone"
    pin = station.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    memory = Memory()
    memory.start()
    # The programs themselves, not forks of one that has everything imported: their memory is looked at.
    station.environment["PYTHONHASHSEED"] = "2007"
    with running(station, tmp_path) as daemon:
        browser = Browser(daemon.address)
        browser.log_in("Hoa", pin)
        view = "/ledger/19429/KS.2008.01/folder"
        browser.send(f"{view}/choose", origin=view, scanner="phone")
        scanning = station.start("scan", "KH.2007.01", "--scanner", "sim", "--json")
        given: Counter[bytes] = Counter()
        for _name, digest in dropped(phone, tmp_path):
            given[digest] += 1
        output, errors = scanning.communicate(timeout=600)
        assert scanning.returncode == 0, errors
        assert len(output.splitlines()) == SHEETS
        odd = {"folder", "link.jpg", "pipe.jpg", "taken", "rejected"}
        eventually(lambda: {file.name for file in phone.iterdir()} <= odd, progress=lambda: len(list(phone.iterdir())))
        assert daemon.process.poll() is None
        assert daemon.stop() == 0
    memory.stop.set()
    memory.join()
    print({program: f"{held / 1e6:.0f} MB" for program, held in memory.most.items()})
    for program, limit in LIMITS.items():
        assert 0 < memory.most[program] < limit, program

    taken, rejected = lying(phone / "taken"), lying(phone / "rejected")
    assert taken + rejected == given, "each once, none lost, none changed"
    assert (phone / "rejected" / "sparse.jpg").stat().st_size == 5 * 1024**3
    with sqlite3.connect(station.catalogue) as catalogue:
        tokens = [row[0] for row in catalogue.execute("SELECT token FROM capture WHERE scanner = 'phone'")]
        rows = catalogue.execute("SELECT state, name, code, facts FROM intake_file").fetchall()
    catalogue.close()
    assert len(tokens) == len(set(tokens))
    assert {bytes.fromhex(token.partition(":")[0]) for token in tokens} == set(taken), "what is taken is in the ledger"
    states = Counter(row[0] for row in rows)
    assert (states["taken"], states["rejected"], states["left"]) == (taken.total(), rejected.total() + 1, 3)
    assert len({(row[0], row[1], json.dumps(row[3])) for row in rows}) == len(rows), "each is told once"
    assert taken.total() > COUNT / 4
    assert [file for file in (station.data / "spool" / "sessions").rglob("*") if file.is_file()] == []
    assert not any(row["code"] in ("missed", "recovered") for row in station.json("asks", "KS.2008.01"))
    station.run("verify")
