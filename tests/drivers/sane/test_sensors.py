"""Sensors and the guard against double feeds.

SANE's virtual backends have neither, but the test backend has options of the same make (readable, not settable). What
fujitsu, canon_dr and the others offer is played by tables of their options: no such scanner stands here. A device with
sensors in SANE's own loader is that of ``test_button.py``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import CoverOpen, DoubleFeed, Jammed, NoButton, NoDocuments, NotDrawn, SettingRefused
from drivers.sane.options import Options
from drivers.sane.sensors import button_down, explained_error, guard_against_double_feeds
from tests.drivers.sane.test_options import BOOL, PLAIN, STRING, Machine, Refused

SENSOR = 4  # SANE_CAP_SOFT_DETECT alone
SETTABLE = 1 | 4
INACTIVE = 1 | 4 | 32


class Feeder(Machine):
    """A machine whose options have capabilities too; ``df-action`` switches the other guards on, as fujitsu's does."""

    def __init__(self, *options: tuple[str, int, Any, Any, int]) -> None:
        super().__init__(*(option[:4] for option in options))
        self.capabilities = [option[4] for option in options]

    def get_options(self) -> list[tuple[Any, ...]]:
        return [
            (*option[:7], capability, option[8])
            for option, capability in zip(super().get_options(), self.capabilities, strict=True)
        ]

    def set_option(self, index: int, value: Any) -> int:
        if self.options[index][0] == "df-action":
            self.capabilities = [SETTABLE if caps == INACTIVE else caps for caps in self.capabilities]
        return super().set_option(index, value)


def fujitsu(*, page: int = 0, cover: int = 0, button: int = 0, double: int = 0) -> Feeder:
    return Feeder(
        ("df-action", STRING, ["Default", "Continue", "Stop"], "Default", SETTABLE),
        ("df-thickness", BOOL, None, 0, INACTIVE),
        ("df-length", BOOL, None, 0, INACTIVE),
        ("page-loaded", BOOL, None, page, SENSOR),
        ("cover-open", BOOL, None, cover, SENSOR),
        ("scan", BOOL, None, button, SENSOR),
        ("double-feed", BOOL, None, double, SENSOR),
    )


class Remembering(Feeder):
    """As fujitsu's backend does: asked for one sensor it learns of all, and tells of each once what it learnt then."""

    def __init__(self, *options: tuple[str, int, Any, Any, int]) -> None:
        super().__init__(*options)
        self.learnt: dict[int, Any] = {}

    def get_option(self, index: int) -> Any:
        if index not in self.learnt:
            self.learnt = dict(enumerate(self.values))
        return self.learnt.pop(index)


@pytest.mark.parametrize("pressed", [False, True])
def test_button_is_read(pressed: bool) -> None:
    assert button_down(Options(fujitsu(button=int(pressed)), Refused)) is pressed


def test_option_that_can_be_set_is_no_button() -> None:
    with pytest.raises(NoButton, match="scan"):
        button_down(Options(Machine(("scan", BOOL, None, 1)), Refused))


def test_feeder_that_calls_itself_empty_may_have_paper_or_an_open_cover() -> None:
    empty = NoDocuments("out of documents", 1)
    assert explained_error(empty, Options(fujitsu(), Refused)) is empty
    assert type(explained_error(empty, Options(fujitsu(page=1), Refused))) is NotDrawn
    error = explained_error(empty, Options(fujitsu(page=1, cover=1), Refused))
    assert (type(error), error.detail, error.sheet) == (CoverOpen, "out of documents", 1)


def test_what_a_device_remembers_of_its_sensors_is_not_taken_for_now() -> None:
    device = Remembering(("cover-open", BOOL, None, 1, SENSOR), ("double-feed", BOOL, None, 1, SENSOR))
    options, jam = Options(device, Refused), Jammed(sheet=4)
    assert type(explained_error(NoDocuments(), options)) is CoverOpen
    device.values = [0, 0]
    assert explained_error(jam, options) is jam


def test_guard_is_on_where_the_device_has_one() -> None:
    device = fujitsu()
    Options(device, Refused).apply(PLAIN, {})
    assert [device.value(name) for name in ("df-action", "df-thickness", "df-length")] == ["Stop", 1, 1]
    assert device.value("double-feed") == 0, "a sensor is not set"


@pytest.mark.parametrize("name", ["double-feed", "dfeed"])
def test_guard_of_panasonics_scanners_is_on(name: str) -> None:
    device = Feeder((name, BOOL, None, 0, SETTABLE))
    assert guard_against_double_feeds(Options(device, Refused)) == [name]
    assert device.value(name) == 1


def test_settings_may_leave_a_guard_off() -> None:
    device = fujitsu()
    Options(device, Refused).apply(PLAIN, {"df_length": False})
    assert [device.value(name) for name in ("df-thickness", "df-length")] == [1, 0]


def test_guard_that_does_not_hold_is_refused() -> None:
    class Stubborn(Feeder):
        def set_option(self, index: int, value: Any) -> int:
            return 0

    with pytest.raises(SettingRefused, match="df-thickness"):
        Options(Stubborn(("df-thickness", BOOL, None, 0, SETTABLE)), Refused).apply(PLAIN, {})


def test_jam_that_is_a_double_feed_says_so() -> None:
    error = explained_error(Jammed("Document feeder jammed", 4), Options(fujitsu(double=1), Refused))
    assert (type(error), error.detail, error.sheet) == (DoubleFeed, "Document feeder jammed", 4)


def test_jam_of_a_device_that_cannot_be_asked_is_a_jam() -> None:
    class Upset(Feeder):
        def get_option(self, index: int) -> Any:
            raise Refused("Error during device I/O")

    jam = Jammed(sheet=4)
    assert explained_error(jam, Options(Upset(("double-feed", BOOL, None, 1, SENSOR)), Refused)) is jam


def test_other_errors_stay_what_they_are() -> None:
    jam, cover = Jammed(sheet=4), CoverOpen(sheet=4)
    assert explained_error(jam, Options(fujitsu(), Refused)) is jam
    assert explained_error(jam, Options(Machine(), Refused)) is jam
    assert explained_error(cover, Options(fujitsu(double=1), Refused)) is cover


def test_sensor_of_a_real_backend_is_read(config: Path) -> None:
    """The test backend's read-only option, in a process of its own: SANE is not loaded into the tests."""
    script = (
        "import os, sys; os.environ['SANE_CONFIG_DIR'] = sys.argv[1]\n"
        "from drivers.sane.library import Library; from drivers.sane.options import Options\n"
        "library = Library(); options = Options(library.open('test:0').dev, library.failed)\n"
        "before = options.sensed('bool-soft-detect'); options.ask('enable-test-options', True)\n"
        "settable = options.sensed('bool-soft-select-soft-detect')\n"
        "print(before, options.sensed('bool-soft-detect'), settable, flush=True)\n"
        "os._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, config], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "False", "None"]
