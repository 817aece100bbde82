"""A scan session: one operator, one ledger, one scanner, from start to finish, each sheet accepted before the next."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from drivers import Encoding, Progress, Scanner, ScanSettings, Sheet, Source
from drivers.errors import DriverError, NoDocuments
from drivers.folder.watched_folder import FolderDriver
from station.catalogue import event_log
from station.catalogue.models import ScanSession
from station.context import Station
from station.domain import paper
from station.domain.naming import labels
from station.domain.states import ScanPurpose, SessionState
from station.errors import Refused, ScanStopped, StationError, StorageFailed
from station.imaging.image_facts import Analysis
from station.imaging.worker_pool import AT_ONCE, MOST, WorkerPool
from station.ledger import ledger_paper, ledgers, pages
from station.messages import Message
from station.scanning import acceptance, recovery, scanner_factory, session_end, spool
from station.scanning.acceptance import CaptureOrigin
from station.scanning.batch_streaks import BatchStreaks
from station.scanning.pipeline import analysed_sheets, followed
from station.scanning.scanner_factory import ScannerSettings
from station.scanning.standby import Standby
from station.settings.tables import SaneScannerTable, ScanProfile
from station.storage import disk_space
from station.storage.checkpoints import Checkpoint, reach

log = logging.getLogger(__name__)


#: Room asked for before a sheet, in bytes per pixel: it is read raw, and then there is a lossless master at its worst
#: or a JPEG of a full page beside it.
ROOM_PER_PIXEL = {Encoding.TIFF: 6.0, Encoding.JPEG: 3.5}
#: Pixels of a sheet whose size the scanner alone knows: A4 at 300 dpi.
USUAL_PIXELS = 2480 * 3508
#: What a glass may be as large as, where nobody knows the ledger's paper.
LARGE_PAPER = "A3"
#: A sheet of more pixels has a worker of its own, in colour: two such would not have room together.
LARGE_PIXELS = AT_ONCE // 2 // 3


@dataclass(frozen=True)
class ScanRequest:
    """What the operator asked for. ``limit`` None is all, but a retake is one page for one.

    Where the scanner's own button is waited for, all is until the scanner is cancelled.

    ``anchor`` is the label to insert behind or to retake; appending has none.
    """

    ledger: str
    operator: str
    scanner: str | None = None
    source: Source | None = None
    profile: str | None = None
    limit: int | None = None
    purpose: ScanPurpose = ScanPurpose.APPEND
    anchor: str | None = None


def scan(
    station: Station,
    request: ScanRequest,
    listener: Callable[[Progress], None] | None = None,
    on_open: Callable[[Scanner], None] | None = None,
    on_preview: Callable[[int, bytes], None] | None = None,
    standby: Standby | None = None,
) -> Generator[int, None, None]:
    """Mend what killed sessions left, then run a session, giving the id of each capture when it is accepted.

    The mending is done when this returns; the session itself begins with the first capture that is asked for. It ends
    early with ``ScanStopped``, whose sentence names the number of pages that are safe and what to do next; what was
    accepted stays. ``on_open`` is called with the scanner, so that another thread can cancel it, ``on_preview`` with
    the number of a sheet, from 1, and its picture (JPEG) while it is not accepted yet. A request that cannot be carried
    out at all is ``Refused`` before the scanner is touched. ``standby`` has the scanner and the workers, and keeps them
    for the next session; without it they end with this one.
    """
    recovery.recover(station)
    standby = standby or Standby(station, keeps=False)
    return _RunningSession(station, request, standby, listener, on_open, on_preview).captures()


class _RunningSession:
    """One session while it runs: it begins in the catalogue, takes a step for each sheet, and ends there too."""

    def __init__(
        self,
        station: Station,
        request: ScanRequest,
        standby: Standby,
        listener: Callable[[Progress], None] | None,
        on_open: Callable[[Scanner], None] | None,
        on_preview: Callable[[int, bytes], None] | None,
    ) -> None:
        self._station = station
        self._request = request
        self._standby = standby
        self._opened = on_open
        self._pictured = on_preview
        self._sheets = _SheetCount(listener)
        self._streaks = BatchStreaks()
        self._safe = 0
        self._page = request.anchor  # as people call it, once it is looked up
        self._outcome: str | None = "cancelled"  # what a consumer that goes away leaves

    def captures(self) -> Generator[int, None, None]:
        """The id of each capture when it is accepted; see :func:`scan`."""
        _check(self._request)
        scanner_settings = scanner_factory.settings_of(self._station, self._request.scanner)
        profile = scanner_factory.profile_for(
            self._station, self._request.ledger, scanner_settings, self._request.profile
        )
        with self._standby.workers() as workers, spool.new_folder(self._station.folders.sessions) as folder:
            record = self.begin(scanner_settings, profile, folder)
            try:
                workers.start_ahead(_in_step(record))
                with self._standby.scanner(scanner_settings) as scanner:
                    yield from self._batch(scanner, record, workers, folder)
                if isinstance(scanner, FolderDriver):
                    scanner.complain()
                self._outcome = None
            except (DriverError, StationError) as error:
                stopped = _stopped(error, session_end.stop_facts(self._safe, self._request.purpose, self._page))
                self._outcome = stopped.code
                raise stopped from error
            finally:
                self.end(record.id, folder)

    def begin(self, scanner: ScannerSettings, profile: ScanProfile, folder: Path) -> _SessionRecord:
        """Write the session's row; ``Refused`` where the ledger takes no pages or the anchor is no page of it."""
        request = self._request
        with self._station.catalogue.writing() as session:
            ledger = ledgers.find(session, request.ledger)
            ledgers.check_takes_pages(ledger)
            if request.anchor is not None and not (
                request.purpose == ScanPurpose.INSERT and request.anchor == labels.FRONT
            ):
                page = pages.by_label(session, ledger.id, request.anchor)
                self._page = labels.spoken_page(page.seq, page.number)
            row = ScanSession(
                ledger_id=ledger.id,
                scanner=scanner.id,
                source=request.source or profile.source or Source.FLATBED,
                profile=profile.id,
                operator=request.operator,
                purpose=request.purpose,
                anchor=request.anchor,
                spool=folder.name,
                state=SessionState.OPEN,
                started_at=datetime.now(UTC),
            )
            session.add(row)
            session.flush()
            event_log.record(
                session, request.operator, "session-started", ledgers.reference(ledger), run=row.id, scanner=scanner.id
            )
            return _SessionRecord(
                id=row.id,
                scanner=scanner,
                profile=profile,
                source=Source(row.source),
                paper=ledger.paper,
                measured=ledger_paper.is_measured(ledger),
            )

    def step(self, session_id: int, scanner: Scanner, sheet: Sheet, analysis: Future[Analysis]) -> int | None:
        """Accept a sheet; gives its capture's id, None where its file was rejected, from a watched folder."""
        origin = CaptureOrigin.of(sheet)
        if isinstance(scanner, FolderDriver):
            # No sheet of a folder is ever drawn in and lost: its file lies there until it is accepted.
            origin = replace(origin, number=None)
        try:
            capture_id = acceptance.accept(self._station, session_id, self._streaks.judge(analysis.result()), origin)
        except Refused as refused:
            if not isinstance(scanner, FolderDriver) or not refused.code.startswith("image-"):
                raise
            _reject(scanner, sheet, refused)
            return None
        self._safe += 1
        return capture_id

    def end(self, session_id: int, folder: Path) -> None:
        """Close the session's row; where even that cannot be written, the next start does it."""
        state = SessionState.FAILED if self._outcome else SessionState.FINISHED
        # A child that died may have drawn in a sheet before it told of its first line.
        drawn_sheets = max(self._sheets.drawn, spool.last_drawn_sheet(folder))
        try:
            session_end.finish(self._station, session_id, state, self._outcome, drawn_sheets)
        except StorageFailed as failure:
            log.info("session %s could not be closed in the catalogue: %s", session_id, failure)
        reach(Checkpoint.IDLE)

    def _batch(
        self, scanner: Scanner, record: _SessionRecord, workers: WorkerPool, folder: Path
    ) -> Generator[int, None, None]:
        """Scan sheets until there are no more or as many as were asked for, one step each."""
        if self._opened is not None:
            self._opened(scanner)
        limit, settings = self._request.limit, self._scan_settings(scanner, record)
        _check_room(self._station, settings)
        workers.wait_until_ready()
        reach(Checkpoint.READING)
        fed = acceptance.fed_tokens(self._station, record.scanner.id)
        listener: Callable[[Progress], None] = self._sheets
        # From a feeder the next sheet comes while the worker is at this one.
        if settings.source is Source.FLATBED and settings.storing.encoding is Encoding.JPEG:
            listener = followed(listener, workers, folder, settings.storing)
        sheets = scanner.scan(settings, folder, limit=limit, fed=fed, listener=listener)
        analysis_request = acceptance.analysis_request(self._station, record.profile.id, record.paper)
        with analysed_sheets(sheets, workers, analysis_request, scanner.cancel, self._pictured) as analyses:
            for sheet, analysis in analyses:
                capture_id = self.step(record.id, scanner, sheet, analysis)
                if capture_id is None:
                    continue
                yield capture_id
                if self._safe != limit:
                    _check_room(self._station, settings)
                reach(Checkpoint.READING)
        if limit and self._safe < limit and settings.source is not Source.FLATBED and not scanner.fixed:
            # Feeders say "empty" after a few sheets of many (sane-airscan#39): who asked for ten is told.
            raise NoDocuments(f"the feeder was empty after {self._safe} of {limit} sheets", self._safe + 1)

    def _scan_settings(self, scanner: Scanner, record: _SessionRecord) -> ScanSettings:
        return scanner_factory.settings_for(
            record.profile,
            fixed=scanner.fixed,
            source=self._request.source,
            paper_size=record.paper,
            measured=record.measured,
            provenance={"station": self._station.settings.station.id, "session": str(record.id)},
            button=isinstance(record.scanner, SaneScannerTable) and record.scanner.button,
        )


