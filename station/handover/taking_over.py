"""Taking a ledger over from another station: all of it is proven before anything is touched.

Then its pages get their names, which are those they have, and at last one commit lets the ledger be here. Cut off
before, there are files that no catalogue names, and running the same command again goes on with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from station.catalogue import event_log, row_facts, whereabouts
from station.catalogue.models import (
    Base,
    Capture,
    CarriedLine,
    Entry,
    EntryRow,
    HandOver,
    Ledger,
    Package,
    PackageFile,
    Page,
    Place,
    Reservation,
    ScanSession,
)
from station.context import Station
from station.domain import identifiers
from station.domain.naming import file_names
from station.domain.naming.keys import parse_reference
from station.domain.states import (
    LEDGER_PACKED,
    HandOverState,
    LedgerState,
    PackageState,
    PageState,
    ReservationState,
    SessionState,
)
from station.errors import Refused
from station.handover import hand_over_file, ledger_rows, returning
from station.handover.hand_over_file import HandOverFile
from station.handover.ledger_rows import Row
from station.ledger import hand_over_markers, ledger_data, ledgers
from station.packaging import manifest, packages
from station.scanning import spool
from station.storage import disk_space, durable, proven_archive
from station.storage.checkpoints import Checkpoint, reach
from station.upkeep.backup import exclusive_upkeep, scratch_folder

#: As hand-overs are called.
_CODE = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class TakenLedger:
    """A ledger (``PLACE:TYPE.YEAR.BOOK``) that came from ``station``, and how many images it has.

    New is one that was not here yet.
    """

    ledger: str
    station: str
    code: str
    images: int
    is_new: bool


@dataclass(frozen=True)
class _StoredFile:
    """A file of the ledger: its path in the data folder, and how the hand-over's file calls it."""

    path: Path
    member: str


def take_over(station: Station, file: IO[bytes], *, who: str) -> TakenLedger:
    """Take over the ledger of a hand-over's file; where it came by this very hand-over already, nothing is done.

    ``Refused`` where the file is not whole, lies, is of a newer station or this station's own, where place or type are
    not in the settings, or where another ledger has the name; ``StorageFailed`` where the disk does not take it.
    """
    told = hand_over_file.read(file)
    with (
        exclusive_upkeep(station),
        scratch_folder(station) as folder,
        hand_over_file.opened_catalogue(told, folder) as brought,
        brought.reading() as source,
    ):
        try:
            ledger = _proven(station, source, told)
        except (ValueError, TypeError, Refused) as error:
            # In signs that do nothing to a terminal: it may be somebody's own words.
            raise Refused("hand-over-damaged", path=file.name, name=ascii(str(error))[:80]) from error
        with station.catalogue.reading() as session:
            if _is_here(session, told):
                hand_over_markers.remove(station, told.ledger)
                return _arrival(source, told, is_new=False)
            _check_may_come(station, session, source, ledger, told)
        _store(station, told, _files(station, source, told))
        outdated: tuple[str, ...] = ()
        with station.catalogue.writing() as target:
            if not _is_here(target, told):
                outdated = _enter(station, source, target, ledger, told, who)
                reach(Checkpoint.BEFORE_COMMIT, told.ledger)
        for document in outdated:
            (station.folders.data / document).unlink(missing_ok=True)
        reach(Checkpoint.COMMITTED, told.ledger)
        hand_over_markers.remove(station, told.ledger)
        return _arrival(source, told, is_new=True)


def _proven(station: Station, source: Session, told: HandOverFile) -> Ledger:
    """The one ledger in a hand-over's catalogue; ``ValueError``, ``TypeError`` or ``Refused`` where something lies."""
    if not identifiers.is_identifier(told.station) or not _CODE.fullmatch(told.code):
        raise ValueError("id")
    (ledger,) = source.scalars(select(Ledger)).all()
    if ledgers.reference(ledger) != told.ledger or ledger.state != LedgerState.HANDED_OVER or ledger.practice:
        raise ValueError(told.ledger)
    going = _going(source, told)
    if going is None or going.station != told.station or going.was not in set(LedgerState) - {LedgerState.HANDED_OVER}:
        raise ValueError(told.code)
    _check_states(source, Page.state, PageState)
    _check_states(source, ScanSession.state, SessionState, but=SessionState.OPEN)
    _check_states(source, Reservation.state, ReservationState, but=ReservationState.RESERVED)
    _check_states(source, Package.state, PackageState, but=PackageState.BUILDING)
    stored = {one.member for one in _files(station, source, told)}
    if stored | {hand_over_file.CATALOGUE} != told.members.keys():
        raise ValueError("files")
    ledger_rows.prove(source, ledger.id)
    return ledger


