"""Every row of a ledger goes along, and no table of the catalogue is forgotten."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import delete, inspect, select
from sqlalchemy.orm import Session

from station.catalogue.models import (
    Attachment,
    Base,
    Capture,
    CarriedLine,
    Check,
    Delivery,
    Document,
    Entry,
    EntryRegion,
    Fingerprint,
    HandOver,
    IntakeChoice,
    IntakeFile,
    KeptAppearance,
    LearnedPlace,
    Ledger,
    Package,
    PackageFile,
    Page,
    Reading,
    ReadValue,
    Receipt,
    ScanSession,
    SecondKeying,
    TargetMeasure,
)
from station.delivery import queue as delivery_queue
from station.domain.checks import CheckVerdict
from station.domain.states import ScanPurpose
from station.handover import ledger_rows
from station.ledger import closing_totals, page_checks, page_order, pages
from station.ledger.entries import Act
from station.rows import entry_rows
from station.upkeep import verify
from tests.station.handover.two_stations import give, take
from tests.station.opened_station import MOMENT, WHO, OpenedStation

#: What lies at the station that a ledger goes away from: its own PDFs, deliveries, watched folders and scanners.
STAY = {Document, Delivery, Receipt, IntakeChoice, IntakeFile, TargetMeasure}
#: Columns that are the station's own: ids, and what leads to them, are other ones there.
OWN: dict[type[Base], set[str]] = {
    Ledger: {"state", "taken_over_at", "responsible"},
    ScanSession: {"spool"},
    Capture: {"counter", "token"},
    HandOver: {"state", "ended_by", "ended_at", "own"},
    PackageFile: {"freed_at"},
    Check: {"image"},
}


def test_every_table_that_leads_to_a_ledger_goes_along_or_stays_on_purpose() -> None:
    leads = {Ledger.__tablename__}
    tables = Base.metadata.tables.values()
    while more := {
        table.name
        for table in tables
        if table.name not in leads and any(key.column.table.name in leads for key in table.foreign_keys)
    }:
        leads |= more
    known = {table.__tablename__ for table in ledger_rows.TABLES.keys() | STAY}
    assert leads - {Ledger.__tablename__} == known


def worked(desk: OpenedStation) -> str:
    """A ledger in which everything was done once, so that no table is without a row of it."""
    book = desk.ledger("KH.2007.01", last_year=2008)
    desk.ledger("KH.2007.02")
    desk.lay("KH.2007.02", 2)  # so that ids of the ledger are not those of a catalogue with it alone
    desk.lay(book, 4)
    desk.lay(book, purpose=ScanPurpose.RETAKE, anchor="002")
    desk.lay(book, purpose=ScanPurpose.INSERT, anchor="001")
    act = Act(book, WHO, "thử")
    page_order.set_pages_aside(desk.station, act, "004")
    desk.entry("KH.2007.02", "001", "7", "2007-01-01")
    for number, label in enumerate(("001,001a", "002", "003"), start=1):
        desk.entry(book, label, str(number), f"2007-01-{number:02d}")
    entry_rows.set_values(desk.station, act, "1", None, {"chongHoTen": "Nguyễn Văn <b>Thử</b>"})
    entry_rows.set_values(desk.station, act, "1", None, {"voHoTen": "Trần Thị Mẫu"})
    closing_totals.state(desk.station, book, pages=9, entries=3, who=WHO)
    page_checks.judge(desk.station, Act(book, "người khác"), "001-002", CheckVerdict.RIGHT)
    with desk.station.catalogue.writing() as session:
        ledger = session.scalars(select(Ledger).where(Ledger.book == "01")).one()
        capture = session.scalars(select(Capture).where(Capture.ledger_id == ledger.id)).first()
        assert capture is not None
        entry = session.scalars(select(Entry).where(Entry.ledger_id == ledger.id)).first()
        assert entry is not None
        pages.add_finding(session, capture, "blur", found_by="station", detail="0.1", place=(0.1, 0.2, 0.3, 0.4))
        reading = Reading(
            capture_id=capture.id, side=0, turn=0, upside_down=False, empty_form=False, ruled=True, ms=9, tries=1
        )
        reading.reader, reading.read_at = "thử", MOMENT
        box = {"left": 1, "top": 2, "right": 3, "bottom": 4}
        reading.values = [
            ReadValue(kind="number", value="1", confidence=0.9, grade="sure", candidates={"1": 0.9}, **box)
        ]
        learned = LearnedPlace(ledger_id=ledger.id, kind="date", place=None, pages=3, learned_at=MOMENT)
        band = {"head": 0.1, "start": 0.2, "end": 0.5, "slant": 0.0}
        region = EntryRegion(
            entry_id=entry.id, capture_id=capture.id, side=0, turn=0, revision=1, who=WHO, at=MOMENT, **band
        )
        keyed = SecondKeying(
            entry_id=entry.id, revision=1, values={"chongHoTen": "Một"}, decided={}, keyers=[WHO], alone=False
        )
        attached = Attachment(entry_id=entry.id, entry_revision=1, sha256="0" * 64, who=WHO, at=MOMENT)
        session.execute(delete(KeptAppearance).where(KeptAppearance.capture_id == capture.id))
        appearance = KeptAppearance(capture_id=capture.id, ink=0.1, sharpness=None, columns=b"\x01", rows=b"\x02")
        fingerprint = Fingerprint(capture_id=capture.id, coarse=b"\x01", fine=b"\x02")
        session.add_all([appearance, fingerprint, reading, learned, region, keyed, attached])
    for day in ("2007-01-04", "2007-01-05"):  # the second revision stands on the first
        desk.entry(book, "003", "3", day)
        desk.package(book)
    assert {item.state for item in delivery_queue.run(desk.station)} == {"receipted"}
    return book


def rows(session: Session, book: str) -> dict[str, Counter[str]]:
    """All rows of a ledger without what is the station's own, by table."""
    ledger_id = session.scalars(select(Ledger.id).where(Ledger.book == book)).one()
    found = {Ledger.__tablename__: _said(session, Ledger, [Ledger.id == ledger_id])}
    for table, columns in ledger_rows.TABLES.items():
        whose = [ledger_rows._of_ledger(column, ledger_id) for column in columns]
        found[table.__tablename__] = Counter[str]()
        for condition in whose:
            found[table.__tablename__] += _said(session, table, [condition])
    return found


