"""Each phase of a batch has its own deadline, and only what is a sign of life puts it off."""

from __future__ import annotations

import ctypes
import io
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from drivers import Mode, Source
from drivers.errors import Stalled
from drivers.sane import scanner as sane
from drivers.sane.protocol import UNTAKEN
from drivers.sane.sheet_reader import SheetFormat, SheetReader
from tests.drivers.scanning import SMALL
from tests.waiting import eventually

FEEDER = replace(SMALL, source=Source.ADF)


def at_rest(pid: int) -> bool:
    """Whether every thread of a process sleeps."""
    return all(
        (task / "stat").read_text().rsplit(")", 1)[1].split()[0] == "S" for task in Path(f"/proc/{pid}/task").iterdir()
    )


def test_scanner_that_rests_has_the_deadline_of_resting(
    config: Path, locks: Path, spool: Path, child: Callable[[], int]
) -> None:
    """While it waits for room its program alone can hang: that shows sooner than a lamp that will not warm up."""
    deadlines = sane.Deadlines(open=10, start=20, read=20, rest=0.5, close=2)
    scanner = sane.open_scanner("test:0", sane_config=config, locks=locks, deadlines=deadlines)
    try:
        batch = scanner.scan(FEEDER, spool)
        next(batch)
        eventually(lambda: len(list(spool.glob("*.pnm"))) == 1 + UNTAKEN and at_rest(child()))
        os.kill(child(), signal.SIGSTOP)
        with pytest.raises(Stalled, match=r"rest: no sign of life for 0\.5 s"):
            list(batch)
    finally:
        scanner.close()


def test_device_that_answers_without_a_line_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """SANE lets ``sane_read`` say "good" with no byte: a device that does so for ever has its deadline run out."""
    told: list[tuple[int, int | None]] = []
    answers = iter([0, 0, 100, 0])

    def sane_read(_handle: object, buffer: ctypes.Array[ctypes.c_char], _size: int, got: object) -> int:
        length = next(answers, None)
        if length is None:
            return 5  # SANE_STATUS_EOF
        ctypes.memset(buffer, 1, length)
        got._obj.value = length  # type: ignore[attr-defined]
        return 0

    reader = SheetReader.__new__(SheetReader)
    reader._opened = SimpleNamespace(cancel=lambda: None)
    reader._handle = ctypes.c_void_p()
    reader._libsane = SimpleNamespace(sane_read=sane_read)  # type: ignore[assignment]
    reader._buffer = ctypes.create_string_buffer(1000)
    monkeypatch.setattr("drivers.sane.sheet_reader._PROGRESS_SECONDS", 0.0)
    into = io.BytesIO()
    layout = SheetFormat(Mode.GREY, 10, 10)
    assert reader.read(layout, into, lambda: False, lambda lines, height: told.append((lines, height))) == 100
    assert told == [(10, 10)]
