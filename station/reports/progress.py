"""How far each commune is: entries done of the total, in the classes that the province publishes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Closing, Ledger, Place
from station.domain import progress_classes
from station.domain.report_columns import DoneMeasure
from station.domain.states import LedgerState
from station.messages import Message
from station.settings import Settings


@dataclass(frozen=True)
class PlaceProgress:
    """A commune's ledgers by state, and its entries: ``total`` of them are to be done, so many are by each measure.

    The total is what closing pages state; of the ``unstated`` ledgers, which state nothing, as many as are named.
    """

    place: str
    commune: str
    ledgers: dict[str, int]
    total: int
    named: int
    delivered: int
    attached: int
    unstated: int
    measure: DoneMeasure

    @property
    def done(self) -> int:
        """The entries that are done, as the settings measure it."""
        return {
            DoneMeasure.NAMED: self.named,
            DoneMeasure.DELIVERED: self.delivered,
            DoneMeasure.ATTACHED: self.attached,
        }[self.measure]

    @property
    def percent(self) -> int | None:
        """How much of the total is done, rounded down: 100 is all; None where there is nothing to do."""
        return progress_classes.percent(self.done, self.total)

    def grade(self, classes: tuple[int, ...]) -> Message | None:
        """The province's class of it, by the classes' upper bounds in per cent."""
        return progress_classes.grade(self.percent, classes, is_stated=not self.unstated)


def of_places(session: Session, settings: Settings) -> list[PlaceProgress]:
    """Each commune that has ledgers, in the order of the settings, those that left the settings behind them."""
    parts: dict[str, list[tuple[str, str, int, int, int, int, int]]] = {}
    for code, *part in session.execute(_sums_of_places()):
        parts.setdefault(code, []).append(tuple(part))
    order = [place.code for place in settings.places]
    codes = sorted(parts, key=lambda code: (order.index(code) if code in order else len(order), code))
    return [_progress(code, parts[code], settings.report.done) for code in codes]


@cache
def _sums_of_places() -> Select[*tuple[Any, ...]]:
    """Each place's code and name with a state of ledgers: how many, their entries stated, named, attached, unstated."""
    stated = select(func.sum(Closing.entries)).where(Closing.ledger_id == Ledger.id).correlate(Ledger).scalar_subquery()
    ledgers = select(
        Ledger.place_id,
        Ledger.state,
        Ledger.entry_count.label("named"),
        Ledger.attached_count.label("attached"),
        stated.label("stated"),
    )
    here = Ledger.state != LedgerState.HANDED_OVER
    each = ledgers.where(~Ledger.digitised_before, ~Ledger.practice, here).subquery()
    return (
        select(
            Place.code,
            Place.commune,
            each.c.state,
            func.count(),
            func.sum(func.coalesce(each.c.stated, each.c.named)),
            func.sum(each.c.named),
            func.sum(each.c.attached),
            func.sum(each.c.stated.is_(None)),
        )
        .join(each, each.c.place_id == Place.id)
        .group_by(Place.id, each.c.state)
    )


def _progress(code: str, parts: list[tuple[str, str, int, int, int, int, int]], measure: DoneMeasure) -> PlaceProgress:
    return PlaceProgress(
        place=code,
        commune=parts[0][0],
        ledgers={state: count for _, state, count, *_rest in parts},
        total=sum(part[3] for part in parts),
        named=sum(part[4] for part in parts),
        delivered=sum(part[4] for part in parts if part[1] == LedgerState.DELIVERED),
        attached=sum(part[5] for part in parts),
        unstated=sum(part[6] for part in parts),
        measure=measure,
    )
