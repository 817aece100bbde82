"""Keying rows on the page: what is known and kept is there, each group is stored, nobody types over another."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from station.access import users
from station.catalogue.models import Entry, EntryPage, RowRevision
from station.daemon.supervisor import Daemon
from station.domain.roles import Role
from station.ledger import ledgers, pages
from station.ledger.entries import Act
from station.rows import entry_rows
from station.views import row_list
from tests.station.opened_station import WHO, OpenedStation
from tests.waiting import PATIENCE
from tests.web.browsing import NAME, PIN, Browser

LEDGER = "KS.2007.01"
HERE = f"/ledger/19429/{LEDGER}/rows"
SIGNED = {"nguoiKy": "Lê Văn Ký", "chucVuNguoiKy": "Chủ tịch", "loaiDangKy": "1", "nksNoiSinh": "Trạm y tế xã"}


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A ledger of three births, of which nothing is keyed."""
    return desk.whole(LEDGER, 3)


def field(page: Browser, column: str) -> tuple[str, str]:
    """What a column's field shows, and what of it is stored."""
    found = re.search(rf'id="{column}" value="([^"]*)".*?data-stored="([^"]*)"', page.html, re.DOTALL)
    assert found, column
    return unescape(found[1]), unescape(found[2])


def store(page: Browser, entry: int, revision: Any = 0, status: Any = 200, **typed: Any) -> dict:
    """Leave a group of fields, as the script does."""
    token = re.search(r'data-token="([^"]+)"', page.html)
    assert token
    sent = {"revision": revision, "columns": typed}
    answer = page.client.post(f"{HERE}/{entry}", json=sent, headers={"X-CSRFToken": token[1]})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return json.loads(answer.get_data(as_text=True))


def shown(page: Browser) -> str:
    found = re.search(r"Trường hợp số (\d+)", page.words)
    assert found
    return found[1]


def test_view_begins_with_the_first_row_that_is_not_complete(page: Browser, ledger: str) -> None:
    page.open(HERE)
    assert shown(page) == "001"
    assert "Quyển số 01/2007" in page.words
    assert "Còn 3 dòng" in page.words
    required = {one.name for one in row_list_template(page) if one.required and one.is_keyed}
    store(page, 1, **dict.fromkeys(required, "?"))
    page.open(HERE)
    assert (shown(page), "Còn 2 dòng" in page.words) == ("002", True)
    page.open(f"{HERE}?after=1")
    assert shown(page) == "002"
    page.open(f"{HERE}?find=3")
    assert shown(page) == "003"


def test_what_was_stored_may_be_taken_back_at_once(page: Browser, ledger: str) -> None:
    page.open(HERE)
    assert 'id="undo" hidden' in page.html
    said = store(page, 1, **SIGNED)["undo"]
    assert said["words"] == "Đã nhập 4 cột của trường hợp số 001."
    page.send(f"/ledger/19429/{LEDGER}/undo", view="rows", act=str(said["act"]))
    assert (page.address, field(page, "nguoiKy")) == (f"{HERE}?entry=1", ("", ""))


def asked(page: Browser, entry: int, address: str = "duplicates", status: int = 200, **sent: Any) -> Any:
    """Ask what the script asks, or answer as it does."""
    token = re.search(r'data-token="([^"]+)"', page.html)
    assert token
    answer = page.client.post(f"{HERE}/{entry}/{address}", headers={"X-CSRFToken": token[1]}, **sent)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_json(silent=True)


def row_list_template(page: Browser) -> list:
    return [one.column for one in row_list.columns(page.desk.station, "KS")]


def test_group_that_is_left_is_stored_in_the_ministrys_form_with_who_typed_it(page: Browser, ledger: str) -> None:
    page.open(HERE)
    said = store(page, 1, nksHoTen=" Nguyễn  Văn Thử", nksNgaySinh="1/1/2007", meNgaySinh="2000")
    assert (said["revision"], said["state"], said["left_words"]) == (1, "begun", "Còn 3 dòng")
    assert (said["values"]["nksHoTen"], said["values"]["nksNgaySinh"]) == ("Nguyễn Văn Thử", "01.01.2007")
    assert "Tuổi của mẹ khi sinh con là 7" in said["doubts"]
    assert page.desk.one(select(RowRevision.who)) == NAME
    page.open(f"{HERE}?entry=1")
    assert field(page, "nksHoTen") == ("Nguyễn Văn Thử", "Nguyễn Văn Thử")


