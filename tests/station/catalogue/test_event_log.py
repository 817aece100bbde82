"""The log: every line is chained to the one before, so that whoever changes or removes one is found out."""

from __future__ import annotations

import hmac
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from station.catalogue import event_log
from station.catalogue.models import Event
from tests.station.opened_station import KEY, OpenedStation

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
facts = st.dictionaries(
    texts.filter(str.isidentifier), st.none() | st.booleans() | st.integers(-9, 9) | texts, max_size=3
)


def write(desk: OpenedStation, lines: int = 5) -> list[int]:
    with desk.station.catalogue.writing() as session:
        return [
            event_log.record(session, "Bà Lan", "tried", "19429:KH.2007.01", number=number).id
            for number in range(lines)
        ]


def broken(desk: OpenedStation) -> list[int]:
    with desk.station.catalogue.reading() as session:
        return list(event_log.broken_links(session))


def test_untouched_log_holds_and_its_head_is_the_newest_line(desk: OpenedStation) -> None:
    with desk.station.catalogue.reading() as session:
        assert event_log.head(session) == event_log.BEGINNING
    write(desk)
    assert broken(desk) == []
    with desk.station.catalogue.reading() as session:
        assert event_log.head(session) == desk.all(select(Event.hash).order_by(Event.id))[-1]


def test_line_can_be_proven_with_nothing_but_its_columns(desk: OpenedStation) -> None:
    """Whoever holds log and key can check it without this software: HMAC-SHA256 over the JSON of six columns."""
    write(desk, 2)
    with desk.station.catalogue.reading() as session:
        first, second = session.scalars(select(Event).order_by(Event.id))
        line = [second.at.isoformat(), second.who, second.what, second.ledger, second.facts, first.hash]
        content = b"event\0" + json.dumps(line, sort_keys=True).encode()
        assert second.hash == hmac.new(KEY.secret, content, "sha256").hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        "who = 'Ông Nam'",
        "what = 'something else'",
        "ledger = NULL",
        "at = '2020-01-01T00:00:00.000000+00:00'",
        """facts = '{"number": 99}'""",
        f"previous = '{'1' * 64}'",
    ],
)
def test_changed_line_is_found(desk: OpenedStation, change: str) -> None:
    third = write(desk)[2]
    desk.by_hand(f"UPDATE event SET {change} WHERE id = ?", third)
    assert broken(desk) == [third]


def test_line_changed_together_with_its_hash_is_found_at_the_next(desk: OpenedStation) -> None:
    numbers = write(desk)
    desk.by_hand("UPDATE event SET who = 'Ông Nam' WHERE id = ?", numbers[2])
    with desk.station.catalogue.writing() as session:
        line = session.get_one(Event, numbers[2])
        told = [line.at.isoformat(), line.who, line.what, line.ledger, line.facts, line.previous]
        line.hash = KEY.seal("event", json.dumps(told, sort_keys=True).encode())
    assert broken(desk) == [numbers[3]]


@pytest.mark.parametrize("gone", [0, 2])
def test_removed_line_is_found_at_the_next(desk: OpenedStation, gone: int) -> None:
    numbers = write(desk)
    desk.by_hand("DELETE FROM event WHERE id = ?", numbers[gone])
    assert broken(desk) == [numbers[gone + 1]]


def test_lines_exchanged_are_found(desk: OpenedStation) -> None:
    one, other = write(desk)[1:3]
    for old, new in ((one, -1), (other, one), (-1, other)):
        desk.by_hand("UPDATE event SET id = ? WHERE id = ?", new, old)
    assert one in broken(desk)
    assert other in broken(desk)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(who=texts, what=texts, ledger=st.none() | texts, told=facts)
def test_any_words_come_back_from_the_catalogue_as_they_were_hashed(
    desk: OpenedStation, who: str, what: str, ledger: str | None, told: dict[str, object]
) -> None:
    told = {name: fact for name, fact in told.items() if name not in ("session", "who", "what", "ledger")}
    with desk.station.catalogue.writing() as session:
        event_log.record(session, who, what, ledger, **told)
    assert broken(desk) == []
