from __future__ import annotations

import re

from flask import Flask

from station.access import users
from station.domain.roles import Role
from tests.station.opened_station import OpenedStation
from tests.web.browsing import NAME, PIN, Browser


def pin_shown(browser: Browser) -> str:
    found = re.search(r'class="new-secret-digits">([\d ]+)<', browser.html)
    assert found, browser.words
    return found[1].replace(" ", "")


def test_new_person_gets_a_pin_that_lets_in(page: Browser, app: Flask, desk: OpenedStation) -> None:
    page.open("/people")
    page.send("/people", name="Trần Văn Bình", role="operator")
    pin = pin_shown(page)
    other = Browser(app.test_client(), desk)
    other.open("/login")
    other.send("/login", name="Trần Văn Bình", pin=pin)
    assert other.address == "/"


def test_pin_is_shown_once_and_kept_in_no_cookie(page: Browser) -> None:
    page.open("/people")
    answer = page.send_only("/people", name="Trần Văn Bình", role="checker")
    page.html = answer.get_data(as_text=True)
    pin = pin_shown(page)
    assert answer.headers["Cache-Control"] == "no-store"
    with page.client.session_transaction() as session:
        assert pin not in str(dict(session))
    assert pin not in page.open("/people")


def test_forgotten_pin_is_replaced(page: Browser, app: Flask, desk: OpenedStation) -> None:
    users.add(desk.station, "Bình", Role.OPERATOR, who="thử", pin=PIN)
    page.open("/people")
    page.send("/people/pin", name="Bình")
    new = pin_shown(page)
    other = Browser(app.test_client(), desk)
    other.open("/login")
    other.send("/login", name="Bình", pin=PIN)
    assert other.address == "/login"
    other.send("/login", name="Bình", pin=new)
    assert other.address == "/"


def test_role_that_is_none_is_refused(page: Browser, desk: OpenedStation) -> None:
    page.open("/people")
    page.send("/people", name="Lan", role="root")
    assert [one.name for one in users.all_users(desk.station)] == [NAME]


def test_person_who_is_none_gets_no_pin(page: Browser) -> None:
    page.open("/people")
    page.send("/people/pin", name="Ai Đó")
    assert "không có người tên Ai Đó" in page.words


def test_person_lent_leaves_the_list_and_is_logged_out(page: Browser, app: Flask, desk: OpenedStation) -> None:
    users.add(desk.station, "Bình", Role.OPERATOR, who="thử", pin=PIN)
    other = Browser(app.test_client(), desk)
    other.open("/login")
    other.send("/login", name="Bình", pin=PIN)
    page.open("/people")
    assert page.html.count("Đưa khỏi danh sách</summary>") == 1, "nobody takes themselves off"
    page.send("/people/leave", name="Bình")
    assert page.address == "/people"
    assert "Bình" not in page.words
    other.open("/")
    assert other.address.startswith("/login")
    assert "Bình" not in other.words
    page.send("/people/leave", name=NAME)
    assert "kỹ thuật viên duy nhất" in page.words
