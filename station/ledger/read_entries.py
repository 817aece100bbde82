"""What was read of the entry that a person is about to enter: its number, by the numbers around it, and its date.

A number is read in the sequence of its neighbours: what people entered before, and what was read on the pages around.
What the page itself says surely, and the order does not bear out, is proposed and no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryPage, Ledger, Page
from station.domain.naming.keys import EntryNumber
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.ledger import page_readings
from station.ledger.page_readings import StoredReading
from station.ledger.spreads import Box
from station.reading.fields import LARGEST_NUMBER, Field, FieldKind, Grade, PageReading

if TYPE_CHECKING:
    from station.reading.sequences import SequenceValue

#: So many pages on either side are read as one sequence.
_AROUND = 4


@dataclass(frozen=True)
class GradedText:
    """A number or a date as people write it, how sure it is, and where it stands (pixels of the image as stored)."""

    text: str
    grade: Grade
    box: Box


def readings_around(session: Session, ledger: Ledger, orders: Set[int]) -> dict[int, StoredReading]:
    """What was read on the pages of these orders and on those around them, by the pages' ids."""
    return page_readings.of_ledger(session, ledger, Page.order.in_(_around(orders)))


def number(session: Session, ledger: Ledger, page: Page, readings: Mapping[int, StoredReading]) -> GradedText | None:
    """The number of the next entry on ``page`` that nobody entered yet, by what was read around it; None where it was
    not read.
    """
    return numbers(session, ledger, {page.order}, readings).get(page.id)


def numbers(
    session: Session, ledger: Ledger, orders: Set[int], readings: Mapping[int, StoredReading]
) -> dict[int, GradedText]:
    """The same of each page of these orders, where it was read, by the pages' ids."""
    here = (Page.ledger_id == ledger.id, Page.order.in_(_around(orders)))
    pages = session.execute(select(Page.order, Page.id).where(*here).order_by(Page.order)).all()
    entered = _entered(session, [page_id for _, page_id in pages])
    proposals: dict[int, GradedText] = {}
    # Pages that stand one behind the other are one sequence.
    for _, group in groupby(enumerate(pages), lambda one: one[1][0] - one[0]):
        sequence = [(order, page_id) for _, (order, page_id) in group]
        last = max((order for order, _ in sequence if order in orders), default=0)
        rows = _Rows(None)
        for order, page_id in sequence:
            earlier_numbers = entered.get(page_id, [])
            if earlier_numbers and order <= last:
                # What was read before the last entry that a person entered says nothing more.
                proposals |= rows.graded_numbers()
                rows = _Rows(earlier_numbers[-1])
            if page_id in readings:
                rows.add(page_id, of_entries(readings[page_id].page)[len(earlier_numbers) :])
        proposals |= rows.graded_numbers()
    return {page_id: proposals[page_id] for order, page_id in pages if order in orders and page_id in proposals}


def _around(orders: Set[int]) -> Set[int]:
    return {order + step for order in orders for step in range(-_AROUND, _AROUND + 1)}


class _Rows:
    """What was read of numbers that follow each other; ``start`` is the one before, where it is known for certain."""

    def __init__(self, start: int | None) -> None:
        self._start = start
        self._fields: list[Field] = []
        self._first: dict[int, int] = {}

    def add(self, page_id: int, fields: Sequence[Field]) -> None:
        """The rows of one more page."""
        if fields:
            self._first[page_id] = len(self._fields)
            self._fields += fields

    def graded_numbers(self) -> dict[int, GradedText]:
        """The first number of each page, by itself and in its place among the others."""
        if not self._fields:
            return {}
        # With OpenCV: a ledger of which nothing was read does without.
        from station.reading import sequences
        from station.reading.candidates import of_likeliest
        from station.reading.sequences import NextNumber

        agreement = [of_likeliest(one.candidates, LARGEST_NUMBER) for one in self._fields]
        places = sequences.read(agreement, NextNumber(), self._start)
        graded = {page_id: _graded(self._fields[row], places[row]) for page_id, row in self._first.items()}
        return {page_id: one for page_id, one in graded.items() if one is not None}


def date_of(page: PageReading, ledger: Ledger, before: str | None, place: int) -> GradedText | None:
    """The date of the entry at ``place`` (from 0), as far as its year can be of this ledger.

    A ruled page gives the day alone: it is one of the month of the entry ``before``, where it is not earlier there.
    """
    dates = [one for one in page.fields if one.kind is FieldKind.DATE]
    if len(dates) <= place:
        return None
    last = PartialDate.parse(before) if before else None
    read = dates[place]
    if page.ruled:
        if last is None or last.month is None or last.day is None or int(read.value) < last.day:
            return None
        try:
            day = PartialDate(last.year, last.month, int(read.value))
            return GradedText(day.for_people(), Grade.LIKELY, read.box)
        except Refused:
            return None  # that month has no such day
    day = PartialDate.parse(read.value)
    if day.year is None or not ledger.year <= day.year <= ledger.last_year:
        return None
    is_earlier = before is not None and read.value < before
    return GradedText(day.for_people(), Grade.LIKELY if is_earlier else read.grade, read.box)


def _graded(alone: Field, place: SequenceValue) -> GradedText | None:
    """What a row says by itself and in its place among the others."""
    from station.reading.ruled_pages import grade_of_place

    agree = place.own and place.value == int(alone.value)
    if alone.grade is not Grade.NONE and not agree:
        return GradedText(str(EntryNumber(int(alone.value))), Grade.LIKELY, alone.box)
    grades = {alone.grade, grade_of_place(place)} - {Grade.NONE}
    if not place.own or not grades:
        return None
    grade = Grade.SURE if Grade.SURE in grades else Grade.LIKELY
    return GradedText(str(EntryNumber(place.value)), grade, alone.box)


def of_entries(reading: PageReading) -> list[Field]:
    """The numbers of a page's entries from the top, also those that are nothing to tell by themselves."""
    fields = [one for one in (*reading.fields, *reading.unsure) if one.kind is FieldKind.NUMBER]
    return sorted(fields, key=lambda one: one.box[1])


def _entered(session: Session, page_ids: Sequence[int]) -> dict[int, list[int]]:
    """The numbers that people entered, by the first page of each entry, in their order."""
    numbers: dict[int, list[int]] = {}
    for page_id, text in session.execute(_first_numbers(), {"page_ids": page_ids}):
        value = EntryNumber.parse(text).number
        if value <= LARGEST_NUMBER:
            numbers.setdefault(page_id, []).append(value)
    return numbers


@cache
def _first_numbers() -> Select[int, str]:
    query = select(EntryPage.page_id, Entry.number).join(Entry, Entry.id == EntryPage.entry_id)
    first = query.where(EntryPage.page_id.in_(bindparam("page_ids")), EntryPage.position == 1, Entry.living)
    return first.order_by(Entry.id)
