"""The second look: a sample that stays the same, another person, and no checked ledger or package without it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from station.access import users
from station.catalogue.models import Page
from station.domain.checks import CheckKind, CheckVerdict, RejectReason
from station.domain.roles import Role
from station.domain.states import LedgerState, ScanPurpose
from station.errors import Refused
from station.ledger import check_counts, ledgers, page_checks, page_order, page_second_look
from station.ledger.check_counts import SecondCounts
from station.ledger.entries import Act
from station.views import listings
from tests.station.opened_station import STICK, WHO, OpenedStation, opened_station
from tests.station.reports.acting import done_at, here

LAN, MINH = "Lan", "Minh"
TWICE = STICK + '[checks]\nlooks = "second"\n'
FIRST, SECOND = CheckKind.FIRST, CheckKind.SECOND

pytestmark = pytest.mark.usefixtures("right_verdicts")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    """A station whose ledgers need both looks, and at which two people may check."""
    with opened_station(tmp_path, TWICE) as ready:
        for name in (LAN, MINH):
            users.add(ready.station, name, Role.CHECKER, who=WHO)
        yield ready


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A closed ledger of ten pages, complete by its totals, of which Lan found every page right."""
    name = desk.whole(count=10, closing_pages=10, closing_entries=10)
    page_checks.judge(desk.station, Act(name, LAN), "001-010", CheckVerdict.RIGHT)
    return name


def sample(desk: OpenedStation, ledger: str) -> list[str]:
    with desk.station.catalogue.reading() as session:
        return [seq for _, seq in session.execute(page_second_look.sample(ledgers.find(session, ledger)))]


def again(desk: OpenedStation, ledger: str, labels: str, who: str = MINH, why: RejectReason | None = None) -> None:
    verdict = CheckVerdict.RIGHT if why is None else CheckVerdict.REJECTED
    page_checks.judge(desk.station, Act(ledger, who), labels, verdict, why, look=SECOND)


def refusal(desk: OpenedStation, ledger: str, labels: str, who: str = MINH) -> str:
    with pytest.raises(Refused) as refused:
        again(desk, ledger, labels, who)
    assert second(desk, ledger).seen == 0
    return refused.value.code


def second(desk: OpenedStation, ledger: str) -> SecondCounts:
    return page_checks.counts(desk.station, ledger).second


def test_sample_is_the_share_of_the_pages_and_the_same_whenever_it_is_asked(desk: OpenedStation, ledger: str) -> None:
    first = sample(desk, ledger)
    assert len(first) == 3
    desk.lay(desk.ledger("KH.2007.02"), 2)
    ledgers.reopen(desk.station, ledger, who=WHO)
    desk.lay(ledger, 20)
    assert sample(desk, ledger)[:3] == first
    assert len(sample(desk, ledger)) == 9


def test_a_hundred_pages_in_a_row_have_exactly_the_share_and_no_ledger_an_empty_sample(desk: OpenedStation) -> None:
    ranks = [number * check_counts._OF_LABEL % check_counts._RANKS for number in range(7, 107)]
    assert sorted(ranks) == list(range(100))
    small = desk.ledger("KH.2007.03")
    desk.lay(small, 2)
    desk.by_hand("UPDATE ledger SET second_share = 1")
    assert len(sample(desk, small)) == 1


def test_page_stays_in_the_sample_when_it_is_scanned_again(desk: OpenedStation, ledger: str) -> None:
    before = sample(desk, ledger)
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor=before[0])
    assert sample(desk, ledger) == before


def test_ledger_is_checked_only_once_another_person_found_the_sample_right(desk: OpenedStation, ledger: str) -> None:
    assert desk.state(ledger) == LedgerState.INDEXED
    *most, last = sample(desk, ledger)
    again(desk, ledger, ",".join(most))
    assert (desk.state(ledger), page_checks.counts(desk.station, ledger).is_lacking) == (LedgerState.INDEXED, True)
    again(desk, ledger, last)
    assert (desk.state(ledger), second(desk, ledger)) == (LedgerState.CHECKED, SecondCounts(3, 3, 0, 0))


def test_person_of_the_first_look_does_not_look_the_second_time(desk: OpenedStation, ledger: str) -> None:
    assert refusal(desk, ledger, sample(desk, ledger)[0], LAN) == "check-same-person"
    assert page_second_look.next_page(desk.station, ledger, LAN) is None
    assert page_second_look.next_page(desk.station, ledger, MINH) == sample(desk, ledger)[0]


def test_in_an_office_of_one_it_is_another_day_and_is_told(desk: OpenedStation) -> None:
    desk.by_hand("UPDATE user SET active = 0 WHERE name = ?", MINH)
    name = desk.whole(count=3, closing_pages=3, closing_entries=3)
    page_checks.judge(desk.station, Act(name, LAN), "001-003", CheckVerdict.RIGHT)
    assert refusal(desk, name, "001-003", LAN) == "check-same-day"
    assert page_second_look.next_page(desk.station, name, LAN) is None
    with done_at(desk, here("2026-03-02T08:00"), LAN):
        page_checks.judge(desk.station, Act(name, LAN), "001-003", CheckVerdict.RIGHT)
    chosen = sample(desk, name)
    assert page_second_look.next_page(desk.station, name, LAN) == chosen[0]
    again(desk, name, ",".join(chosen), LAN)
    assert second(desk, name) == SecondCounts(len(chosen), len(chosen), 0, same_person=len(chosen))
    assert all(row.same_person for row in page_checks.verdicts(desk.station, name, SECOND))
    assert manifest(desk, name)["second"]["same_person"] == len(chosen)


