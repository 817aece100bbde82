"""What the tests of the drivers share: SANE's virtual backends, a short deadline for reads, drawn pages."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from drivers import simulated
from drivers.process import child_process
from drivers.sane import scanner as sane
from tests.drivers.scanning import START_SECONDS, marked, scan_past_a_hang
from tests.waiting import PATIENCE


@pytest.fixture(autouse=True)
def _started_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child programs are started here, not forked: these tests are about their start, their world, their memory."""
    monkeypatch.setattr(child_process, "subprocess", subprocess)


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
def open_test_device(
    config: Path, locks: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., sane.SaneScanner]]:
    """Opens SANE's test device, which is given up after three seconds without a line, and closes what it opened."""
    scanners: list[sane.SaneScanner] = []

    def open_it(device: str = "test:0", **options: str | int | float | bool) -> sane.SaneScanner:
        deadlines = sane.Deadlines(open=PATIENCE, start=START_SECONDS, read=3, close=2)
        options = {name.replace("_", "-"): value for name, value in options.items()}
        scanner = sane.open_scanner(device, options=options, sane_config=config, locks=locks, deadlines=deadlines)
        scanners.append(scanner)
        monkeypatch.setattr(scanner, "scan", partial(scan_past_a_hang, scanner.scan))
        return scanner

    yield open_it
    for scanner in scanners:
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
    scanners: list[simulated.SimulatedScanner] = []

    def open_it(folder: Path | None, *faults: str) -> simulated.SimulatedScanner:
        scanner = simulated.open_scanner(folder, faults=faults, work=tmp_path / "việc", locks=locks)
        scanners.append(scanner)
        return scanner

    yield open_it
    for scanner in scanners:
        scanner.close()