def marks(html: str) -> list[str]:
    """What is asked about a row, as the script answers it."""
    return re.findall(r'data-mark="(\w+)"', html)


def test_what_is_odd_is_answered_once(page: Browser, ledger: str) -> None:
    page.open(HERE)
    said = store(page, 1, nksNgaySinh="1/1/2007", meNgaySinh="2000")
    assert "Đúng như trong sổ <kbd>Ctrl+D</kbd>" in said["doubts"]
    said = asked(page, 1, "as-on-page", json={"doubts": marks(said["doubts"])})
    assert (marks(said["doubts"]), said["revision"], "Ctrl+D" in said["doubts"]) == ([], 1, False)
    assert said["undo"]["words"] == "Đã xác nhận 1 chỗ lạ của trường hợp số 001 đúng như trong sổ."
    page.open(f"{HERE}?entry=1")
    assert f"Đúng như trong sổ – {NAME}" in page.words
    assert (marks(page.html), "row-as-on-page" in page.html) == ([], False)
    page.send(f"/ledger/19429/{LEDGER}/undo", view="rows", act=str(said["undo"]["act"]))
    assert len(marks(page.html)) == 1
    assert "row-as-on-page" in page.html


def test_answer_to_what_is_not_asked_any_more_is_none(page: Browser, desk: OpenedStation, ledger: str) -> None:
    page.open(HERE)
    shown = {"doubts": marks(store(page, 1, nksNgaySinh="1/1/2007", meNgaySinh="2000")["doubts"])}
    other = desk.whole("KS.2007.02", 1)
    elsewhere = f"/ledger/19429/{other.rpartition(':')[2]}/rows/1/as-on-page"
    token = re.search(r'data-token="([^"]+)"', page.html)
    assert token
    answer = page.client.post(elsewhere, json=shown, headers={"X-CSRFToken": token[1]})
    assert answer.status_code == 409, "the row is another ledger's"
    assert "error" in asked(page, 1, "as-on-page", 409, json={"doubts": "all"})
    assert "error" in asked(page, 1, "as-on-page", 409, data=b"no JSON")
    assert page.client.post(f"{HERE}/1/as-on-page", json=shown).status_code == 400, "without the token of the page"
    entry_rows.set_values(desk.station, Act(ledger, "người kia"), "1", None, {"meNgaySinh": "2001"})
    assert "không còn như lúc bạn xem" in asked(page, 1, "as-on-page", 409, json=shown)["error"]
    page.open(f"{HERE}?entry=1")
    assert len(marks(page.html)) == 1


def test_stranger_answers_nothing(stranger: Browser, desk: OpenedStation, ledger: str) -> None:
    row = entry_rows.set_values(
        desk.station, Act(ledger, WHO), "1", None, {"nksNgaySinh": "2007", "meNgaySinh": "2000"}
    )
    stranger.open("/login")
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.html)
    assert token
    sent = {"doubts": [one.mark for one in row.doubts]}
    answer = stranger.client.post(f"{HERE}/1/as-on-page", json=sent, headers={"X-CSRFToken": token[1]})
    assert answer.status_code in (302, 401)
    again = entry_rows.set_values(desk.station, Act(ledger, WHO), "1", None, {"meHoTen": "?"})
    assert len(again.open_doubts) == 1


