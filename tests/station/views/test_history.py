"""What was done to a ledger, a page or an entry is told in words, from the log."""

from __future__ import annotations

import re
from pathlib import Path

import station as program
from station.domain.states import ScanPurpose
from station.ledger import closing_totals, ledgers, page_order, page_turns, pages
from station.ledger.entries import Act
from station.messages import LANGUAGES, table
from station.undo import acts
from station.views import history
from tests.station.opened_station import WHO, OpenedStation
from tests.station.reports.acting import done_at, here

MINH = "Trần Văn Minh"
#: Lines about a ledger that are the log's own, and no act of anybody's.
OF_THE_LOG = frozenset({"entries-stated"})


def told(desk: OpenedStation, ledger: str, **of: str) -> list[str]:
    """Oldest first."""
    part = history.of_ledger(desk.station, ledger, 1, 50, **of)
    return [line.words.sentence("en") for line in reversed(part.rows)]


def test_ledgers_history_tells_each_act_once_with_its_person(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    desk.entry(ledger, "001", "1", "2007-01-01")
    with done_at(desk, here("2026-03-02T21:30"), MINH):
        ledgers.close(desk.station, ledger, who=MINH, reason="một trang rách")
    newest = history.of_ledger(desk.station, ledger, 1, 50).rows[0]
    assert (newest.who, newest.at) == (MINH, here("2026-03-02T21:30"))
    assert told(desk, ledger) == [
        "The ledger was registered.",
        "Ended scanning.",
        "Entry 001 was saved.",
        "The ledger was closed. Reason given: một trang rách",
    ]


def test_pages_are_called_by_their_printed_numbers(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 4)
    for label, number in (("002", "14"), ("003", "15")):
        pages.change(desk.station, ledger, label, who=WHO, number=number)
    page_turns.turn(desk.station, Act(ledger, WHO), "001-004", 180)
    page_order.set_pages_aside(desk.station, Act(ledger, WHO), "001,002")
    assert told(desk, ledger)[-4:] == [
        "Page 15 [003] got its printed number.",
        "Pages 001, …, 004 were turned.",
        "Page 001 was set aside.",
        "Page 14 [002] was set aside.",  # by the number that it had
    ]
    (newest,) = acts.of_person(desk.station, ledger, who=WHO, most=1)
    assert newest.message.sentence("en") == "Page 001, 14 [002] was set aside."
    acts.take_back(desk.station, Act(ledger, WHO))
    assert told(desk, ledger, page="002")[-1] == "Page 14 [002] was set aside."
    assert history.page_words(desk.station, ledger, "002") == "14 [002]"


def test_pages_history_is_of_that_page_alone(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="002")
    page_order.move(desk.station, ledger, "001", "002", who=WHO)  # of page 001, although it names 002
    page_order.set_pages_aside(desk.station, Act(ledger, WHO), "002")
    acts.take_back(desk.station, Act(ledger, WHO))
    words = told(desk, ledger, page="002")
    assert words[0] == "Page 002 was scanned and is safe."
    assert "Page 002 was set aside." in words
    assert not any("001" in one or "003" in one for one in words)


def test_entrys_history_is_of_that_entry_alone(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    desk.entry(ledger, "001", "1", "2007-01-01")
    desk.entry(ledger, "002", "2", "2007-01-02")
    assert told(desk, ledger, entry="2007/002") == ["Entry 002 was saved."]


def test_long_history_comes_in_parts(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    first, second = (history.of_ledger(desk.station, ledger, number, 1) for number in (1, 2))
    assert (first.parts, first.number, second.number) == (2, 1, 2)
    assert first.rows != second.rows


def test_every_line_of_a_ledger_has_its_words() -> None:
    told_of_ledgers = set()
    for file in Path(program.__file__).parent.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        told_of_ledgers |= set(re.findall(r'"([a-z-]+)",\s*(?:ledgers\.)?reference\(', source))
    assert {"row-set", "capture-accepted", "ledger-closed"} <= told_of_ledgers
    lacking = {
        what for what in told_of_ledgers - OF_THE_LOG if f"past-{what}" not in table() and what not in acts.KNOWN
    }
    assert lacking == set()
    assert all(set(table()[code]) == set(LANGUAGES) for code in table() if code.startswith("past-"))


def test_totals_are_told_with_the_reason_of_their_correction(desk: OpenedStation) -> None:
    ledger = desk.ledger(closing_pages=4, closing_entries=3)
    closing_totals.state(desk.station, ledger, pages=3, entries=None, who=WHO, reason="đọc nhầm")
    assert "đọc nhầm" in told(desk, ledger)[-1]
    assert told(desk, ledger, entry="3") == []
