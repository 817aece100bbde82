from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.naming.labels import (
    FRONT,
    Label,
    insert_label,
    next_label,
    page_label,
    parse_pages,
    split_label,
)
from station.errors import Refused

labels = st.builds(Label, st.integers(1, 999_999), st.text("abcz", max_size=3))


@pytest.mark.parametrize("text", ["001", "012a", "999", "1000", "012aa", "000a"])
def test_valid_labels_read_back(text: str) -> None:
    assert str(Label.parse(text)) == text


@pytest.mark.parametrize("text", ["", "1", "01", "0012", "012A", "012-", "000", "012a1", "٠١٢", "012\n", "9" * 5000])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        Label.parse(text)
    assert refused.value.code == "label-malformed"


@pytest.mark.parametrize(
    ("used", "label"),
    [
        ([], "001"),
        (["000a"], "001"),
        (["001", "002", "002b"], "003"),
        (["001", "007"], "008"),
        (["999"], "1000"),
        (["1000", "999"], "1001"),
    ],
)
def test_an_appended_page_takes_the_number_after_the_highest(used: list[str], label: str) -> None:
    assert next_label(used) == label


def test_inserts_take_one_letter_then_two() -> None:
    used = ["012", "013"]
    for _ in range(28):
        used.append(insert_label("012", used))
    assert used[2:5] == ["012a", "012b", "012c"]
    assert used[-4:] == ["012y", "012z", "012aa", "012ab"]


def test_inserting_after_an_insert_takes_the_next_free_letter() -> None:
    assert insert_label("012a", {"012", "012a", "012b"}) == "012c"


def test_inserting_before_the_first_page() -> None:
    assert insert_label(FRONT, {"001"}) == "000a"
    assert insert_label(FRONT, {"001", "000a"}) == "000b"


def test_a_released_letter_is_given_out_again() -> None:
    assert insert_label("012", {"012", "012b"}) == "012a"


ORDER = ["000a", "001", "002", "003", "012", "012a", "013", "005"]


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("001", ["001"]),
        ("001,003", ["001", "003"]),
        ("003,001", ["003", "001"]),
        ("001-003,012a", ["001", "002", "003", "012a"]),
        ("012-013", ["012", "012a", "013"]),
        ("013-005", ["013", "005"]),
        ("002-002", ["002"]),
        (" 000a - 001 , 003 ", ["000a", "001", "003"]),
    ],
)
def test_page_lists_follow_the_order_of_the_pages(text: str, pages: list[str]) -> None:
    assert parse_pages(text, ORDER) == pages


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("", "pages-empty-item", ""),
        ("001,,003", "pages-empty-item", "001,,003"),
        ("001,", "pages-empty-item", "001,"),
        ("001-", "pages-empty-item", "001-"),
        ("004", "pages-unknown", "004"),
        ("001-004", "pages-unknown", "001-004"),
        ("1", "pages-unknown", "1"),
        ("001-002-003", "pages-unknown", "001-002-003"),
        ("001,003-002", "pages-reversed", "003-002"),
        ("005-013", "pages-reversed", "005-013"),
        ("001-003,002", "pages-twice", "002"),
        ("001,001", "pages-twice", "001"),
    ],
)
def test_a_wrong_page_list_is_refused_with_the_wrong_part(text: str, code: str, part: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_pages(text, ORDER)
    assert refused.value.code == code
    assert f'"{part}"' in refused.value.sentence("en")


@given(st.lists(labels.map(str), min_size=1, unique=True))
def test_the_range_from_first_to_last_is_the_whole_ledger(order: list[str]) -> None:
    assert parse_pages(f"{order[0]}-{order[-1]}", order) == order


def test_pages_of_one_capture_are_told_apart_and_read_back() -> None:
    assert [page_label("012a", side) for side in (None, 1, 2)] == ["012a", "012a.1", "012a.2"]
    assert [split_label(page) for page in ("012a", "012a.2")] == [("012a", None), ("012a", 2)]
    assert split_label("012.3") == ("012.3", None), "there is no third side, so no page is called so"


def test_label_that_two_pages_share_means_both() -> None:
    order = ["001", "002.1", "002.2", "003.1", "003.2"]
    assert parse_pages("002", order) == ["002.1", "002.2"]
    assert parse_pages("001-002,003.2", order) == ["001", "002.1", "002.2", "003.2"]
    assert parse_pages("002.2-003", order) == ["002.2", "003.1", "003.2"]
    with pytest.raises(Refused) as refused:
        parse_pages("002.1,002", order)
    assert refused.value.code == "pages-twice"