@dataclass(frozen=True)
class _SessionRecord:
    """What is settled when a session has begun. ``paper`` is the ledger's, "" where nobody knows it."""

    id: int
    scanner: ScannerSettings
    profile: ScanProfile
    source: Source
    paper: str
    measured: bool


def _check(request: ScanRequest) -> None:
    if request.limit is not None and request.limit < 1:
        raise Refused("limit-wrong", limit=request.limit)
    if (request.purpose == ScanPurpose.APPEND) != (request.anchor is None):
        raise Refused("request-wrong")
    if request.purpose == ScanPurpose.RETAKE and request.limit != 1:
        raise Refused("retake-one")


def _reject(folder: FolderDriver, sheet: Sheet, refusal: Refused) -> None:
    """Put the dropped file of a sheet that is no image to keep aside."""
    if refusal.code == "image-too-large":
        folder.refuse(sheet, "large", **refusal.facts)
        return
    # By the dropped file's own name: that of the spool tells nobody anything.
    facts = [str(fact) for name, fact in refusal.facts.items() if name != "file"]
    folder.refuse(sheet, "damaged", detail=", ".join(facts))


class _SheetCount:
    """Counts the sheets that the scanner drew in, accepted later or not, and passes on what it heard."""

    def __init__(self, listener: Callable[[Progress], None] | None) -> None:
        self.drawn = 0
        self._listener = listener

    def __call__(self, progress: Progress) -> None:
        if progress.lines:
            self.drawn = max(self.drawn, progress.number)
        if self._listener is not None:
            self._listener(progress)


