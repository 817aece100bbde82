"""The plan: targets of the inventory and of a person, how they go, what holds them up, and who sees to a ledger."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta

import pytest

from station.access import users
from station.catalogue.models import Event
from station.domain.plan_subjects import PlanSubject
from station.domain.roles import Role
from station.errors import Refused
from station.ledger import ledgers, responsibility
from station.reports import day_report, days, forms, plan, plan_chart, targets
from station.reports.days import Period
from station.reports.forms import Form
from station.reports.plan import Course
from tests.station.opened_station import WHO, OpenedStation
from tests.station.reports.acting import VIETNAM, done_at


def ago(number: int) -> datetime:
    """Noon of so many days before today."""
    return datetime.combine(days.today() - timedelta(days=number), datetime.min.time(), VIETNAM) + timedelta(hours=12)


def course(desk: OpenedStation, subject: PlanSubject, place: str = "19429") -> Course:
    (one,) = [one for one in plan.of_station(desk.station).courses if (one.place, one.subject) == (place, subject)]
    return one


def waits(desk: OpenedStation) -> dict[str, object]:
    return {wait.code: wait.facts["count"] for wait in plan.of_station(desk.station).waits}


@pytest.fixture
def worked(desk: OpenedStation) -> OpenedStation:
    """Two pages were scanned three days ago, four two days ago, none yesterday, one today; one entry is named."""
    ledger = desk.ledger(closing_pages=20, closing_entries=18)
    for number, count in ((3, 2), (2, 4)):
        with done_at(desk, ago(number), WHO):
            desk.lay(ledger, count)
    desk.lay(ledger)
    desk.entry(ledger, "001", "1", "2007-01-15")
    return desk


def test_inventory_is_the_plan_until_a_person_sets_one(worked: OpenedStation) -> None:
    pages = course(worked, PlanSubject.PAGES)
    assert (pages.set_by_hand, pages.total, pages.done, pages.remaining, pages.due) == (False, 20, 7, 13, None)
    entries, books = course(worked, PlanSubject.ENTRIES), course(worked, PlanSubject.LEDGERS)
    assert (entries.total, entries.done) == (18, 1)
    assert str((books.total, books.done)) == "(1, 0)"
    assert not pages.late


def test_pace_is_that_of_the_whole_days_since_work_began(worked: OpenedStation) -> None:
    pages = course(worked, PlanSubject.PAGES)
    assert list(pages.daily.values())[-5:] == [0, 2, 4, 0, 1]
    assert list(pages.daily)[-1] == days.today()
    assert pages.forecast.pace == pytest.approx(2)
    assert pages.forecast.earliest == days.today() + timedelta(days=5)
    assert pages.forecast.latest == days.today() + timedelta(days=13)


def test_first_day_is_all_there_is_to_go_by(desk: OpenedStation) -> None:
    desk.lay(desk.ledger(closing_pages=9), 3)
    assert course(desk, PlanSubject.PAGES).forecast.pace == 3


def test_target_by_a_day_says_how_much_a_day_is_needed(worked: OpenedStation) -> None:
    due = days.today() + timedelta(days=1)
    targets.set_target(worked.station, PlanSubject.PAGES, who="Hoa", total=40, due=due)
    pages = course(worked, PlanSubject.PAGES)
    assert (pages.set_by_hand, pages.total, pages.remaining, pages.due, pages.needed) == (True, 40, 33, due, 17)
    assert pages.late
    targets.set_target(worked.station, PlanSubject.PAGES, who="Hoa", due=due + timedelta(days=30))
    pages = course(worked, PlanSubject.PAGES)
    assert (pages.total, pages.needed, pages.late) == (20, 1, False)


def test_target_for_each_day_is_late_where_the_pace_is_slower(worked: OpenedStation) -> None:
    targets.set_target(worked.station, PlanSubject.PAGES, who="Hoa", per_day=2)
    assert not course(worked, PlanSubject.PAGES).late
    targets.set_target(worked.station, PlanSubject.PAGES, who="Hoa", per_day=3)
    assert course(worked, PlanSubject.PAGES).late


def test_day_that_is_over_needs_all_that_is_left(worked: OpenedStation) -> None:
    targets.set_target(worked.station, PlanSubject.PAGES, who="Hoa", due=date(2020, 1, 1))
    assert course(worked, PlanSubject.PAGES).needed == 13


def test_target_is_taken_back_and_each_act_is_in_the_log(worked: OpenedStation) -> None:
    targets.set_target(worked.station, PlanSubject.ENTRIES, who="Hoa", per_day=5)
    targets.clear(worked.station, PlanSubject.ENTRIES, who="Minh")
    targets.clear(worked.station, PlanSubject.ENTRIES, who="Minh")
    assert not course(worked, PlanSubject.ENTRIES).set_by_hand
    with worked.station.catalogue.reading() as session:
        acts = [(one.who, one.what) for one in session.query(Event) if one.what.startswith("plan-")]
    assert acts == [("Hoa", "plan-set"), ("Minh", "plan-cleared")]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "either the day"),
        ({"per_day": 3, "due": date(2026, 3, 20)}, "either the day"),
        ({"per_day": 0}, "cannot be a target"),
        ({"per_day": 5, "total": -1}, "cannot be a target"),
        ({"per_day": 10**12}, "cannot be a target"),
        ({"per_day": 5, "place": "99999"}, "99999"),
    ],
)
def test_targets_that_are_none_are_refused(worked: OpenedStation, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(Refused, match=said):
        targets.set_target(worked.station, PlanSubject.PAGES, who="Hoa", **wrong)  # type: ignore[arg-type]
    assert not course(worked, PlanSubject.PAGES).set_by_hand


def test_communes_have_plans_of_their_own(worked: OpenedStation) -> None:
    worked.ledger("KS.2001.01", place="19430", closing_pages=5)
    targets.set_target(worked.station, PlanSubject.PAGES, who="Hoa", place="19430", per_day=5)
    assert course(worked, PlanSubject.PAGES, "19430").set_by_hand
    worked.lay("19430:KS.2001.01", 3)
    assert course(worked, PlanSubject.PAGES, "19430").done == 3
    assert list(course(worked, PlanSubject.PAGES, "19430").daily.values())[-2:] == [0, 3]
    assert list(course(worked, PlanSubject.PAGES).daily.values())[-2:] == [0, 1]
    assert not course(worked, PlanSubject.PAGES).set_by_hand


def test_what_holds_the_work_up_is_told_the_most_first(worked: OpenedStation) -> None:
    assert waits(worked) == {"plan-waits-unsorted": 6}
    worked.by_hand("INSERT INTO finding (capture_id, code, found_by, found_at) VALUES (1, 'blur', 'station', '2026')")
    whole = worked.whole("KH.2007.02")
    assert waits(worked) == {"plan-waits-unsorted": 6, "plan-waits-asking": 1, "plan-waits-package": 1}
    worked.package(whole)
    ledgers.close(worked.station, "KH.2007.01", who=WHO, reason="thử")
    told = waits(worked)
    assert told == {
        "plan-waits-unsorted": 6,
        "plan-waits-asking": 1,
        "plan-waits-incomplete": 1,
        "plan-waits-line": 1,
    }
    assert next(iter(told)) == "plan-waits-unsorted"


def test_person_is_responsible_for_a_ledger(worked: OpenedStation) -> None:
    users.add(worked.station, "Nguyễn Thị Hoa", Role.OPERATOR, who=WHO)
    responsibility.give(worked.station, "KH.2007.01", "Nguyễn Thị Hoa", who=WHO)
    assert [one.responsible for one in plan.of_station(worked.station).to_do] == ["Nguyễn Thị Hoa"]
    with pytest.raises(Refused, match="no person named"):
        responsibility.give(worked.station, "KH.2007.01", "Ai Đó", who=WHO)
    responsibility.give(worked.station, "KH.2007.01", None, who=WHO)
    assert [one.responsible for one in plan.of_station(worked.station).to_do] == [None]


def test_drawing_tells_what_it_shows_and_stays_within_itself(worked: OpenedStation) -> None:
    targets.set_target(worked.station, PlanSubject.PAGES, who="Hoa", due=days.today() + timedelta(days=9))
    drawing = plan_chart.svg(course(worked, PlanSubject.PAGES), 'Trang <"7 / 20">')
    assert 'aria-label="Trang &lt;&quot;7 / 20&quot;&gt;"' in drawing
    assert ">20<" in drawing
    for kind in ("plan-done", "plan-target", "plan-due", "plan-range"):
        assert f'class="{kind}"' in drawing
    points = [tuple(map(float, pair.split(","))) for pair in " ".join(re.findall(r'points="([^"]+)"', drawing)).split()]
    assert all(0 <= x <= 420 and 0 <= y <= 150 for x, y in points)


@pytest.mark.parametrize("subject", PlanSubject)
def test_plan_without_anything_done_is_drawn_too(desk: OpenedStation, subject: PlanSubject) -> None:
    desk.ledger()
    assert plan_chart.svg(course(desk, subject), "x").endswith("</svg>")


def test_report_for_other_programs_has_the_plan(worked: OpenedStation) -> None:
    targets.set_target(worked.station, PlanSubject.PAGES, who="Hoa", total=40, per_day=5)
    report = day_report.make(worked.station, Period.of(None), with_plan=True)
    (one,) = json.loads(forms.content(report, Form.JSON, "vi"))
    (pages,) = [target for target in one["plan"] if target["subject"] == "pages"]
    assert (pages["set"], pages["total"], pages["done"], pages["per_day"], pages["late"]) == (True, 40, 7, 5, True)
