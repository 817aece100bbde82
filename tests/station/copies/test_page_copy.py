"""The bytes of a page follow its paper."""

from __future__ import annotations

from station.copies.page_copy import A4, Budget


def test_budget_goes_up_in_steps_to_its_limit() -> None:
    assert Budget(100_000, 200_000).steps(A4) == [98_500, 148_500, 198_500]
    assert Budget(100_000, 100_000).steps(A4) == [98_500]
    assert Budget(100_000, 50_000).steps(2 * A4) == [198_500]