def _in_step(record: _SessionRecord) -> int:
    """How many workers keep in step with the scanner: of sheets so large, each is worked on alone."""
    profile = record.profile
    width, height = paper.area(profile.paper or record.paper or LARGE_PAPER, profile.layout, profile.turn)
    if record.source is Source.FLATBED or _pixels(width, height, profile.dpi) > LARGE_PIXELS:
        return 1
    return MOST


def _pixels(width_mm: float, height_mm: float, dpi: int) -> int:
    return int(width_mm * height_mm * (dpi / 25.4) ** 2)


def _check_room(station: Station, settings: ScanSettings) -> None:
    """Stop before a sheet for which the disk may have no room: a full disk in mid-page helps nobody."""
    pixels = USUAL_PIXELS
    if settings.dpi and settings.whole:
        pixels = _pixels(*paper.size(LARGE_PAPER), settings.dpi)
    elif settings.dpi and settings.width_mm and settings.height_mm:
        pixels = _pixels(settings.width_mm, settings.height_mm, settings.dpi)
    needed = int(pixels * ROOM_PER_PIXEL[settings.storing.encoding]) + disk_space.RESERVE
    free = disk_space.free_bytes(station.folders.data)
    if free < needed:
        raise StorageFailed("disk-too-full", free=free // 1024**2, needed=-(-needed // 1024**2))


def _stopped(error: DriverError | StationError, facts: dict[str, object]) -> ScanStopped:
    """The sentence for the operator: what happened, what is safe, what to do now."""
    if isinstance(error, DriverError):
        return ScanStopped(f"scan-{error.code}", **facts, detail=error.detail)
    return ScanStopped("scan-stopped", **facts, why=Message(error.code, error.facts))
