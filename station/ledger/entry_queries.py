"""Which entries of a ledger there are: in order, of a page, around a key, by id, or by number and year."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, Tuple, bindparam, select, tuple_
from sqlalchemy.orm import Session, selectinload

from station.catalogue.models import Entry, EntryPage, Ledger, Page, Region
from station.domain.naming.keys import EntryNumber
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.ledger import ledgers

#: The order of entries in SQL, the same as that of :class:`EntryNumber` within a year.
ORDER = (Entry.year, Entry.number_value, Entry.number_length, Entry.number)
#: What the parts of a key are called as parameters.
_KEY = ("year", "number", "length", "text")


def order_key(entry: Entry) -> tuple[int, int, int, str]:
    """Where an entry stands in :data:`ORDER`, to be compared with it."""
    return entry.year, EntryNumber.parse(entry.number).number, len(entry.number), entry.number


def of_ledger(session: Session, ledger: Ledger) -> Sequence[Entry]:
    """The living entries by year and number, with pages and documents loaded at once."""
    return session.scalars(in_order(), {"ledger_id": ledger.id}).all()


@cache
def in_order() -> Select[Entry]:
    """A query for them, to be narrowed; ``ledger_id`` is its parameter."""
    return _loaded().order_by(*ORDER)


def of_pages(session: Session, ledger: Ledger, pages: Sequence[Page]) -> Sequence[Entry]:
    """The living entries that any of these pages belongs to, in order and loaded as :func:`of_ledger` does."""
    return session.scalars(_of_pages(), {"ledger_id": ledger.id, "page_ids": [page.id for page in pages]}).all()


@cache
def _of_pages() -> Select[Entry]:
    # From the pages to their entries; asked the other way round, every entry of the ledger is looked at.
    placed = select(EntryPage.entry_id).where(EntryPage.page_id.in_(bindparam("page_ids"))).distinct().subquery()
    return in_order().join(placed, placed.c.entry_id == Entry.id)


def neighbours(session: Session, ledger: Ledger, year: int, number: EntryNumber, size: int) -> Sequence[Entry]:
    """Up to ``size`` entries before this key and with it, and up to ``size`` behind, in order, with their pages."""
    key = year, number.number, len(str(number)), str(number)
    parameters = {**key_parameters(ledger, key), "size": size}
    return [*reversed(session.scalars(_before(), parameters).all()), *session.scalars(_behind(), parameters)]


@cache
def nearest(behind: bool) -> Select[int]:
    """A query for the ids of the entries :func:`beside` a key, the nearest first."""
    by = ORDER if behind else [column.desc() for column in ORDER]
    return select(Entry.id).where(*beside(behind)).order_by(*by).limit(1)


def beside(behind: bool) -> tuple[ColumnElement[bool], ...]:
    """That entries of a ledger are living and stand before, or ``behind``, a key (:func:`key_parameters`)."""
    side = tuple_(*ORDER) > _key() if behind else tuple_(*ORDER) < _key()
    return Entry.ledger_id == bindparam("ledger_id"), Entry.living.expression, side


def key_parameters(ledger: Ledger, key: tuple[int, int, int, str]) -> dict[str, int | str]:
    """A ledger and a key of :func:`order_key`, as the parameters of a query."""
    return {"ledger_id": ledger.id, **dict(zip(_KEY, key, strict=True))}


@cache
def _before() -> Select[Entry]:
    return _placed().where(tuple_(*ORDER) <= _key()).order_by(*(column.desc() for column in ORDER)).limit(_size())


@cache
def _behind() -> Select[Entry]:
    return _placed().where(tuple_(*ORDER) > _key()).order_by(*ORDER).limit(_size())


def _key() -> Tuple:
    return tuple_(*map(bindparam, _KEY))


def _size() -> BindParameter[int]:
    return bindparam("size", type_=Integer())


@cache
def _placed() -> Select[Entry]:
    living = select(Entry).where(Entry.ledger_id == bindparam("ledger_id"), Entry.living)
    return living.options(selectinload(Entry.placements).joinedload(EntryPage.page))


@cache
def _loaded() -> Select[Entry]:
    placed = selectinload(Entry.placements).joinedload(EntryPage.page)
    return _placed().options(
        placed.selectinload(Page.regions).joinedload(Region.capture),
        selectinload(Entry.document),
        selectinload(Entry.attachment),
        selectinload(Entry.newest),
    )


def living_entry(session: Session, ledger: Ledger, entry_id: int) -> Entry:
    """The entry with this id; refused where somebody took it out, or it is none of this ledger."""
    entry = session.get(Entry, entry_id)
    if entry is None or not entry.living or entry.ledger_id != ledger.id:
        raise Refused("entry-changed-meanwhile")
    return entry


def year_of(ledger: Ledger, date: PartialDate) -> int:
    """The year that the entry's number counts in: the date's, or the year opened where no year is known."""
    return ledger.year if date.year is None else date.year


def by_key(session: Session, ledger: Ledger, year: int, number: EntryNumber) -> Entry | None:
    """The living entry with this key, if there is one."""
    return session.scalars(_by_key(), {"ledger_id": ledger.id, "year": year, "number": str(number)}).one_or_none()


@cache
def _by_key() -> Select[Entry]:
    key = (Entry.year == bindparam("year"), Entry.number == bindparam("number"))
    return select(Entry).where(Entry.ledger_id == bindparam("ledger_id"), *key, Entry.living)


def is_taken(session: Session, ledger: Ledger, year: int, number: str) -> bool:
    """Whether a living entry has this key."""
    return by_key(session, ledger, year, EntryNumber.parse(number)) is not None


def taken_keys(session: Session, ledger: Ledger, numbers: Collection[str]) -> set[tuple[int, str]]:
    """Which of these numbers a living entry has, each with its year."""
    years = range(ledger.year, ledger.last_year + 1)
    query = select(Entry.year, Entry.number).where(Entry.ledger_id == ledger.id, Entry.living)
    those = query.where(Entry.year.in_(years), Entry.number.in_(numbers))
    return {(year, number) for year, number in session.execute(those)}


def find_entry(session: Session, ledger: Ledger, number: EntryNumber, year: int | None) -> Entry:
    """The entry with this key; ``year`` may be None where the number occurs in one year only."""
    entry = by_key(session, ledger, entry_year(session, ledger, number, year), number)
    if entry is None:
        raise Refused("entry-unknown", number=number, ledger=ledgers.name_of(ledger))
    return entry


def entry_year(session: Session, ledger: Ledger, number: EntryNumber, year: int | None) -> int:
    """The entry year meant: the one given, or the only one in which the number occurs; else ``entry-ambiguous``."""
    if year is not None:
        return year
    query = select(Entry.year).where(Entry.ledger_id == ledger.id, Entry.number == str(number), Entry.living)
    years = sorted(session.scalars(query))
    if len(years) > 1:
        raise Refused("entry-ambiguous", number=number, years=", ".join(map(str, years)))
    return years[0] if years else ledger.year
