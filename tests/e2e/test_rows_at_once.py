"""Several people key the rows of one ledger at the same time, each in a browser of their own.

They go from row to row by F10 alone, and nobody waits for anybody: while one's row is on its way another types. The
ledger has 60 entries where there is time (``script/test soak``).
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from station.rows import built_in
from tests.e2e.browser import CHROMIUM, chromium, keep_pictures, new_page
from tests.e2e.row_desk import LEDGER, NAME, Desk, drawn_births
from tests.station.daemons import running

ENTRIES = 60 if os.environ.get("TRAMQUET_LONG_TESTS") else 9
PEOPLE = [NAME, "Trần Văn Lan", "Lê Thị Ba"]
REQUIRED = [one.name for one in built_in.template("KS").columns.values() if one.required and one.is_keyed]
REQUIRED.remove("nksHoTen")

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture
def people(tmp_path: Path) -> Iterator[dict[str, Desk]]:
    """Three people who are logged in, by name; nothing of the ledger is keyed."""
    command = drawn_births(tmp_path)
    there = len(command.json("entry", "list", LEDGER))
    for number in range(there + 1, ENTRIES + 1):
        command.run("entry", "set", LEDGER, "002", "--number", str(number), "--date", "2007-12-31")
    with running(command, tmp_path) as daemon, chromium() as browser:
        desks = {}
        for name in PEOPLE:
            pin = command.run("user", "add", name, "--role", "operator").stdout.strip()
            desks[name] = Desk(browser, new_page(browser), daemon.address, command, pin)
            desks[name].let_in(name)
        yield desks


def test_three_people_at_one_ledger_key_every_row_once_and_nothing_over(people: dict[str, Desk]) -> None:
    keyed: defaultdict[str, list[str]] = defaultdict(list)
    at_it = dict.fromkeys(PEOPLE[:2], "")
    for who in at_it:
        people[who].open()
    while at_it:
        for who, last in list(at_it.items()):
            page = people[who].page
            heading = page.locator("h1", has_not_text=last or "–")
            heading.or_(page.locator(".notice.done")).first.wait_for()
            if page.locator(".notice.done").count():
                del at_it[who]  # what is left is with the others, or nothing is
                continue
            (number,) = re.findall(r"[0-9]+", heading.inner_text())
            keyed[who].append(number)
            page.locator("#nksHoTen").fill(f"Của {who}")
            for column in REQUIRED:
                page.locator(f"#{column}").fill("?")
            people[who].type("F10")
            at_it[who] = number
        if PEOPLE[2] not in keyed:
            keyed[PEOPLE[2]] = []
            at_it[PEOPLE[2]] = ""
            people[PEOPLE[2]].open()
    numbers = [number for theirs in keyed.values() for number in theirs]
    assert sorted(numbers) == sorted(set(numbers)) == [f"{number:03}" for number in range(1, ENTRIES + 1)]
    assert min(len(theirs) for theirs in keyed.values()) >= ENTRIES // 6, "all three worked"
    for row in people[NAME].rows():
        (who,) = (one for one, theirs in keyed.items() if row["number"] in theirs)
        assert (row["columns"]["nksHoTen"], row["keyed_by"], row["state"]) == (f"Của {who}", who, "complete")
        changes = people[NAME].command.json("row", "show", LEDGER, row["number"], "--history")
        assert {one["who"] for one in changes} == {who}
    keep_pictures(people[NAME].page, "rows-at-once")
    people[PEOPLE[1]].open()
    expect(people[PEOPLE[1]].page.locator("#rows-left")).to_contain_text("0")
