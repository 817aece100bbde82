"""An open SANE device inside the child: one batch of sheets, each checked against what the device announced."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from PIL import Image

from drivers import Offer, Source
from drivers.errors import Cancelled, CutShort, DriverError, EarlyEnd, NoDocuments, WrongImage
from drivers.masters import Origin
from drivers.sane_encoder import Encoder, Shot
from drivers.sane_identities import claim, lock_name
from drivers.sane_library import Library
from drivers.sane_options import Options
from drivers.sane_wire import Extras, Job, OptionValue

_SAMPLES = {"gray": 1, "color": 3}
_PIXELS = {"gray": "L", "color": "RGB"}
_PROGRESS_SECONDS = 0.25


class Talk(Protocol):
    """What a batch needs of the parent."""

    def progress(self, number: int, lines: int, height: int | None) -> None:
        """Tell how far a sheet is; never raises."""

    def encoding(self) -> None:
        """Tell that the scanner is idle until the encoder got on."""

    def sheet(self, shot: Shot, path: Path) -> None:
        """Tell of a complete sheet; blocks while the parent has too many untaken."""

    def cancelled(self) -> bool:
        """Whether the parent wants the batch to stop."""


class Device:
    """One device, claimed by a lock for as long as this object is open."""

    def __init__(
        self, library: Library, device: str, own: Mapping[str, OptionValue], locks: Path, lock: str | None
    ) -> None:
        """Resolve, claim and open ``device``; ``lock`` overrides the name of the lock."""
        self.offer: Offer = library.resolve(device)
        self._library = library
        self._own = own
        self._claim = claim(locks, lock or lock_name(self.offer.name, self.offer.identity))
        try:
            self._handle = library.open(self.offer.name)
            with library.typed():
                self._options = Options(self._handle.dev, library.failed)
        except DriverError:
            os.close(self._claim)
            raise

    def close(self) -> None:
        """Let go of the device, then of its lock."""
        with contextlib.suppress(self._library.failed):
            self._handle.close()
        os.close(self._claim)

    def scan(self, job: Job, talk: Talk) -> None:
        """Run one batch. Every sheet that was complete is reported before an error is raised."""
        encoder = Encoder(job.spool, job.settings, talk.sheet)
        try:
            dpi = self._prepare(job)
            self._batch(job, dpi, talk, encoder)
        finally:
            # After an error, and between two pages of the pnm backend, nothing works until cancel() was called.
            self._handle.cancel()
            talk.encoding()
            encoder.finish()

    def _prepare(self, job: Job) -> tuple[float, float]:
        with self._library.typed():
            confirmed = None if job.fixed else self._options.apply(job.settings, self._own)
        asked = job.settings.dpi or 0
        return confirmed or (float(asked), float(asked))

    def _batch(self, job: Job, dpi: tuple[float, float], talk: Talk, encoder: Encoder) -> None:
        for number in itertools.islice(itertools.count(job.first), job.limit):
            if talk.cancelled():
                raise Cancelled(sheet=number)
            if encoder.failure:
                return
            extras = job.extras.get(number, Extras())
            started = datetime.now().astimezone()
            talk.progress(number, 0, None)
            try:
                with self._set_for_one_sheet(extras.options, number):
                    if not self._started(number, job, talk):
                        return
                    image = self._read(number, talk)
            except DriverError as error:
                error.sheet = number
                if talk.cancelled():
                    raise Cancelled(error.detail, number) from error
                raise
            asked = None if job.fixed else job.settings.dpi
            origin = Origin(
                identity=self.offer.identity,
                started_at=started,
                dpi=extras.dpi or dpi,
                dpi_asked=asked,
                token=extras.token,
                caller=job.settings.provenance,
            )
            talk.encoding()
            encoder.put(Shot(number, image, origin))
            if job.fixed or job.settings.source is Source.FLATBED:
                return

    def _started(self, number: int, job: Job, talk: Talk) -> bool:
        """Start one sheet; False is the end of a feeder that gave sheets before."""
        try:
            with self._library.typed(number):
                self._handle.start()
        except NoDocuments:
            if number > job.first and job.settings.source is not Source.FLATBED:
                return False
            raise
        if talk.cancelled():
            raise Cancelled(sheet=number)
        return True

    def _read(self, number: int, talk: Talk) -> Image.Image:
        with self._library.typed(number):
            layout, last_frame, (width, lines), depth, bytes_per_line = self._handle.get_parameters()
        samples = _SAMPLES.get(layout)
        # python-sane gives wrong pixels for three-pass frames, 16 bit and padded lines, without a word.
        if samples is None or not last_frame:
            raise WrongImage(f"the device sends separate frames ({layout})", number)
        if depth != 8:
            raise WrongImage(f"the device sends {depth} bits a sample, not 8", number)
        if bytes_per_line != width * samples:
            raise WrongImage(f"{bytes_per_line} bytes a line for {width} pixels of {samples} samples", number)
        with self._library.typed(number):
            data, got_width, got_lines, _, _ = self._handle.dev.snap(True, False, self._progress(number, talk))
        if talk.cancelled():
            # A cancelled read comes back as a good, short image.
            raise Cancelled(sheet=number)
        if not data:
            raise EarlyEnd("the scanner returned no data", number)
        # A device that does not know the height beforehand announces -1: then what came is what there is.
        if 0 < got_lines < lines:
            raise CutShort(f"{got_lines} of {lines} lines", number)
        if got_width != width or (lines > 0 and got_lines != lines) or len(data) != width * got_lines * samples:
            raise WrongImage(f"{width}x{lines} announced, {got_width}x{got_lines} in {len(data)} bytes read", number)
        return Image.frombuffer(_PIXELS[layout], (width, got_lines), data, "raw", _PIXELS[layout], 0, 1)

    def _progress(self, number: int, talk: Talk) -> Callable[[int, int], None]:
        """The callback of a read. It must never raise: python-sane crashes the process then."""
        told = 0.0
        stopped = False

        def progress(line: int, total: int) -> None:
            nonlocal told, stopped
            if talk.cancelled() and not stopped:
                stopped = True
                self._handle.cancel()
            now = time.monotonic()
            if now - told >= _PROGRESS_SECONDS:
                told = now
                talk.progress(number, line, total if total > 0 else None)

        return progress

    @contextlib.contextmanager
    def _set_for_one_sheet(self, options: Mapping[str, OptionValue], number: int) -> Iterator[None]:
        """Set options before a sheet and set them back after it: they would stay for the life of the process."""
        with self._library.typed(number):
            before = {name: self._options.get(name) for name in options if self._options.has(name)}
            for name, value in options.items():
                self._options.ask(name, value)
        try:
            yield
        finally:
            if options:
                self._handle.cancel()
                with self._library.typed(number):
                    for name, value in before.items():
                        self._options.ask(name, value)
