"""Reports reach the real receiver: three days without a line, then each day's once, as it was made."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from station import context, settings
from station.reports import revisions, sending
from station.system import clock
from tests.delivery.province import Province
from tests.delivery.queued import new_station
from tests.stations import sha256

EVENING = datetime(2026, 3, 2, 18, 5).astimezone()


def test_three_days_without_a_line_and_then_each_days_report_is_received_once(
    node_province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "trouble", lambda station: None)
    command = new_station(tmp_path / "station", node_province)
    command.settings.write_text(command.settings.read_text("utf-8") + "\n[report]\nhour = 18\n", "utf-8")
    command.run("ledger", "add", "KH", "2007", "01")
    node_province.stop()
    with context.open_station(settings.load(command.settings)) as station:
        where = revisions.destination(station)
        assert where is not None
        for number in range(3):
            assert len(revisions.make_due(station, EVENING + timedelta(days=number))) == 1
            assert [sent.state for sent in sending.send(station, where, only_due=False)] == ["waiting"]
        node_province.start()
        sent = list(sending.send(station, where, only_due=False))
        assert [(one.day.day, one.state) for one in sent] == [(2, "receipted"), (3, "receipted"), (4, "receipted")]
        assert list(sending.send(station, where, only_due=False)) == []
        assert revisions.make_due(station, EVENING + timedelta(days=2, hours=2)) == []
    files = sorted((command.data / "reports").rglob("*.json"))
    assert sorted(node_province.stored()) == sorted(map(sha256, files))
    with sqlite3.connect(command.catalogue) as catalogue:
        rows = catalogue.execute("SELECT sha256 FROM report_revision ORDER BY day").fetchall()
    catalogue.close()
    assert [row[0] for row in rows] == [sha256(file) for file in files]
