"""The day's report as a whole: its order, how far each commune is, and what is to be known beside the figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from station.delivery import queue as delivery_queue
from station.ledger import attachments, closing_totals
from station.packaging import entry_documents
from station.reports import day_report
from station.reports.day_report import DayReport
from station.reports.days import Period
from station.system import clock
from tests.station.opened_station import STICK, WHO, OpenedStation, opened_station
from tests.station.reports.acting import done_at, here


def made(desk: OpenedStation, day: str = "2026-03-02", last: str | None = None) -> DayReport:
    return day_report.make(desk.station, Period(date.fromisoformat(day), date.fromisoformat(last or day)))


def grades(desk: OpenedStation) -> dict[str, str | None]:
    classes = desk.station.settings.report.classes
    return {
        place.place: grade.sentence("en") if (grade := place.grade(classes)) else None for place in made(desk).places
    }


def said(report: DayReport) -> list[str]:
    return [notice.code for notice in report.notices]


def entries(desk: OpenedStation, ledger: str, count: int) -> None:
    first = desk.one_row(f"SELECT count(*) FROM entry WHERE ledger_id = {desk.ledger_id(ledger)}") + 1
    for number, label in enumerate(desk.lay(ledger, count), start=first):
        desk.entry(ledger, label, str(number), "unknown")


def test_rows_stand_by_day_commune_person_and_type(desk: OpenedStation) -> None:
    for place in ("19430", "19429"):
        for type_code in ("KS", "KH"):
            desk.ledger(f"{type_code}.2007.01", place=place)
    for moment in ("2026-03-03T08:00", "2026-03-02T08:00"):
        for person in ("Trần Văn Minh", "Nguyễn Thị Hoa"):
            with done_at(desk, here(moment), person):
                for ledger in ("19430:KS.2007.01", "19429:KS.2007.01", "19429:KH.2007.01"):
                    desk.lay(ledger)
    assert [
        (doer.day.day, doer.place, doer.person.split()[0], doer.type) for doer in made(desk, last="2026-03-03").book
    ] == [
        (day, place, person, type_code)
        for day in (2, 3)
        for place, types in (("19429", ("KH", "KS")), ("19430", ("KS",)))
        for person in ("Nguyễn", "Trần")
        for type_code in types
    ]


def test_commune_is_in_the_provinces_class_by_what_its_closing_pages_state(desk: OpenedStation) -> None:
    ledger = desk.ledger(closing_entries=20)
    assert grades(desk) == {"19429": "under 10 %"}
    entries(desk, ledger, 2)
    assert grades(desk) == {"19429": "under 50 %"}
    entries(desk, ledger, 8)
    assert grades(desk) == {"19429": "from 50 %"}
    entries(desk, ledger, 10)
    assert grades(desk) == {"19429": "done"}


def test_commune_is_not_done_while_a_ledger_states_no_total(desk: OpenedStation) -> None:
    entries(desk, desk.ledger(closing_entries=2), 2)
    unstated = desk.ledger("KS.2001.01")
    entries(desk, unstated, 1)
    report = made(desk)
    assert grades(desk) == {"19429": "from 50 %"}
    assert [(place.total, place.named, place.unstated) for place in report.places] == [(3, 3, 1)]
    assert said(report) == ["report-unstated"]
    closing_totals.state(desk.station, unstated, pages=None, entries=1, who=WHO)
    assert grades(desk) == {"19429": "done"}
    assert said(made(desk)) == []


@pytest.mark.parametrize(("measure", "before", "after"), [("delivered", 0, 3), ("attached", 2, 2), ("named", 3, 3)])
def test_settings_say_when_an_entry_is_done(tmp_path: Path, measure: str, before: int, after: int) -> None:
    with opened_station(tmp_path, f'{STICK}\n[report]\ndone = "{measure}"\nclasses = [25, 90]\n') as desk:
        ledger = desk.whole(closing_pages=3, closing_entries=3)
        entry_documents.update_documents(desk.station, ledger)
        for entry, sha256 in desk.rows("SELECT entry_id, sha256 FROM document LIMIT 2"):
            attachments.mark(desk.station, ledger, entry, sha256, who=WHO)
        assert [place.done for place in made(desk).places] == [before]
        desk.package(ledger)
        list(delivery_queue.run(desk.station))
        assert [place.done for place in made(desk).places] == [after]
        assert grades(desk) == {"19429": "done" if after == 3 else "under 90 %"}


def test_ledgers_are_told_by_state(desk: OpenedStation) -> None:
    desk.whole()
    desk.ledger("KS.2001.01")
    assert [place.ledgers for place in made(desk).places] == [{"indexed": 1, "registered": 1}]


def test_work_under_a_wrong_clock_is_told_beside_every_other_day(desk: OpenedStation) -> None:
    with done_at(desk, here("1970-01-01T08:00"), WHO):
        desk.lay(desk.ledger(closing_pages=2, closing_entries=0), 2)
    assert said(made(desk)) == ["clock-ahead", "report-days-impossible"], "nobody acted since"
    desk.lay("KH.2007.01")
    (notice,) = made(desk).notices
    assert notice.code == "report-days-impossible"
    assert "01/01/1970" in notice.sentence("vi")
    assert notice.facts["count"] == 2
    that_day = made(desk, "1970-01-01")
    assert said(that_day) == ["report-impossible-here"]
    assert that_day.total.figures["pages_scanned"] == 2  # type: ignore[index]


def test_clock_that_is_wrong_now_is_told_instead(desk: OpenedStation, monkeypatch: pytest.MonkeyPatch) -> None:
    class Battery(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(1970, 1, 1, 0, 5, tzinfo=UTC)

    with done_at(desk, here("2026-03-02T08:00"), WHO):
        desk.lay(desk.ledger(closing_entries=0))
    monkeypatch.setattr(clock, "datetime", Battery)
    report = made(desk)
    assert said(report) == ["clock-year"]
    assert report.total.figures["pages_scanned"] == 1  # type: ignore[index]


def test_days_nobody_worked_on_and_a_station_without_ledgers_have_a_report_too(desk: OpenedStation) -> None:
    report = made(desk, "2026-03-01", "2026-03-20")
    assert (report.book, report.places, report.notices) == ({}, [], [])
