from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy import select

from station.catalogue.models import Entry, Event, Finding, Ledger, Page
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import PageState
from station.errors import Refused
from station.ledger import entries, page_order, pages
from station.ledger.entries import Act, ShownEntry
from station.undo import acts
from station.upkeep import verify
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation

OTHER = "người khác"
STATION = Path(acts.__file__).parents[1]


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Three pages; the first two hold the entries 001 and 002."""
    name = desk.ledger(last_year=2008)
    desk.lay(name, 3)
    desk.entry(name, "001", "1", "2007-01-15")
    desk.entry(name, "002", "2", "2007-01-16")
    return name


def told(desk: OpenedStation, ledger: str) -> list[tuple[str, str, list[str]]]:
    return [(row.number, row.date, row.pages) for row in listings.entry_rows(desk.station, ledger)]


def states(desk: OpenedStation, ledger: str) -> list[str]:
    return [row.state for row in listings.page_rows(desk.station, ledger)]


def back(desk: OpenedStation, ledger: str, who: str = WHO) -> str:
    return acts.take_back(desk.station, Act(ledger, who)).message.code


def refusal(desk: OpenedStation, ledger: str, expected: int | None = None, who: str = WHO) -> str:
    with pytest.raises(Refused) as refused:
        acts.take_back(desk.station, Act(ledger, who), expected)
    return refused.value.code


def test_saved_entries_are_taken_back_one_by_one_and_their_pages_wait_again(desk: OpenedStation, ledger: str) -> None:
    assert back(desk, ledger) == "did-entry-set"
    assert told(desk, ledger) == [("001", "2007-01-15", ["001"])]
    assert states(desk, ledger) == ["entry", "unsorted", "unsorted"]
    back(desk, ledger)
    assert told(desk, ledger) == []
    assert refusal(desk, ledger) == "undo-nothing"


def test_nothing_is_erased_from_the_log(desk: OpenedStation, ledger: str) -> None:
    lines = desk.all(select(Event.id).order_by(Event.id))
    back(desk, ledger)
    assert desk.all(select(Event.id).order_by(Event.id))[: len(lines)] == lines
    assert desk.all(select(Event.what).order_by(Event.id))[-2:] == ["entry-removed", "act-undone"]
    assert list(verify.verify(desk.station)) == []


def test_correction_brings_number_date_pages_and_reason_back(desk: OpenedStation, ledger: str) -> None:
    act, shown = Act(ledger, WHO), ShownEntry(2, 1)
    entries.correct(desk.station, act, shown, "002-003", "2a", PartialDate.parse("2008-02-01"), "hai lần")
    entries.correct(desk.station, act, ShownEntry(2, 2), "003", "9", PartialDate.parse("2008-02-01"))
    back(desk, ledger)
    assert told(desk, ledger)[1] == ("002a", "2008-02-01", ["002", "003"])
    assert desk.one(select(Entry.suffix_reason).where(Entry.id == 2)) == "hai lần"
    back(desk, ledger)
    assert told(desk, ledger)[1] == ("002", "2007-01-16", ["002"])
    assert states(desk, ledger) == ["entry", "entry", "unsorted"]
    assert list(verify.verify(desk.station)) == []


def test_removed_entry_lives_again_with_its_pages(desk: OpenedStation, ledger: str) -> None:
    entries.remove(desk.station, Act(ledger, WHO), "1", 2007)
    assert back(desk, ledger) == "did-entry-removed"
    assert told(desk, ledger)[0] == ("001", "2007-01-15", ["001"])


def test_exchanged_and_shifted_numbers_go_back_together(desk: OpenedStation, ledger: str) -> None:
    before = told(desk, ledger)
    entries.swap(desk.station, Act(ledger, WHO), "1", "2", 2007)
    entries.shift(desk.station, Act(ledger, WHO), "1", "2", 1, 2007)
    assert (back(desk, ledger), back(desk, ledger)) == ("did-entries-shifted", "did-entries-swapped")
    assert told(desk, ledger) == before


def test_state_number_and_turn_of_a_page_are_taken_back(desk: OpenedStation, ledger: str) -> None:
    pages.change(desk.station, ledger, "003", who=WHO, state=PageState.BLANK)
    pages.change(desk.station, ledger, "003", who=WHO, number="7")
    pages.change(desk.station, ledger, "003", who=WHO, rotate=90)
    assert [back(desk, ledger) for _ in range(3)] == ["did-turn", "did-number", "did-state"]
    row = listings.page_rows(desk.station, ledger)[2]
    assert (row.state, row.number) == ("unsorted", None)
    assert back(desk, ledger) == "did-entry-set"


def test_blank_page_taken_back_asks_again(desk: OpenedStation, ledger: str) -> None:
    with desk.station.catalogue.writing() as session:
        capture = pages.by_label(session, 1, "003").capture
        pages.add_finding(session, capture, "blank", found_by=pages.STATION)
    pages.change(desk.station, ledger, "003", who=WHO, state=PageState.BLANK)
    back(desk, ledger)
    assert desk.all(select(Finding.resolution)) == [None]


def test_number_confirmed_with_an_entry_goes_with_it(desk: OpenedStation, ledger: str) -> None:
    pages.give_number(desk.station, ledger, "002", "5", who=WHO)
    assert back(desk, ledger) == "did-entry-set"
    assert listings.page_rows(desk.station, ledger)[1].number is None
    assert len(told(desk, ledger)) == 1


def test_each_person_has_a_stack_of_ten(desk: OpenedStation, ledger: str) -> None:
    for _ in range(6):
        pages.change(desk.station, ledger, "003", who=OTHER, state=PageState.BLANK)
        pages.change(desk.station, ledger, "003", who=OTHER, state=PageState.UNSORTED)
    assert len(acts.of_person(desk.station, ledger, who=OTHER)) == 10
    assert len(acts.of_person(desk.station, ledger, who=WHO)) == 2


def test_what_somebody_else_changed_since_is_not_taken_back(desk: OpenedStation, ledger: str) -> None:
    entries.change(desk.station, Act(ledger, OTHER), "2", 2007, new_number="8")
    assert refusal(desk, ledger) == "undo-changed"
    assert told(desk, ledger)[1][0] == "008"
    pages.change(desk.station, ledger, "003", who=WHO, state=PageState.BLANK)
    pages.change(desk.station, ledger, "003", who=OTHER, state=PageState.COVER)
    assert refusal(desk, ledger) == "undo-changed"


def test_entry_comes_back_on_no_page_that_has_the_number_of_its_own_one(desk: OpenedStation, ledger: str) -> None:
    desk.entry(ledger, "003", "3", "2007-01-17")
    entries.remove(desk.station, Act(ledger, WHO), "3", 2007)
    page_order.set_pages_aside(desk.station, Act(ledger, OTHER, "thử"), "003")
    beside = desk.ledger("KH.2008.01")
    desk.lay(beside, 1)
    assert desk.all(select(Page.id).join(Ledger).where(Ledger.year == 2008)) == [3]
    assert acts.of_person(desk.station, ledger, who=WHO)[0].label is None
    assert refusal(desk, ledger) == "undo-changed"
    assert states(desk, beside) == ["unsorted"]


def test_number_that_somebody_gave_away_since_is_not_taken_twice(desk: OpenedStation, ledger: str) -> None:
    entries.remove(desk.station, Act(ledger, WHO), "2", 2007)
    entries.add(desk.station, Act(ledger, OTHER), "003", "2", PartialDate.parse("2007-03-01"))
    assert refusal(desk, ledger) == "undo-changed"


def test_what_was_packaged_since_is_not_taken_back(desk: OpenedStation, ledger: str) -> None:
    desk.package(ledger)
    assert acts.of_person(desk.station, ledger, who=WHO) == [], "and is not offered"
    assert refusal(desk, ledger) == "undo-packaged"


def test_other_act_than_the_one_that_was_shown_is_not_taken_back(desk: OpenedStation, ledger: str) -> None:
    newest, before = acts.of_person(desk.station, ledger, who=WHO)
    assert refusal(desk, ledger, before.event) == "undo-not-newest"
    assert acts.take_back(desk.station, Act(ledger, WHO), newest.event).event == newest.event


#: What a person does to a page or an entry and does not take back by undo, with the reason.
NOT_TAKEN_BACK = {
    "act-undone": "is undo itself",
    "pages-shown-again": "is undo itself",
    "verdicts-withdrawn": "is undo itself",
    "finding-asks-again": "is undo itself",
    "row-doubts-ask-again": "is undo itself",
    "fold-put-back": "is undo itself",
    "entry-regions-set": "is set anew by the same act; nothing is drawn on an image",
    "entry-attached": "says what was done on another system; its own button takes it back",
    "entry-not-attached": "says what was done on another system; its own button takes it back",
    "row-keyed-again": "is keyed blind; who could look back would see the first values",
    "row-checked": "what a second person said stands with their name; a row is looked at again instead",
    "file-answered": "a file that was left out of a folder; it is taken in or left by the same question",
    "missed-sheets-answered": "says what was done with the paper",
}
#: Lines of the same rooms that are about a ledger or about the station's own measuring.
OF_LEDGERS = {
    "capture-taken-over",
    "folder-left",
    "hand-over-begun",
    "hand-over-cancelled",
    "hand-over-withdrawn",
    "ledger-added",
    "ledger-closed",
    "ledger-corrected",
    "ledger-digitised-before",
    "ledger-removed",
    "ledger-reopened",
    "ledger-responsible",
    "ledger-scanned-after-all",
    "paper-declared",
    "paper-learned",
    "practice-put-away",
    "template-added",
    "totals-stated",
}


#: Whose lines are looked through.
ROOMS = ("handover", "ledger", "review", "rows", "undo")


def recorded() -> set[str]:
    """What the rooms of pages, entries, rows, questions, hand-overs and undo write into the log, by their source."""
    codes = set()
    for file in (file for room in ROOMS for file in (STATION / room).rglob("*.py")):
        tree = ast.parse(file.read_text())
        constants = {
            one.targets[0].id: one.value.value
            for one in tree.body
            if isinstance(one, ast.Assign)
            and isinstance(one.targets[0], ast.Name)
            and isinstance(one.value, ast.Constant)
        }
        calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call)]
        writing = [one for one in calls if ast.unparse(one.func) in ("event_log.record", "revise", "entries.revise")]
        for word in (inner for call in writing for argument in call.args for inner in ast.walk(argument)):
            code = constants.get(word.id) if isinstance(word, ast.Name) else getattr(word, "value", None)
            if isinstance(code, str) and "-" in code:
                codes.add(code)
    return codes


def test_every_act_on_a_page_or_an_entry_is_known_to_undo_or_it_is_said_why_not() -> None:
    explained = NOT_TAKEN_BACK.keys() | OF_LEDGERS
    assert recorded() - acts.KNOWN == explained
    assert not acts.KNOWN & explained
