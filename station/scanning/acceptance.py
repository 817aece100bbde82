"""Acceptance: from a complete sheet in the spool to a capture, in an order that survives a power cut (rule 1).

A worker has made the master, decoded and hashed it (:mod:`station.imaging.analysis`). Then the file is synced, a label
is reserved in the catalogue, the file takes its final name without ever replacing another, the folder is synced, and
only then the capture's row is committed. Whatever is cut short in between is mended by
:mod:`station.scanning.recovery`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from drivers import Mode, Sheet
from drivers.images import raw_sheet
from station.catalogue import event_log
from station.catalogue.models import Capture, Ledger, Page, Region, Reservation, ScanSession
from station.context import Station
from station.domain import paper
from station.domain.finding_codes import FindingCode
from station.domain.paper import Layout
from station.domain.states import LedgerState, ReservationState
from station.errors import Refused
from station.imaging.image_facts import Analysis, AnalysisRequest, Defect, TargetMeasures
from station.ledger import ledger_appearance, ledger_paper, ledgers, page_placement, pages, size_findings
from station.scanning import label_reservation, target_measures
from station.storage import durable
from station.storage.checkpoints import Checkpoint, reach


@dataclass(frozen=True)
class CaptureOrigin:
    """What the catalogue keeps of where an image came from; a driver's :class:`~drivers.Sheet` or its provenance.

    ``number`` is the sheet's in its batch, None where that is not known any more. ``rotation`` is how far the image's
    own file says to turn it (clockwise degrees).
    """

    width: int
    height: int
    mode: Mode
    dpi_asked: int | None
    dpi: tuple[float, float]
    device: str
    token: str | None
    started_at: datetime
    number: int | None = None
    rotation: int = 0

    @classmethod
    def of(cls, sheet: Sheet) -> CaptureOrigin:
        """What the driver says of a sheet."""
        return cls(
            width=sheet.width,
            height=sheet.height,
            mode=sheet.mode,
            dpi_asked=sheet.dpi_asked,
            dpi=sheet.dpi,
            device=str(sheet.identity),
            token=sheet.token,
            started_at=sheet.started_at,
            number=sheet.number,
            rotation=sheet.rotation,
        )

    @classmethod
    def recorded_in(cls, file: Path) -> CaptureOrigin:
        """What the driver wrote into the image itself: enough to recover a capture whose program died."""
        from drivers.images import masters  # with Pillow, which sessions that end well do without

        try:
            provenance = masters.read_provenance(file)
        except (OSError, ValueError) as error:
            raise Refused("image-damaged", file=file.name, detail=error) from error
        origin = raw_sheet.origin_of(provenance)
        return cls(
            width=provenance["width"],
            height=provenance["height"],
            mode=Mode(provenance["mode"]),
            dpi_asked=origin.dpi_asked,
            dpi=origin.dpi,
            device=str(origin.identity),
            token=origin.token,
            started_at=origin.started_at,
            rotation=int(origin.caller.get("rotation", 0)),
        )


def analysis_request(station: Station, profile_id: str, paper_size: str) -> AnalysisRequest:
    """What a worker is to find out about an image of a ledger on paper of that size, scanned by that profile.

    ``paper_size`` is "" where nobody knows it.
    """
    layout, turn = page_placement.layout_and_turn(station.settings, profile_id)
    # An open book is two pages on purpose, and each half of a page ends where the other begins.
    on_purpose = {Layout.PAGE: {}, Layout.SPREAD: {"two_pages": 0.0}, Layout.PARTS: {"two_pages": 0.0, "cut_edge": 0.0}}
    limits = replace(station.settings.limits(profile_id), **on_purpose[layout])
    size = paper.area(paper_size, layout, turn=0) if paper_size else None
    return AnalysisRequest(station.folders.previews, limits, size, turn, spread=layout is Layout.SPREAD)


def accept(
    station: Station, session_id: int, analysis: Analysis, origin: CaptureOrigin, *, recovered: bool = False
) -> int:
    """Make the master in the spool that a worker looked at the next capture of its session; gives the capture's id.

    Raises ``Refused`` ("image-wrong-size") when it is not the image that was announced: it then stays in the spool, and
    nothing was reserved.
    """
    file, examined = analysis.file, analysis.examined
    if (examined.width, examined.height) != (origin.width, origin.height):
        raise Refused(
            "image-wrong-size",
            file=file.name,
            found=f"{examined.width} x {examined.height}",
            expected=f"{origin.width} x {origin.height}",
        )
    with durable.storage_failures(station.folders.ledgers):
        reach(Checkpoint.BEFORE_SYNC, file.name)
        durable.sync_file(file)
        reservation, final = label_reservation.give_name(station, session_id, file)
        reach(Checkpoint.NAMED, reservation.label)
        durable.sync_folder(final.parent)
    capture = commit(station, reservation.id, analysis, origin, recovered=recovered)
    reach(Checkpoint.COMMITTED, reservation.label)
    return capture


def commit(
    station: Station, reservation_id: int, analysis: Analysis, origin: CaptureOrigin, *, recovered: bool = False
) -> int:
    """Write the capture's row, its page and its place in the order, for a file under its final name; gives its id."""
    # With OpenCV, which a station that accepts no page does without.
    from station.ledger import form_findings, near_duplicates

    examined = analysis.examined
    width_mm, height_mm = analysis.paper_mm or (None, None)
    with station.catalogue.writing(label_reservation.PATIENCE) as session:
        reservation = session.get_one(Reservation, reservation_id)
        run = session.get_one(ScanSession, reservation.session_id)
        ledger = session.get_one(Ledger, reservation.ledger_id)
        event = event_log.record(
            session,
            run.operator,
            "capture-recovered" if recovered else "capture-accepted",
            ledgers.reference(ledger),
            label=reservation.label,
            revision=reservation.revision,
            sha256=examined.sha256,
        )
        capture = Capture(
            counter=event.id,
            ledger_id=ledger.id,
            session_id=run.id,
            label=reservation.label,
            revision=reservation.revision,
            current=False,
            recovered=recovered,
            file=reservation.file,
            sha256=examined.sha256,
            bytes=examined.bytes,
            width=examined.width,
            height=examined.height,
            mode=origin.mode,
            dpi_asked=origin.dpi_asked,
            dpi_x=origin.dpi[0],
            dpi_y=origin.dpi[1],
            scanner=run.scanner,
            device=origin.device,
            profile=run.profile,
            operator=run.operator,
            token=origin.token,
            started_at=origin.started_at,
            accepted_at=datetime.now(UTC),
            paper_width=width_mm,
            paper_height=height_mm,
        )
        reservation.state = ReservationState.USED
        session.add(capture)
        page_placement.place(
            station.settings, session, ledger, run, capture, fold=analysis.fold, rotation=origin.rotation
        )
        if analysis.target is not None:
            _keep_target(session, run, ledger, capture, analysis.target)
        if recovered:
            pages.add_finding(session, capture, FindingCode.RECOVERED, found_by=pages.STATION)
        defects = _defects(station, ledger, capture, analysis)
        limits = station.settings.limits(run.profile)
        if analysis.target is None and analysis.appearance is not None:
            beside, told = ledger_appearance.newest_pages(session, capture), {one.code for one in defects}
            form = form_findings.doubt(beside, analysis.appearance, limits, told)
            defects += [*ledger_appearance.doubts(beside, analysis.appearance, limits, told), *([form] if form else [])]
            ledger_appearance.keep(session, capture, analysis.appearance)
        for defect in defects:
            pages.add_finding(
                session, capture, defect.code, found_by=pages.STATION, detail=defect.detail, place=defect.place
            )
        ledger_paper.learn(station.settings, session, ledger, capture)
        # Of blank pages one looks like the other, and of capture targets too.
        blank = analysis.target is not None or any(defect.code == FindingCode.BLANK for defect in analysis.defects)
        if (
            not blank
            and (twin := near_duplicates.near_duplicate_of(session, capture, analysis.fingerprint, limits)) is not None
        ):
            pages.add_finding(session, capture, FindingCode.NEAR_DUPLICATE, found_by=pages.STATION, detail=twin)
        near_duplicates.keep_fingerprint(session, capture, analysis.fingerprint)
        if origin.number is not None:
            run.fed = max(run.fed or 0, origin.number)
        if ledger.state == LedgerState.REGISTERED:
            ledgers.move(ledger, LedgerState.SCANNING)
        ledgers.settle(session, ledger)
        with durable.storage_failures(station.folders.catalogue):
            reach(Checkpoint.BEFORE_COMMIT, capture.label)
        return capture.id


