"""The totals that the machine read on a ledger's closing page: proposed where a person states them, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, bindparam, select

from station.catalogue.models import Page, Reading, ReadValue, Region
from station.context import Station
from station.domain.states import PageState
from station.ledger import ledgers, page_readings
from station.reading.fields import FieldKind, Grade

_TOTALS = (FieldKind.TOTAL_PAGES, FieldKind.TOTAL_ENTRIES)


@dataclass(frozen=True)
class ReadTotal:
    """A total of a closing page; ``place`` is the id of what was read, by which its picture is shown."""

    value: str
    grade: Grade
    place: int


def of_ledger(station: Station, ledger_text: str) -> Mapping[FieldKind, ReadTotal]:
    """The totals that the ledger's closing page states; empty where nothing was read, or on several pages.

    A book of several years has a closing page for each: none of them states the totals of all.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        rows = session.execute(_values(), {"ledger_id": ledger.id}).all()
        if ledger.year != ledger.last_year or len({row.page_id for row in rows}) != 1:
            return {}
    return {FieldKind(row.kind): ReadTotal(row.value, Grade(row.grade), row.id) for row in rows}


@cache
def _values() -> Select[int, int, str, str, str]:
    query = select(Page.id.label("page_id"), ReadValue.id, ReadValue.kind, ReadValue.value, ReadValue.grade)
    query = query.select_from(Page).join(Region, Region.page_id == Page.id)
    query = query.join(Reading, page_readings.of_region()).join(ReadValue, ReadValue.reading_id == Reading.id)
    here = (Page.ledger_id == bindparam("ledger_id"), Page.state == PageState.CLOSING, Region.part == 1)
    return query.where(*here, ReadValue.kind.in_(_TOTALS), ReadValue.grade != Grade.NONE)
