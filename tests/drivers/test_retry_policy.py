"""What is tried again and what a person is asked: paper that moved is never fed twice."""

from __future__ import annotations

import threading
from collections.abc import Collection, Generator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from drivers import Identity, Listener, Mode, Progress, ScanSettings, Sheet, Source
from drivers.errors import (
    BY_CODE,
    Busy,
    Cancelled,
    ChildDied,
    CoverOpen,
    DriverError,
    EarlyEnd,
    InputOutput,
    Jammed,
    SettingRefused,
    Stalled,
)
from drivers.retry_policy import REMEDIES, Patience, PatientScanner
from tests.drivers.scanning import SMALL

FEEDER = replace(SMALL, source=Source.ADF)
QUICK = Patience(busy=0.5, pause=0.001)
#: What one attempt at a batch does: sheets it gives, lines of progress it tells, errors that end it.
Step = int | str | DriverError
GIVEN, STARTED = "given", 0


class Script:
    """A scanner that plays one list of steps per batch: the edge of hardware, where errors come when one wants them."""

    fixed = False
    identity = Identity("Noname", "script")

    def __init__(self, *attempts: Sequence[Step]) -> None:
        self.attempts = list(attempts)
        self.batches = self.closed = 0

    def scan(
        self,
        settings: ScanSettings,
        spool: Path,
        *,
        limit: int | None = None,
        fed: Collection[str] = (),
        listener: Listener | None = None,
    ) -> Generator[Sheet, None, None]:
        steps = self.attempts[min(self.batches, len(self.attempts) - 1)]
        self.batches += 1
        for step in steps:
            if isinstance(step, DriverError):
                raise step
            if step == GIVEN:
                yield Sheet(1, spool / "0001.pnm", 1, 1, Mode.GREY, 50, (50, 50), datetime.now(), self.identity)
            elif listener and isinstance(step, int):
                listener(Progress(1, step, None))

    def cancel(self) -> None:
        """Nothing runs between two attempts."""

    def stand_by(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is held."""
        self.closed += 1


GOOD: tuple[Step, ...] = (STARTED, 50, GIVEN)


@pytest.mark.parametrize(
    ("settings", "first"),
    [
        (SMALL, [InputOutput()]),
        (SMALL, [STARTED, InputOutput()]),
        (SMALL, [STARTED, 50, InputOutput()]),
        (SMALL, [ChildDied()]),
        (SMALL, [STARTED, Busy()]),
        (FEEDER, [InputOutput()]),
        (FEEDER, [ChildDied()]),
        (FEEDER, [STARTED, Busy()]),
    ],
)
def test_where_no_paper_moved_a_passing_error_is_not_noticed(
    settings: ScanSettings, first: list[Step], tmp_path: Path
) -> None:
    script = Script(first, GOOD)
    assert len(list(PatientScanner(lambda: script, QUICK).scan(settings, tmp_path))) == 1
    assert script.batches == 2


@pytest.mark.parametrize(
    ("settings", "first"),
    [
        (FEEDER, [STARTED, InputOutput()]),
        (FEEDER, [STARTED, 50, Busy()]),
        (FEEDER, [STARTED, ChildDied()]),
        (FEEDER, [*GOOD, InputOutput()]),
        (FEEDER, [*GOOD, Busy()]),
        (SMALL, [STARTED, 50, ChildDied()]),
        (SMALL, [Jammed()]),
        (SMALL, [SettingRefused()]),
    ],
)
def test_where_paper_moved_or_a_person_must_act_nothing_is_tried_again(
    settings: ScanSettings, first: list[Step], tmp_path: Path
) -> None:
    script = Script(first, GOOD)
    with pytest.raises(DriverError):
        list(PatientScanner(lambda: script, QUICK).scan(settings, tmp_path))
    assert script.batches == 1


def test_device_is_opened_anew_once_and_no_more(tmp_path: Path) -> None:
    script = Script([InputOutput()])
    with pytest.raises(InputOutput):
        list(PatientScanner(lambda: script, QUICK).scan(SMALL, tmp_path))
    assert script.batches == 2


def test_busy_device_is_waited_for_and_no_longer_than_the_patience_lasts(tmp_path: Path) -> None:
    script = Script([Busy()], [Busy()], [Busy()], GOOD)
    assert len(list(PatientScanner(lambda: script, QUICK).scan(SMALL, tmp_path))) == 1
    with pytest.raises(Busy):
        list(PatientScanner(lambda: Script([Busy()]), replace(QUICK, busy=0.02)).scan(SMALL, tmp_path))


def test_opening_has_the_same_patience() -> None:
    outcomes: list[DriverError | None] = [Busy(), InputOutput(), Busy(), None]

    def open_script() -> Script:
        if error := outcomes.pop(0):
            raise error
        return Script(GOOD)

    assert PatientScanner(open_script, QUICK).identity.model == "script"
    outcomes.append(SettingRefused())
    with pytest.raises(SettingRefused):
        PatientScanner(open_script, QUICK)


def test_cancel_ends_the_waiting(tmp_path: Path) -> None:
    scanner = PatientScanner(lambda: Script([STARTED, Busy()]), Patience(busy=60, pause=60))
    waiting = threading.Event()

    def cancel() -> None:
        waiting.wait(10)
        scanner.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    batch = scanner.scan(SMALL, tmp_path, listener=lambda _: waiting.set())
    with pytest.raises(Cancelled):
        list(batch)
    canceller.join()


@pytest.mark.parametrize(
    ("settings", "second"),
    [
        (SMALL, [STARTED, ChildDied()]),
        (SMALL, [SettingRefused()]),
        (SMALL, [STARTED, EarlyEnd()]),
        (SMALL, [STARTED, DriverError("Invalid argument")]),
        (FEEDER, [SettingRefused()]),
    ],
)
def test_device_that_fails_because_it_stayed_open_is_opened_anew_and_stays_open_no_more(
    settings: ScanSettings, second: list[Step], tmp_path: Path
) -> None:
    script = Script(GOOD, second, GOOD)
    scanner = PatientScanner(lambda: script, QUICK)
    assert len(list(scanner.scan(settings, tmp_path))) == 1
    assert scanner.stand_by()
    assert len(list(scanner.scan(settings, tmp_path))) == 1
    assert (script.batches, script.closed) == (3, 1)
    assert not scanner.stand_by()


@pytest.mark.parametrize(
    ("settings", "second"),
    [
        (SMALL, [STARTED, 50, ChildDied()]),
        (SMALL, [STARTED, CoverOpen()]),
        (FEEDER, [STARTED, EarlyEnd()]),
        (FEEDER, [*GOOD, DriverError()]),
    ],
)
def test_device_that_stayed_open_is_not_asked_again_for_what_a_person_must_see_to(
    settings: ScanSettings, second: list[Step], tmp_path: Path
) -> None:
    script = Script(GOOD, second, GOOD)
    scanner = PatientScanner(lambda: script, QUICK)
    list(scanner.scan(settings, tmp_path))
    scanner.stand_by()
    with pytest.raises(DriverError):
        list(scanner.scan(settings, tmp_path))
    assert script.batches == 2


def test_device_that_hangs_after_it_stayed_open_is_told_once_and_stays_open_no_more(tmp_path: Path) -> None:
    script = Script(GOOD, [STARTED, Stalled()], GOOD)
    scanner = PatientScanner(lambda: script, QUICK)
    list(scanner.scan(SMALL, tmp_path))
    scanner.stand_by()
    with pytest.raises(Stalled):
        list(scanner.scan(SMALL, tmp_path))
    assert not scanner.stand_by()


def test_caller_that_goes_away_ends_the_batch(tmp_path: Path) -> None:
    closed: list[bool] = []

    class Closing(Script):
        def scan(self, *arguments: object, **named: object) -> Generator[Sheet, None, None]:
            try:
                yield from super().scan(SMALL, tmp_path)
            finally:
                closed.append(True)

    batch = PatientScanner(lambda: Closing([GIVEN, GIVEN])).scan(FEEDER, tmp_path)
    next(batch)
    batch.close()
    assert closed == [True]


def test_every_error_has_its_remedy() -> None:
    assert set(REMEDIES) == set(BY_CODE.values())
