"""Pages in a real catalogue: labels are identity, order is a column, and no mixture of scans mixes them up."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from station.catalogue.models import Capture, Finding, Page, Region, Reservation
from station.domain.naming.labels import FRONT
from station.domain.states import PageState, ScanPurpose
from station.errors import Refused
from station.ledger import pages
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation

BOOKS = count(1)


class Pages(RuleBasedStateMachine):
    """Scans in any mixture, against a list of labels in order and the revision each is at."""

    def __init__(self, desk: OpenedStation) -> None:
        super().__init__()
        self.desk = desk
        self.ledger = desk.ledger(f"KS.2007.{next(BOOKS):02d}")
        self.order: list[str] = []
        self.revisions: dict[str, int] = {}

    def _came(self, labels: list[str], position: int) -> None:
        assert not set(labels) & set(self.revisions), "a label was given out twice"
        self.order[position:position] = labels
        self.revisions |= dict.fromkeys(labels, 1)

    @rule(sheets=st.integers(1, 3))
    def append(self, sheets: int) -> None:
        self._came(self.desk.lay(self.ledger, sheets), len(self.order))

    @precondition(lambda self: self.order)
    @rule(data=st.data(), sheets=st.integers(1, 3))
    def insert_behind(self, data: st.DataObject, sheets: int) -> None:
        anchor = data.draw(st.sampled_from(self.order))
        labels = self.desk.lay(self.ledger, sheets, purpose=ScanPurpose.INSERT, anchor=anchor)
        self._came(labels, self.order.index(anchor) + 1)

    @rule(sheets=st.integers(1, 2))
    def insert_before_the_first(self, sheets: int) -> None:
        self._came(self.desk.lay(self.ledger, sheets, purpose=ScanPurpose.INSERT, anchor=FRONT), 0)

    @precondition(lambda self: self.order)
    @rule(data=st.data())
    def retake(self, data: st.DataObject) -> None:
        label = data.draw(st.sampled_from(self.order))
        assert self.desk.lay(self.ledger, purpose=ScanPurpose.RETAKE, anchor=label) == [label]
        self.revisions[label] += 1

    @invariant()
    def order_is_the_models_and_counts_from_one(self) -> None:
        rows = listings.page_rows(self.desk.station, self.ledger)
        assert [row.seq for row in rows] == self.order
        assert [row.order for row in rows] == list(range(1, len(rows) + 1))
        assert {row.seq: row.revision for row in rows} == self.revisions

    @invariant()
    def every_revision_is_kept_and_one_is_current(self) -> None:
        found: dict[str, list[int]] = {}
        current: dict[str, int] = {}
        with self.desk.station.catalogue.reading() as session:
            own = select(Capture).where(Capture.ledger_id == self.desk.ledger_id(self.ledger))
            for item in session.scalars(own.order_by(Capture.counter)):
                found.setdefault(item.label, []).append(item.revision)
                assert (self.desk.data / item.file).exists()
                if item.current:
                    assert current.setdefault(item.label, item.revision) == item.revision
        assert found == {label: list(range(1, last + 1)) for label, last in self.revisions.items()}
        assert current == self.revisions


def test_any_mixture_of_scans_keeps_labels_and_order(desk: OpenedStation) -> None:
    run_state_machine_as_test(
        lambda: Pages(desk),  # type: ignore[arg-type]  # Hypothesis takes what makes one, too, and says a class
        settings=settings(
            max_examples=10,
            stateful_step_count=12,
            print_blob=False,
        ),
    )


def test_second_insert_at_the_same_place_lies_before_the_first_insert(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    assert desk.lay(ledger, 2, purpose=ScanPurpose.INSERT, anchor="001") == ["001a", "001b"]
    assert desk.lay(ledger, purpose=ScanPurpose.INSERT, anchor="001") == ["001c"]
    assert [row.seq for row in listings.page_rows(desk.station, ledger)] == ["001", "001c", "001a", "001b", "002"]


def test_two_ledgers_of_one_name_count_their_pages_apart(desk: OpenedStation) -> None:
    desk.ledger(place="19429")
    desk.ledger(place="19430")
    assert desk.lay("19429:KH.2007.01", 2) == ["001", "002"]
    assert desk.lay("19430:KH.2007.01") == ["001"]
    files = desk.all(select(Capture.file))
    assert sorted(file.split("/")[1] for file in files) == ["19429", "19429", "19430"]


def test_retake_keeps_the_old_image_and_takes_its_place_in_the_page(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    first = desk.data / listings.page_rows(desk.station, ledger)[0].file
    before = first.read_bytes()
    pages.change(desk.station, ledger, "001", who=WHO, rotate=90)
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="001")
    row = listings.page_rows(desk.station, ledger)[0]
    assert row.file.endswith("KH.2007.01.001.r2.jpg")
    assert first.read_bytes() == before
    shown = desk.one(select(Region.rotation).join(Page).where(Page.order == 1))
    assert shown == 0, "the new image lies as it was scanned"


def test_name_under_which_a_strangers_file_stands_is_passed_over(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    stranger = desk.data / "ledgers/19429/KH/2007/KH.2007.01/pages/KH.2007.01.002.jpg"
    stranger.write_bytes(b"not ours")
    assert desk.lay(ledger, 2) == ["003", "004"]
    assert stranger.read_bytes() == b"not ours"
    assert desk.all(select(Reservation.state).where(Reservation.label == "002")) == ["blocked"]


def test_page_says_its_state_number_and_turning(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    pages.change(desk.station, ledger, "001", who=WHO, state=PageState.COVER, number=" 5 ", rotate=270)
    pages.change(desk.station, ledger, "001", who=WHO, rotate=180)
    (row,) = listings.page_rows(desk.station, ledger)
    assert (row.state, row.number) == ("cover", "5")
    assert desk.one(select(Region.rotation)) == 90
    pages.change(desk.station, ledger, "001", who=WHO, number="")
    assert listings.page_rows(desk.station, ledger)[0].number is None


@pytest.mark.parametrize(
    ("label", "said", "code"),
    [
        ("009", {"number": "1"}, "page-unknown"),
        ("001", {}, "page-nothing-said"),
        ("001", {"rotate": 45}, "rotation-wrong"),
        ("001", {"number": "x" * 17}, "page-number-wrong"),
        ("001", {"number": "1\n2"}, "page-number-wrong"),
    ],
)
def test_what_a_page_cannot_be_is_refused_and_changes_nothing(
    desk: OpenedStation, label: str, said: dict[str, object], code: str
) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    before = listings.page_rows(desk.station, ledger)
    with pytest.raises(Refused) as refused:
        pages.change(desk.station, ledger, label, who=WHO, **said)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert listings.page_rows(desk.station, ledger) == before


def test_page_of_an_entry_cannot_become_blank(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    desk.entry(ledger, "001", "1", "2007")
    with pytest.raises(Refused) as refused:
        pages.change(desk.station, ledger, "001", who=WHO, state=PageState.BLANK)
    assert refused.value.code == "page-used"
    pages.change(desk.station, ledger, "001", who=WHO, state=PageState.ILLEGIBLE)


def test_finding_on_a_capture_shows_on_its_page(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    with desk.station.catalogue.writing() as session:
        captured = session.scalars(select(Capture).where(Capture.label == "002")).one()
        pages.add_finding(session, captured, "skew", found_by=WHO, detail="3°")
    assert [row.findings for row in listings.page_rows(desk.station, ledger)] == [[], ["skew"]]
    assert desk.one(select(Finding.detail)) == "3°"


def test_three_pages_inserted_at_once_keep_their_order(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    assert desk.lay(ledger, 3, purpose=ScanPurpose.INSERT, anchor="001") == ["001a", "001b", "001c"]
    assert [row.seq for row in listings.page_rows(desk.station, ledger)] == ["001", "001a", "001b", "001c", "002"]
