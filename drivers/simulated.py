"""A scanner without hardware: SANE's virtual backends behind the same child as a real one.

With a folder of images each is a sheet that the ``pnm`` backend scans pixel for pixel; without, ten sheets lie in the
feeder of the ``test`` backend. Nothing is copied past SANE: with the backend missing, the scanner is missing.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import Counter
from collections.abc import Collection, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from drivers import Identity, Listener, ScanSettings, Sheet, Source
from drivers.deadlines import Deadlines
from drivers.errors import Cancelled, DriverError, NoDocuments, NotFound
from drivers.images.pnm import FolderImage, Prepared, pictures, prepare
from drivers.sane.child_link import Link
from drivers.sane.config import write_config
from drivers.sane.protocol import Extras, Job, OptionValue
from drivers.simulated_faults import PNM_OPTIONS, TEST_VALUES, BadFault, Fault, FaultKind, Memory, parse_fault

__all__ = ["BadFault", "Fault", "SimulatedScanner", "open_scanner", "parse_fault"]

_FEEDER_SHEETS = 10
_PATTERN_DPI = 300
_A4_MM = (210.0, 297.0)


class SimulatedScanner:
    """An open virtual device; see :class:`drivers.Scanner`. Mode, resolution and size are those of the images."""

    fixed = True

    def __init__(self, link: Link, memory: Memory, pages: Path | None, work: Path, *, again: bool = False) -> None:
        self._link = link
        self._memory = memory
        self._pages = pages
        self._work = work
        self._again = again
        self._cancelled = threading.Event()
        self.identity: Identity = link.identity

    def scan(
        self,
        settings: ScanSettings,
        spool: Path,
        *,
        limit: int | None = None,
        fed: Collection[str] = (),
        listener: Listener | None = None,
    ) -> Generator[Sheet, None, None]:
        """Yield the sheets whose tokens are not in ``fed``; without a folder, ten sheets every time.

        Where the pile lies in the feeder ``again``, those that were fed less often than the others.
        """
        try:
            yield from self._batch(settings, spool, limit, fed, listener)
        finally:
            self._cancelled.clear()
            self._link.forget_cancel()

    def _batch(
        self, settings: ScanSettings, spool: Path, limit: int | None, fed: Collection[str], listener: Listener | None
    ) -> Generator[Sheet, None, None]:
        if self._pages is None:
            yield from self._link.run(self._pattern(settings, spool, limit), listener)
            return
        if not self._pages.is_dir():
            raise NotFound(f"{self._pages} is no folder")
        pile, times = pictures(self._pages), Counter(fed)
        rounds = min((times[picture.token] for picture in pile), default=0) if self._again else 0
        waiting = [picture for picture in pile if times[picture.token] <= rounds][:limit]
        if not waiting:
            raise NoDocuments("every image of the folder was fed", 1)
        yield from self._feed(waiting, settings, spool, listener)

    def cancel(self) -> None:
        """Stop the running batch, or the next one."""
        self._cancelled.set()
        self._link.cancel()

    def stand_by(self) -> bool:
        """Stay open until the next batch, unless another process asks for the device."""
        self._cancelled.clear()
        self._link.stand_by()
        return True

    def close(self) -> None:
        """Let the device go."""
        self._link.close()

    def _feed(
        self, waiting: Sequence[FolderImage], settings: ScanSettings, spool: Path, listener: Listener | None
    ) -> Iterator[Sheet]:
        """One scan per picture; the next one is made a PNM meanwhile."""
        with ThreadPoolExecutor(1, "prepare") as pool:
            next_sheet = self._prepare(pool, waiting[0])
            for number, picture in enumerate(waiting, 1):
                fault, preparing = next_sheet
                try:
                    prepared = preparing.result()
                except DriverError as error:
                    error.sheet = number
                    raise
                if self._cancelled.is_set():
                    raise Cancelled(sheet=number)
                if number < len(waiting):
                    next_sheet = self._prepare(pool, waiting[number])
                if fault:
                    self._memory.strike(fault)
                yield from self._link.run(self._page(settings, spool, number, picture, prepared, fault), listener)
                prepared.path.unlink(missing_ok=True)

    def _prepare(self, pool: ThreadPoolExecutor, picture: FolderImage) -> tuple[Fault | None, Future[Prepared]]:
        fault = self._memory.fault_at(picture.position)
        is_cut = fault is not None and fault.kind is FaultKind.TRUNCATED
        return fault, pool.submit(prepare, picture, self._work, cut=is_cut)

    def _page(
        self,
        settings: ScanSettings,
        spool: Path,
        number: int,
        picture: FolderImage,
        prepared: Prepared,
        fault: Fault | None,
    ) -> Job:
        options: dict[str, OptionValue] = {"filename": prepared.path.name}
        if fault and fault.kind in PNM_OPTIONS:
            options[PNM_OPTIONS[fault.kind]] = True
        extras = Extras(options, prepared.dpi, picture.token)
        settings = replace(settings, source=Source.FLATBED)
        return Job(settings, spool, limit=1, first=number, fixed=True, extras={number: extras})

    def _pattern(self, settings: ScanSettings, spool: Path, limit: int | None) -> Job:
        width, height = _A4_MM
        pattern_settings = replace(
            settings,
            source=Source.ADF,
            dpi=settings.dpi or _PATTERN_DPI,
            width_mm=settings.width_mm or width,
            height_mm=settings.height_mm or height,
        )
        for number in range(1, (limit or _FEEDER_SHEETS) + 1):
            if fault := self._memory.fault_at(number):
                self._memory.strike(fault)
                extras = {number: Extras({"read-return-value": TEST_VALUES[fault.kind]})}
                return Job(pattern_settings, spool, limit, extras=extras)
        return Job(pattern_settings, spool, limit)


def open_scanner(
    pages: Path | None,
    *,
    faults: Sequence[str] = (),
    work: Path,
    locks: Path,
    again: bool = False,
    deadlines: Deadlines | None = None,
) -> SimulatedScanner:
    """Open the simulated scanner that feeds the images in the folder ``pages``, or ten invented sheets.

    With ``again`` the same pile lies in the feeder anew when all of it was fed, as in a demonstration.

    ``work`` is the driver's own folder (made with mode 0700) for SANE's configuration, the images as PNM and the
    memory of the ``faults`` that struck.

    :raises BadFault: one of ``faults`` is not understood.
    :raises drivers.errors.NotFound: ``pages`` is no folder.
    :raises drivers.errors.Busy: another process feeds the same folder.
    :raises drivers.errors.BackendMissing: python-sane, libsane or the virtual backend is not installed.
    """
    understood = [parse_fault(fault) for fault in faults]
    if pages is not None and not pages.is_dir():
        raise NotFound(f"{pages} is no folder")
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    device = "test:0" if pages is None else "pnm:0"
    feeder = "test" if pages is None else hashlib.sha256(str(pages.resolve()).encode()).hexdigest()[:16]
    link = Link(
        device,
        options={"test-picture": "Color pattern"} if pages is None else {},
        # Where the environment names a configuration, that wins, as for a real scanner.
        sane_config=None if os.environ.get("SANE_CONFIG_DIR") else write_config(work / "sane.d", [device]),
        locks=locks,
        lock=f"simulated-{feeder}",
        # SANE takes no path beyond Latin-1; the child works in this folder, so names are enough.
        folder=work,
        deadlines=deadlines or Deadlines(),
    )
    return SimulatedScanner(link, Memory(understood, work / f"struck-{feeder}.json"), pages, work, again=again)