def _said(session: Session, table: type[Base], whose: list[Any]) -> Counter[str]:
    keys = [column for column in inspect(table).columns if not column.foreign_keys and not column.primary_key]
    names = [column.name for column in keys if column.name not in OWN.get(table, set())]
    found = session.execute(select(*(table.__table__.c[name] for name in names)).where(*whose))
    return Counter(repr(dict(zip(names, row, strict=True))) for row in found)


def test_all_that_was_done_in_a_ledger_comes_along(desk: OpenedStation, other: OpenedStation, tmp_path: Path) -> None:
    book = worked(desk)
    other.lay(other.ledger("KS.1999.09"), 2)
    give(desk, book, tmp_path / "book.zip")
    with desk.station.catalogue.reading() as session:
        before = rows(session, "01")
    take(other, tmp_path / "book.zip")
    with other.station.catalogue.reading() as session:
        after = rows(session, "01")
    history = CarriedLine.__tablename__
    assert [table for table, told in before.items() if not told and table != history] == [], "every table has a row"
    assert {name: told for name, told in after.items() if name != history} == {
        name: told for name, told in before.items() if name != history
    }
    assert sum(after[history].values()) == desk.one_row(
        "SELECT count(*) FROM event WHERE ledger = '19429:KH.2007.01' AND what != 'ledger-handed-over'"
    )
    assert verify.verify(other.station) == []
    assert verify.verify(desk.station) == []
    wrong = (Page.id, Entry.id, Capture.id, Package.id)
    assert all(len(set(other.all(select(column)))) == len(other.all(select(column))) for column in wrong)
