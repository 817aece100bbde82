"""What a device senses beside the image, and its guard against two sheets drawn in at once.

Each backend names these things in its own way. The names below are those of the libraries of sane-backends 1.2.1; a
sensor is an option that can be read and not set, a guard one that can be set. One name may be both: ``double-feed`` is
fujitsu's sensor and kvs1025's guard.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.errors import DoubleFeed, DriverError, Jammed

if TYPE_CHECKING:
    from drivers.sane_options import Options

_PAGE_LOADED = ("page-loaded", "doc-in-adf")  # fujitsu, epjitsu, genesys, gt68xx, p5; hp5590
_COVER_OPEN = ("cover-open",)  # fujitsu, epjitsu
_BUTTON = ("scan",)  # fujitsu, epjitsu, genesys; python-sane hides this name behind a method
_DOUBLE_FEED = ("double-feed",)  # fujitsu

# In this order: fujitsu's other two can only be set once its action is one of its own.
_GUARDS: tuple[tuple[str, str | bool], ...] = (
    ("df-action", "Stop"),  # fujitsu
    ("df-thickness", True),  # fujitsu, canon_dr: ultrasound
    ("df-length", True),  # fujitsu, canon_dr: longer than the sheet before
    ("double-feed", True),  # kvs1025, kvs20xx
    ("dfeed", True),  # kvs40xx
)


@dataclass(frozen=True)
class Sensors:
    """What the device senses now; None where it has no such sensor or cannot read it at this moment."""

    page_loaded: bool | None = None
    cover_open: bool | None = None
    button: bool | None = None


def read_sensors(options: Options) -> Sensors:
    """Ask the device. Between two batches only: a backend may talk to the hardware for it.

    :raises drivers.errors.DriverError: the device did not answer; its class as for a scan.
    """
    return Sensors(_first(options, _PAGE_LOADED), _first(options, _COVER_OPEN), _first(options, _BUTTON))


def guard_against_double_feeds(options: Options, spoken_for: Collection[str] = ()) -> list[str]:
    """Switch on what the device has against two sheets at once; gives the names of the options that are on now.

    What the settings speak for themselves (``spoken_for``, written with dashes) stays theirs: ``df-length = false`` is
    right where a ledger's sheets differ in length.

    :raises drivers.errors.SettingRefused: the device has the option and does not take the value.
    """
    watching = []
    for name, value in _GUARDS:
        if name not in spoken_for and options.has(name):
            options.ask(name, value)
            watching.append(name)
    return watching


def explained(error: DriverError, options: Options) -> DriverError:
    """The error to raise in place of ``error``: SANE knows one word for a jam and for two sheets at once.

    The backends report a double feed as ``SANE_STATUS_JAMMED``; fujitsu has a sensor that tells them apart.
    """
    with suppress(DriverError):  # a device that is too upset to be asked: the jam is what matters
        if isinstance(error, Jammed) and _first(options, _DOUBLE_FEED):
            return DoubleFeed(error.detail, error.sheet)
    return error


def _first(options: Options, names: tuple[str, ...]) -> bool | None:
    return next((sensed for name in names if (sensed := options.sensed(name)) is not None), None)
