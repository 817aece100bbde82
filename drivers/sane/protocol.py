"""The messages between :mod:`drivers.sane.child_link` and :mod:`drivers.sane.child`: JSON objects, one a line.

Commands have ``do`` (discover, open, scan, taken, cancel, standby, wake, close), events have ``event`` (ready, offers,
opened, progress, waiting, resting, sheet, done, awake, error). This module holds the one command with a shape
worth a type, and what a batch tells of itself in events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from drivers import Mode, ScanSettings, Source
from drivers.images.raw_sheet import Origin, Raw, storing_of

OptionValue = str | int | float | bool

#: Complete sheets that the parent has not taken yet; the child waits when there are so many.
UNTAKEN = 4


@dataclass(frozen=True)
class Extras:
    """What is special about one sheet of a simulated feeder.

    ``options`` are set just before the sheet and set back after it, ``dpi`` is the truth that the virtual device does
    not know.
    """

    options: Mapping[str, OptionValue] = field(default_factory=dict)
    dpi: tuple[float, float] | None = None
    token: str | None = None


@dataclass(frozen=True)
class Job:
    """One ``scan`` command: up to ``limit`` sheets into ``spool``, numbered from ``first``.

    With ``fixed`` the device has no settings of its own (SANE's pnm backend): nothing is asked and nothing compared.
    """

    settings: ScanSettings
    spool: Path
    limit: int | None = None
    first: int = 1
    fixed: bool = False
    extras: Mapping[int, Extras] = field(default_factory=dict)

    @property
    def by_button(self) -> bool:
        """Whether each sheet waits for a press of the device's own button: on the glass only."""
        return self.settings.button and self.settings.source is Source.FLATBED and not self.fixed

    def raw(self, number: int, mode: Mode, width: int, height: int, origin: Origin) -> Raw:
        """The facts of one sheet of this batch that was read."""
        return Raw(number, width, height, mode, origin, self.settings.storing)

    def command(self) -> dict[str, Any]:
        """The job as a command."""
        settings = self.settings
        return {
            "do": "scan",
            "spool": str(self.spool.absolute()),
            "limit": self.limit,
            "first": self.first,
            "fixed": self.fixed,
            "settings": {
                "source": settings.source.value,
                "mode": settings.mode.value,
                "dpi": settings.dpi,
                "width_mm": settings.width_mm,
                "height_mm": settings.height_mm,
                "whole": settings.whole,
                "slack_mm": settings.slack_mm,
                "storing": asdict(settings.storing),
                "provenance": dict(settings.provenance),
                "button": settings.button,
            },
            "extras": {
                str(number): {"options": dict(extra.options), "dpi": extra.dpi, "token": extra.token}
                for number, extra in self.extras.items()
            },
        }

    @classmethod
    def of(cls, command: Mapping[str, Any]) -> Job:
        """The job that :meth:`command` described."""
        settings = command["settings"]
        return cls(
            settings=ScanSettings(
                source=Source(settings["source"]),
                mode=Mode(settings["mode"]),
                dpi=settings["dpi"],
                width_mm=settings["width_mm"],
                height_mm=settings["height_mm"],
                whole=settings["whole"],
                slack_mm=settings["slack_mm"],
                storing=storing_of(settings["storing"]),
                provenance=settings["provenance"],
                button=settings["button"],
            ),
            spool=Path(command["spool"]),
            limit=command["limit"],
            first=command["first"],
            fixed=command["fixed"],
            extras={
                int(number): Extras(extra["options"], tuple(extra["dpi"]) if extra["dpi"] else None, extra["token"])
                for number, extra in command["extras"].items()
            },
        )


class BatchChannel(Protocol):
    """The messages that a batch sends to the parent while it runs."""

    def progress(self, number: int, lines: int, height: int | None) -> None:
        """Send how many lines of a sheet are read; never raises."""

    def tell_waiting(self, number: int) -> None:
        """Send that the button must be pressed for the next sheet, and pause a moment."""

    def tell_resting(self) -> None:
        """Send that the scanner is idle until the parent has taken a sheet."""

    def sheet(self, sheet: Raw, path: Path) -> None:
        """Send a complete sheet; blocks while too many are not taken yet."""

    def cancelled(self) -> bool:
        """Whether the parent wants the batch to stop."""
