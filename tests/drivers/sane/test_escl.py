"""A network scanner that speaks eSCL, through sane-airscan, on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers import Mode, ScanSettings, Source
from drivers.errors import InputOutput, Jammed, NoDocuments, SettingRefused, Stalled, WrongImage
from drivers.sane import scanner as sane
from tests.drivers.network_scanners import Escl, needs_airscan
from tests.drivers.scanning import outcome
from tests.waiting import PATIENCE

pytestmark = needs_airscan

GLASS = ScanSettings(mode=Mode.GREY, dpi=75, width_mm=210, height_mm=297)
FEEDER = replace(GLASS, source=Source.ADF)

Open = Callable[..., sane.SaneScanner]
Serve = Callable[..., Escl]


@pytest.fixture
def open_escl(tmp_path: Path, locks: Path) -> Iterator[Open]:
    opened: list[sane.SaneScanner] = []

    def open_it(server: Escl, start: float = PATIENCE) -> sane.SaneScanner:
        scanner = sane.open_scanner(
            server.device,
            sane_config=sane.write_config(tmp_path / "sane.d", [server.device]),
            locks=locks,
            deadlines=sane.Deadlines(open=PATIENCE, start=start, read=PATIENCE, close=1),
        )
        opened.append(scanner)
        return scanner

    yield open_it
    for scanner in opened:
        scanner.close()


def test_only_the_named_scanner_is_asked_and_has_a_stable_identity(serve: Serve, tmp_path: Path) -> None:
    config = sane.write_config(tmp_path / "sane.d", [serve().device])
    assert (config / "dll.conf").read_text(encoding="ascii") == "airscan\n"
    assert [str(offer.identity) for offer in sane.discover(config)] == ["eSCL/Upstairs"]


def test_glass_gives_one_page_in_the_size_asked(serve: Serve, open_escl: Open, spool: Path) -> None:
    (sheet,) = open_escl(serve()).scan(replace(GLASS, mode=Mode.COLOUR), spool)
    assert (sheet.width, sheet.height, sheet.dpi, sheet.mode) == (620, 877, (75.0, 75.0), Mode.COLOUR)
    assert str(sheet.identity) == "eSCL/Upstairs"


@pytest.mark.parametrize("source", [Source.ADF, Source.ADF_DUPLEX])
def test_feeder_gives_what_lies_in_it_and_is_empty_then(
    serve: Serve, open_escl: Open, spool: Path, tmp_path: Path, source: Source
) -> None:
    scanner = open_escl(serve(sheets=4))
    settings = replace(FEEDER, source=source)
    assert [sheet.number for sheet in scanner.scan(settings, spool)] == [1, 2, 3, 4]
    with pytest.raises(NoDocuments):
        list(scanner.scan(settings, tmp_path))


def test_jam_on_the_third_sheet_keeps_the_first_two(serve: Serve, open_escl: Open, spool: Path) -> None:
    sheets, error = outcome(open_escl(serve(jam_at=3)), FEEDER, spool)
    assert [sheet.number for sheet in sheets] == [1, 2]
    assert (type(error), error and error.sheet) == (Jammed, 3)


def test_scanner_killed_in_mid_page_costs_that_page_and_the_next_keypress_works(
    serve: Serve, open_escl: Open, spool: Path, tmp_path: Path
) -> None:
    server = serve(stick_at=2)
    scanner = open_escl(server)

    def kill_when_stuck() -> None:
        assert server.told() == "stuck"
        server.kill()

    killer = threading.Thread(target=kill_when_stuck)
    killer.start()
    sheets, error = outcome(scanner, FEEDER, spool)
    killer.join()
    assert [sheet.number for sheet in sheets] == [1]
    assert (type(error), error and error.sheet) == (InputOutput, 2)
    server.start(sheets=3)
    assert len(list(scanner.scan(FEEDER, tmp_path))) == 3


def test_page_that_never_ends_is_noticed_within_its_deadline(serve: Serve, open_escl: Open, spool: Path) -> None:
    sheets, error = outcome(open_escl(serve(stick_at=2), start=5), FEEDER, spool)
    assert [sheet.number for sheet in sheets] == [1]
    assert (type(error), error and error.sheet) == (Stalled, 2)


@pytest.mark.parametrize("mode", Mode)
def test_page_in_half_the_resolution_asked_is_refused_with_the_reason(
    serve: Serve, open_escl: Open, spool: Path, mode: Mode
) -> None:
    scanner = open_escl(serve(gives_dpi=75))
    with pytest.raises(WrongImage, match="75 dpi instead of 150"):
        list(scanner.scan(replace(GLASS, dpi=150, mode=mode), spool))
    assert not list(spool.iterdir())


def test_resolution_that_the_scanner_does_not_offer_is_refused(serve: Serve, open_escl: Open, spool: Path) -> None:
    with pytest.raises(SettingRefused, match="resolution"):
        list(open_escl(serve()).scan(replace(GLASS, dpi=200), spool))
