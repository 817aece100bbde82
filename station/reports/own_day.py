"""A person's own day: what they have done today, for themselves to see; practice is not in it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryRow, Ledger
from station.context import Station
from station.domain.report_columns import ReportColumn
from station.reports import counts, days
from station.reports.days import Period
from station.reports.work import total


@dataclass(frozen=True)
class OwnDay:
    """Pages first scanned, entries that got their number, and rows that became complete, today by one person."""

    pages: int
    entries: int
    rows: int


def of_person(station: Station, who: str) -> OwnDay:
    """What a person has done today, by the office's day; pages and entries as the day's report counts them."""
    today = Period(days.today(), days.today())
    with station.catalogue.reading() as session:
        book = counts.scanned_and_named(session, today)
        work = total(work for doer, work in book.items() if doer.person == who)
        pages, entries = work.figure(ReportColumn.PAGES_SCANNED), work.figure(ReportColumn.ENTRIES_NAMED)
        return OwnDay(int(pages), int(entries), _rows(session, today, who))


def _rows(session: Session, period: Period, who: str) -> int:
    completed = (EntryRow.completed_at >= period.start, EntryRow.completed_at < period.end)
    query = select(EntryRow.keyers).join(Entry, Entry.id == EntryRow.entry_id).join(Ledger)
    return sum(who in keyers for keyers in session.scalars(query.where(*completed, Entry.living, ~Ledger.practice)))
