"""Sheets that a scanner drew in and the station never recorded: which one to put back, and who saw to it.

A feeder may take in one sheet more than it gives images (python-pillow/Sane#73). What is counted is what the catalogue
holds now, so a sheet that was recovered after a kill is not missed any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from drivers import Source
from station.catalogue import event_log
from station.catalogue.models import Capture, Ledger, ScanSession
from station.context import Station
from station.domain.naming.labels import spoken_page
from station.domain.states import ScanPurpose
from station.errors import Refused
from station.ledger import completeness, ledgers, printed_numbers
from station.messages import Message


@dataclass(frozen=True)
class UnrecordedSheets:
    """A session that drew in more sheets than it recorded. ``last`` is the label of the last one recorded, if any.

    ``fed`` and ``recorded`` count images: ``sides`` of them are one sheet of paper. ``numbers`` are the printed numbers
    of the pages that it names.
    """

    session_id: int
    purpose: str
    anchor: str | None
    operator: str
    at: datetime
    fed: int
    recorded: int
    sides: int
    last: str | None
    numbers: Mapping[str, str]

    @property
    def spoken(self) -> str | None:
        """The last page recorded, as people are spoken to of it."""
        return self._called(self.last)

    def _called(self, label: str | None) -> str | None:
        return spoken_page(label, self.numbers.get(label)) if label else None

    @property
    def message(self) -> Message:
        """What happened, what is safe, and which sheet to put back."""
        when = f"{self.at.astimezone():%H:%M, %d/%m/%Y}"
        facts = {"fed": -(-self.fed // self.sides), "operator": self.operator, "time": when}
        if self.purpose == ScanPurpose.RETAKE:
            return Message("missed-retake", {**facts, "label": self._called(self.anchor)})
        if self.last is None:
            return Message("missed-all", facts)
        inserts = self.purpose == ScanPurpose.INSERT
        on = Message("missed-insert-on", {"label": self.spoken}) if inserts else Message("missed-scan-on")
        whole = self.recorded // self.sides
        facts |= {"recorded": whole, "first": whole + 1, "label": self.spoken}
        return Message("missed-sheets", {**facts, "on": on})


def of_ledger(session: Session, ledger: Ledger) -> list[UnrecordedSheets]:
    """The sessions of a ledger whose missed sheets nobody has answered for, the newest first."""
    runs = session.scalars(completeness.unrecorded([ledger.id]).with_only_columns(ScanSession))
    return [_missed(session, run) for run in sorted(runs, key=lambda run: run.id, reverse=True)]


def answer(station: Station, session_id: int, *, who: str) -> None:
    """Note that a person has put the sheets back, or has seen that none is missing."""
    with station.catalogue.writing() as session:
        run = session.get(ScanSession, session_id)
        if (
            run is None
            or session.scalars(completeness.unrecorded([run.ledger_id]).where(ScanSession.id == run.id)).first() is None
        ):
            raise Refused("ask-unknown", id=f"s{session_id}")
        missed = _missed(session, run)
        run.answered_by, run.answered_at = who, datetime.now(UTC)
        ledger = session.get_one(Ledger, run.ledger_id)
        facts = {"run": run.id, "fed": missed.fed, "recorded": missed.recorded}
        event_log.record(session, who, "missed-sheets-answered", ledgers.reference(ledger), **facts)
        ledgers.settle(session, ledger)


def _missed(session: Session, run: ScanSession) -> UnrecordedSheets:
    labels = session.scalars(_labels(), {"session_id": run.id}).all()
    at = run.ended_at or run.started_at
    last = labels[-1] if labels else None
    sides = 2 if run.source == Source.ADF_DUPLEX else 1
    named = [label for label in (run.anchor, last) if label]
    numbers = printed_numbers.of_labels(session, session.get_one(Ledger, run.ledger_id), named)
    return UnrecordedSheets(
        run.id, run.purpose, run.anchor, run.operator, at, run.fed or 0, len(labels), sides, last, numbers
    )


@cache
def _labels() -> Select[str]:
    return select(Capture.label).where(Capture.session_id == bindparam("session_id")).order_by(Capture.counter)
