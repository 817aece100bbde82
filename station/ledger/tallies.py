"""Figures of the whole station: kept by triggers of the catalogue while rows change, and counted anew by ``verify``.

Counting 200,000 pages takes longer than all else that a figure costs. What is told of one ledger is counted: from the
captures that ask (``Capture.asks``, kept in the same way) and from indexes. What plan and report add up over all
ledgers (``Ledger.page_count`` and those beside it) is kept, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, case, func, literal, or_, select, union_all
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
from station.messages import Message

Figures = dict[str, dict[str, int]]


def figures(session: Session) -> Figures:
    """By subject and state: ledgers, pages, sessions, deliveries; captures (scanned, recovered); bytes of files.

    ``bytes`` are those of all masters that were accepted ("captured"), and of all files with a receipt ("receipted").
    """
    figures: Figures = {}
    for subject, state, count in session.execute(select(Tally.subject, Tally.state, Tally.count)):
        if count:
            figures.setdefault(subject, {})[state] = count
    return figures


def differences(session: Session) -> Iterator[Message]:
    """Where what is kept is not what there is: somebody wrote past the triggers."""
    counts, tallies = _count(session), figures(session)
    for subject in sorted(counts.keys() | tallies.keys()):
        if counts.get(subject) != tallies.get(subject):
            yield Message("verify-tally", {"subject": subject})
    for ledger in session.scalars(select(Ledger).where(_miscounted()).order_by(Ledger.id)):
        yield Message("verify-tally", {"subject": row_facts.ledger_reference(ledger)})
    waits = select(Finding.id).where(Finding.capture_id == Capture.id, Finding.resolved_at.is_(None))
    for file in session.scalars(select(Capture.file).where(Capture.asks != waits.exists()).order_by(Capture.counter)):
        yield Message("verify-asks", {"file": file})


def _miscounted() -> ColumnElement[bool]:
    """Ledgers of which other counts are kept than there are rows."""
    of_ledger = select(func.count()).select_from(Entry).where(Entry.ledger_id == Ledger.id, Entry.living)
    pages = select(func.count()).select_from(Page).where(Page.ledger_id == Ledger.id)
    attached = of_ledger.where(select(Attachment.id).where(Attachment.entry_id == Entry.id).exists())
    kept = (Ledger.page_count, pages), (Ledger.entry_count, of_ledger), (Ledger.attached_count, attached)
    return or_(*(column != query.correlate(Ledger).scalar_subquery() for column, query in kept))


def _count(session: Session) -> Figures:
    states = [
        select(literal(subject), column, func.count()).group_by(column)
        for subject, column in (
            ("ledgers", Ledger.state),
            ("pages", Page.state),
            ("sessions", ScanSession.state),
            ("deliveries", Delivery.state),
            ("captures", case((Capture.recovered, "recovered"), else_="scanned")),
        )
    ]
    sizes = [
        select(literal("bytes"), literal(state), func.sum(column))
        for state, column in (("captured", Capture.bytes), ("receipted", Receipt.bytes))
    ]
    figures: Figures = {}
    for subject, state, count in session.execute(union_all(*states, *sizes)):
        if count:
            figures.setdefault(subject, {})[state] = count
    return figures
