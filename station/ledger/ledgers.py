"""Ledgers: registering, finding by name, closing and reopening."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from station.catalogue import event_log, row_facts
from station.catalogue.database import once
from station.catalogue.models import Capture, Closing, Ledger, Place, ScanSession
from station.context import Station
from station.domain.naming.keys import LedgerKey, parse_reference
from station.domain.paper import paper_name
from station.domain.states import LEDGER_MOVES, LEDGER_OPEN, LedgerState, PaperSource, SessionState
from station.errors import Refused
from station.ledger import check_counts, completeness

#: No ledger was seen that was kept longer; a year beyond is a slip of the finger.
MOST_YEARS = 50


def name_of(ledger: Ledger) -> str:
    """``TYPE.YEAR.BOOK``, unique within the ledger's place."""
    return LedgerKey.of(ledger.type, ledger.year, ledger.book).name


def is_open(ledger: Ledger) -> bool:
    """Whether pages may still be added."""
    return ledger.state in LEDGER_OPEN


def takes_pages(ledger: Ledger) -> bool:
    """Whether pages may be added now."""
    return is_open(ledger) and not ledger.digitised_before and ledger.put_away_at is None


def is_scanned_now(session: Session, ledger: Ledger) -> bool:
    """Whether a scan session of the ledger runs, or was cut off and is not mended yet."""
    runs = select(ScanSession.id).where(ScanSession.ledger_id == ledger.id, ScanSession.state == SessionState.OPEN)
    return session.scalars(runs.limit(1)).first() is not None


def check_not_scanned(session: Session, ledger: Ledger) -> None:
    """Refuse a ledger that is being scanned."""
    if is_scanned_now(session, ledger):
        raise Refused("ledger-scanned-now", ledger=name_of(ledger))


def check_is_here(ledger: Ledger) -> None:
    """Refuse a ledger that goes on at another station."""
    if ledger.state == LedgerState.HANDED_OVER:
        raise Refused("ledger-handed-over", ledger=name_of(ledger))


def check_takes_pages(ledger: Ledger) -> None:
    """Refuse a ledger to which no pages may be added now."""
    check_is_here(ledger)
    if ledger.digitised_before:
        raise Refused("ledger-digitised-before", ledger=name_of(ledger))
    if ledger.put_away_at is not None:
        raise Refused("practice-is-put-away", ledger=name_of(ledger))
    if not is_open(ledger):
        raise Refused("ledger-not-open", ledger=name_of(ledger), state=ledger.state)


def move(ledger: Ledger, state: LedgerState) -> None:
    """Bring a ledger to ``state``; a move that the table does not allow is refused."""
    check_is_here(ledger)
    if state not in LEDGER_MOVES[LedgerState(ledger.state)]:
        raise Refused("ledger-state", ledger=name_of(ledger), state=ledger.state, wanted=state)
    session = object_session(ledger)
    if ledger.state == LedgerState.DELIVERED and session is not None and is_freed(session, ledger):
        raise Refused("ledger-freed", ledger=name_of(ledger))
    ledger.state = state


def is_freed(session: Session, ledger: Ledger) -> bool:
    """Whether masters of the ledger were removed here because the province holds them."""
    query = select(Capture.id).where(Capture.ledger_id == ledger.id, Capture.freed_at.is_not(None))
    return session.scalars(query.limit(1)).first() is not None


@dataclass(frozen=True)
class Registration:
    """A ledger to register. ``place`` None is the settings' first; ``last_year`` None is the year opened.

    ``paper`` None is learned from the pages (:mod:`station.ledger.ledger_paper`). ``closing_pages`` and
    ``closing_entries`` are what its closing page states, where that is known beforehand. One that was
    ``digitised_before`` stands on the list only.
    """

    key: LedgerKey
    place: str | None = None
    last_year: int | None = None
    paper: str | None = None
    closing_pages: int | None = None
    closing_entries: int | None = None
    digitised_before: bool = False


def add(station: Station, registrations: Iterable[Registration], *, who: str) -> list[str]:
    """Register ledgers, all or none; gives their names."""
    with station.catalogue.writing() as session:
        return [register(station, session, _real(item), who) for item in registrations]


def _real(item: Registration) -> Registration:
    """Refuse a name that only a practice ledger has (:mod:`station.ledger.practice`)."""
    if item.key.is_practice:
        raise Refused("practice-name", ledger=item.key.name)
    return item


