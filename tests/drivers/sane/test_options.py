from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drivers import Mode, ScanSettings, Source
from drivers.errors import SettingRefused
from drivers.sane.options import Options

STRING, FIXED, INT, BOOL = 3, 2, 1, 0
PLAIN = ScanSettings(dpi=None)


class Refused(Exception):
    """What python-sane raises."""


class Machine:
    """The options of a device that exists elsewhere: (name, type, constraint, value) as its backend lists them."""

    def __init__(self, *options: tuple[str, int, Any, Any]) -> None:
        self.options = options
        self.values = [value for _, _, _, value in options]

    def get_options(self) -> list[tuple[Any, ...]]:
        return [(i, o[0], "", "", o[1], 0, 4, 1 | 4, o[2]) for i, o in enumerate(self.options)]

    def get_option(self, index: int) -> Any:
        return self.values[index]

    def set_option(self, index: int, value: Any) -> int:
        self.values[index] = value
        return 0

    def value(self, name: str) -> Any:
        return next(value for value, option in zip(self.values, self.options, strict=True) if option[0] == name)


class HandHeld(Machine):
    """A device that has no resolution to be set as long as it is moved by hand."""

    def get_options(self) -> list[tuple[Any, ...]]:
        inactive = 32 if self.value("hand-scanner") else 0
        return [(*o[:7], o[7] | inactive, o[8]) if o[1] == "resolution" else o for o in super().get_options()]


EPSON: tuple[tuple[str, int, Any, Any], ...] = (
    ("source", STRING, ["Flatbed", "Automatic Document Feeder"], "Flatbed"),
    ("adf-mode", STRING, [], "Simplex"),
)
FUJITSU = (("source", STRING, ["ADF Front", "ADF Back", "ADF Duplex", "Flatbed"], "Flatbed"),)
BROTHER = (
    (
        "source",
        STRING,
        ["FlatBed", "Automatic Document Feeder(left aligned,Duplex)", "Automatic Document Feeder(left aligned)"],
        "",
    ),
)
AIRSCAN = (("source", STRING, ["Platen", "ADF", "ADF Duplex"], "ADF"),)
CANON_DR = (("source", STRING, ["Flatbed", "ADF Front", "ADF Back", "ADF Duplex", "Card Front"], "ADF Front"),)


@pytest.mark.parametrize(
    ("machine", "source", "name"),
    [
        (EPSON, Source.FLATBED, "Flatbed"),
        (EPSON, Source.ADF, "Automatic Document Feeder"),
        (FUJITSU, Source.ADF, "ADF Front"),
        (FUJITSU, Source.ADF_DUPLEX, "ADF Duplex"),
        (BROTHER, Source.FLATBED, "FlatBed"),
        (BROTHER, Source.ADF, "Automatic Document Feeder(left aligned)"),
        (BROTHER, Source.ADF_DUPLEX, "Automatic Document Feeder(left aligned,Duplex)"),
        (AIRSCAN, Source.FLATBED, "Platen"),
        (AIRSCAN, Source.ADF, "ADF"),
        (CANON_DR, Source.ADF, "ADF Front"),
    ],
)
def test_source_is_found_under_the_name_that_the_backend_gives_it(
    machine: tuple[tuple[str, int, Any, Any], ...], source: Source, name: str
) -> None:
    device = Machine(*machine)
    Options(device, Refused).apply(replace(PLAIN, source=source), {})
    assert device.value("source") == name


def test_duplex_may_be_an_option_beside_the_source() -> None:
    device = Machine(*EPSON)
    Options(device, Refused).apply(replace(PLAIN, source=Source.ADF_DUPLEX), {})
    assert device.value("source") == "Automatic Document Feeder"
    assert device.value("adf-mode") == "Duplex"
    Options(device, Refused).apply(replace(PLAIN, source=Source.ADF), {})
    assert device.value("adf-mode") == "Simplex"


def test_feeder_of_a_device_without_one_is_refused() -> None:
    with pytest.raises(SettingRefused, match="no adf"):
        Options(Machine(), Refused).apply(replace(PLAIN, source=Source.ADF), {})


@pytest.mark.parametrize(
    ("choices", "mode", "name"),
    [
        (["Lineart", "Gray", "Color"], Mode.COLOUR, "Color"),
        (["Black & White", "Gray[Error Diffusion]", "True Gray", "24bit Color[Fast]"], Mode.GREY, "True Gray"),
        (["Black & White", "True Gray", "24bit Color[Fast]", "24bit Color"], Mode.COLOUR, "24bit Color"),
        (["Lineart", "Grayscale", "Color", "48 bits color", "16 bits gray"], Mode.GREY, "Grayscale"),
    ],
)
def test_mode_is_the_one_with_eight_bits(choices: list[str], mode: Mode, name: str) -> None:
    device = Machine(("mode", STRING, choices, choices[0]))
    Options(device, Refused).apply(replace(PLAIN, mode=mode), {})
    assert device.value("mode") == name