def test_child_that_is_there_already_is_told_with_where_and_the_answer_is_kept(page: Browser, ledger: str) -> None:
    page.open(HERE)
    typed = {"nksHoTen": "Nguyễn Thị Hoà", "nksNgaySinh": "12/1/2007"}
    store(page, 1, **typed)
    page.open(f"{HERE}?entry=2")
    assert 'data-columns="nksHoTen nksNgaySinh meHoTen"' in page.html
    sent = {"revision": 0, "columns": {**typed, "nksHoTen": "NGUYEN THI HOA"}}
    (told,) = asked(page, 2, json=sent)["duplicates"]
    assert "Nguyễn Thị Hoà, 12/01/2007 đã có trong sổ KS.2007.01, số 001" in told["text"]
    assert told["address"] == f"{HERE}?entry=1"
    asked(page, 2, "no-duplicate", 204, data={"other": told["other"]})
    assert asked(page, 2, json=sent)["duplicates"] == []
    assert "error" in asked(page, 99, status=409, json=sent)
    assert "error" in asked(page, 2, "no-duplicate", 409, data={"other": ""})
    assert "error" in asked(page, 2, status=409, data=b"no JSON")


def test_three_people_at_once_key_sixty_rows_each_once_and_nothing_over(app: Flask, desk: OpenedStation) -> None:
    ledger = desk.ledger(LEDGER)
    (label,) = desk.lay(ledger)
    with desk.station.catalogue.writing() as session:
        own = ledgers.find(session, ledger)
        page = pages.by_label(session, own.id, label)
        for number in range(1, 61):
            entry = Entry(ledger_id=own.id, year=2007, number=f"{number:03}", date="2007-01-15", revision=1)
            entry.placements = [EntryPage(page_id=page.id, position=1)]
            session.add(entry)
    people = (NAME, "Trần Văn Lan", "Lê Thị Ba")
    for name in people[1:]:
        users.add(desk.station, name, Role.OPERATOR, who=NAME, pin=PIN)
    together = threading.Barrier(len(people))
    with ThreadPoolExecutor(len(people)) as pool:
        keyed = list(
            pool.map(lambda name: key_until_none_is_left(Browser(app.test_client(), desk), name, together), people)
        )
    assert all(keyed), "each had a row of their own from the first moment on"
    assert sorted(entry for entries in keyed for entry in entries) == list(range(1, 61))
    assert desk.one_row("SELECT count(*) FROM row_revision") == 60
    for row in row_list.rows(desk.station, ledger):
        assert (row.state, row.columns["nksHoTen"]) == ("complete", f"Của {row.keyed_by}")


def key_until_none_is_left(page: Browser, name: str, together: threading.Barrier) -> list[int]:
    """Go from row to row as F10 does; gives the entries whose rows this person keyed."""
    page.open("/login")
    page.send("/login", name=name, pin=PIN)
    required = {one.name: "?" for one in row_list_template(page) if one.required and one.is_keyed}
    entries: list[int] = []
    together.wait(PATIENCE)
    page.open(HERE)
    while (entry := int(re.findall(rf'data-url="{HERE}/(\d+)"', page.html)[0])) not in entries:
        if "data-lent" in page.html:  # what is left is with others
            break
        store(page, entry, **required | {"nksHoTen": f"Của {name}"})
        entries.append(entry)
        page.open(f"{HERE}?after={entry}")
    return entries


def test_refusal_names_the_field_and_stores_nothing(page: Browser, ledger: str) -> None:
    page.open(HERE)
    said = store(page, 1, status=409, nksHoTen="Nguyễn Văn Thử", nksGioiTinh="7")
    assert said["column"] == "nksGioiTinh"
    assert "Giới tính" in said["error"]
    page.open(f"{HERE}?entry=1")
    assert field(page, "nksHoTen") == ("", "")


def test_what_somebody_else_typed_meanwhile_stays(page: Browser, desk: OpenedStation, ledger: str) -> None:
    page.open(HERE)
    entry_rows.set_values(desk.station, Act(ledger, "người kia"), "1", None, {"meHoTen": "Trần Thị Mẫu"})
    said = store(page, 1, status=409, meHoTen="Trần Thị Mậu")
    assert "người kia" in said["error"]
    assert row_list.rows(desk.station, ledger)[0].columns["meHoTen"] == "Trần Thị Mẫu"
    assert store(page, 1, chaHoTen="Nguyễn Văn Cha")["values"]["meHoTen"] == "Trần Thị Mẫu"


