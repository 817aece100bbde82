"""Printed numbers in an order that cannot be, and orders that look odd and are none of the station's business."""

from __future__ import annotations

import pytest

from station.ledger.page_number_findings import NumberedPage, page_number_findings


def findings_of(*numbers: int | None) -> dict[int, str]:
    """The findings of pages with these numbers, from the first place on."""
    pages = [NumberedPage(place, f"L{place}", number) for place, number in enumerate(numbers, 1) if number is not None]
    return {place: f"{finding.code}: {finding.detail}" for place, finding in page_number_findings(pages).items()}


@pytest.mark.parametrize(
    "numbers",
    [
        [None, 1, 2, 3, 4],  # a cover
        [1, None, 3, None, None, 6],  # a number that nobody could read
        [1, None, None, 2, 3],  # leaves without a number between
        [17, 18, 19],  # a ledger in two volumes
        [1],
        [],
    ],
)
def test_numbers_that_go_on_are_not_doubted(numbers: list[int | None]) -> None:
    assert findings_of(*numbers) == {}


def test_leaf_that_was_left_out_is_told_once() -> None:
    assert findings_of(1, 2, 5, 6, 7) == {3: "page-jump: 2 → 5"}


def test_leaf_left_out_is_told_behind_pages_without_a_number() -> None:
    assert findings_of(1, None, 5) == {3: "page-jump: 1 → 5"}


def test_leaf_laid_twice_is_told_for_both_its_pages_by_the_others_labels() -> None:
    assert findings_of(1, 2, 1, 2, 3, 4) == {3: "page-repeat: L1", 4: "page-repeat: L2"}


def test_leaf_out_of_its_place_is_told_where_it_was_missing_and_where_it_lies() -> None:
    assert findings_of(1, 4, 5, 2, 3, 6) == {2: "page-jump: 1 → 4", 4: "page-jump: 5 → 2"}


def test_numbering_that_begins_anew_is_doubted_twice_at_most() -> None:
    assert set(findings_of(*range(1, 100), *range(1, 60))) <= {100, 101}


def test_one_number_that_leaps_far_is_a_bad_reading_and_two_are_a_leap() -> None:
    assert findings_of(1, 2, 113, 4, 5) == {}
    assert findings_of(1, 2, 113, 114, 115) == {3: "page-jump: 2 → 113"}
    assert findings_of(101, 102, 3, 104) == {}
