"""The lives of ledger, package and delivery, as tables: nothing unreachable, every move used is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import pytest

from station.domain.states import (
    DELIVERY_MOVES,
    LEDGER_MOVES,
    LEDGER_OPEN,
    MAY_HOLD_ENTRY,
    DeliveryState,
    LedgerState,
    PageState,
)

TABLES = [(LEDGER_MOVES, LedgerState, LedgerState.REGISTERED), (DELIVERY_MOVES, DeliveryState, DeliveryState.QUEUED)]


State = TypeVar("State", bound=StrEnum)
#: Where a ledger stands that goes on at this station.
HERE = set(LedgerState) - {LedgerState.HANDED_OVER}


def reachable(moves: Mapping[State, frozenset[State]], start: State) -> set[State]:
    found, fresh = {start}, [start]
    while fresh:
        new = moves[fresh.pop()] - found
        found |= new
        fresh += new
    return found


@pytest.mark.parametrize(("moves", "states", "start"), TABLES)
def test_every_state_is_reached_from_the_first(
    moves: Mapping[StrEnum, frozenset[StrEnum]], states: type[StrEnum], start: StrEnum
) -> None:
    assert set(moves) == set(states)
    assert reachable(moves, start) == set(states) - {LedgerState.HANDED_OVER}


def test_ledger_goes_to_another_station_and_comes_back_by_no_usual_move() -> None:
    assert LEDGER_MOVES[LedgerState.HANDED_OVER] == frozenset()


def test_every_ledger_comes_to_its_delivery_from_wherever_it_stands() -> None:
    for state in HERE:
        assert LedgerState.DELIVERED in reachable(LEDGER_MOVES, state)


def test_every_delivery_comes_to_its_receipt_and_stays_there() -> None:
    for state in DeliveryState:
        assert DeliveryState.RECEIPTED in reachable(DELIVERY_MOVES, state)
    assert DELIVERY_MOVES[DeliveryState.RECEIPTED] == frozenset()


def test_receipt_comes_only_after_sending() -> None:
    before = {state for state, moves in DELIVERY_MOVES.items() if DeliveryState.RECEIPTED in moves}
    assert before == {DeliveryState.SENDING}


def test_only_a_packaged_ledger_is_delivered() -> None:
    before = {state for state, moves in LEDGER_MOVES.items() if LedgerState.DELIVERED in moves}
    assert before == {LedgerState.PACKAGED}


def test_closed_ledger_opens_only_by_being_reopened() -> None:
    for state in HERE - LEDGER_OPEN:
        assert LEDGER_MOVES[state] & LEDGER_OPEN == {LedgerState.REOPENED}


def test_correction_brings_every_closed_ledger_back_to_scanned_or_indexed() -> None:
    for state in HERE - LEDGER_OPEN:
        assert {LedgerState.SCANNED, LedgerState.INDEXED} - {state} <= LEDGER_MOVES[state]


def test_pages_that_are_certainly_no_entry_hold_none() -> None:
    assert not MAY_HOLD_ENTRY & {PageState.BLANK, PageState.COVER, PageState.CLOSING, PageState.MISSING}


def test_states_are_told_to_other_programs_in_lower_case_english() -> None:
    for states in (LedgerState, PageState, DeliveryState):
        assert all(state.value.isascii() and state.value.islower() for state in states)
