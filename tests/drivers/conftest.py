"""What the tests of the drivers share: SANE's virtual backends, drawn pages, conditions to wait for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest
from PIL import Image

from drivers import Encoding, Mode, Scanner, ScanSettings, Sheet, sane, simulated
from drivers.errors import DriverError

#: Small and fast: the test backend's smallest sensible sheet.
SMALL = ScanSettings(mode=Mode.GREY, dpi=50, width_mm=50, height_mm=50)
LOSSLESS = ScanSettings(encoding=Encoding.TIFF)


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for a condition; fail when it did not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.005)


def marked(marker: str) -> list[int]:
    """The processes that run the child with ``marker`` in their environment, zombies left out."""
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _is_child(entry, marker) and int(entry.name) != os.getpid()
    ]


def _is_child(process: Path, marker: str) -> bool:
    try:
        return (
            marker.encode() in (process / "environ").read_bytes()
            and b"drivers.sane_child" in (process / "cmdline").read_bytes()
        )
    except OSError:
        return False


def outcome(
    scanner: Scanner, settings: ScanSettings, spool: Path, fed: Collection[str] = ()
) -> tuple[list[Sheet], DriverError | None]:
    """The sheets of a batch, and the error that ended it."""
    sheets: list[Sheet] = []
    try:
        for sheet in scanner.scan(settings, spool, fed=fed):
            sheets.append(sheet)
    except DriverError as error:
        return sheets, error
    return sheets, None


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    return tmp_path / "locks"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return sane.write_config(tmp_path / "sane.d", ["test:0", "pnm:0"])


@pytest.fixture
def open_test_device(config: Path, locks: Path) -> Iterator[Callable[..., sane.SaneScanner]]:
    """Opens SANE's test device with short deadlines, and closes what it opened."""
    opened: list[sane.SaneScanner] = []

    def open_it(device: str = "test:0", **options: str | int | float | bool) -> sane.SaneScanner:
        deadlines = sane.Deadlines(open=10, start=10, read=1, encode=10, close=2)
        options = {name.replace("_", "-"): value for name, value in options.items()}
        scanner = sane.open_scanner(device, options=options, sane_config=config, locks=locks, deadlines=deadlines)
        opened.append(scanner)
        return scanner

    yield open_it
    for scanner in opened:
        scanner.close()


@pytest.fixture
def child(config: Path) -> Callable[[], int]:
    """The process id of the one child that runs on this test's configuration."""

    def only_child() -> int:
        (pid,) = marked(str(config))
        return pid

    return only_child


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Five drawn pages, odd ones in colour and even ones grey, at 200 dpi."""
    folder = tmp_path / "trang sổ"
    folder.mkdir()
    for number in range(1, 6):
        grey = Image.effect_noise((120, 160), 40)
        colour = Image.merge("RGB", [grey, grey.rotate(180), Image.linear_gradient("L").resize(grey.size)])
        (colour if number % 2 else grey).save(folder / f"{number:02d}.png", dpi=(200, 200))
    return folder


@pytest.fixture
def open_simulated(tmp_path: Path, locks: Path) -> Iterator[Callable[..., simulated.SimulatedScanner]]:
    """Opens the simulated scanner in one and the same work folder, and closes what it opened."""
    opened: list[simulated.SimulatedScanner] = []

    def open_it(folder: Path | None, *faults: str) -> simulated.SimulatedScanner:
        scanner = simulated.open_scanner(folder, faults=faults, work=tmp_path / "việc", locks=locks)
        opened.append(scanner)
        return scanner

    yield open_it
    for scanner in opened:
        scanner.close()