def _keep_target(
    session: Session, run: ScanSession, ledger: Ledger, capture: Capture, measures: TargetMeasures
) -> None:
    """Keep what the capture target tells of the scanner; the image that shows it is none of the register's pages.

    Its page is a cover, which counts for nothing. One that was scanned instead of a page, or waits for another image,
    stays what it is: there a person must see it.
    """
    target_measures.keep(session, run.scanner, measures, round(capture.dpi_x), run.id)
    session.flush()
    for page in session.scalars(select(Page).join(Region).where(Region.capture_id == capture.id)):
        if capture.revision == 1 and page.parts == 1:
            pages.mark_cover(session, ledger, page, page.seq)


def fed_tokens(station: Station, scanner: str) -> list[str]:
    """The sheets that a simulated feeder must not give again: those that were accepted, as often as they were."""
    with station.catalogue.reading() as session:
        query = select(Capture.token).where(Capture.scanner == scanner, Capture.token.is_not(None))
        return [token for token in session.scalars(query) if token is not None]


def _defects(station: Station, ledger: Ledger, capture: Capture, analysis: Analysis) -> list[Defect]:
    """What was found in an image; its size is held against what the ledger's paper is by now."""
    if analysis.target is not None:
        return []
    if analysis.paper_mm is None:
        return list(analysis.defects)
    defects = [one for one in analysis.defects if one.code != FindingCode.WRONG_SIZE]
    doubt = size_findings.doubt(station.settings, ledger, capture)
    is_doubted = any(one.code == FindingCode.TWO_PAGES for one in defects)
    return defects if doubt is None or is_doubted else [*defects, Defect(*doubt)]
