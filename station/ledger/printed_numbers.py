"""The numbers that are printed on a ledger's pages: the next one, and where they show that a page is missing.

Only numbers of digits alone are compared; a page may have none, and "12a" says nothing. A number is never guessed for
the first page: it is proposed once somebody has typed one, and stored when somebody confirms it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Ledger, Page, Region
from station.domain.naming import labels
from station.domain.states import PageState
from station.ledger import page_readings
from station.messages import Message
from station.reading.fields import FieldKind

#: So many numbers are told in a sentence.
_MOST = 8
#: As SQL, for numbers that can be compared.
_NUMBER = cast(Page.number, Integer)


def last_before(session: Session, ledger: Ledger, page: Page) -> int | None:
    """The number of the nearest page before that has one; None where there is none, or it is not of digits alone."""
    before = select(Page.number).where(Page.ledger_id == ledger.id, Page.order < page.order, Page.number.is_not(None))
    number = session.scalar(before.order_by(Page.order.desc()).limit(1))
    return int(number) if number is not None and is_plain(number) else None


def of_labels(session: Session, ledger: Ledger, named: Iterable[str]) -> dict[str, str]:
    """The numbers of the pages with these labels that have one; under the label of two pages the first one's."""
    parameters = {"ledger_id": ledger.id, "labels": sorted({labels.split_label(label)[0] for label in named})}
    numbers: dict[str, str] = {}
    for label, side, number in session.execute(_labelled(), parameters):
        numbers[labels.page_label(label, side)] = str(number)
        numbers.setdefault(label, str(number))
    return numbers


@cache
def _labelled() -> Select[str, int | None, str | None]:
    query = select(Capture.label, Region.side, Page.number)
    named = (Capture.ledger_id == bindparam("ledger_id"), Capture.current, Capture.label.in_(bindparam("labels")))
    of_pages = query.join(Region, Region.capture_id == Capture.id).join(Page).where(*named, Page.number.is_not(None))
    return of_pages.order_by(Page.order)


def proposal(session: Session, ledger: Ledger, page: Page) -> str:
    """What a field for the number of this page begins with: its own, else what is likely to stand on it, else the last
    one before plus one, else nothing.

    A cover has none.
    """
    if page.number is not None or page.state == PageState.COVER:
        return page.number or ""
    for reading in page_readings.of_ledger(session, ledger, Page.id == page.id).values():
        for read in reading.page.fields:
            if read.kind == FieldKind.PAGE:
                return read.value
    last = last_before(session, ledger, page)
    return "" if last is None else str(last + 1)


def gaps(session: Session, ledger: Ledger) -> Iterator[Message]:
    """Numbers that are missing between two pages, that stand on several, and that go back.

    Pages without a number between two that have one may be those whose numbers are missing.
    """
    parameters = {"ledger_id": ledger.id}
    odd = session.execute(_odd_pairs(), parameters).all()
    jumps = [row for row in odd if row.next_number > row.number]
    returns = [row.next_number for row in odd if row.next_number < row.number]
    if jumps:
        missing = sum((second - first) - (behind - order) for first, order, second, behind in jumps)
        yield _message("gap-printed-missing", chain(*(range(row[0] + 1, row[2]) for row in jumps)), missing)
    if doubles := session.scalars(_doubles(), parameters).all():
        yield _message("gap-printed-twice", doubles, len(doubles))
    if returns:
        yield _message("gap-printed-back", returns, len(returns))


def page_name(label: Any = Region.seq) -> ColumnElement[str]:
    """As SQL, what people call a page: its printed number, its label behind it; the label alone without a number."""
    return func.coalesce(Page.number + " [" + label + "]", label)


def is_plain(number: str) -> bool:
    """Whether a printed number is of digits alone and can be compared."""
    return number.isascii() and number.isdecimal()


@cache
def _odd_pairs() -> Select[Any]:
    """Pages that follow each other, both with a number, that are too far apart or go back."""
    following = {
        "next_number": func.lead(_NUMBER).over(order_by=Page.order),
        "next_order": func.lead(Page.order).over(order_by=Page.order),
    }
    columns = (_NUMBER.label("number"), Page.order, *(column.label(name) for name, column in following.items()))
    pairs = select(*columns).where(_is_numbered()).subquery()
    far = pairs.c.next_number - pairs.c.number > pairs.c.next_order - pairs.c.order
    back = pairs.c.next_number < pairs.c.number
    return select(pairs).where(or_(far, back)).order_by(pairs.c.order)


@cache
def _doubles() -> Select[int]:
    return select(_NUMBER).where(_is_numbered()).group_by(_NUMBER).having(func.count() > 1).order_by(_NUMBER)


def _is_numbered() -> ColumnElement[bool]:
    """Whether a page of the ledger has a number that can be compared."""
    return and_(Page.ledger_id == bindparam("ledger_id"), Page.number.is_not(None), _plain())


def _plain() -> ColumnElement[bool]:
    return Page.number.op("NOT GLOB")("*[^0-9]*")


def _message(code: str, numbers: Iterable[int], count: int) -> Message:
    first = ", ".join(map(str, islice(numbers, _MOST)))
    return Message(code, {"count": count, "numbers": first + (" …" if count > _MOST else "")})
