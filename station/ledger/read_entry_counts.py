"""Entries counted by the machine against entries that people entered, page by page."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Entry, EntryPage, Ledger, Page, Reading, ReadValue, Region
from station.domain.states import PageState
from station.ledger import page_readings, printed_numbers
from station.reading.fields import FieldKind, Grade

#: Pages on which a number that was read need not be that of an entry of theirs: a note names an earlier one.
_OTHERS = (PageState.CORRECTION, PageState.ILLEGIBLE)


def pages_with_more(session: Session, ledger: Ledger) -> dict[str, str]:
    """The pages on which more entries were read for sure than people entered there: as people call them, by label."""
    rows = session.execute(_counts(), {"ledger_id": ledger.id})
    return {label: name for label, name, read, entered in rows if read > entered}


@cache
def _counts() -> Select[str, str, int, int]:
    entered = select(func.count()).select_from(EntryPage).join(Entry, Entry.id == EntryPage.entry_id)
    entered = entered.where(EntryPage.page_id == Page.id, Entry.living)
    query = select(Region.seq, printed_numbers.page_name(), func.count(ReadValue.id), entered.scalar_subquery())
    query = query.select_from(Page).join(Region, Region.page_id == Page.id).join(Capture)
    query = query.join(Reading, page_readings.of_region()).join(ReadValue, ReadValue.reading_id == Reading.id)
    here = (Page.ledger_id == bindparam("ledger_id"), Page.state.not_in(_OTHERS), Region.part == 1)
    sure = (ReadValue.kind == FieldKind.NUMBER, ReadValue.grade == Grade.SURE)
    return query.where(*here, *sure).group_by(Page.id).order_by(Page.order)