def register(station: Station, session: Session, item: Registration, who: str) -> str:
    """Register one ledger; gives its name."""
    key = item.key
    place = station.settings.place(item.place)
    station.settings.ledger_type(key.type)
    last = check_years(key, item.last_year)
    check_totals(item.closing_pages, item.closing_entries)
    ledger = Ledger(
        place_id=session.scalars(select(Place.id).where(Place.code == place.code)).one(),
        type=key.type,
        year=key.year,
        book=key.book,
        last_year=last,
        paper=paper_name(item.paper) if item.paper else "",
        paper_source=PaperSource.DECLARED if item.paper else PaperSource.UNKNOWN,
        state=LedgerState.REGISTERED,
        created_at=datetime.now(UTC),
        looks=station.settings.checks.of_type(key.type),
        second_share=station.settings.checks.share,
        digitised_before=item.digitised_before,
    )
    if item.closing_pages is not None or item.closing_entries is not None:
        ledger.closings.append(Closing(year=last, pages=item.closing_pages, entries=item.closing_entries))
    session.add(ledger)
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused("ledger-exists", ledger=key.name, place=place.code) from error
    facts = {"digitised_before": True} if item.digitised_before else {}
    event_log.record(session, who, "ledger-added", f"{place.code}:{key.name}", last_year=last, **facts)
    return key.name


def check_totals(*stated: int | None) -> None:
    """Refuse a number that no closing page can state."""
    for number in stated:
        if number is not None and number < 0:
            raise Refused("closing-negative", number=number)


def check_years(key: LedgerKey, last_year: int | None) -> int:
    """The last year of a ledger, None being the year opened; one that cannot be is refused."""
    last = key.year if last_year is None else last_year
    if not key.year <= last <= key.year + MOST_YEARS:
        raise Refused("last-year-wrong", ledger=key.name, first=key.year, last=last)
    return last


def find(session: Session, text: str) -> Ledger:
    """The ledger that ``text`` names: ``KH.2007.01``, or ``PLACE:KH.2007.01`` where two places share the name."""
    return once(session, ("ledger", text), lambda: _found(session, text))


def _found(session: Session, text: str) -> Ledger:
    place, key = parse_reference(text)
    parts = {"type": key.type, "year": key.year, "book": key.book}
    if place is None:
        rows = session.scalars(_by_name(), parts).all()
    else:
        rows = session.scalars(_by_name_in_place(), {**parts, "place": place}).all()
    if not rows:
        raise Refused("ledger-unknown", ledger=text)
    if len(rows) > 1:
        raise Refused("ledger-ambiguous", ledger=text, choices=_choices(rows))
    return rows[0]


@cache
def _by_name() -> Select[Ledger]:
    parts = (Ledger.type == bindparam("type"), Ledger.year == bindparam("year"), Ledger.book == bindparam("book"))
    return select(Ledger).where(*parts).order_by(Ledger.place_id)


@cache
def _by_name_in_place() -> Select[Ledger]:
    return _by_name().join(Place).where(Place.code == bindparam("place"))


def close(station: Station, text: str, *, who: str, reason: str | None = None, signed: bool = False) -> str:
    """Close a ledger: every page and entry must be accounted for, or a reason given; gives the new state.

    Where it is to be ``signed`` for, at the page, doubts about printed numbers and pages that came back from a look
    need a reason as well.
    """
    with station.catalogue.writing() as session:
        ledger = find(session, text)
        check_is_here(ledger)
        if not is_open(ledger):
            raise Refused("ledger-closed-already", ledger=name_of(ledger), state=ledger.state)
        gaps = completeness.gaps(session, ledger)
        doubts = [*completeness.doubts(session, ledger), *completeness.returned(session, ledger)]
        if (missing := [*gaps, *(doubts if signed else ())]) and not reason:
            raise Refused("ledger-incomplete", ledger=name_of(ledger), gaps=missing)
        move(ledger, _closed_state(session, ledger))
        ledger.closed_by, ledger.closed_at = who, datetime.now(UTC)
        ledger.closed_reason = reason if gaps or doubts else None
        codes = [message.code for message in (*gaps, *doubts, *completeness.questions(session, ledger))]
        event_log.record(session, who, "ledger-closed", reference(ledger), reason=reason, gaps=codes)
        return ledger.state


def reopen(station: Station, text: str, *, who: str) -> None:
    """Open a closed ledger again, for more pages."""
    with station.catalogue.writing() as session:
        ledger = find(session, text)
        if is_open(ledger):
            raise Refused("ledger-open-already", ledger=name_of(ledger), state=ledger.state)
        move(ledger, LedgerState.REOPENED)
        ledger.closed_by = ledger.closed_at = ledger.closed_reason = None
        event_log.record(session, who, "ledger-reopened", reference(ledger))


def settle(session: Session, ledger: Ledger) -> None:
    """After pages or entries changed: a closed ledger is scanned or indexed again, an open one stays as it is."""
    session.flush()
    if not is_open(ledger) and (state := _closed_state(session, ledger)) != ledger.state:
        move(ledger, state)


def reference(ledger: Ledger) -> str:
    """``PLACE:TYPE.YEAR.BOOK``: unique in the whole station."""
    return row_facts.ledger_reference(ledger)


def _closed_state(session: Session, ledger: Ledger) -> LedgerState:
    if not completeness.is_indexed(session, ledger):
        return LedgerState.SCANNED
    is_checked = check_counts.counts(session, ledger).is_checked
    return LedgerState.CHECKED if is_checked else LedgerState.INDEXED


def _choices(rows: Sequence[Ledger]) -> str:
    return ", ".join(f"{reference(ledger)} ({ledger.place.commune})" for ledger in rows)
