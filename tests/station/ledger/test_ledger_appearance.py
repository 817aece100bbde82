"""What a ledger's good pages look like is known after some of them; what differs asks, and the answer counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from station.catalogue.models import Capture, Finding
from station.ledger import ledger_appearance
from station.ledger.entries import Act
from station.ledger.ledger_appearance import FEWEST, LOOKED
from station.review import answers
from station.undo import acts
from tests.station.ledger.looked_alike import TAUGHT, accept, good, look
from tests.station.opened_station import WHO, OpenedStation, opened_station


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, TAUGHT) as ready:
        yield ready


def newest_finding(desk: OpenedStation) -> int:
    return int(desk.all(select(Finding.id).order_by(Finding.id))[-1])


def test_page_that_is_fainter_or_less_sharp_than_its_ledger_asks(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    assert accept(desk, ledger, *good(FEWEST)) == [()] * FEWEST
    told = accept(
        desk, ledger, look(ink=0.5), look(ink=0.36), look(sharpness=0.78), look(sharpness=0.68), look(0.3, 0.5)
    )
    assert told == [(), ("fainter",), (), ("less-sharp",), ("fainter", "less-sharp")]


def test_few_pages_teach_nothing_and_those_that_ask_teach_nothing(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    few = good(FEWEST - 1)
    assert accept(desk, ledger, *few, look(ink=0.3)) == [()] * FEWEST
    assert accept(desk, ledger, look(ink=0.3)) == [("fainter",)]
    assert (
        accept(desk, ledger, *[look(ink=0.3)] * 12) == [("fainter",)] * 12
    )  # it is not usual by being asked about often


def test_page_without_enough_writing_to_measure_is_not_called_less_sharp(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    assert accept(desk, ledger, *good(FEWEST), look(sharpness=None)) == [()] * (FEWEST + 1)


def test_pages_of_another_profile_are_not_held_against_each_other(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    accept(desk, ledger, *good(FEWEST))
    assert accept(desk, ledger, look(ink=0.3), profile="other") == [()]
    assert accept(desk, ledger, look(ink=0.3)) == [("fainter",)]


def test_ledger_whose_pages_differ_much_asks_less(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    accept(desk, ledger, *[look(ink=0.4 + 0.06 * (number % 6)) for number in range(12)])
    assert accept(desk, ledger, look(ink=0.36)) == [()]


def test_page_that_a_person_keeps_widens_what_is_known_until_that_is_taken_back(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    accept(desk, ledger, *good(FEWEST))
    assert accept(desk, ledger, look(ink=0.36)) == [("fainter",)]
    answers.keep(desk.station, [newest_finding(desk)], who=WHO)
    assert accept(desk, ledger, look(ink=0.36), look(ink=0.3)) == [(), ("fainter",)]
    assert acts.take_back(desk.station, Act(ledger, WHO)).message.code == "did-finding-answered"
    assert accept(desk, ledger, look(ink=0.36)) == [("fainter",)]


def test_what_was_learned_is_told(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    accept(desk, ledger, *good(FEWEST - 1))
    assert ledger_appearance.known_of(desk.station, ledger) is None
    accept(desk, ledger, look())
    said = ledger_appearance.known_of(desk.station, ledger)
    assert said is not None
    assert said.facts == {"pages": FEWEST, "ink": "60", "sharpness": "89", "upright": "1.0", "level": "1.0"}
    assert all("60 %" in said.sentence(language) for language in ("vi", "en"))


def test_as_much_is_read_of_a_long_ledger_as_of_a_short_one(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    accept(desk, ledger, *good(LOOKED + 8))
    seen: list[tuple[str, tuple[object, ...]]] = []

    def note(_1: object, _2: object, statement: str, parameters: tuple[object, ...], *_: object) -> None:
        seen.append((statement, parameters))

    with desk.station.catalogue.reading() as session:
        capture = session.scalars(select(Capture).order_by(Capture.id.desc()).limit(1)).one()
        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert len(ledger_appearance.newest_pages(session, capture)) == LOOKED - 1
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        plans = [
            row[3]
            for statement, parameters in seen
            for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    print(plans)
    assert any("USING INDEX ix_capture_order (ledger_id=?)" in step for step in plans)
    assert not [step for step in plans if step.startswith("SCAN") or "TEMP B-TREE" in step]
