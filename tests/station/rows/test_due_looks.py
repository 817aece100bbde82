"""Which rows wait for which second look: in the order of the entries, and round the end of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.ledger.entries import Act
from station.rows import due_looks, second_keying
from station.rows.due_looks import LookKind
from tests.station.opened_station import OpenedStation, opened_station
from tests.station.rows.keyed_births import SECOND, THIRD, key_first

KEYING, DECISION = [LookKind.KEYING], [LookKind.DECISION]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, more='[rows]\nsecond_look = { KS = "double" }\n') as ready:
        yield ready


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    return key_first(desk, desk.whole("KS.2007.01", 4), entries=3)


def test_rows_come_in_the_order_of_the_entries_and_from_the_start_again(desk: OpenedStation, ledger: str) -> None:
    following = [due_looks.next_for(desk.station, ledger, KEYING, SECOND, after=after) for after in (None, 1, 2, 3)]
    assert following == [1, 2, 3, 1]


def test_rows_that_are_with_others_are_passed_over(desk: OpenedStation, ledger: str) -> None:
    assert due_looks.next_for(desk.station, ledger, KEYING, SECOND, elsewhere={1, 2}) == 3
    assert due_looks.next_for(desk.station, ledger, KEYING, SECOND, elsewhere={1, 2, 3}) is None


def test_row_that_was_keyed_twice_waits_for_a_decision_where_it_differs(desk: OpenedStation, ledger: str) -> None:
    for entry in (1, 2):
        second_keying.key(desk.station, Act(ledger, SECOND), entry, {"nksHoTen": f"Ai {entry}"}, done=entry == 2)
    assert due_looks.counts(desk.station, ledger) == {LookKind.KEYING: 2, LookKind.DECISION: 1}
    assert due_looks.next_for(desk.station, ledger, DECISION, THIRD) == 2


def test_type_without_a_second_look_waits_for_nothing(desk: OpenedStation) -> None:
    assert not due_looks.counts(desk.station, desk.whole("KH.2007.01", 1))
