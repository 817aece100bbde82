"""A scanner on another PC: SANE's ``net`` backend and a real ``saned``, both on loopback."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers import Source
from drivers.errors import InputOutput, NotFound, Stalled
from drivers.retry_policy import PatientScanner
from drivers.sane import scanner as sane
from tests.drivers.network_scanners import Saned, needs_saned
from tests.drivers.scanning import SMALL, outcome, striking
from tests.waiting import PATIENCE

pytestmark = needs_saned

FEEDER = replace(SMALL, source=Source.ADF)
BIG_FEEDER = replace(FEEDER, dpi=300, width_mm=100, height_mm=100)
SLOW = {"read_delay": True, "read_delay_duration": 100_000}

Open = Callable[..., sane.SaneScanner]


@pytest.fixture
def open_remote(tmp_path: Path, locks: Path) -> Iterator[Open]:
    opened: list[sane.SaneScanner] = []

    def open_it(device: str, **options: str | int | bool) -> sane.SaneScanner:
        scanner = sane.open_scanner(
            device,
            options={name.replace("_", "-"): value for name, value in options.items()},
            sane_config=sane.write_config(tmp_path / "sane.d", [device]),
            locks=locks,
            deadlines=sane.Deadlines(open=PATIENCE, start=PATIENCE, read=3, close=1),
        )
        opened.append(scanner)
        return scanner

    yield open_it
    for scanner in opened:
        scanner.close()


def test_only_the_named_host_is_asked(saned: Saned, tmp_path: Path) -> None:
    config = sane.write_config(tmp_path / "sane.d", [saned.device])
    assert (config / "dll.conf").read_text(encoding="ascii") == "net\n"
    assert [offer.name for offer in sane.discover(config)] == [saned.device]


def test_feeder_of_another_pc_gives_its_ten_sheets(saned: Saned, open_remote: Open, spool: Path) -> None:
    scanner = open_remote(saned.device)
    assert [sheet.number for sheet in scanner.scan(FEEDER, spool)] == list(range(1, 11))
    assert str(scanner.identity) == "Noname/frontend-tester"


def test_saned_killed_in_mid_page_costs_that_page_and_the_next_keypress_works(
    saned: Saned, open_remote: Open, spool: Path, tmp_path: Path
) -> None:
    scanner = open_remote(saned.device, **SLOW)
    sheets, error = outcome(scanner, BIG_FEEDER, spool, listener=striking(saned.kill, sheet=2))
    assert isinstance(error, InputOutput)
    assert "closed the connection" in error.detail
    assert [sheet.number for sheet in sheets] == [1]
    assert sheets[0].path.stat().st_size > 0
    saned.start()
    assert len(list(scanner.scan(SMALL, tmp_path))) == 1


def test_hanging_saned_is_noticed_within_its_deadline(
    saned: Saned, open_remote: Open, spool: Path, tmp_path: Path
) -> None:
    scanner = open_remote(saned.device, **SLOW)
    with pytest.raises(Stalled, match=r"read.*3 s") as caught:
        list(scanner.scan(BIG_FEEDER, spool, listener=striking(lambda: saned.signal(signal.SIGSTOP), sheet=1)))
    assert caught.value.sheet == 1
    saned.signal(signal.SIGCONT)
    assert len(list(scanner.scan(SMALL, tmp_path))) == 1


def test_saned_restarted_between_two_batches_is_not_noticed(saned: Saned, open_remote: Open, spool: Path) -> None:
    scanner = PatientScanner(lambda: open_remote(saned.device))
    next(iter(scanner.scan(SMALL, spool))).path.unlink()
    saned.kill()
    saned.start()
    assert len(list(scanner.scan(SMALL, spool))) == 1


def test_host_that_does_not_answer_is_not_found(saned: Saned, open_remote: Open) -> None:
    saned.kill()
    with pytest.raises((NotFound, InputOutput)):
        open_remote(saned.device)


def test_identity_survives_the_move_to_another_host(saned: Saned, tmp_path: Path, locks: Path, spool: Path) -> None:
    """The nearest thing to a USB scanner that is unplugged and gets another number: another name in SANE's list."""
    other = Saned(tmp_path / "other")
    config = sane.write_config(tmp_path / "sane.d", [saned.device])
    scanner = PatientScanner(lambda: sane.open_scanner("net:Noname/frontend-tester", sane_config=config, locks=locks))
    try:
        next(iter(scanner.scan(SMALL, spool))).path.unlink()
        saned.kill()
        sane.write_config(config, [other.device])
        assert len(list(scanner.scan(SMALL, spool))) == 1
    finally:
        scanner.close()
        other.kill()


def test_identity_behind_one_host_is_not_looked_for_elsewhere(saned: Saned, open_remote: Open, spool: Path) -> None:
    assert len(list(open_remote(f"net:{saned.host}:Noname/frontend-tester").scan(SMALL, spool))) == 1
    with pytest.raises(NotFound):
        open_remote(f"net:{saned.host}:Noname/another")
