"""An open SANE device inside the child: one batch of sheets, each checked against what the device announced."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from drivers import Mode, Offer, Source
from drivers.errors import Cancelled, CutShort, DiskFull, DriverError, EarlyEnd, InputOutput, NoDocuments, WrongImage
from drivers.images import raw_sheet
from drivers.images.raw_sheet import Origin, Raw
from drivers.sane.device_identity import lock_name
from drivers.sane.device_lock import DeviceLock
from drivers.sane.library import Library
from drivers.sane.options import Options
from drivers.sane.protocol import BatchChannel, Extras, Job, OptionValue
from drivers.sane.sensors import button_down, explained_error
from drivers.sane.sheet_reader import SheetFormat
from drivers.sane.size_check import check_filled, check_size

_MODES = {"gray": Mode.GREY, "color": Mode.COLOUR}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class SaneDevice:
    """One device, claimed by a lock for as long as this object is open."""

    def __init__(
        self, library: Library, device: str, own: Mapping[str, OptionValue], locks: Path, lock: str | None
    ) -> None:
        """Resolve, claim and open ``device``; ``lock`` overrides the name of the lock."""
        self.offer: Offer = library.resolve(device)
        self._library = library
        self._own = own
        self._lock = DeviceLock(locks, lock or lock_name(self.offer.name, self.offer.identity))
        try:
            self._handle = library.open(self.offer.name)
            with library.typed_errors():
                self._options = Options(self._handle.dev, library.failed)
            self._reader = library.reader(self._handle)
        except DriverError:
            self._lock.release()
            raise

    def is_asked_for(self) -> bool:
        """Whether another process waits for this device now."""
        return self._lock.is_asked_for()

    def close(self) -> None:
        """Let go of the device, then of its lock."""
        with contextlib.suppress(self._library.failed):
            self._handle.close()
        self._lock.release()

    def scan(self, job: Job, talk: BatchChannel) -> None:
        """Run one batch. Every sheet that was complete is reported before an error is raised."""
        try:
            dpi = self._prepare(job)
            self._batch(job, dpi, talk)
        finally:
            # After an error, and between two pages of the pnm backend, nothing works until cancel() was called.
            self._handle.cancel()

    def _prepare(self, job: Job) -> tuple[float, float]:
        with self._library.typed_errors():
            confirmed = None if job.fixed else self._options.apply(job.settings, self._own)
        dpi = job.settings.dpi or 0
        return confirmed or (float(dpi), float(dpi))

    def _batch(self, job: Job, dpi: tuple[float, float], talk: BatchChannel) -> None:
        for number in itertools.islice(itertools.count(job.first), job.limit):
            if job.by_button and not self._asked_for(number, talk):
                return
            if talk.cancelled():
                raise Cancelled(sheet=number)
            extras = job.extras.get(number, Extras())
            origin = self._origin(job, dpi, extras)
            talk.progress(number, 0, None)
            try:
                with self._set_for_one_sheet(extras.options, number):
                    if not self._started(number, job, talk):
                        return
                    sheet = self._read(number, job, origin, talk)
            except DriverError as error:
                error.sheet = number
                if talk.cancelled():
                    raise Cancelled(error.detail, number) from error
                raise explained_error(error, self._options) from error
            talk.tell_resting()
            talk.sheet(sheet, raw_sheet.name_of(job.spool, number))
            if job.fixed or (job.settings.source is Source.FLATBED and not job.by_button):
                return

    def _asked_for(self, number: int, talk: BatchChannel) -> bool:
        """Wait until the device's button is pressed for a sheet; False when the batch was cancelled before.

        A press counts when it begins in here: what is held down still, or was kept by the device since the last sheet,
        asks for nothing.
        """
        self._handle.cancel()  # the head goes home: the page may take its time
        down = button_down(self._options)
        while not talk.cancelled():
            talk.tell_waiting(number)
            before, down = down, button_down(self._options)
            if down and not before:
                return True
        return False

    def _origin(self, job: Job, dpi: tuple[float, float], extras: Extras) -> Origin:
        return Origin(
            identity=self.offer.identity,
            started_at=datetime.now().astimezone(),
            dpi=extras.dpi or dpi,
            dpi_asked=None if job.fixed else job.settings.dpi,
            token=extras.token,
            caller=job.settings.provenance,
        )

    def _started(self, number: int, job: Job, talk: BatchChannel) -> bool:
        """Start one sheet; False is the end of a feeder that gave sheets before."""
        _check_unused(raw_sheet.name_of(job.spool, number), number)
        try:
            with self._library.typed_errors(number):
                self._handle.start()
        except NoDocuments:
            if number > job.first and job.settings.source is not Source.FLATBED:
                return False
            raise
        if talk.cancelled():
            raise Cancelled(sheet=number)
        return True

    def _read(self, number: int, job: Job, origin: Origin, talk: BatchChannel) -> Raw:
        """Read one sheet into the spool."""
        layout = self._layout(number)
        if not job.fixed:
            check_size(job.settings, origin.dpi, layout.width, layout.lines if layout.lines > 0 else None, number)
        with _spooled(job.spool, number) as part:
            lines = self._written(part, number, layout, talk)
            if not job.fixed:
                check_size(job.settings, origin.dpi, layout.width, lines, number)
                # Of a whole glass nobody knows how much the paper fills.
                if not job.settings.whole:
                    check_filled(part, layout.width, lines, origin.dpi[0], raw_sheet.SAMPLES[layout.mode], number)
            sheet = job.raw(number, layout.mode, layout.width, lines, origin)
            raw_sheet.finish(sheet, raw_sheet.name_of(job.spool, number))
        return sheet

    def _written(self, part: Path, number: int, layout: SheetFormat, talk: BatchChannel) -> int:
        """Write a sheet's pixels behind their header, which says at last how many lines came; gives that number."""
        # Not truncated a second time: ext4 (auto_da_alloc) would send the whole file to the disk when it is closed, and
        # it goes when its master is made, before the disk need see it.
        with part.open("r+b") as file:
            # Whoever follows the file while it grows knows its lines by it.
            file.write(raw_sheet.header(layout.mode, layout.width, max(layout.lines, 0)))
            count = self._reader.read(layout, file, talk.cancelled, partial(talk.progress, number))
            if talk.cancelled():
                # A cancelled read comes back as a good, short image.
                raise Cancelled(sheet=number)
            if not count:
                raise EarlyEnd("the scanner returned no data", number)
            lines, rest = divmod(count, layout.bytes_per_line)
            # A device that does not know the height beforehand announces -1: then what came is what there is.
            if lines < layout.lines:
                raise CutShort(f"{lines} of {layout.lines} lines", number)
            if rest or (layout.lines > 0 and lines != layout.lines):
                raise WrongImage(f"{layout.width}x{layout.lines} announced, {count} bytes came", number)
            file.seek(0)
            file.write(raw_sheet.header(layout.mode, layout.width, lines))
        return lines

    def _layout(self, number: int) -> SheetFormat:
        with self._library.typed_errors(number):
            kind, last_frame, (width, lines), depth, bytes_per_line = self._handle.get_parameters()
        mode = _MODES.get(kind)
        # python-sane gives wrong pixels for three-pass frames, 16 bit and padded lines, without a word.
        if mode is None or not last_frame:
            raise WrongImage(f"the device sends separate frames ({kind})", number)
        if depth != 8:
            raise WrongImage(f"the device sends {depth} bits a sample, not 8", number)
        layout = SheetFormat(mode, width, lines)
        if bytes_per_line != layout.bytes_per_line:
            raise WrongImage(f"{bytes_per_line} bytes a line for {width} pixels in {mode}", number)
        return layout

    @contextlib.contextmanager
    def _set_for_one_sheet(self, options: Mapping[str, OptionValue], number: int) -> Iterator[None]:
        """Set options before a sheet and set them back after it: they would stay for the life of the process."""
        with self._library.typed_errors(number):
            before = {name: self._options.get(name) for name in options if self._options.has(name)}
            for name, value in options.items():
                self._options.ask(name, value)
        try:
            yield
        finally:
            if options:
                self._handle.cancel()
                with self._library.typed_errors(number):
                    for name, value in before.items():
                        self._options.ask(name, value)


def _check_unused(name: Path, number: int) -> None:
    """Refuse a sheet whose name in the spool is taken, before paper is drawn in for it."""
    try:
        is_there = name.exists()
    except OSError as error:
        raise InputOutput(str(error), number) from error
    if is_there:
        raise InputOutput(f"{name} is in the spool already", number)


@contextlib.contextmanager
def _spooled(spool: Path, number: int) -> Iterator[Path]:
    """An empty file from the moment a sheet is drawn in: what a killed batch leaves tells which sheet that was."""
    part = raw_sheet.name_of(spool, number).with_suffix(raw_sheet.PART)
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        yield part
    except OSError as error:
        part.unlink(missing_ok=True)
        kind = DiskFull if error.errno in _NO_ROOM else InputOutput
        raise kind(str(error), number) from error
    except DriverError:
        part.unlink(missing_ok=True)
        raise
