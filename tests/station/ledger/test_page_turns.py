"""Many pages are turned at once, both pages of an open book as one, and one undo lays all of them back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Event, Page, Region
from station.errors import Refused
from station.ledger import page_turns
from station.ledger.entries import Act
from station.ledger.page_turns import Every
from station.undo import acts
from station.upkeep import verify
from station.views import listings
from tests.station.laying import laid
from tests.station.opened_station import WHO, OpenedStation


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    name = desk.ledger()
    desk.lay(name, 5)
    return name


def turns(desk: OpenedStation) -> list[int]:
    """How far each page's first part is turned, in the order of the pages."""
    return desk.all(select(Region.rotation).join(Page).where(Region.part == 1).order_by(Page.order))


def halves(desk: OpenedStation) -> list[float]:
    """Where each page's part of its image begins, in the order of the pages."""
    return desk.all(select(Region.left).join(Page).order_by(Page.order))


@pytest.mark.parametrize(
    ("every", "labels", "lie"),
    [
        (Every.ALL, ["002", "003", "004", "005"], [0, 180, 180, 180, 180]),
        (Every.ODD, ["002", "004"], [0, 180, 0, 180, 0]),
        (Every.EVEN, ["003", "005"], [0, 0, 180, 0, 180]),
    ],
)
def test_run_is_turned_whole_or_every_second_page(
    desk: OpenedStation, ledger: str, every: Every, labels: list[str], lie: list[int]
) -> None:
    assert page_turns.turn(desk.station, Act(ledger, WHO), "002-005", 180, every) == labels
    assert turns(desk) == lie
    assert acts.take_back(desk.station, Act(ledger, WHO)).message.code == "did-turn-run"
    assert turns(desk) == [0] * 5
    assert list(verify.verify(desk.station)) == []


def test_turning_adds_up_and_is_one_line_of_the_log(desk: OpenedStation, ledger: str) -> None:
    for degrees in (90, 270, 90):
        page_turns.turn(desk.station, Act(ledger, WHO), "001,003-004", degrees)
    assert turns(desk) == [90, 0, 90, 90, 0]
    assert desk.all(select(Event.what).order_by(Event.id))[-3:] == [page_turns.TURNED] * 3
    for _ in range(2):
        acts.take_back(desk.station, Act(ledger, WHO))
    assert turns(desk) == [90, 0, 90, 90, 0]


def test_open_book_on_its_head_is_turned_as_one_image(desk: OpenedStation) -> None:
    name = desk.ledger()
    laid(desk, name, 2, profile="spread", size=(800, 500))
    order = [row.seq for row in listings.page_rows(desk.station, name)]
    shown = halves(desk)
    page_turns.turn(desk.station, Act(name, WHO), "001-002", 180)
    assert turns(desk) == [180] * 4
    # What was the right half of the image is the left page now.
    assert [round(left, 3) for left in halves(desk)[:2]] == [round(left, 3) for left in reversed(shown[:2])]
    acts.take_back(desk.station, Act(name, WHO))
    assert halves(desk) == shown
    assert [row.seq for row in listings.page_rows(desk.station, name)] == order


@pytest.mark.parametrize(
    ("run", "degrees", "every", "code"),
    [
        ("001-003", 45, Every.ALL, "rotation-wrong"),
        ("001-003", 0, Every.ALL, "rotation-wrong"),
        ("003-001", 90, Every.ALL, "pages-reversed"),
        ("009", 90, Every.ALL, "pages-unknown"),
        ("002", 90, Every.EVEN, "turn-nothing"),
    ],
)
def test_what_cannot_be_turned_changes_nothing(
    desk: OpenedStation, ledger: str, run: str, degrees: int, every: Every, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        page_turns.turn(desk.station, Act(ledger, WHO), run, degrees, every)
    assert refused.value.code == code
    assert turns(desk) == [0] * 5
