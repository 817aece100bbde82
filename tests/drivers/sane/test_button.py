"""The scanner's own button asks for each page on the glass; what a device feels beside that explains its errors.

The device is a SANE backend of our own in SANE's real loader: its virtual backends have no such sensors.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from drivers import Progress, Source
from drivers.errors import Cancelled, ChildDied, CoverOpen, NoButton, NoDocuments, NotDrawn, Stalled
from drivers.retry_policy import PatientScanner
from drivers.sane import scanner as sane
from tests.drivers.button_scanner import DEVICE, ButtonScanner
from tests.drivers.scanning import SMALL, marked, outcome, striking
from tests.waiting import PATIENCE

BY_BUTTON = replace(SMALL, button=True)
FEEDER = replace(BY_BUTTON, source=Source.ADF)
#: Times that the device is asked within some 0.6 s: enough to see that nothing comes of it.
SOME = 3
#: The child says that it waits five times a second; whoever hears nothing for so long (s) gives it up.
REST = 3

Listen = Callable[[Progress], None]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return sane.write_config(tmp_path / "sane.d", [DEVICE, "test:0"])


@pytest.fixture
def scanner(button: ButtonScanner, config: Path, locks: Path) -> Iterator[sane.SaneScanner]:
    deadlines = sane.Deadlines(open=PATIENCE, start=REST, read=REST, rest=REST, close=PATIENCE)
    opened = sane.open_scanner(DEVICE, sane_config=config, locks=locks, deadlines=deadlines)
    # A press that is not noticed would be waited for to the end of days.
    given_up = threading.Timer(PATIENCE, opened.cancel)
    given_up.start()
    yield opened
    given_up.cancel()
    opened.close()


def at_wait(number: int, act: Callable[[], object], otherwise: Listen) -> Listen:
    """A listener that does something instead when the button is waited for before sheet ``number``."""

    def listen(progress: Progress) -> None:
        if progress.waiting and progress.number == number:
            act()
        else:
            otherwise(progress)

    return listen


def names(spool: Path) -> list[str]:
    """The sheets in the spool, begun ones too, without what is told of them beside."""
    return sorted(file.name for file in spool.iterdir() if file.suffix != ".json")


def test_each_press_gives_one_sheet_until_the_limit(
    scanner: sane.SaneScanner, button: ButtonScanner, spool: Path
) -> None:
    heard: list[Progress] = []

    def listen(progress: Progress) -> None:
        heard.append(progress)
        button.finger(progress)

    sheets = list(scanner.scan(BY_BUTTON, spool, limit=2, listener=listen))
    assert [sheet.number for sheet in sheets] == [1, 2]
    assert sheets[0].path.read_bytes() != sheets[1].path.read_bytes()
    assert [progress.number for progress in heard if progress.waiting] == [1, 2], "each wait is told once"


def test_button_that_is_held_down_counts_once(scanner: sane.SaneScanner, button: ButtonScanner, spool: Path) -> None:
    def hold_on_then_press_again() -> None:
        button.until_asked(SOME)
        assert names(spool) == ["0001.pnm"]
        button.switch_off("scan")
        button.until_asked(SOME)
        button.press()

    def hold(progress: Progress) -> None:
        if progress.waiting:
            button.switch_on("scan")

    held = at_wait(2, hold_on_then_press_again, hold)
    assert len(list(scanner.scan(BY_BUTTON, spool, limit=2, listener=held))) == 2


def test_press_from_before_the_session_asks_for_nothing(
    scanner: sane.SaneScanner, button: ButtonScanner, spool: Path
) -> None:
    def press_again() -> None:
        button.until_asked(SOME)
        assert names(spool) == []
        button.press()

    button.press()
    assert len(list(scanner.scan(BY_BUTTON, spool, limit=1, listener=at_wait(1, press_again, button.finger)))) == 1


def test_a_person_may_take_longer_than_any_deadline(
    scanner: sane.SaneScanner, button: ButtonScanner, spool: Path
) -> None:
    def press_late() -> None:
        button.until_asked(5 * REST + 2)  # five a second: longer than start, read and rest
        button.press()

    person = threading.Thread(target=press_late)
    person.start()
    assert len(list(scanner.scan(BY_BUTTON, spool, limit=1))) == 1
    person.join()


def test_stop_between_two_presses_is_a_good_end_and_the_next_batch_runs(
    scanner: sane.SaneScanner, button: ButtonScanner, spool: Path
) -> None:
    sheets, error = outcome(scanner, BY_BUTTON, spool, listener=at_wait(2, scanner.cancel, button.finger))
    assert (len(sheets), error) == (1, None)
    (again := spool / "again").mkdir()
    assert len(list(scanner.scan(BY_BUTTON, again, limit=1, listener=button.finger))) == 1


def test_stop_in_mid_page_is_a_stop(scanner: sane.SaneScanner, button: ButtonScanner, spool: Path) -> None:
    button.switch_on("slow")
    stop = striking(scanner.cancel, sheet=1)

    def listen(progress: Progress) -> None:
        button.finger(progress)
        stop(progress)

    sheets, error = outcome(scanner, BY_BUTTON, spool, listener=listen)
    assert (sheets, type(error)) == ([], Cancelled)


@pytest.mark.parametrize(("blow", "kind"), [(signal.SIGKILL, ChildDied), (signal.SIGSTOP, Stalled)])
def test_child_that_dies_or_hangs_while_it_waits_is_noticed(
    scanner: sane.SaneScanner, button: ButtonScanner, spool: Path, config: Path, blow: signal.Signals, kind: type
) -> None:
    def strike() -> None:
        (child,) = marked(str(config))
        os.kill(child, blow)

    sheets, error = outcome(scanner, BY_BUTTON, spool, listener=at_wait(2, strike, button.finger))
    assert (len(sheets), type(error)) == (1, kind)
    (again := spool / "again").mkdir()
    assert len(list(scanner.scan(BY_BUTTON, again, limit=1, listener=button.finger))) == 1


def test_child_that_dies_before_the_first_press_is_replaced_without_a_word(
    button: ButtonScanner, config: Path, locks: Path, spool: Path
) -> None:
    blows = iter([signal.SIGKILL])

    def strike_once(progress: Progress) -> None:
        for blow in islice(blows, 1):
            (child,) = marked(str(config))
            os.kill(child, blow)
            return
        button.finger(progress)

    patient = PatientScanner(lambda: sane.open_scanner(DEVICE, sane_config=config, locks=locks))
    assert len(list(patient.scan(BY_BUTTON, spool, limit=1, listener=strike_once))) == 1
    patient.close()


def test_device_without_a_button_is_refused_before_anything_is_scanned(
    config: Path, locks: Path, spool: Path, button: ButtonScanner
) -> None:
    plain = sane.open_scanner("test:0", sane_config=config, locks=locks)
    with pytest.raises(NoButton):
        next(plain.scan(BY_BUTTON, spool))
    assert names(spool) == []
    assert len(list(plain.scan(SMALL, spool))) == 1
    plain.close()


def test_feeder_that_calls_itself_empty_is_asked_what_it_feels(
    scanner: sane.SaneScanner, button: ButtonScanner, spool: Path
) -> None:
    assert type(outcome(scanner, FEEDER, spool)[1]) is NoDocuments
    button.switch_on("page-loaded")
    assert type(outcome(scanner, FEEDER, spool)[1]) is NotDrawn
    button.switch_on("cover-open")
    assert type(outcome(scanner, FEEDER, spool)[1]) is CoverOpen
    assert button.asked() == 0, "a feeder takes no notice of the button"
