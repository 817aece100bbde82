"""Setting a SANE device's options by meaning, each read back and compared.

python-sane takes an unknown name in silence and a device may answer 5000 dpi with 1200; so names are looked up,
inactive options are never touched, and every value is read back. Options are reached by their index: one called
``scan`` or ``cancel`` is hidden by the method of that name otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from drivers import Mode, ScanSettings, Source
from drivers.errors import SettingRefused
from drivers.sane.errors import INVALID, typed_error
from drivers.sane.protocol import OptionValue
from drivers.sane.sensors import guard_against_double_feeds

_BOOL, _INT, _FIXED, _STRING, _BUTTON, _GROUP = range(6)  # SANE_Value_Type
_UNIT_PIXEL = 1  # SANE_Unit
_SOFT_SELECT, _SOFT_DETECT, _INACTIVE = 1, 4, 32  # SANE_CAP_*
_WORD_BYTES = 4
_MM_PER_INCH = 25.4
# Devices round to whole pixels or steps: dpi must be met, an edge of the area may be off by a millimetre.
_DPI_TOLERANCE = 0.5
_EDGE_TOLERANCE_MM = 1.0
_VALUE_TOLERANCE = 0.01
#: The whole glass is never more than an open book of A3 pages (mm). Feeders allow metres and fill what no sheet covers:
#: of their width, so much is asked as height at most.
_LONGEST, _SHEET_RATIO = 620.0, 1.5

_GREY_NOT = ("diffusion", "16", "halftone", "black", "1-bit")


@dataclass(frozen=True)
class _Option:
    index: int
    name: str
    type: int
    unit: int
    size: int
    capabilities: int
    constraint: Any

    @property
    def usable(self) -> bool:
        return bool(self.capabilities & _SOFT_SELECT) and not self.capabilities & _INACTIVE

    @property
    def sensor(self) -> bool:
        return self.type == _BOOL and self.capabilities & (_SOFT_SELECT | _SOFT_DETECT | _INACTIVE) == _SOFT_DETECT


class Options:
    """The options of one open device (python-sane's ``SaneDev.dev``); ``failed`` is python-sane's error class."""

    def __init__(self, handle: Any, failed: type[Exception]) -> None:
        self._handle = handle
        self._failed = failed
        self._initial: dict[str, OptionValue] = {}
        self._load()

    def apply(self, settings: ScanSettings, own: Mapping[str, OptionValue]) -> tuple[float, float] | None:
        """Ask for ``settings``, then for the caller's ``own`` options as they are; the order is SANE's habit.

        The guard against double feeds is switched on where the device has one and ``own`` does not speak for it.
        An area that the device cannot set now is not asked: :func:`drivers.sane.size_check.check_size` measures what
        comes.

        Returns the resolution (x, y) that the device confirmed in dpi, None where it has none.

        :raises SettingRefused: an option does not exist, is inactive, or read back another value.
        """
        # An option of the caller's own may take away those that are asked before it.
        self._as_found(*reversed([_plain(name) for name in own]))
        self._source(settings.source)
        if choices := self._choices("mode"):
            self.ask("mode", self._pick("mode", choices, _modes(settings.mode, choices)))
        if 8 in (self._choices("depth") or ()):
            self.ask("depth", 8)
        self._resolution(settings.dpi)
        self._area(settings)
        guard_against_double_feeds(self, {_plain(name) for name in own})
        for name, value in own.items():
            self.ask(name, value)
        return self.resolution()

    def resolution(self) -> tuple[float, float] | None:
        """The resolution (x, y) in dpi as it is set now, None for a device without the option."""
        if not self.has("resolution"):
            return None
        x = float(self.get("resolution"))
        return x, float(self.get("y-resolution")) if self.has("y-resolution") else x

    def has(self, name: str) -> bool:
        """Whether the option exists and can be set now."""
        option = self._options.get(_plain(name))
        return option is not None and option.usable

    def get(self, name: str) -> OptionValue:
        """The value of an option that :meth:`has` said yes to."""
        value: OptionValue = self._handle.get_option(self._options[_plain(name)].index)
        return value

    def sensed(self, name: str) -> bool | None:
        """What a sensor says (an option that can be read and not set), None where there is none to read now."""
        option = self._options.get(_plain(name))
        if option is None or not option.sensor:
            return None
        try:
            return bool(self._handle.get_option(option.index))
        except self._failed as error:
            raise typed_error(str(error)) from error

    def ask(self, name: str, value: OptionValue, tolerance: float = _VALUE_TOLERANCE) -> None:
        """Set one option and compare what the device made of it."""
        option = self._options.get(_plain(name))
        if option is None:
            raise SettingRefused(f"{name}: the device has no such option")
        if not option.usable:
            raise SettingRefused(f"{name}: cannot be set now")
        target = _convert(option, value)
        if option.type == _BUTTON:
            self._set(option, target)
            return
        before = self.get(name)
        self._initial.setdefault(option.name, before)
        if before != target:
            self._set(option, target)
        if not self.has(name):
            raise SettingRefused(f"{name}: vanished when it was set to {value!r}")
        got = self.get(name)
        if not _is_same(got, target, tolerance):
            raise SettingRefused(f"{name}: asked {value!r}, the device made it {got!r}")

    def _set(self, option: _Option, value: OptionValue) -> None:
        try:
            self._handle.set_option(option.index, value)
        except self._failed as error:
            if str(error) == INVALID:
                raise SettingRefused(f"{option.name}: {value!r}: {error}") from error
            raise typed_error(str(error)) from error
        # Any option may switch others on or off, and not every backend says so.
        self._load()

    def _load(self) -> None:
        options = (_Option(t[0], t[1] or "", t[4], t[5], t[6], t[7], t[8]) for t in self._handle.get_options())
        self._options = {_plain(option.name): option for option in options if option.name and option.type != _GROUP}

    def _choices(self, name: str) -> list[Any] | None:
        constraint = self._options[name].constraint if self.has(name) else None
        return constraint if isinstance(constraint, list) else None

    def _pick(self, name: str, choices: Iterable[str], fitting: list[str]) -> str:
        if not fitting:
            raise SettingRefused(f"{name}: the device offers only {', '.join(choices)}")
        return fitting[0]

    def _source(self, source: Source) -> None:
        choices = self._choices("source")
        if not choices:
            # A device with one place for paper has no option for it; asked for sheet after sheet, it would never end.
            if source is not Source.FLATBED:
                raise SettingRefused(f"source: the device has no {source}")
            return
        fitting = _sources(source, choices)
        if not fitting and source is Source.ADF_DUPLEX and (self.has("duplex") or self.has("adf-mode")):
            fitting = _sources(Source.ADF, choices)
        self.ask("source", self._pick("source", choices, fitting))
        if source is not Source.FLATBED:
            both = source is Source.ADF_DUPLEX
            if self.has("duplex"):
                self.ask("duplex", both)
            if self.has("adf-mode"):
                self.ask("adf-mode", "Duplex" if both else "Simplex")

    def _resolution(self, dpi: int | None) -> None:
        if dpi is None:
            self._as_found("resolution", "y-resolution")
            return
        self.ask("resolution", dpi, _DPI_TOLERANCE)
        if self.has("y-resolution"):
            self.ask("y-resolution", dpi, _DPI_TOLERANCE)

    def _area(self, settings: ScanSettings) -> None:
        width = self._room("page-width") or self._room("br-x") or _LONGEST
        height = _LONGEST if settings.source is Source.FLATBED else min(_LONGEST, width * _SHEET_RATIO)
        for extent, most, low, high, paper in (
            (settings.width_mm, _LONGEST, "tl-x", "br-x", "page-width"),
            (settings.height_mm, height, "tl-y", "br-y", "page-height"),
        ):
            room = self._room(paper) or self._room(high)
            if extent is not None:
                target = max(extent, min(extent + settings.slack_mm, room or extent))
            elif settings.whole and room is not None:
                target = min(room, most)
            else:
                self._as_found(paper, low, high)
                continue
            if self.has(paper):
                self._edge(paper, target)
            if self.has(low):
                self._edge(low, 0.0)
            if self.has(high):
                self._edge(high, target)

    def _room(self, name: str) -> float | None:
        """How far an edge can be set (mm), None where the device does not tell."""
        constraint = self._options[name].constraint if self.has(name) else None
        if not constraint:
            return None
        furthest = constraint[1] if isinstance(constraint, tuple) else max(constraint)
        return float(furthest) / self._per_mm(name)

    def _edge(self, name: str, mm: float) -> None:
        per_mm = self._per_mm(name)
        self.ask(name, mm * per_mm, _EDGE_TOLERANCE_MM * per_mm)

    def _per_mm(self, name: str) -> float:
        """What a millimetre is in the unit of an edge."""
        in_pixels = self.has(name) and self._options[name].unit == _UNIT_PIXEL
        return (self.resolution() or (300.0, 300.0))[0] / _MM_PER_INCH if in_pixels else 1.0

    def _as_found(self, *names: str) -> None:
        """Undo what an earlier batch asked: values stay set as long as the device is open."""
        for name in names:
            if name in self._initial and self.has(name):
                self.ask(name, self._initial[name])


def _plain(name: str) -> str:
    return name.replace("_", "-")


def _convert(option: _Option, value: OptionValue) -> OptionValue:
    kind = option.type
    if kind in (_INT, _FIXED) and option.size != _WORD_BYTES:
        raise SettingRefused(f"{option.name}: is a list, which python-sane cannot set")
    if kind == _STRING and isinstance(value, str) and value.isascii():
        return value
    if kind == _FIXED and isinstance(value, int | float):
        return float(value)
    if kind == _BOOL and (isinstance(value, bool) or value in (0, 1)):
        return int(value)
    if kind == _INT and isinstance(value, int | float):
        return round(value)
    if kind == _BUTTON:
        return 1
    raise SettingRefused(f"{option.name}: {value!r} is not of the option's type")


def _is_same(got: OptionValue, target: OptionValue, tolerance: float) -> bool:
    if isinstance(got, str) or isinstance(target, str):
        return got == target
    return abs(got - target) <= tolerance


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _sources(source: Source, choices: Iterable[str]) -> list[str]:
    """The choices that mean ``source``, the plainest name first; spellings as found in the backends' own lists."""

    def means(choice: str) -> bool:
        name = _letters(choice)
        feeder = "adf" in name or "feeder" in name or name == "duplex"
        duplex = "duplex" in name or "bothsides" in name
        if source is Source.FLATBED:
            return name in ("fb", "normal") or any(w in name for w in ("flatbed", "platen", "documenttable", "glass"))
        if source is Source.ADF:
            return feeder and not duplex and "back" not in name and "rear" not in name
        return duplex

    return sorted(filter(means, choices), key=len)


def _modes(mode: Mode, choices: Iterable[str]) -> list[str]:
    """The choices that mean 8 bits a channel in ``mode``, the plainest name first."""

    def means(choice: str) -> bool:
        name = choice.lower()
        if mode is Mode.COLOUR:
            return "colo" in name and "48" not in name and "halftone" not in name
        return ("gray" in name or "grey" in name) and not any(word in name for word in _GREY_NOT)

    return sorted(filter(means, choices), key=len)
