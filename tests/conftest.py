"""What all tests share: drawn pages, real register pages where they are, and the real command in its own station."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from PIL import Image
from xdist.remote import Producer

from drivers.drawn import draw_ledger
from tests import division, process_cache
from tests.drivers.button_scanner import ButtonScanner
from tests.drivers.network_scanners import Escl, Saned
from tests.prepared import once
from tests.stations import REGISTERS, Command, new_station

# Bytecode is written once, whatever the environment says: else each of some thousand processes compiles all anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# An example may take as long as the machine needs: by itself Hypothesis allows it 0.2 s.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _shared() -> Iterator[None]:
    """What all stations of this process would work out alike is worked out once."""
    with pytest.MonkeyPatch.context() as patch:
        process_cache.share(patch)
        yield


@pytest.fixture(autouse=True)
def _usual_garbage_collection() -> Iterator[None]:
    """A daemon that a test runs in this process collects rarely; the next test finds the collection as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.fixture
def write_settings(tmp_path: Path) -> Callable[..., Command]:
    """Write a station's settings (and make its stick); see :func:`tests.stations.new_station`."""
    return partial(new_station, tmp_path)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve drawn pages of a marriage ledger, small: cover, entries, one blank, closing."""
    return once(tmp_path_factory, "drawn", lambda folder: draw_ledger(folder, 12, dpi=60, type_code="KH"))


@pytest.fixture(scope="session")
def scraps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty scraps of paper, each with a grey of its own, colour and grey in turn: scanned in no time."""

    def cut(folder: Path) -> None:
        for number in range(1, 61):
            mode, paper = ("RGB", (number * 4, 99, 50)) if number % 2 else ("L", number * 4)
            Image.new(mode, (30, 40), paper).save(folder / f"{number:04}.png", dpi=(100, 100))

    return once(tmp_path_factory, "scraps", cut)


@pytest.fixture(scope="session", params=["drawn", *(["registers"] if REGISTERS.is_dir() else [])])
def any_pages(request: pytest.FixtureRequest, drawn: Path) -> Path:
    """Drawn pages, and once more the real register pages where they are."""
    return REGISTERS if request.param == "registers" else drawn


@pytest.fixture
def saned(tmp_path: Path) -> Iterator[Saned]:
    """A ``saned`` with SANE's test devices, killed in the end."""
    server = Saned(tmp_path / "saned")
    yield server
    server.kill()


@pytest.fixture
def serve() -> Iterator[Callable[..., Escl]]:
    """Starts eSCL scanners, and kills them in the end."""
    served: list[Escl] = []

    def serve_it(**options: int) -> Escl:
        served.append(Escl(**options))
        return served[-1]

    yield serve_it
    for server in served:
        server.kill()


@pytest.fixture
def button(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ButtonScanner:
    """A scanner with a button; every process that is started from now on finds it."""
    device = ButtonScanner(tmp_path / "button")
    for name, value in device.environment.items():
        monkeypatch.setenv(name, value)
    return device


def pytest_configure(config: pytest.Config) -> None:
    """Where durations are to be measured, whoever gives out the tests adds them up."""
    if "TRAMQUET_RECORD_DURATIONS" in os.environ and not hasattr(config, "workerinput"):
        config.pluginmanager.register(division.Stopwatch())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests of a worker in the order in which they are to be given out."""
    if hasattr(config, "workerinput"):
        places = division.in_order([item.nodeid for item in items])
        items.sort(key=lambda item: places[item.nodeid])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> division.Lanes:
    """Give them out by :mod:`tests.division`."""
    return division.Lanes(config, log)
