"""Recovery: what a killed session left is mended, so that disk and catalogue say the same again.

A file under a reserved name whose row was never committed becomes that capture; a whole sheet still in the spool, raw
or a master, is accepted as the next capture of its session; both are marked "recovered" for a person to look at. A
reservation whose file never was is released. A half-written image was never accepted and is removed: its sheet is
scanned again, and the session tells that it was drawn in.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import select, union

from drivers.images import raw_sheet
from station.catalogue.models import Capture, Ledger, Reservation, ScanSession, constant
from station.context import Station
from station.domain.states import ReservationState, SessionState
from station.errors import Refused
from station.imaging.image_facts import AnalysisRequest
from station.imaging.worker_pool import WorkerPool
from station.scanning import acceptance, folder_intake, originals, spool
from station.scanning.acceptance import CaptureOrigin
from station.scanning.session_end import finish, release_unused
from station.settings.tables import FolderScannerTable
from station.storage import durable

log = logging.getLogger(__name__)


@dataclass
class RecoveryReport:
    """What was done: ids of recovered captures, half-written images removed, files that cannot be decoded.

    ``sessions`` counts those that were left open and were closed.
    """

    recovered: list[int] = field(default_factory=list)
    sessions: int = 0
    halves: int = 0
    refused: list[Path] = field(default_factory=list)


def recover(station: Station) -> RecoveryReport:
    """Mend all sessions that are dead; a living one, in this process or another, is left alone."""
    report = RecoveryReport()
    with WorkerPool() as workers:
        for run_id, folder in _unfinished(station):
            if not folder.exists():
                _mend(station, workers, run_id, None, report)
                continue
            with spool.try_lock(folder) as is_locked:
                if is_locked:
                    _mend(station, workers, run_id, folder, report)
    for folder in _folders(station):
        with spool.try_lock(folder) as is_locked:
            if is_locked and not any(folder.iterdir()):
                folder.rmdir()
    return report


def unrecorded_sheets(station: Station) -> Iterator[Path]:
    """The whole sheets that dead sessions left in the spool: what :func:`recover` would take in."""
    for folder in _folders(station):
        with spool.try_lock(folder) as is_locked:
            if is_locked:
                yield from (file for file in spool.whole_sheets(folder) if file.stat().st_nlink == 1)


def _unfinished(station: Station) -> list[tuple[int, Path]]:
    """Sessions that were not closed, that left a reservation, or that left files in the spool."""
    spools = {folder.name for folder in _folders(station) if any(_files(folder))}
    with station.catalogue.reading() as session:
        alive = select(ScanSession.id).where(ScanSession.state == constant(SessionState.OPEN))
        reserving = select(Reservation.session_id).where(Reservation.state == constant(ReservationState.RESERVED))
        spooled = select(ScanSession.id).where(ScanSession.spool.in_(spools))
        query = select(ScanSession.id, ScanSession.spool).where(ScanSession.id.in_(union(alive, reserving, spooled)))
        rows = session.execute(query.order_by(ScanSession.id)).all()
    return [(run_id, station.folders.sessions / name) for run_id, name in rows]


def _mend(station: Station, workers: WorkerPool, run_id: int, folder: Path | None, report: RecoveryReport) -> None:
    with station.catalogue.reading() as session:
        run = session.get_one(ScanSession, run_id)
        state, scanner = run.state, folder_intake.find(station, run.scanner)
        request = acceptance.analysis_request(station, run.profile, session.get_one(Ledger, run.ledger_id).paper)
        query = select(Reservation).where(
            Reservation.session_id == run_id, Reservation.state == ReservationState.RESERVED
        )
        reservations = session.scalars(query.order_by(Reservation.id)).all()
    for reservation in reservations:
        final = station.folders.data / reservation.file
        if final.exists():
            durable.sync_file(final)
            durable.sync_folder(final.parent)
            try:
                analysis, origin = workers.analyse(final, request).result(), CaptureOrigin.recorded_in(final)
            except Refused as error:
                log.error("%s stands under a reserved name and is damaged: %s", reservation.file, error)
                continue
            report.recovered.append(acceptance.commit(station, reservation.id, analysis, origin, recovered=True))
    # Before the spool is emptied, so that a sheet in flight gets the label that was meant for it.
    with station.catalogue.writing() as session:
        release_unused(station, session, run_id)
    last_drawn = None
    if folder is not None:
        # No file of a watched folder is drawn in and lost: what was not accepted still lies there.
        last_drawn = spool.last_drawn_sheet(folder) if scanner is None else None
        _empty(station, workers, run_id, folder, request, report, scanner)
    if state == SessionState.OPEN:
        finish(station, run_id, SessionState.INTERRUPTED, "interrupted", last_drawn)
        report.sessions += 1


def _empty(
    station: Station,
    workers: WorkerPool,
    run_id: int,
    folder: Path,
    request: AnalysisRequest,
    report: RecoveryReport,
    scanner: FolderScannerTable | None,
) -> None:
    for file in spool.whole_sheets(folder):
        if _named_already(station, file) or (scanner is not None and _comes_again(scanner, file)):
            file.unlink()
            continue
        try:
            origin = _origin(file)
            if scanner is not None:
                origin = replace(origin, number=None)
            analysis = workers.analyse(file, request).result()
            # A raw sheet left beside its master would be a sheet once more, if this program is killed from here on.
            raw_sheet.remove(file.with_suffix(raw_sheet.SUFFIX))
            capture_id = acceptance.accept(station, run_id, analysis, origin, recovered=True)
        except Refused as error:
            log.error("%s of session %s cannot be recovered: %s", file.name, run_id, error)
            report.refused.append(_set_aside(station, folder, file))
        else:
            report.recovered.append(capture_id)
    report.halves += spool.clear(folder)


def _comes_again(scanner: FolderScannerTable, file: Path) -> bool:
    """Whether the dropped file that a sheet was made of still lies in its folder: it is taken in its turn."""
    from drivers.images import masters  # with Pillow, which sessions that end well do without

    try:
        facts = masters.read_provenance(file)
        return originals.is_still_there(
            scanner.path, facts["provenance"]["file"], str(facts["token"]).partition(":")[0]
        )
    except (OSError, ValueError, KeyError):
        return False


def _origin(file: Path) -> CaptureOrigin:
    if file.suffix == raw_sheet.SUFFIX:
        return CaptureOrigin.of(raw_sheet.read(file).sheet(file))
    return replace(CaptureOrigin.recorded_in(file), number=int(file.stem))


def _named_already(station: Station, file: Path) -> bool:
    """Where names are given by hard links, a kill can leave the spool's name beside the final one."""
    if file.stat().st_nlink == 1:
        return False
    with station.catalogue.reading() as session:
        files = session.scalars(select(Capture.file).order_by(Capture.counter.desc()).limit(2)).all()
    return any((station.folders.data / name).samefile(file) for name in files)


def _set_aside(station: Station, folder: Path, file: Path) -> Path:
    """Keep what cannot be decoded out of the way, for a person to look at: nothing whole-looking is deleted."""
    durable.make_folders(station.folders.refused_sheets)
    target = station.folders.refused_sheets / f"{folder.name}-{file.name}"
    durable.name_exclusively(file, target)
    return target


def _folders(station: Station) -> list[Path]:
    sessions = station.folders.sessions
    return sorted(folder for folder in sessions.iterdir() if folder.is_dir()) if sessions.exists() else []


def _files(folder: Path) -> Iterable[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:  # its session ended meanwhile
        return []
