"""What a device senses beside the image, and its guard against two sheets drawn in at once.

Each backend names these things in its own way. The names below are those of the libraries of sane-backends 1.2.1; a
sensor is an option that can be read and not set, a guard one that can be set. One name may be both: ``double-feed`` is
fujitsu's sensor and kvs1025's guard.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Protocol

from drivers.errors import CoverOpen, DoubleFeed, DriverError, Jammed, NoButton, NoDocuments, NotDrawn

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


class SensorOptions(Protocol):
    """What of a device's options is asked for here; see :class:`drivers.sane.options.Options`."""

    def has(self, name: str) -> bool:
        """Whether the device has an option of that name that can be set now."""

    def sensed(self, name: str) -> bool | None:
        """What the sensor of that name says; None where there is none."""

    def ask(self, name: str, value: str | bool) -> None:
        """Set the option and read it back."""


def button_down(options: SensorOptions) -> bool:
    """Whether the device's own button is pressed. Between two sheets only: a backend asks the hardware for it.

    The first answer after something else may be an old one: a press that a device keeps until it is asked, and what
    fujitsu learnt of all its sensors when another one was asked (get_hardware_status of its fujitsu.c).

    :raises drivers.errors.NoButton: there is none that can be read now.
    :raises drivers.errors.DriverError: the device did not answer; its class as for a scan.
    """
    for name in _BUTTON:
        if (down := options.sensed(name)) is not None:
            return down
    raise NoButton(f"no sensor called {' or '.join(_BUTTON)}")


def guard_against_double_feeds(options: SensorOptions, spoken_for: Collection[str] = ()) -> list[str]:
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


def explained_error(error: DriverError, options: SensorOptions) -> DriverError:
    """The error to raise in place of ``error``, where a sensor says more than SANE's status.

    The backends report a double feed as ``SANE_STATUS_JAMMED`` (fujitsu has a sensor that tells them apart), and a
    feeder that cannot draw in its sheets may call itself empty.
    """
    with suppress(DriverError):  # a device that is too upset to be asked: the error itself is what matters
        if isinstance(error, Jammed) and _feels(options, _DOUBLE_FEED):
            return DoubleFeed(error.detail, error.sheet)
        if isinstance(error, NoDocuments):
            if _feels(options, _COVER_OPEN):
                return CoverOpen(error.detail, error.sheet)
            if _feels(options, _PAGE_LOADED):
                return NotDrawn(error.detail, error.sheet)
    return error


def _feels(options: SensorOptions, names: tuple[str, ...]) -> bool:
    """What the device's sensor says now: the second answer, for the first may be an old one (:func:`button_down`)."""
    return any([options.sensed(name) for _ in range(2)][-1] for name in names)
