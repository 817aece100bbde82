"""Figures of the whole station: kept by triggers of the catalogue while rows change, and counted anew by ``verify``.

Counting 200,000 pages takes longer than all else that a figure costs. What is told of one ledger is counted: from the
captures that ask (``Capture.asks``, kept in the same way) and from indexes.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, literal, select, union_all
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Delivery, Finding, Ledger, Page, Receipt, ScanSession, Tally
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
    waits = select(Finding.id).where(Finding.capture_id == Capture.id, Finding.resolved_at.is_(None))
    for file in session.scalars(select(Capture.file).where(Capture.asks != waits.exists()).order_by(Capture.counter)):
        yield Message("verify-asks", {"file": file})


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
