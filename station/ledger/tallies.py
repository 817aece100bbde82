"""Figures of the whole station: kept by triggers of the catalogue while rows change, and counted anew by ``verify``.

Counting 200,000 pages takes longer than all else that a figure costs. What is told of one ledger is counted: from the
captures that ask (``Capture.asks``, kept in the same way) and from indexes. What plan and report add up over all
ledgers (``Ledger.page_count`` and those beside it) is kept, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from station.catalogue import row_facts
from station.catalogue.models import (
    Attachment,
    Capture,
    Delivery,
    Entry,
    Finding,
    Ledger,
    Page,
    Receipt,
    ScanSession,
    Tally,
)
from station.ledger import check_counts, practice
from station.messages import Message

Figures = dict[str, dict[str, int]]


def figures(session: Session) -> Figures:
    """By subject and state: ledgers, pages, sessions, deliveries; captures (scanned, recovered); bytes of files.

    ``bytes`` are those of all masters that were accepted ("captured"), and of all files with a receipt ("receipted").
    Practice ledgers are in none of them.
    """
    figures = _kept(session)
    for subject, states in _of_practice(session).items():
        for state, count in states.items():
            figures[subject][state] -= count
    return {subject: {state: count for state, count in states.items() if count} for subject, states in figures.items()}


def _kept(session: Session) -> Figures:
    return _as_figures(session.execute(select(Tally.subject, Tally.state, Tally.count)))


def differences(session: Session) -> Iterator[Message]:
    """Where what is kept is not what there is: somebody wrote past the triggers."""
    counts, tallies = _count(session), _kept(session)
    for subject in sorted(counts.keys() | tallies.keys()):
        if counts.get(subject) != tallies.get(subject):
            yield Message("verify-tally", {"subject": subject})
    for ledger in session.scalars(select(Ledger).where(_miscounted()).order_by(Ledger.id)):
        yield Message("verify-tally", {"subject": row_facts.ledger_reference(ledger)})
    waits = select(Finding.id).where(Finding.capture_id == Capture.id, Finding.resolved_at.is_(None))
    for file in session.scalars(select(Capture.file).where(Capture.asks != waits.exists()).order_by(Capture.counter)):
        yield Message("verify-asks", {"file": file})
    misjudged = select(Ledger).where(Ledger.id.in_(check_counts.misjudged_ledgers())).order_by(Ledger.id)
    for ledger in session.scalars(misjudged):
        yield Message("verify-verdicts", {"ledger": row_facts.ledger_reference(ledger)})


def _miscounted() -> ColumnElement[bool]:
    """Ledgers of which other counts are kept than there are rows."""
    of_ledger = select(func.count()).select_from(Entry).where(Entry.ledger_id == Ledger.id, Entry.living)
    pages = select(func.count()).select_from(Page).where(Page.ledger_id == Ledger.id)
    attached = of_ledger.where(select(Attachment.id).where(Attachment.entry_id == Entry.id).exists())
    kept = (Ledger.page_count, pages), (Ledger.entry_count, of_ledger), (Ledger.attached_count, attached)
    return or_(*(column != query.correlate(Ledger).scalar_subquery() for column, query in kept))


def _count(session: Session) -> Figures:
    return _summed(session, *(query for query, _ledger in _of_ledgers()), *_of_files_sent())


def _of_practice(session: Session) -> Figures:
    """What is kept of practice ledgers, of which nothing was sent: they are few."""
    return _as_figures(session.execute(_practice_counts()))


@cache
def _practice_counts() -> CompoundSelect[str, str, int]:
    return union_all(*(query.where(ledger.in_(practice.ledger_ids())) for query, ledger in _of_ledgers()))


def _of_ledgers() -> Iterator[tuple[Select[str, str, int], Any]]:
    """What is counted by state, each with the ledger that it is of."""
    counted: tuple[tuple[str, Any, Any], ...] = (
        ("ledgers", Ledger.state, Ledger.id),
        ("pages", Page.state, Page.ledger_id),
        ("sessions", ScanSession.state, ScanSession.ledger_id),
        ("captures", case((Capture.recovered, "recovered"), else_="scanned"), Capture.ledger_id),
    )
    for subject, state, ledger in counted:
        yield select(literal(subject), state, func.count()).group_by(state), ledger
    yield select(literal("bytes"), literal("captured"), func.sum(Capture.bytes)), Capture.ledger_id


def _of_files_sent() -> Iterator[Select[str, str, int]]:
    yield select(literal("deliveries"), Delivery.state, func.count()).group_by(Delivery.state)
    yield select(literal("bytes"), literal("receipted"), func.sum(Receipt.bytes))


def _summed(session: Session, *queries: Select[str, str, int]) -> Figures:
    return _as_figures(session.execute(union_all(*queries)))


def _as_figures(rows: Iterable[Row[str, str, int]]) -> Figures:
    figures: Figures = {}
    for subject, state, count in rows:
        if count:
            figures.setdefault(subject, {})[state] = count
    return figures
