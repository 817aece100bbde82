"""A person sees what they did themselves, today, in real ledgers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from station.ledger import practice
from station.ledger.entries import Act
from station.reports import own_day
from station.reports.own_day import OwnDay
from station.rows import entry_rows
from tests.station.opened_station import WHO, OpenedStation
from tests.station.reports.acting import done_at
from tests.station.rows.keyed_births import birth

OTHER = "Trần Văn Minh"


def work_on(desk: OpenedStation, ledger: str, numbers: range, who: str = WHO) -> None:
    labels = desk.lay(ledger, len(numbers))
    for number, label in zip(numbers, labels, strict=True):
        desk.entry(ledger, label, str(number), f"2007-01-{number:02d}")
        entry_rows.set_values(desk.station, Act(ledger, who), str(number), None, birth(number))


def test_own_pages_entries_and_rows_of_today_are_counted(desk: OpenedStation) -> None:
    ledger = desk.ledger("KS.2007.01")
    with done_at(desk, datetime.now(UTC) - timedelta(days=2), WHO):
        work_on(desk, ledger, range(1, 2))
        desk.by_hand("UPDATE entry_row SET completed_at = '2026-01-01T00:00:00.000000+00:00'")
    now = datetime.now(UTC)
    with done_at(desk, now, WHO):
        work_on(desk, ledger, range(2, 5))
    with done_at(desk, now, OTHER):
        work_on(desk, ledger, range(5, 7), OTHER)
    work_on(desk, practice.start(desk.station, who=WHO, kind="KS"), range(1, 3))
    assert own_day.of_person(desk.station, WHO) == OwnDay(3, 3, 3)
    assert own_day.of_person(desk.station, OTHER) == OwnDay(2, 2, 2)
    assert own_day.of_person(desk.station, "Nobody") == OwnDay(0, 0, 0)
