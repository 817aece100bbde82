"""What was done, and whose work it is: the figures of a report before they are put into a form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from station.domain.report_columns import ReportColumn

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, order=True)
class Doer:
    """Whose work it is: a person's, on one day, in ledgers of one type and place (its code)."""

    day: date
    place: str
    type: str
    person: str


@dataclass
class Work:
    """What was done: figures by column, and the pages that were scanned by the state they have now."""

    figures: dict[ReportColumn, float] = field(default_factory=lambda: defaultdict(float))
    page_states: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, other: Work) -> None:
        """Take another's work in."""
        for column, number in other.figures.items():
            self.figures[column] += number
        for state, count in other.page_states.items():
            self.page_states[state] += count

    def figure(self, column: ReportColumn) -> int | float:
        """One figure, whole where it is: only papers smaller than A4 and halves give others."""
        number = self.figures.get(column, 0.0)
        return int(number) if number == int(number) else number


Book = dict[Doer, Work]


def total(works: Iterable[Work]) -> Work:
    """All of it together."""
    everything = Work()
    for work in works:
        everything.add(work)
    return everything


def grouped(book: Book, key: Callable[[Doer], K]) -> dict[K, Work]:
    """The work by something of whose it is, in the order in which that is met first."""
    groups: dict[K, Work] = {}
    for doer, work in book.items():
        groups.setdefault(key(doer), Work()).add(work)
    return groups
