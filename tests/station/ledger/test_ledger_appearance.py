"""What a ledger's good pages look like is known after some of them; what differs asks, and the answer counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from station.catalogue.models import Capture, Finding
from station.domain.finding_limits import Limits
from station.imaging.image_facts import Appearance
from station.ledger import ledger_appearance
from station.ledger.entries import Act
from station.ledger.ledger_appearance import FEWEST, LedgerPage
from station.review import answers
from station.undo import acts
from tests.station.ledger.looked_alike import TAUGHT, accept, good, known, look
from tests.station.opened_station import WHO, OpenedStation, opened_station
from tests.stations import Command


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, TAUGHT) as ready:
        yield ready


def told(pages: Sequence[LedgerPage], one: Appearance, besides: Collection[str] = ()) -> list[str]:
    return [defect.code for defect in ledger_appearance.doubts(pages, one, Limits(), besides)]


@pytest.mark.parametrize(
    ("one", "codes"),
    [
        (look(ink=0.5), []),
        (look(ink=0.36), ["fainter"]),
        (look(sharpness=0.78), []),
        (look(sharpness=0.68), ["less-sharp"]),
        (look(0.3, 0.5), ["less-sharp"]),
        (look(sharpness=None), []),
    ],
)
def test_page_that_is_fainter_or_less_sharp_than_its_ledger_asks(one: Appearance, codes: list[str]) -> None:
    assert told(known(good()), one) == codes


def test_few_pages_teach_nothing() -> None:
    assert told(known(good(FEWEST - 1)), look(0.3, 0.5)) == []


def test_pages_that_ask_teach_nothing_however_many_there_are() -> None:
    pale = known([look(ink=0.3)] * 20, asks="fainter")
    assert told([*known(good()), *pale], look(ink=0.3)) == ["fainter"]


def test_ledger_whose_pages_differ_much_asks_less() -> None:
    differing = [look(ink=0.4 + 0.06 * (number % 6)) for number in range(12)]
    assert told(known(differing), look(ink=0.36)) == []


def test_what_is_said_more_plainly_already_is_not_said_twice() -> None:
    assert told(known(good()), look(0.3, 0.5), {"faded"}) == []
    assert told(known(good()), look(ink=0.3), {"blur"}) == []
    assert told(known(good()), look(ink=0.3), {"skew"}) == ["fainter"]


def test_page_that_a_person_keeps_widens_what_is_known_until_that_is_taken_back(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    accept(desk, ledger, *good())
    assert accept(desk, ledger, look(ink=0.36)) == [("fainter",)]
    assert accept(desk, ledger, look(ink=0.3), profile="other") == [()]  # never held against pages of another profile
    answers.keep(desk.station, desk.all(select(Finding.id)), who=WHO)
    assert accept(desk, ledger, look(ink=0.36), look(ink=0.3)) == [(), ("fainter",)]
    assert acts.take_back(desk.station, Act(ledger, WHO)).message.code == "did-finding-answered"
    assert accept(desk, ledger, look(ink=0.36)) == [("fainter",)]


def test_what_was_learned_is_told_and_as_much_is_read_of_a_long_ledger_as_of_a_short_one(
    desk: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = desk.ledger()
    accept(desk, ledger, *good(FEWEST - 1))
    assert ledger_appearance.known_of(desk.station, ledger) is None
    accept(desk, ledger, look())
    said = ledger_appearance.known_of(desk.station, ledger)
    assert said is not None
    assert said.facts == {"pages": FEWEST, "ink": "60", "sharpness": "89", "upright": "1.0", "level": "1.0"}
    assert all("60 %" in said.sentence(language) for language in ("vi", "en"))
    shown = Command(desk.folder, {"TRAMQUET_LANGUAGE": "en"}).run("ledger", "show", ledger).stdout
    assert f"- {said.sentence('en')}" in shown.splitlines()
    monkeypatch.setattr(ledger_appearance, "LOOKED", 4)
    seen: list[tuple[str, tuple[object, ...]]] = []

    def note(_1: object, _2: object, statement: str, parameters: tuple[object, ...], *_: object) -> None:
        seen.append((statement, parameters))

    with desk.station.catalogue.reading() as session:
        capture = session.scalars(select(Capture).order_by(Capture.id.desc()).limit(1)).one()
        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert len(ledger_appearance.newest_pages(session, capture)) == 4 - 1
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        plans = [
            row[3]
            for statement, parameters in seen
            for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    # From the newest on, by an index that is in their order: nothing is sorted, and nothing read to the end.
    assert plans[0].startswith("SEARCH capture USING INDEX ix_capture_")
    assert not [step for step in plans if step.startswith("SCAN") or "TEMP B-TREE" in step]
