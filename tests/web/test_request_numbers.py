"""Numbers from outside: what no catalogue can hold is a request that no page of ours sends, never a mistake of ours."""

from __future__ import annotations

import pytest

from tests.station.opened_station import OpenedStation
from tests.web.browsing import Browser

#: The first number beyond SQLite's, and one beyond what Python reads.
HUGE = [str(2**63), "9" * 5000]
LEDGER = "/ledger/19429/KH.2007.01"


@pytest.mark.parametrize("number", HUGE, ids=["beyond-sqlite", "beyond-python"])
def test_huge_number_in_an_address_is_told_as_a_request_without_sense(
    page: Browser, desk: OpenedStation, number: str
) -> None:
    desk.lay(desk.ledger(), 1)
    for path in (
        f"/image/{number}/small",
        f"{LEDGER}/files/entry/{number}",
        f"{LEDGER}/files/package/{number}",
        f"{LEDGER}/scan/coming/{number}",
        f"/image/1/small?turn={number}",
        f"/image/read/{number}",
        f"{LEDGER}/rows?entry={number}",
        f"{LEDGER}/rows?after={number}",
        f"{LEDGER}/rows?find=1&year={number}",
        f"{LEDGER}/checks?side={number}",
        f"/deliveries?page={number}",
        f"/news?since={number}",
        f"/news?since=-{number}",
        f"/?part={number}",
        f"{LEDGER}/pages?part={number}",
        f"{LEDGER}/entries?find=1&year={number}",
    ):
        answer = page.client.get(path)
        assert answer.status_code == 400, path[:60]
        assert "Không hiểu được yêu cầu" in answer.get_data(as_text=True)


@pytest.mark.parametrize("number", HUGE, ids=["beyond-sqlite", "beyond-python"])
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/deliveries/{}/retry", {}),
        (f"{LEDGER}/files/entry/{{}}/attached", {"sha256": "x"}),
        (f"{LEDGER}/entries/{{}}/remove", {"revision": "1"}),
        (f"{LEDGER}/entries/1/remove", {"revision": "{}"}),
        (f"{LEDGER}/entries", {"entry": "{}", "revision": "1", "number": "1", "date": "1/1/2007", "pages": "001"}),
        (f"{LEDGER}/entries/swap", {"first": "1", "second": "2", "year": "{}"}),
        (f"{LEDGER}/asks", {"ask": "c1", "answer": "keep", "finding": "{}"}),
        (f"{LEDGER}/scan/start", {"limit": "{}"}),
        (f"{LEDGER}/rows/{{}}", {}),
        (f"{LEDGER}/runs", {"labels": "001", "seen": "001", "image-001": "{}", "number-001": "1"}),
        (f"{LEDGER}/undo", {"act": "{}"}),
        (f"{LEDGER}/places/image/001", {"revision": "{}"}),
        ("/plan", {"place": "19429", "subject": "pages", "total": "{}"}),
        ("/plan", {"place": "19429", "subject": "pages", "per_day": "{}"}),
        ("/ledgers", {"type": "KH", "year": "2008", "book": "1", "closing_pages": "{}"}),
        ("/ledgers", {"type": "KH", "year": "2008", "book": "1", "last_year": "{}"}),
    ],
)
def test_huge_number_in_a_form_changes_nothing(
    page: Browser, desk: OpenedStation, path: str, fields: dict[str, str], number: str
) -> None:
    desk.lay(desk.ledger(), 1)
    page.open("/")
    form = {name: text.format(number) for name, text in fields.items()}
    assert page.send_only(path.format(number), **form).status_code == 400
