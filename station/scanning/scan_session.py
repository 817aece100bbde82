"""A scan session: one operator, one ledger, one scanner, from start to finish, each sheet accepted before the next."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from drivers import Encoding, Progress, Scanner, ScanSettings, Sheet, Source
from drivers.errors import DriverError, NoDocuments
from drivers.folder.watched_folder import FolderDriver
from station.catalogue import event_log
from station.catalogue.models import Ledger, Reservation, ScanSession
from station.context import Station
from station.domain import paper
from station.domain.naming import labels
from station.domain.states import ReservationState, ScanPurpose, SessionState
from station.errors import Refused, ScanStopped, StationError, StorageFailed
from station.imaging.analysis import Analysis
from station.imaging.worker_pool import AT_ONCE, MOST, WorkerPool
from station.ledger import ledger_paper, ledgers, pages
from station.messages import Message
from station.scanning import acceptance, scanner_factory, spool
from station.scanning.acceptance import Origin
from station.scanning.pipeline import analysed_sheets
from station.settings.tables import SaneScanner, ScanProfile
from station.storage import durable
from station.storage.checkpoints import Checkpoint, reach

log = logging.getLogger(__name__)


#: Kept free on the data folder's disk: the catalogue must always be able to write (bytes).
RESERVE = 16 * 1024**2
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
    order: ScanRequest,
    listener: Callable[[Progress], None] | None = None,
    opened: Callable[[Scanner], None] | None = None,
    pictured: Callable[[int, bytes], None] | None = None,
) -> Iterator[int]:
    """Run a session, giving the id of each capture when it is accepted.

    Ends early with ``ScanStopped``, whose sentence names the number of pages that are safe and what to do next;
    what was accepted stays. ``opened`` is told the scanner, so that another thread can cancel it, and ``pictured`` the
    number of a sheet, from 1, with its picture (JPEG) while it is not accepted yet. A request that cannot be carried
    out at all is ``Refused`` before the scanner is touched.
    """
    if order.limit is not None and order.limit < 1:
        raise Refused("limit-wrong", limit=order.limit)
    if (order.purpose == ScanPurpose.APPEND) != (order.anchor is None):
        raise Refused("request-wrong")
    if order.purpose == ScanPurpose.RETAKE and order.limit != 1:
        raise Refused("retake-one")
    chosen = station.settings.scanner(order.scanner)
    profile = scanner_factory.profile_for(station, order.ledger, chosen, order.profile)
    drawn = _Drawn(listener)
    with WorkerPool() as workers, spool.new_folder(station.folders.sessions) as folder:
        run = _begin(station, order, chosen.id, profile, folder)
        safe = 0
        outcome: str | None = "cancelled"  # what a consumer that goes away leaves
        try:
            workers.warm(_in_step(profile, run))
            with scanner_factory.open_scanner(station, chosen) as scanner:
                if opened is not None:
                    opened(scanner)
                settings = scanner_factory.settings_for(
                    profile,
                    fixed=scanner.fixed,
                    source=order.source,
                    paper_size=run.paper,
                    measured=run.measured,
                    provenance={"station": station.settings.station.id, "session": str(run.id)},
                    button=isinstance(chosen, SaneScanner) and chosen.button,
                )
                _check_room(station, settings)
                workers.stand()
                reach(Checkpoint.READING)
                fed = acceptance.fed_tokens(station, chosen.id)
                sheets = scanner.scan(settings, folder, limit=order.limit, fed=fed, listener=drawn)
                wanted = acceptance.analysis_request(station, profile.id, run.paper)
                with analysed_sheets(sheets, workers, wanted, scanner.cancel, pictured) as coming:
                    for sheet, looking in coming:
                        accepted = _accepted(station, run.id, scanner, sheet, looking)
                        if accepted is None:
                            continue
                        safe += 1
                        yield accepted
                        if safe != order.limit:
                            _check_room(station, settings)
                        reach(Checkpoint.READING)
                if order.limit and safe < order.limit and settings.source is not Source.FLATBED and not scanner.fixed:
                    # Feeders say "empty" after a few sheets of many (sane-airscan#39): who asked for ten is told.
                    raise NoDocuments(f"the feeder was empty after {safe} of {order.limit} sheets", safe + 1)
            if isinstance(scanner, FolderDriver):
                scanner.complain()
            outcome = None
        except (DriverError, StationError) as error:
            stopped = _stopped(error, safe)
            outcome = stopped.code
            raise stopped from error
        finally:
            # A child that died may have drawn in a sheet before it told of its first line.
            _end(station, run.id, outcome, max(drawn.sheets, spool.last_drawn_sheet(folder)))
            reach(Checkpoint.IDLE)


def _accepted(station: Station, run_id: int, scanner: Scanner, sheet: Sheet, looking: Future[Analysis]) -> int | None:
    """The capture that a sheet became; None where it is none and its file was rejected for that, from a folder."""
    origin = Origin.of(sheet)
    if not isinstance(scanner, FolderDriver):
        return acceptance.accept(station, run_id, looking.result(), origin)
    try:
        # No sheet of a folder is ever drawn in and lost: its file lies there until it is accepted.
        return acceptance.accept(station, run_id, looking.result(), replace(origin, number=None))
    except Refused as refused:
        if refused.code == "image-too-large":
            scanner.refuse(sheet, "large", **refused.facts)
        elif refused.code.startswith("image-"):
            # By the dropped file's own name: that of the spool tells nobody anything.
            told = [str(fact) for name, fact in refused.facts.items() if name != "file"]
            scanner.refuse(sheet, "damaged", detail=", ".join(told))
        else:
            raise
        return None


class _Drawn:
    """Counts the sheets that the scanner took in, accepted later or not, and passes on what it heard."""

    def __init__(self, listener: Callable[[Progress], None] | None) -> None:
        self.sheets = 0
        self._listener = listener

    def __call__(self, progress: Progress) -> None:
        if progress.lines:
            self.sheets = max(self.sheets, progress.number)
        if self._listener is not None:
            self._listener(progress)


@dataclass(frozen=True)
class _Run:
    id: int
    paper: str
    measured: bool
    source: Source


def _begin(station: Station, order: ScanRequest, scanner: str, profile: ScanProfile, folder: Path) -> _Run:
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, order.ledger)
        if not ledgers.is_open(ledger):
            raise Refused("ledger-not-open", ledger=ledgers.name_of(ledger), state=ledger.state)
        if order.anchor is not None and not (order.purpose == ScanPurpose.INSERT and order.anchor == labels.FRONT):
            pages.by_label(session, ledger.id, order.anchor)
        run = ScanSession(
            ledger_id=ledger.id,
            scanner=scanner,
            source=order.source or profile.source or Source.FLATBED,
            profile=profile.id,
            operator=order.operator,
            purpose=order.purpose,
            anchor=order.anchor,
            spool=folder.name,
            state=SessionState.OPEN,
            started_at=datetime.now(UTC),
        )
        session.add(run)
        session.flush()
        event_log.record(
            session, order.operator, "session-started", ledgers.reference(ledger), run=run.id, scanner=scanner
        )
        return _Run(run.id, ledger.paper, ledger_paper.is_measured(ledger), Source(run.source))


def _end(station: Station, run_id: int, error: str | None, drawn: int) -> None:
    """Close the session's row; where even that cannot be written, the next start does it."""
    state = SessionState.FAILED if error else SessionState.FINISHED
    try:
        finish(station, run_id, state, error, drawn)
    except StorageFailed as failure:
        log.info("session %s could not be closed in the catalogue: %s", run_id, failure)


