"""What was read of the entry that a person is about to enter: its number, by the numbers around it, and its date.

A number is read in the sequence of its neighbours: what people entered before, and what was read on the pages around.
What the page itself says surely, and the order does not bear out, is proposed and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryPage, Ledger, Page
from station.domain.naming.keys import EntryNumber
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.ledger import page_readings
from station.reading import sequences
from station.reading.candidates import of_likeliest
from station.reading.fields import Field, FieldKind, Grade, PageReading
from station.reading.ruled_pages import MOST, grade_of_place
from station.reading.sequences import NextNumber, SequenceValue

#: So many pages on either side are read as one sequence.
_AROUND = 4


@dataclass(frozen=True)
class GradedText:
    """A number or a date as people write it, and how sure it is."""

    text: str
    grade: Grade


def number(session: Session, ledger: Ledger, page: Page) -> GradedText | None:
    """The number of the next entry on ``page`` that nobody entered yet; None where it was not read."""
    near = (Page.order >= page.order - _AROUND, Page.order <= page.order + _AROUND)
    orders = dict(session.execute(select(Page.id, Page.order).where(Page.ledger_id == ledger.id, *near)).all())
    readings = page_readings.of_ledger(session, ledger, *near)
    entered = _entered(session, list(orders))
    start: int | None = None
    rows: list[Field] = []
    target: Field | None = None
    for page_id in sorted(orders, key=orders.__getitem__):
        known = entered.get(page_id, [])
        read = _numbers(readings[page_id].page)[len(known) :] if page_id in readings else []
        if known and orders[page_id] <= page.order:
            start, rows = known[-1], []  # what was read before the last entry that a person entered says nothing more
        rows += read
        if page_id == page.id and read:
            target = read[0]
    if target is None:
        return None
    agreement = [of_likeliest(one.candidates, MOST) for one in rows]
    return _judged(target, sequences.read(agreement, NextNumber(), start)[rows.index(target)])


def date(session: Session, ledger: Ledger, page: Page, before: Entry | None, place: int) -> GradedText | None:
    """The date of the entry at ``place`` (from 0) on ``page``, as far as its year can be of this ledger.

    A ruled page gives the day alone: it is one of the month of the entry ``before``, where it is not earlier there.
    """
    stored = page_readings.of_ledger(session, ledger, Page.id == page.id).get(page.id)
    dates = [one for one in stored.page.fields if one.kind is FieldKind.DATE] if stored else []
    if stored is None or len(dates) <= place:
        return None
    last = PartialDate.parse(before.date) if before else None
    read = dates[place]
    if stored.page.ruled:
        if last is None or last.month is None or last.day is None or int(read.value) < last.day:
            return None
        try:
            return GradedText(PartialDate(last.year, last.month, int(read.value)).for_people(), Grade.LIKELY)
        except Refused:
            return None  # that month has no such day
    day = PartialDate.parse(read.value)
    if day.year is None or not ledger.year <= day.year <= ledger.last_year:
        return None
    is_earlier = before is not None and read.value < before.date
    return GradedText(day.for_people(), Grade.LIKELY if is_earlier else read.grade)


def _judged(alone: Field, place: SequenceValue) -> GradedText | None:
    """What a row says by itself and in its place among the others."""
    agree = place.own and place.value == int(alone.value)
    if alone.grade is not Grade.NONE and not agree:
        return GradedText(str(EntryNumber(int(alone.value))), Grade.LIKELY)
    grades = {alone.grade, grade_of_place(place)} - {Grade.NONE}
    if not place.own or not grades:
        return None
    return GradedText(str(EntryNumber(place.value)), Grade.SURE if Grade.SURE in grades else Grade.LIKELY)


def _numbers(reading: PageReading) -> list[Field]:
    """The numbers of a page's entries from the top, also those that are nothing to tell by themselves."""
    fields = [one for one in (*reading.fields, *reading.unsure) if one.kind is FieldKind.NUMBER]
    return sorted(fields, key=lambda one: one.box[1])


def _entered(session: Session, page_ids: Sequence[int]) -> dict[int, list[int]]:
    """The numbers that people entered, by the first page of each entry, in their order."""
    query = select(EntryPage.page_id, Entry.number).join(Entry, Entry.id == EntryPage.entry_id)
    first = query.where(EntryPage.page_id.in_(page_ids), EntryPage.position == 1, Entry.living).order_by(Entry.id)
    numbers: dict[int, list[int]] = {}
    for page_id, text in session.execute(first):
        value = EntryNumber.parse(text).number
        if value <= MOST:
            numbers.setdefault(page_id, []).append(value)
    return numbers
