"""When a ledger's confirmed entries teach the reader, and what is done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import select

from station.catalogue.models import LearnedPlace, Ledger
from station.domain.image_places import ImagePlace
from station.ledger import learned_places, ledger_data
from station.ledger.learned_places import MOST, Lesson
from station.reading.fields import FieldKind, PageReading
from tests.station.opened_station import OpenedStation
from tests.station.pages_read import read, reading, unread

HERE: ImagePlace = (0.8, 0.15, 0.83, 0.17)
#: Nothing was read on a page.
NOTHING = PageReading(())


def laid(desk: OpenedStation, count: int) -> str:
    """A ledger of so many pages on which the reader read nothing."""
    ledger = desk.ledger()
    for label in desk.lay(ledger, count):
        read(desk, ledger, **{f"p{label}": NOTHING})
    return ledger


def enter(desk: OpenedStation, ledger: str, *numbers: int) -> None:
    """An entry on each of the pages with these places."""
    for number in numbers:
        desk.entry(ledger, f"{number:03}", str(10 + number), f"2007-01-{number:02}")


def lesson(desk: OpenedStation) -> Lesson | None:
    """What the only ledger teaches next."""
    with desk.station.catalogue.reading() as session:
        return learned_places.next_lesson(session, session.scalars(select(Ledger)).one())


def learn(desk: OpenedStation, lesson: Lesson, pages: Sequence[Mapping[FieldKind, Sequence[ImagePlace]]]) -> None:
    with desk.station.catalogue.writing() as session:
        learned_places.keep(session, lesson, pages)


def places(desk: OpenedStation, ledger: str) -> dict[FieldKind, ImagePlace]:
    with desk.station.catalogue.reading() as session:
        return learned_places.of_ledger(session, desk.ledger_id(ledger))


def test_three_pages_that_were_entered_and_not_read_teach(desk: OpenedStation) -> None:
    ledger = laid(desk, 5)
    enter(desk, ledger, 1, 2)
    assert lesson(desk) is None
    enter(desk, ledger, 3)
    first = lesson(desk)
    assert first is not None
    assert [one.values for one in first.confirmed] == [
        {FieldKind.NUMBER: str(10 + number), FieldKind.DATE: f"2007-01-{number:02}"} for number in (3, 2, 1)
    ]


def test_what_they_have_in_common_is_known_and_the_pages_that_wait_are_read_once_more(desk: OpenedStation) -> None:
    ledger = laid(desk, 5)
    enter(desk, ledger, 1, 2, 3)
    first = lesson(desk)
    assert first is not None
    assert unread(desk) == []
    learn(desk, first, [{FieldKind.NUMBER: [HERE], FieldKind.DATE: []}] * 3)
    assert places(desk, ledger) == {FieldKind.NUMBER: HERE}
    assert [file.rpartition("/")[2] for file in unread(desk)] == ["KH.2007.01.005.jpg", "KH.2007.01.004.jpg"]
    assert lesson(desk) is None, "it is known"


def test_pages_that_have_nothing_in_common_wait_for_twice_as_many(desk: OpenedStation) -> None:
    ledger = laid(desk, 7)
    enter(desk, ledger, 1, 2, 3)
    first = lesson(desk)
    assert first is not None
    learn(desk, first, [{FieldKind.NUMBER: []}] * 3)
    assert (places(desk, ledger), unread(desk)) == ({}, [])
    enter(desk, ledger, 4, 5)
    assert lesson(desk) is None
    enter(desk, ledger, 6)
    again = lesson(desk)
    assert again is not None
    assert (again.pages, len(again.confirmed)) == (6, MOST)


def test_form_that_changes_within_the_ledger_teaches_again(desk: OpenedStation) -> None:
    ledger = laid(desk, 7)
    enter(desk, ledger, 1, 2, 3)
    first = lesson(desk)
    assert first is not None
    learn(desk, first, [{FieldKind.NUMBER: [HERE]}] * 3)
    read(desk, ledger, p004=reading(number="14"), p005=NOTHING, p006=NOTHING, p007=NOTHING)
    enter(desk, ledger, 4, 5, 6)
    assert lesson(desk) is None, "two of these were read in vain since"
    enter(desk, ledger, 7)
    again = lesson(desk)
    assert again is not None
    assert [one.values[FieldKind.NUMBER] for one in again.confirmed] == ["17", "16", "15"]
    there = (0.2, 0.6, 0.25, 0.63)
    learn(desk, again, [{FieldKind.NUMBER: [there]}] * 3)
    assert places(desk, ledger) == {FieldKind.NUMBER: there}


@pytest.mark.parametrize("known", [reading(number="11"), PageReading((), ruled=True)], ids=["its number", "by columns"])
def test_pages_that_were_read_teach_nothing(desk: OpenedStation, known: PageReading) -> None:
    ledger = laid(desk, 3)
    for label in ("p001", "p002", "p003"):
        read(desk, ledger, **{label: known})
    enter(desk, ledger, 1, 2, 3)
    assert lesson(desk) is None


def test_page_with_two_entries_and_a_day_in_part_teach_what_they_can(desk: OpenedStation) -> None:
    ledger = laid(desk, 4)
    enter(desk, ledger, 1, 2, 3)
    desk.entry(ledger, "004", "14", "2007-01")
    first = lesson(desk)
    assert first is not None
    assert first.confirmed[0].values == {FieldKind.NUMBER: "14"}


def test_closed_ledger_is_left_alone(desk: OpenedStation) -> None:
    ledger = laid(desk, 3)
    enter(desk, ledger, 1, 2, 3)
    desk.by_hand("UPDATE ledger SET state = 'closed'")
    assert lesson(desk) is None


def test_empty_ledger_that_taught_can_be_removed(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    learn(desk, Lesson(desk.ledger_id(ledger), (), 3), [{FieldKind.NUMBER: [HERE]}] * 3)
    ledger_data.remove(desk.station, ledger, who="Người Thử")
    assert desk.all(select(LearnedPlace.id)) == []
    assert desk.all(select(Ledger.id)) == []