def test_signer_is_proposed_and_what_was_typed_before_is_at_hand(
    page: Browser, desk: OpenedStation, ledger: str
) -> None:
    entry_rows.set_values(desk.station, Act(ledger, WHO), "1", None, SIGNED)
    page.open(f"{HERE}?entry=2")
    assert field(page, "nguoiKy") == ("Lê Văn Ký", "")
    assert field(page, "noiDangKy")[1].startswith("Xã Thử Nghiệm")
    found = re.search(r'data-earlier="([^"]*)"', page.html)
    assert found
    earlier = json.loads(unescape(found[1]))
    assert earlier["places"] == ["Trạm y tế xã"]
    assert earlier["ethnic-groups"][0] == "Kinh"
    assert "people" not in earlier
    found = re.search(r'data-ditto="([^"]*)"', page.html)
    assert found
    assert json.loads(unescape(found[1])) == SIGNED


def test_number_that_is_longer_than_any_the_catalogue_holds_is_a_text_here(page: Browser, ledger: str) -> None:
    page.open(HERE)
    assert store(page, 1, meSoGiayToTuyThan="1" * 40)["values"]["meSoGiayToTuyThan"] == "1" * 40


@pytest.mark.parametrize("sent", [None, [], {}, {"columns": {}}, {"columns": {"meHoTen": 1}, "revision": 0}])
def test_request_that_makes_no_sense_stores_nothing(page: Browser, ledger: str, sent: Any) -> None:
    page.open(HERE)
    token = re.search(r'data-token="([^"]+)"', page.html)
    assert token
    answer = page.client.post(f"{HERE}/1", json=sent, headers={"X-CSRFToken": token[1]})
    assert answer.status_code >= 300
    assert row_list.rows(page.desk.station, ledger)[0].state == "empty"


def test_date_is_given_in_words(page: Browser, ledger: str) -> None:
    page.open(HERE)
    said = json.loads(page.client.get(f"{HERE}/words?date=5/4/2011").get_data(as_text=True))
    assert said["text"] == "Ngày năm, tháng tư, năm hai nghìn không trăm mười một"


def test_rows_that_lack_are_told_before_a_package_is_made_and_on_it(page: Browser, ledger: str) -> None:
    page.open(f"/ledger/19429/{LEDGER}/finish")
    assert "Còn 3 dòng dữ liệu chưa đủ" in page.words
    page.desk.package(ledger)
    page.open(f"/ledger/19429/{LEDGER}/finish")
    assert "chưa nhập dòng dữ liệu" in page.words
    page.open(f"/ledger/19429/{LEDGER}/files")
    assert "chưa nhập dòng dữ liệu" in page.words


def test_no_row_that_follows_is_told_by_who_has_those_that_are_left(
    page: Browser, desk: OpenedStation, daemon: Daemon
) -> None:
    desk.whole(LEDGER, 2)
    required = dict.fromkeys((one.name for one in row_list_template(page) if one.required and one.is_keyed), "?")
    page.open(f"{HERE}?entry=1")
    daemon.row_loans.lend(2, "người khác")
    page.open(f"{HERE}?after=1")
    assert "1 dòng đang có người khác nhập" in page.words
    store(page, 1, **required)
    daemon.row_loans.give_back("người khác")
    page.open(f"{HERE}?entry=2")
    page.open(f"{HERE}?after=2")
    assert "Chỉ còn dòng này chưa đủ" in page.words
    store(page, 2, **required)
    page.open(f"{HERE}?after=2")
    assert "Mọi dòng của sổ này đã đủ" in page.words


def test_type_without_import_file_has_no_such_step(page: Browser, desk: OpenedStation) -> None:
    desk.whole("GH.2007.01", 1)
    page.open("/ledger/19429/GH.2007.01/finish")
    assert "/GH.2007.01/rows" not in page.html
    page.open("/ledger/19429/GH.2007.01/rows", 409)


def test_ledger_without_entries_leads_to_them(page: Browser, desk: OpenedStation) -> None:
    desk.ledger(LEDGER)
    page.open(HERE)
    assert "Chưa có trường hợp nào" in page.words