def finish(station: Station, run_id: int, state: SessionState, error: str | None, drawn: int | None = None) -> None:
    """End a session. A label it reserved is released when its file never was; otherwise it waits to be reconciled.

    ``drawn`` is how many sheets the scanner took in, None where that is not known.
    """
    with station.catalogue.writing() as session:
        release_unused(station, session, run_id)
        run = session.get_one(ScanSession, run_id)
        run.state, run.error, run.ended_at = state, error, datetime.now(UTC)
        if drawn is not None:
            run.fed = max(run.fed or 0, drawn)
        ledger = session.get_one(Ledger, run.ledger_id)
        event_log.record(session, run.operator, "session-ended", ledgers.reference(ledger), run=run.id, error=error)


def release_unused(station: Station, session: Session, run_id: int) -> None:
    """Let go of the labels that a session which scans no more has reserved for files that never were."""
    reserved = select(Reservation).where(
        Reservation.session_id == run_id, Reservation.state == ReservationState.RESERVED
    )
    for reservation in session.scalars(reserved):
        if not (station.folders.data / reservation.file).exists():
            reservation.state = ReservationState.RELEASED


def _in_step(profile: ScanProfile, run: _Run) -> int:
    """How many workers keep in step with the scanner: of sheets so large, each is worked on alone."""
    width, height = paper.area(profile.paper or run.paper or LARGE_PAPER, profile.layout, profile.turn)
    if run.source is Source.FLATBED or _pixels(width, height, profile.dpi) > LARGE_PIXELS:
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
    needed = int(pixels * ROOM_PER_PIXEL[settings.storing.encoding]) + RESERVE
    free = durable.free_bytes(station.folders.data)
    if free < needed:
        raise StorageFailed("disk-too-full", free=free // 1024**2, needed=-(-needed // 1024**2))


def _stopped(error: DriverError | StationError, safe: int) -> ScanStopped:
    """The sentence for the operator: what happened, how many pages are safe, what to do now."""
    if isinstance(error, DriverError):
        return ScanStopped(f"scan-{error.code}", safe=safe, next=safe + 1, detail=error.detail)
    return ScanStopped("scan-stopped", safe=safe, why=Message(error.code, error.facts))