def test_second_look_needs_a_first_one_that_found_the_page_right(desk: OpenedStation, ledger: str) -> None:
    label = sample(desk, ledger)[0]
    page_checks.judge(desk.station, Act(ledger, LAN), label, CheckVerdict.REJECTED, RejectReason.BLUR)
    assert refusal(desk, ledger, label) == "check-first-missing"
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor=label)
    assert refusal(desk, ledger, label) == "check-first-missing"
    assert label not in (page_second_look.next_page(desk.station, ledger, MINH, label), None)


def test_page_rejected_at_the_second_look_is_in_the_work_list_and_begins_anew(desk: OpenedStation, ledger: str) -> None:
    chosen = sample(desk, ledger)
    again(desk, ledger, ",".join(chosen[1:]))
    again(desk, ledger, chosen[0], why=RejectReason.TORN)
    (back,) = page_checks.returned(desk.station, ledger)
    assert (back.seq, back.look, back.reason, back.who) == (chosen[0], "second", "torn", MINH)
    assert [one.facts for one in listings.questions(desk.station, ledger)] == [{"count": 1, "labels": chosen[0]}]
    assert desk.state(ledger) == LedgerState.INDEXED
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor=chosen[0])
    assert page_checks.returned(desk.station, ledger) == []
    assert page_checks.next_unseen(desk.station, ledger) == chosen[0]
    page_checks.judge(desk.station, Act(ledger, LAN), chosen[0], CheckVerdict.RIGHT)
    assert second(desk, ledger) == SecondCounts(3, 2, 0, 0), "the second look at the new image is due"
    again(desk, ledger, chosen[0])
    assert desk.state(ledger) == LedgerState.CHECKED


def test_page_outside_the_sample_that_somebody_rejects_comes_back_too(desk: OpenedStation, ledger: str) -> None:
    chosen = sample(desk, ledger)
    other = next(label for label in (f"{number:03d}" for number in range(1, 11)) if label not in chosen)
    again(desk, ledger, ",".join(chosen))
    again(desk, ledger, other, why=RejectReason.HAND)
    assert (desk.state(ledger), second(desk, ledger)) == (LedgerState.INDEXED, SecondCounts(4, 3, 1, 0))
    assert [row.seq for row in page_checks.verdicts(desk.station, ledger, SECOND)] == sorted([*chosen, other])


def test_page_that_was_set_aside_takes_both_verdicts_along(desk: OpenedStation, ledger: str) -> None:
    chosen = sample(desk, ledger)
    again(desk, ledger, chosen[0])
    page_order.set_pages_aside(desk.station, Act(ledger, WHO, "thử"), chosen[0])
    assert second(desk, ledger).seen == 0


def test_package_without_the_second_look_says_that_it_is_unchecked(desk: OpenedStation, ledger: str) -> None:
    chosen = sample(desk, ledger)
    again(desk, ledger, chosen[0])
    told = manifest(desk, ledger)
    assert (told["whole"], told["needed"]) == (False, "second")
    assert told["second"] == {"share": 30, "pages": 3, "right": 1, "rejected": 0, "same_person": 0}
    assert desk.package(ledger).checked is False
    again(desk, ledger, ",".join(chosen[1:]))
    assert manifest(desk, ledger)["whole"]
    assert desk.package(ledger).checked is True


def test_ledger_that_needs_no_second_look_has_none(desk: OpenedStation, ledger: str) -> None:
    desk.by_hand("UPDATE ledger SET looks = 'first'")
    assert refusal(desk, ledger, "001") == "check-second-unneeded"
    assert page_checks.verdicts(desk.station, ledger, SECOND) == []


def manifest(desk: OpenedStation, ledger: str) -> dict[str, Any]:
    told = json.loads(desk.package(ledger).files[-1].read_text(encoding="utf-8"))
    return dict(told["checked"])


def looks(desk: OpenedStation) -> dict[str, tuple[str, int]]:
    return {f"{row[0]}": (row[1], row[2]) for row in desk.rows("SELECT type, looks, second_share FROM ledger")}


def test_settings_say_what_ledgers_need_by_their_type(tmp_path: Path) -> None:
    by_type = '[checks]\nlooks = "none"\nshare = 20\ntypes = { KS = "second" }\n'
    with opened_station(tmp_path, STICK + by_type) as desk:
        desk.ledger("KH.2007.01")
        desk.ledger("KS.2007.01")
        assert looks(desk) == {"KH": ("none", 20), "KS": ("second", 20)}


def test_changed_settings_hold_for_every_ledger_that_was_not_packaged(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        for name in ("KH.2007.01", "KS.2007.01"):
            desk.whole(name, closing_pages=3, closing_entries=3)
            page_checks.judge(desk.station, Act(name, LAN), "001-003", CheckVerdict.RIGHT)
        revision = desk.package("KH.2007.01").revision
    with opened_station(tmp_path, TWICE) as desk:
        assert looks(desk) == {"KH": ("first", 30), "KS": ("second", 30)}
        assert desk.state("KS.2007.01") == LedgerState.INDEXED, "the second look is due"
        assert desk.package("KH.2007.01").revision == revision, "what left is as it left"
        assert desk.all(select(Page.id).limit(1)), "and nothing else was touched"
