"""The bytes of a page follow its paper."""

from __future__ import annotations

import json

from station.copies.page_copy import A4, Budget, UploadCopy, area
from station.domain.states import CopyCodec


def test_budget_goes_up_in_steps_to_its_limit() -> None:
    assert Budget(100_000, 200_000).steps(A4) == [98_500, 148_500, 198_500]
    assert Budget(100_000, 100_000).steps(A4) == [98_500]
    assert Budget(100_000, 50_000).steps(2 * A4) == [198_500]


def test_copy_comes_whole_through_json() -> None:
    copy = UploadCopy(
        b"\xff\x00page", CopyCodec.JPEG2000, 1654, 2339, False, (200.0, 199.5), 0.91, 5, ("35",), ((1, 2, 3, 4),)
    )
    assert UploadCopy.of(json.loads(json.dumps(copy.as_dict()))) == copy


def test_paper_is_measured_in_both_directions() -> None:
    assert area(300, 600, (300.0, 300.0)) == area(300, 300, (300.0, 150.0)) == 2 * 25.4**2