def _check_states(
    source: Session, column: InstrumentedAttribute[str], states: type[StrEnum], but: StrEnum | None = None
) -> None:
    """``ValueError`` where a row is in none of these states, or in the one that none may be in."""
    for state in source.scalars(select(column).distinct()):
        if states(state) is but:
            raise ValueError(state)


def _files(station: Station, source: Session, told: HandOverFile) -> Iterator[_StoredFile]:
    """The files of the ledger, each where this station would have it; ``ValueError`` where a row says otherwise."""
    place, key = parse_reference(told.ledger)
    home = station.folders.ledger(place or "", key.name)
    for capture in source.scalars(select(Capture).order_by(Capture.counter)):
        stem = file_names.file_stem(key.name, capture.label, capture.revision)
        names = [f"{stem}{suffix}" for suffix in spool.SUFFIXES]
        yield _stored(station, told, home / "pages", capture.file, names, capture.sha256)
    for package in source.scalars(select(Package).order_by(Package.id)):
        folder = home / "packages" / packages.revision_name(package.kind, package.revision)
        if package.folder != station.folders.relative(folder) or any("/" in file.name for file in package.files):
            raise ValueError(package.folder)
        for file in package.files:
            if file.name == manifest.NAME:
                place_of = f"{package.folder}/{file.name}"
                yield _stored(station, told, folder, place_of, [manifest.NAME], file.sha256)


def _stored(
    station: Station, told: HandOverFile, folder: Path, place: str, names: list[str], sha256: str
) -> _StoredFile:
    if place not in {station.folders.relative(folder / name) for name in names}:
        raise ValueError(place)
    member = hand_over_file.member_name(place)
    if member not in told.members or told.members[member].sha256 != sha256:
        raise ValueError(member)
    return _StoredFile(station.folders.data / place, member)


def _going(session: Session, told: HandOverFile) -> HandOver | None:
    return session.scalars(select(HandOver).where(HandOver.code == told.code)).one_or_none()


def _is_here(session: Session, told: HandOverFile) -> bool:
    """Whether the ledger came by this very hand-over already."""
    row = _going(session, told)
    return row is not None and row.state == HandOverState.TAKEN


def _arrival(source: Session, told: HandOverFile, *, is_new: bool) -> TakenLedger:
    images = len(source.scalars(select(Capture.id)).all())
    return TakenLedger(told.ledger, told.station, told.code, images, is_new)


def _check_may_come(station: Station, session: Session, source: Session, ledger: Ledger, told: HandOverFile) -> None:
    if told.station == station.settings.station.id:
        raise Refused("hand-over-own", ledger=ledgers.name_of(ledger))
    station.settings.place(ledger.place.code)
    station.settings.ledger_type(ledger.type)
    there = _same(session, told)
    if there is None or _is_empty(session, there):
        return
    try:
        is_left = returning.is_left_here(session, there, source)
    except ValueError as error:
        raise Refused("hand-over-damaged", path=told.file.name, name=error) from error
    if not is_left:
        raise Refused("hand-over-ledger-here", ledger=told.ledger)


def _same(session: Session, told: HandOverFile) -> Ledger | None:
    """The ledger of this name that is here already."""
    place, key = parse_reference(told.ledger)
    parts = (Ledger.type == key.type, Ledger.year == key.year, Ledger.book == key.book)
    return session.scalars(select(Ledger).join(Place).where(Place.code == place, *parts)).one_or_none()


def _is_empty(session: Session, ledger: Ledger) -> bool:
    """Whether a ledger is on the list, and nothing of it here."""
    has_images = session.scalars(select(Capture.id).where(Capture.ledger_id == ledger.id).limit(1)).first()
    return ledger.state == LedgerState.REGISTERED and has_images is None


def _store(station: Station, told: HandOverFile, files: Iterator[_StoredFile]) -> None:
    """Give each file its name, unless it has it already by a run that was cut off."""
    missing: list[_StoredFile] = []
    homes: set[Path] = set()
    for file in files:
        homes.add(file.path.parent)
        if not file.path.exists():
            missing.append(file)
        elif durable.sha256_of(file.path) != told.members[file.member].sha256:
            raise Refused("hand-over-other-bytes", file=file.path)
    needed = sum(told.members[file.member].bytes for file in missing)
    free = disk_space.free_bytes(station.folders.data) - disk_space.RESERVE
    proven_archive.check_room(station.folders.data, free, needed)
    with durable.storage_failures(station.folders.ledgers):
        for leftover in (part for folder in homes for part in folder.glob(f".*{durable.TEMPORARY_SUFFIX}")):
            leftover.unlink()  # by a kill
        for file in missing:
            durable.make_folders(file.path.parent)
            with durable.new_file(file.path) as temporary:
                hand_over_file.extract(told, file.member, temporary)
                reach(Checkpoint.BEFORE_NAME, file.path.name)
            reach(Checkpoint.NAMED, file.path.name)


