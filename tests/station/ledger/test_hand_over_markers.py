"""A ledger that goes on elsewhere says so in its own folder, for a catalogue that does not know of it any more."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from station.catalogue.models import HandOver
from station.domain.states import HandOverState
from station.errors import Refused, StorageFailed
from station.handover import handing_over
from station.ledger import hand_over_markers, ledgers
from station.ledger.hand_over_markers import NAME
from station.upkeep import verify
from tests.station.handover.two_stations import OTHER, give, take, write
from tests.station.opened_station import WHO, OpenedStation, opened_station


@pytest.fixture
def book(desk: OpenedStation) -> str:
    book = desk.ledger("KH.2007.01")
    desk.lay(book, 3)
    return book


def marker(desk: OpenedStation) -> Path:
    return desk.data / "ledgers/19429/KH/2007/KH.2007.01" / NAME


def forget(desk: OpenedStation) -> None:
    """As if the catalogue were that of before the hand-over."""
    desk.by_hand("UPDATE ledger SET state = (SELECT was FROM hand_over)")
    desk.by_hand("DELETE FROM hand_over")


def test_ledger_is_marked_before_its_file_is_written_until_it_is_here_again(
    desk: OpenedStation, book: str, tmp_path: Path
) -> None:
    departure = handing_over.begin(desk.station, book, who=WHO)
    assert not marker(desk).exists()
    write(desk, departure, tmp_path / "book.zip")
    assert json.loads(marker(desk).read_text())["code"] == departure.code
    handing_over.complete(desk.station, book, who=WHO)
    assert verify.verify(desk.station) == []
    handing_over.take_back(desk.station, book, reason="thử", who=WHO)
    assert not marker(desk).exists()


def test_ledger_that_stays_is_not_marked(desk: OpenedStation, book: str, tmp_path: Path) -> None:
    departure = handing_over.begin(desk.station, book, who=WHO)
    next((desk.data / "ledgers").rglob("*.jpg")).unlink()
    with pytest.raises(StorageFailed):
        write(desk, departure, tmp_path / "book.zip")
    assert marker(desk).exists()
    handing_over.withdraw(desk.station, departure, who=WHO)
    assert not marker(desk).exists()


def test_marked_ledger_stands_still_though_the_catalogue_forgot_it(
    desk: OpenedStation, book: str, tmp_path: Path
) -> None:
    departure = give(desk, book, tmp_path / "book.zip")
    assert not hand_over_markers.are_unknown(desk.station)
    forget(desk)
    assert hand_over_markers.are_unknown(desk.station)
    (notice,) = hand_over_markers.apply(desk.station, who="restore")
    assert (notice.code, notice.facts["mark"], notice.facts["who"]) == ("hand-over-given", departure.code, WHO)
    assert desk.state(book) == "handed-over"
    with pytest.raises(Refused):
        ledgers.close(desk.station, book, who=WHO, reason="thử")
    assert hand_over_markers.apply(desk.station, who="restore") == []
    assert verify.verify(desk.station) == []


def test_the_newest_hand_over_counts(desk: OpenedStation, book: str, tmp_path: Path) -> None:
    give(desk, book, tmp_path / "first.zip")
    handing_over.take_back(desk.station, book, reason="thử", who=WHO)
    newest = give(desk, book, tmp_path / "second.zip")
    # Brought back: a catalogue of the time when it was away by the first one.
    desk.by_hand("DELETE FROM hand_over WHERE state = 'given'")
    desk.by_hand("UPDATE hand_over SET state = 'given', ended_by = NULL, ended_at = NULL, reason = NULL")
    hand_over_markers.apply(desk.station, who="restore")
    (row,) = desk.all(select(HandOver))
    assert (row.code, row.state, row.was) == (newest.code, HandOverState.GIVEN, "scanning")


def test_ledger_that_came_back_and_one_that_went_on_to_a_third_station(
    desk: OpenedStation, book: str, tmp_path: Path
) -> None:
    give(desk, book, tmp_path / "there.zip")
    with opened_station(tmp_path / "other", station=OTHER) as other:
        take(other, tmp_path / "there.zip")
        assert not marker(other).exists()
        give(other, book, tmp_path / "back.zip")
        take(other, tmp_path / "there.zip")  # once more: it is elsewhere all the same
        assert marker(other).exists()
    take(desk, tmp_path / "back.zip")
    assert not marker(desk).exists()
    assert desk.state(book) == "scanning"


@pytest.mark.parametrize(
    "content",
    [
        *("", "{}", '{"code": 1', '["a"]', '{"code": "a", "station": "b", "who": "c", "at": 5}'),
        '{"code": "a", "station": "b", "who": "c", "at": "2026-01-15T08:30:00"}',
    ],
)
def test_what_no_station_wrote_marks_nothing(desk: OpenedStation, book: str, content: str) -> None:
    marker(desk).write_text(content)
    assert hand_over_markers.apply(desk.station, who="restore") == []
    shutil.rmtree(marker(desk).parent)
    marker(desk).parent.mkdir()
    marker(desk).mkdir()
    assert hand_over_markers.apply(desk.station, who="restore") == []