def test_colour_of_a_grey_device_is_refused_with_what_it_offers() -> None:
    with pytest.raises(SettingRefused, match="Lineart, Gray"):
        Options(Machine(("mode", STRING, ["Lineart", "Gray"], "Gray")), Refused).apply(PLAIN, {})


def test_area_not_asked_any_more_goes_back_to_the_devices_own() -> None:
    device = Machine(
        ("tl-x", FIXED, None, 0.0),
        ("br-x", FIXED, None, 216.0),
        ("tl-y", FIXED, None, 0.0),
        ("br-y", FIXED, None, 356.0),
    )
    options = Options(device, Refused)
    options.apply(replace(PLAIN, width_mm=148, height_mm=210), {})
    assert device.value("br-y") == 210.0
    options.apply(PLAIN, {})
    assert (device.value("br-x"), device.value("br-y")) == (216.0, 356.0)


def glass(width: float, height: float) -> Machine:
    """A device that tells how large it is, and begins with a postcard of it."""
    return Machine(
        ("source", STRING, ["Flatbed", "ADF"], "Flatbed"),
        ("tl-x", FIXED, (0.0, width, 0.0), 0.0),
        ("br-x", FIXED, (0.0, width, 0.0), 80.0),
        ("tl-y", FIXED, (0.0, height, 0.0), 0.0),
        ("br-y", FIXED, (0.0, height, 0.0), 100.0),
    )


def test_own_option_that_takes_another_away_does_so_in_each_batch_of_an_open_device() -> None:
    device = HandHeld(("resolution", INT, (50, 600, 1), 50), ("hand-scanner", BOOL, None, 0))
    options = Options(device, Refused)
    for dpi in (300, 200):
        options.apply(ScanSettings(dpi=dpi), {"hand_scanner": True})
        assert (device.value("resolution"), device.value("hand-scanner")) == (dpi, 1)


@pytest.mark.parametrize(
    ("source", "room", "asked"),
    [
        (Source.FLATBED, (216.0, 297.0), (216.0, 297.0)),
        (Source.FLATBED, (305.0, 432.0), (305.0, 432.0)),
        (Source.FLATBED, (2000.0, 3000.0), (620.0, 620.0)),
        (Source.ADF, (216.0, 3048.0), (216.0, 324.0)),
        (Source.ADF, (300.0, 400.0), (300.0, 400.0)),
    ],
)
def test_whole_glass_is_as_large_as_the_device_tells_and_no_feeder_reads_metres(
    source: Source, room: tuple[float, float], asked: tuple[float, float]
) -> None:
    device = glass(*room)
    Options(device, Refused).apply(replace(PLAIN, source=source, whole=True), {})
    assert (device.value("br-x"), device.value("br-y")) == asked


@pytest.mark.parametrize(("room", "asked"), [((305.0, 432.0), (258.0, 347.0)), ((255.0, 343.0), (255.0, 343.0))])
def test_slack_is_asked_as_far_as_the_device_has_room(room: tuple[float, float], asked: tuple[float, float]) -> None:
    device = glass(*room)
    Options(device, Refused).apply(replace(PLAIN, width_mm=252, height_mm=341, slack_mm=6), {})
    assert (device.value("br-x"), device.value("br-y")) == asked


def test_area_larger_than_the_glass_is_refused_as_ever_with_slack_or_without() -> None:
    class Narrow(Machine):
        def set_option(self, index: int, value: Any) -> int:
            return super().set_option(index, min(value, 216.0))

    device = Narrow(*glass(216.0, 297.0).options)
    with pytest.raises(SettingRefused, match="br-x"):
        Options(device, Refused).apply(replace(PLAIN, width_mm=252, height_mm=341, slack_mm=6), {})


def test_option_name_may_be_written_with_underscore_and_shadowed_names_work() -> None:
    device = Machine(("tl-x", FIXED, None, 0.0), ("cancel", BOOL, None, 0))
    Options(device, Refused).apply(PLAIN, {"tl_x": 5, "cancel": True})
    assert device.values == [5.0, 1]


@pytest.mark.parametrize("value", ["ổ", 3.5])
def test_text_that_sane_cannot_take_is_refused(value: str | float) -> None:
    with pytest.raises(SettingRefused, match="not of the option's type"):
        Options(Machine(("name", STRING, None, "")), Refused).apply(PLAIN, {"name": value})
