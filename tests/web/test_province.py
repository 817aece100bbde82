"""The province's page: read-only, for this machine alone, in words where something is wrong."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient

from station.province import rollup, settings
from station.province.rollup import Rollup
from station.receiver.receipts import LEDGER
from tests.station.province.received import HERE, NOW, OTHER, STATION, Received, manifest, report
from web.province.app import create_app

EVIL = '=HYPERLINK("http://x")<img src=x onerror=alert(1)>{{7*7}}'


@pytest.fixture
def received(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Received:
    monkeypatch.setattr(rollup, "FRESH", 0.0)
    received = Received(tmp_path / "province")
    received.package(manifest())
    received.package(manifest(OTHER, "1") | {"place": {"code": "1", "commune": EVIL}})
    received.day(report(places={HERE: {"total": 6, "named": 4}}))
    received.heard(health=("disk-little", "new-code"), waiting=3, stuck=1, paused=True, received_at=NOW)
    return received


@pytest.fixture
def client(received: Received) -> FlaskClient:
    return create_app(received.rollup()).test_client()


def text(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path, query_string={"language": "en"})
    assert answer.status_code == status, answer.text
    return answer.text


@pytest.mark.parametrize("path", ["/", "/communes/1", f"/communes/{HERE}/KH.2007.01", "/stations", "/doubts"])
def test_every_view_has_the_headers_of_a_station_and_takes_no_form(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    for method in (client.post, client.put, client.delete):
        assert method(path).status_code == 405


def test_page_that_is_asked_for_by_another_name_is_not_given(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 421


def test_name_that_would_break_html_or_a_template_is_shown_as_it_is(client: FlaskClient) -> None:
    shown = text(client, "/") + text(client, "/communes/1") + text(client, "/doubts")
    assert "<img src=x" not in shown
    assert "{{7*7}}" in shown


def test_name_is_no_formula_in_what_is_taken_along(client: FlaskClient) -> None:
    rows = list(csv.reader(io.StringIO(text(client, "/files/communes.csv").removeprefix("\ufeff"))))
    assert f"'{EVIL}" in [row[1] for row in rows]
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/files/communes.xlsx").data)).active
    assert sheet is not None
    assert {cell.data_type for cell in sheet["B"]} == {"s"}


@pytest.mark.parametrize("path", ["/communes/7", "/communes/1/KH.1999.01", "/files/receipt.csv", "/files/communes.pdf"])
def test_what_is_not_there_is_told_in_words(client: FlaskClient, path: str) -> None:
    assert "This did not work" in text(client, path, 404)


def test_store_that_is_gone_is_told_and_the_page_comes_back(client: FlaskClient, received: Received) -> None:
    hidden = (received.store / LEDGER).rename(received.store / "elsewhere")
    assert "There are no receipts" in text(client, "/", 503)
    assert client.get("/healthz").status_code == 503
    hidden.rename(received.store / LEDGER)
    assert client.get("/healthz").status_code == 200


def test_language_is_chosen_and_kept(client: FlaskClient) -> None:
    assert 'lang="vi"' in client.get("/").text
    assert '<html lang="en">' in client.get("/?language=en").text
    assert '<html lang="en">' in client.get("/stations").text
    assert '<html lang="en">' in client.get("/?language=xx").text


def test_station_is_shown_by_what_it_said(client: FlaskClient) -> None:
    row = re.search(rf"<tr><td>{STATION}.*?</tr>", text(client, "/stations"), re.DOTALL)
    assert row
    for words in ("silent", "0.2.0", "its disk is nearly full; new-code", "50.0", "3 ·", "1 stuck", "paused"):
        assert words in row[0]
    assert "no word of its own" in text(client, "/stations"), "the other one never sent a heartbeat"


def test_figures_are_for_prometheus(client: FlaskClient) -> None:
    lines = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if line[0] != "#")
    assert lines['tramquet_province_entries{measure="arrived"}'] == "6"
    assert lines[f'tramquet_commune_entries_total{{place="{HERE}"}}'] == "6"
    assert lines["tramquet_province_silent_stations"] == "2"
    assert lines[f'tramquet_station_free_bytes{{station="{STATION}"}}'] == "50000000000"
    assert lines[f'tramquet_station_alert{{station="{STATION}",code="disk-little"}}'] == "1"
    assert lines['tramquet_province_doubts{kind="two_machines"}'] == "0"
    assert "Nguy" not in str(lines)


def test_new_version_is_shown_with_how_many_stations_are_well_with_it(received: Received) -> None:
    file = received.settings(f"Mã xã,Xã\n{HERE},Xã Thử Nghiệm\n")
    (received.folder / "stations.csv").write_text(f"Mã trạm,Mã xã,Đợt\n{STATION},{HERE},1\n", encoding="utf-8")
    offered = received.folder / "repository" / "bookworm-first"
    offered.mkdir(parents=True)
    (offered / "tramquet_0.3.0+deb12_amd64.deb").touch()
    more = """
[stations]
sheet = "stations.csv"
tokens = "tokens"

[release]
repository = "repository"
address = "https://tinh.example/apt"
signing = "gnupg"
"""
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    client = create_app(Rollup(settings.load(file))).test_client()
    shown = text(client, "/stations")
    assert "Version 0.3.0 is offered to the first tenth of the stations: 0 stations are well with it, 1 not." in shown
    (received.folder / "stations.csv").write_text("Mã trạm,Mã xã\nqt-01,99999\n", encoding="utf-8")
    assert "no code 99999" in text(client, "/stations")


def test_station_of_another_version_is_marked_with_the_one_it_should_run(
    client: FlaskClient, received: Received
) -> None:
    for station in ("qt-03", "qt-04"):
        received.heard(station, version="0.3.0")
    assert "should run 0.3.0" in text(client, "/stations")
