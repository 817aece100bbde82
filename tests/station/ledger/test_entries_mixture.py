"""Any mixture of changes to entries, against a plain dict of what they should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from station.catalogue.models import Entry, EntryRevision
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.ledger import entries
from station.ledger.entries import Act
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation

BOOKS = count(1)
PAGES = ("001", "002", "003", "004")
YEARS = (2007, 2008)
Key = tuple[int, int]

numbers = st.integers(1, 6)
years = st.sampled_from(YEARS)
pages_of_one = st.lists(st.sampled_from(PAGES), min_size=1, max_size=3, unique=True)


@dataclass(frozen=True)
class Told:
    """What is known of one entry."""

    date: str
    pages: tuple[str, ...]


class Entries(RuleBasedStateMachine):
    """Entries of one ledger of two years and four pages; keys are (year, number)."""

    def __init__(self, desk: OpenedStation) -> None:
        super().__init__()
        self.desk = desk
        self.ledger = desk.ledger(f"KS.2007.{next(BOOKS):02d}", last_year=2008)
        desk.lay(self.ledger, len(PAGES))
        self.model: dict[Key, Told] = {}
        self.changes = 0
        self.history: list[tuple[Any, ...]] = []

    def _act(self, act: Callable[[], object], wanted: dict[Key, Told] | None, changed: int) -> None:
        """Do it; ``wanted`` None means that a clash must have it refused with nothing changed."""
        if wanted is None:
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.code in ("entry-exists", "shift-below-one")
        else:
            act()
            self.model = wanted
            self.changes += changed

    @rule(year=years, number=numbers, month=st.integers(1, 12), labels=pages_of_one)
    def put(self, year: int, number: int, month: int, labels: list[str]) -> None:
        told = Told(f"{year}-{month:02d}", tuple(labels))
        wanted = {**self.model, (year, number): told}
        self._act(lambda: self.desk.entry(self.ledger, ",".join(labels), str(number), told.date), wanted, 1)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), year=years, number=numbers)
    def change(self, data: st.DataObject, year: int, number: int) -> None:
        old = data.draw(st.sampled_from(sorted(self.model)))
        rest = {key: told for key, told in self.model.items() if key != old}
        new = (year, number)
        wanted = None if new in rest else {**rest, new: Told(str(year), self.model[old].pages)}
        date = PartialDate(year)
        self._act(
            lambda: entries.change(
                self.desk.station, self._who(), str(old[1]), old[0], new_number=str(number), new_date=date
            ),
            wanted,
            1,
        )

    @precondition(lambda self: any(sum(key[0] == year for key in self.model) > 1 for year in YEARS))
    @rule(data=st.data())
    def swap(self, data: st.DataObject) -> None:
        year = data.draw(st.sampled_from([one for one in YEARS if sum(key[0] == one for key in self.model) > 1]))
        of_year = [key for key in sorted(self.model) if key[0] == year]
        one, other = data.draw(st.lists(st.sampled_from(of_year), min_size=2, max_size=2, unique=True))
        wanted = {**self.model, one: self.model[other], other: self.model[one]}
        self._act(lambda: entries.swap(self.desk.station, self._who(), str(one[1]), str(other[1]), year), wanted, 2)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), by=st.integers(-3, 3).filter(bool), length=st.integers(0, 5))
    def shift(self, data: st.DataObject, by: int, length: int) -> None:
        year, first = data.draw(st.sampled_from(sorted(self.model)))
        moved = [key for key in self.model if key[0] == year and first <= key[1] <= first + length]
        rest = {key: told for key, told in self.model.items() if key not in moved}
        targets = [(year, number + by) for _, number in moved]
        clash = first + by < 1 or any(target in rest for target in targets)
        shifted = dict(zip(targets, (self.model[key] for key in moved), strict=True))
        self._act(
            lambda: entries.shift(self.desk.station, self._who(), str(first), str(first + length), by, year),
            None if clash else {**rest, **shifted},
            len(moved),
        )

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(sorted(self.model)))
        wanted = {key: told for key, told in self.model.items() if key != gone}
        self._act(lambda: entries.remove(self.desk.station, self._who(), str(gone[1]), gone[0]), wanted, 1)

    def _who(self) -> Act:
        return Act(self.ledger, WHO)

    @invariant()
    def entries_are_the_models(self) -> None:
        with self.desk.station.catalogue.reading() as session:
            own = select(Entry).where(Entry.ledger_id == self.desk.ledger_id(self.ledger), Entry.living)
            found = [
                ((item.year, int(item.number)), Told(item.date, tuple(at.page.capture.label for at in item.placements)))
                for item in session.scalars(own)
            ]
        assert len(dict(found)) == len(found), "a key stands twice"
        assert dict(found) == self.model

    @invariant()
    def pages_say_whether_an_entry_uses_them(self) -> None:
        used = {label for told in self.model.values() for label in told.pages}
        found = {row.seq: row.state for row in listings.page_rows(self.desk.station, self.ledger)}
        assert found == {label: "entry" if label in used else "unsorted" for label in PAGES}

    @invariant()
    def revisions_are_only_ever_added(self) -> None:
        with self.desk.station.catalogue.reading() as session:
            own = select(Entry.id).where(Entry.ledger_id == self.desk.ledger_id(self.ledger))
            lines: list[tuple[Any, ...]] = [
                (line.entry_id, line.revision, line.year, line.number, line.date, tuple(line.pages), line.living)
                for line in session.scalars(
                    select(EntryRevision).where(EntryRevision.entry_id.in_(own)).order_by(EntryRevision.id)
                )
            ]
            newest = {line[0]: line for line in lines}
            for item in session.scalars(select(Entry).where(Entry.id.in_(own))):
                told = (item.id, item.revision, item.year, item.number, item.date, item.living)
                line = newest[item.id]
                assert (*line[:5], line[6]) == told, "the newest revision is the entry as it is"
        assert lines[: len(self.history)] == self.history
        assert len(lines) == self.changes
        self.history = lines


def test_any_mixture_of_changes_loses_nothing(desk: OpenedStation) -> None:
    run_state_machine_as_test(
        lambda: Entries(desk),  # type: ignore[arg-type]  # Hypothesis takes what makes one, too, and says a class
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            print_blob=False,
        ),
    )
