"""The columns of ``--json``, which other programs rely on: their names and their order."""

from __future__ import annotations

from dataclasses import fields

import pytest

from station.review.questions import ListedQuestion
from station.scanning.scanner_factory import ListedScanner
from station.views.listed_rows import ListedDelivery, ListedEntry, ListedLedger, ListedPage, ListedReceipt

COLUMNS = {
    ListedLedger: "place ledger type year book state pages_expected pages_captured entries_expected entries_named "
    "paper paper_source totals closed_by closed_at closed_reason digitised_before",
    ListedPage: "seq order number state name file sha256 width height dpi findings operator captured_at revision read",
    ListedEntry: "number date pages name file sha256 source",
    ListedDelivery: "id package file destination state bytes_sent bytes_total attempts error",
    ListedReceipt: "package file destination sha256 bytes store at",
    ListedQuestion: "id ledger seq code sentence place_after detail",
    ListedScanner: "id driver device identity",
}


@pytest.mark.parametrize("row", COLUMNS, ids=lambda row: row.__name__)
def test_columns_stand_in_the_order_that_other_programs_know(row: type) -> None:
    assert [column.name for column in fields(row)] == COLUMNS[row].split()
