"""The ways an image gets in: ``sane`` (real scanners), ``simulated`` (SANE's virtual backends), ``folder`` (files).

This module is the contract between a driver and the station; it fits in the head:

* ``discover()`` says what can be opened now, with identities that survive a power cycle;
* ``open()`` claims one device for this process and gives a :class:`Scanner`;
* :meth:`Scanner.scan` sets and reads back the settings, then yields complete sheets one by one;
* whatever goes wrong is one of :mod:`drivers.errors`, and the scanner can be used again afterwards.

A driver has nothing to do with ledgers, labels or the catalogue: ``station`` imports ``drivers``, never the reverse.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class Source(StrEnum):
    """Where the paper lies."""

    FLATBED = "flatbed"
    ADF = "adf"
    ADF_DUPLEX = "adf-duplex"


class Mode(StrEnum):
    """What is asked of the scanner, always with 8 bits per channel."""

    COLOUR = "colour"
    GREY = "grey"


class Encoding(StrEnum):
    """How a master is stored; the value is the file's suffix without its dot."""

    JPEG = "jpg"
    TIFF = "tif"


class Chroma(StrEnum):
    """How much of the colour a JPEG keeps: all, or a quarter (files a third smaller, edges of ink less sharp)."""

    FULL = "4:4:4"
    QUARTER = "4:2:0"


@dataclass(frozen=True)
class Storing:
    """How a master is stored: ``quality`` (1-95) and ``chroma`` are for JPEG only, TIFF is lossless."""

    encoding: Encoding = Encoding.JPEG
    quality: int = 90
    chroma: Chroma = Chroma.FULL


@dataclass(frozen=True)
class Identity:
    """Which device this is, however its SANE name changes: vendor, model and, where the device reports it, serial."""

    vendor: str
    model: str
    serial: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.vendor, self.model, self.serial) if part)


@dataclass(frozen=True)
class Offer:
    """A device that can be opened now: its name for SANE (may change on a power cycle) and its stable identity."""

    name: str
    identity: Identity
    kind: str


@dataclass(frozen=True)
class ScanSettings:
    """What to ask of the scanner for one batch.

    ``dpi`` and the area (``width_mm`` x ``height_mm``, from the top left corner) are asked where not None and compared
    with what the device read back; without an area, ``whole`` asks for all of the glass. ``slack_mm`` more than the
    area is asked where the device has room. How the master is to be stored travels with the sheet, and ``provenance``
    (ASCII text) is written into it beside what the driver knows itself. ``paper_mm`` is the size (width, height) of
    what the image shows, for a driver whose images do not tell their resolution; with ``own_dpi`` one that tells a
    possible one is believed. With ``button`` each sheet on the glass waits for a press of the device's own button, and
    the batch goes on with the next; a feeder takes no notice of it.
    """

    source: Source = Source.FLATBED
    mode: Mode = Mode.COLOUR
    dpi: int | None = 300
    width_mm: float | None = None
    height_mm: float | None = None
    storing: Storing = Storing()
    provenance: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    slack_mm: float = 0.0
    paper_mm: tuple[float, float] | None = None
    own_dpi: bool = False
    button: bool = False


@dataclass(frozen=True)
class Sheet:
    """One complete image in the spool folder; nothing is synced or named yet: that is the station's.

    ``path`` is a raw sheet (see :mod:`drivers.images.raw_sheet`) whose master the station makes, or, where the device
    gives finished files, a master. ``number`` counts from 1 within the batch. ``width`` and ``height`` are what the
    device announced, in pixels, and what was read. ``dpi_asked`` is None where nothing was asked, ``dpi`` is (x, y) as
    the device confirmed it. ``token`` names the sheet for a driver that must not feed it twice (simulated, folder),
    None elsewhere. ``rotation`` is how far the image is to be turned clockwise to be upright (0, 90, 180, 270), as the
    file itself tells it.
    """

    number: int
    path: Path
    width: int
    height: int
    mode: Mode
    dpi_asked: int | None
    dpi: tuple[float, float]
    started_at: datetime
    identity: Identity
    token: str | None = None
    rotation: int = 0


@dataclass(frozen=True)
class Progress:
    """A sheet on its way: ``lines`` of ``height`` were read (0 = the scanner was told to start).

    While ``waiting`` it was not: the device's own button is to be pressed first. That is told once a sheet.
    """

    number: int
    lines: int
    height: int | None
    waiting: bool = False


Listener = Callable[[Progress], None]


class Scanner(Protocol):
    """An open device. One thread at a time; only :meth:`cancel` may come from another."""

    identity: Identity
    #: The device decides mode, resolution and size itself (an image from a folder); the station accepts what comes.
    fixed: bool

    def scan(
        self,
        settings: ScanSettings,
        spool: Path,
        *,
        limit: int | None = None,
        fed: Collection[str] = (),
        listener: Listener | None = None,
    ) -> Generator[Sheet, None, None]:
        """Yield complete sheets until the source is empty or ``limit`` is reached; a flatbed gives exactly one.

        With ``settings.button`` a flatbed gives one for each press, until ``limit`` or :meth:`cancel`: between two
        sheets that is this batch's normal end. A device without such a button raises ``NoButton``.

        Files appear in ``spool`` (an ASCII path) as ``0001.pnm`` and so on, never half written: what is being read is
        called ``0001.part``, from the moment the sheet is drawn in. ``fed`` are tokens of sheets that must not come
        again. Every sheet that was complete before a failure is yielded first; then a
        :class:`drivers.errors.DriverError` is raised that carries the number of the sheet that failed. An empty feeder
        at the first sheet raises ``NoDocuments``.
        """
        ...

    def cancel(self) -> None:
        """Stop the running batch: its iterator ends with ``Cancelled`` as soon as the device obeys.

        Where none runs, the next one ends so at once: whoever stops a session may do it before its batch has begun. A
        cancel that comes when a batch is over is forgotten by :meth:`stand_by`.
        """
        ...

    def stand_by(self) -> bool:
        """Between two batches: stay open until the next, and let the device go only when another process asks for it.

        The next batch then opens it again, as it does after whatever else befell it. False where this scanner must not
        stay open: it is to be closed.
        """
        ...

    def close(self) -> None:
        """Let the device go. Safe to call twice, and after any error."""
        ...