def _enter(
    station: Station, source: Session, target: Session, ledger: Ledger, told: HandOverFile, who: str
) -> tuple[str, ...]:
    """Enter the ledger with all its rows, and in the log what they are; gives the PDFs that are no entry's any more."""
    left = None
    if (there := _same(target, told)) is not None and _is_empty(target, there):
        ledger_data.drop_empty(target, there, who=who)
    elif there is not None:
        left = returning.make_room(target, there, who=who)
    place_id = target.scalars(select(Place.id).where(Place.code == ledger.place.code)).one()
    changes = _changes(station, source, target, told, who)
    ledger_id = ledger_rows.copy(source, target, ledger.id, place_id, changes, left.highest if left else None)
    if left is not None:
        returning.settle(target, left, ledger_id, station.settings.station.id)
    entered = target.get_one(Ledger, ledger_id)
    _record(target, entered, told, who)
    if entered.state in LEDGER_PACKED:
        ledgers.settle(target, entered)  # a package of this station's is due
    return left.documents if left else ()


def _changes(
    station: Station, source: Session, target: Session, told: HandOverFile, who: str
) -> dict[type[Base], Callable[[Row], Row]]:
    """What of the rows is this station's own: where images stand in its log, what a ledger needs, what is here."""
    counters = _counters(source, target, told, who)
    now, checks = datetime.now(UTC), station.settings.checks
    was = source.scalars(select(HandOver.was).where(HandOver.code == told.code)).one()

    def of_ledger(row: Row) -> Row:
        looks = {"looks": checks.of_type(row["type"]), "second_share": checks.share}
        return row | looks | {"state": was, "responsible": None, "taken_over_at": now}

    def of_session(row: Row) -> Row:
        return row | {"spool": f"{told.code}-{row['spool']}"}  # its folder lay at the other station

    def of_capture(row: Row) -> Row:
        return row | {"counter": counters[row["counter"]], "token": None}  # a token is of that station's feeder

    def of_hand_over(row: Row) -> Row:
        came = {"state": HandOverState.TAKEN, "ended_by": who, "ended_at": now} if row["code"] == told.code else {}
        return row | came | {"own": row["station"] == station.settings.station.id}

    def of_package_file(row: Row) -> Row:
        return row if row["name"] == manifest.NAME else row | {"freed_at": row["freed_at"] or now}

    return {
        Ledger: of_ledger,
        ScanSession: of_session,
        Capture: of_capture,
        HandOver: of_hand_over,
        PackageFile: of_package_file,
    }


def _counters(source: Session, target: Session, told: HandOverFile, who: str) -> dict[int, int]:
    """A line of the log for each image, as for one that is accepted: by its number images are in order here."""
    counters = {}
    for capture in source.scalars(select(Capture).order_by(Capture.counter)):
        facts = {"label": capture.label, "revision": capture.revision, "sha256": capture.sha256}
        line = event_log.record(target, who, "capture-taken-over", told.ledger, **facts)
        counters[capture.counter] = line.id
    return counters


def _record(session: Session, ledger: Ledger, told: HandOverFile, who: str) -> None:
    """The line by which the ledger came, with all that the log must know of it to be compared with later."""
    entries = session.scalars(select(Entry).where(Entry.ledger_id == ledger.id).order_by(Entry.id))
    keyed = session.scalars(select(EntryRow).join(Entry).where(Entry.ledger_id == ledger.id).order_by(EntryRow.id))
    brought = session.scalars(
        select(CarriedLine).where(CarriedLine.ledger_id == ledger.id).order_by(CarriedLine.position)
    )
    heads = session.scalars(select(Package.event_head).where(Package.ledger_id == ledger.id).distinct())
    event_log.record(
        session,
        who,
        whereabouts.TAKEN_OVER,
        told.ledger,
        code=told.code,
        station=told.station,
        heads=sorted({told.event_head, *heads}),
        history=row_facts.history(brought),
        rows=[row_facts.entry(entry) for entry in entries],
        keyed=[row_facts.entry_row(row) for row in keyed],
    )
