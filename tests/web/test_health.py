"""What programs that watch over the station are told, and what every view warns of."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from station.domain.prometheus_text import Figure
from station.storage import disk_space
from tests.station.opened_station import OpenedStation
from tests.web.browsing import Browser

FIGURE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?\d+(\.\d+)?')


def set_log_ahead(desk: OpenedStation) -> None:
    """As if the PC's clock had been set back by a day."""
    ahead = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    desk.by_hand("INSERT INTO event (at, who, what, facts, previous, hash) VALUES (?, 'a', 'b', '{}', 'c', 'd')", ahead)


def test_clock_that_is_behind_is_told_on_every_view_and_to_whoever_watches(page: Browser, desk: OpenedStation) -> None:
    assert page.client.get("/healthz").get_json()["warnings"] == []
    set_log_ahead(desk)
    told = page.client.get("/healthz")
    assert (told.status_code, told.get_json()["warnings"]) == (200, ["clock-behind"])
    for address in ("/", "/deliveries", "/people"):
        page.open(address)
        assert "Đồng hồ máy tính" in page.words
    assert 'tramquet_alert{code="clock-behind"} 1' in page.client.get("/metrics").get_data(as_text=True)


def test_disk_that_gets_full_is_told_before_scanning_stops(page: Browser, monkeypatch) -> None:
    monkeypatch.setattr(disk_space, "LITTLE", 10**18)  # no disk is that large: this one is nearly full
    page.open("/")
    assert "Việc quét sẽ tự dừng" in page.words
    answer = page.client.get("/healthz")
    assert (answer.status_code, answer.get_json()["warnings"]) == (200, ["disk-little"])


def test_every_figure_has_its_meaning_and_a_form_that_prometheus_reads(page: Browser, desk: OpenedStation) -> None:
    desk.package(desk.whole())
    answer = page.client.get("/metrics")
    assert answer.mimetype == "text/plain"
    lines = answer.get_data(as_text=True).splitlines()
    figures = [line for line in lines if not line.startswith("#")]
    assert [line for line in figures if not FIGURE.fullmatch(line)] == []
    for name in {re.split(r"[{ ]", line)[0] for line in figures}:
        assert sum(line.startswith(f"# TYPE {name} ") for line in lines) == 1
    assert "tramquet_captures_total 3" in figures
    assert 'tramquet_deliveries{state="queued"} 3' in figures
    assert "tramquet_backup_seconds 0" in figures


def test_figures_name_no_ledger_and_no_person(page: Browser, desk: OpenedStation) -> None:
    desk.whole("KH.2007.01")
    told = page.client.get("/metrics").get_data(as_text=True)
    assert "KH.2007" not in told
    assert "Hoa" not in told


def test_label_is_escaped_as_prometheus_wants_it() -> None:
    assert Figure("a", 1, {"b": 'x"y\\z\n'}).line() == 'a{b="x\\"y\\\\z\\n"} 1'
