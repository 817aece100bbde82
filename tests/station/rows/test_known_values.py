"""What the station knows of an entry stands in its row without being keyed."""

from __future__ import annotations

import pytest

from station.rows.known_values import page_text
from station.views import row_list
from tests.station.opened_station import OpenedStation


def test_number_book_page_date_and_place_are_filled_in(desk: OpenedStation) -> None:
    ledger = desk.whole("KS.2007.01", 1)
    (row,) = row_list.rows(desk.station, ledger)
    assert {name: text for name, text in row.columns.items() if text} == {
        "so": "001",
        "quyenSo": "01/2007",
        "ngayDangKy": "01.01.2007",
        "noiDangKy": "Xã Thử Nghiệm, Huyện Ví Dụ, Tỉnh Mẫu",
    }
    assert (row.state, row.keyed_by, row.checked_by) == ("empty", None, None)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        (["12"], "12"),
        (["12", "13", "14"], "12-14"),
        (["12", "13", "15"], "12-13, 15"),
        (["12", "12b", "13"], "12, 12b, 13"),
        (["13", "12"], "13, 12"),
    ],
)
def test_neighbouring_page_numbers_are_joined(numbers: list[str], text: str) -> None:
    assert page_text(numbers) == text
