from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from flask import Flask

from station.access import device_pairing, users
from station.access.login_lifetime import IDLE_SECONDS
from station.access.login_limiter import LoginLimiter
from station.daemon.supervisor import Daemon
from station.domain.roles import Role
from tests.station.opened_station import OpenedStation, opened_station
from tests.web.browsing import NAME, PIN, Browser
from web.app import create_app
from web.view_context import ViewContext

#: Everything a person sees needs a login; these do not.
OPEN = {"login.login", "health.healthz", "health.metrics", "static", "bootstrap.static"}


def logged_in(browser: Browser) -> bool:
    return browser.client.get("/").status_code == 200


def seen(browser: Browser, ago: float) -> None:
    """As if the person had last done something so many seconds ago."""
    with browser.client.session_transaction() as session:
        session["seen"] = time.time() - ago


def test_right_pin_leads_to_the_list_of_ledgers(stranger: Browser) -> None:
    stranger.open("/")
    assert stranger.address.startswith("/login")
    stranger.send("/login", name=NAME, pin=PIN)
    assert stranger.address == "/"
    assert NAME in stranger.words


@pytest.mark.parametrize(("name", "pin"), [(NAME, "000001"), ("Ai Đó", PIN), (NAME, ""), ("", "")])
def test_wrong_pin_and_unknown_name_are_answered_alike(stranger: Browser, name: str, pin: str) -> None:
    stranger.open("/login")
    stranger.send("/login", name=name, pin=pin)
    assert stranger.address == "/login"
    assert "Tên hoặc mã PIN không đúng" in stranger.words
    assert not logged_in(stranger)


def test_guessing_is_slowed_down_for_a_name_from_whatever_browser(app: Flask, desk: OpenedStation) -> None:
    now = [1000.0]
    app.extensions["tramquet"] = ViewContext(
        app.extensions["tramquet"].daemon, LoginLimiter(desk.station, lambda: now[0])
    )
    for _ in range(5):
        browser = Browser(app.test_client(), desk)
        browser.open("/login")
        browser.send("/login", name=NAME, pin="000001")
    browser.send("/login", name=NAME, pin=PIN)
    assert "Nhập sai mã PIN quá nhiều lần. Hãy đợi 30 giây" in browser.words or "Hãy đợi 31 giây" in browser.words
    now[0] += 31
    browser.send("/login", name=NAME, pin=PIN)
    assert logged_in(browser)


def test_first_start_asks_for_the_first_technician_and_only_then(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened_station(tmp_path_factory.mktemp("new")) as desk:
        browser = Browser(create_app(Daemon(desk.station)).test_client(), desk)
        browser.open("/")
        assert "Lần chạy đầu tiên" in browser.words
        browser.send("/first", name=NAME, pin=PIN, again="135791")
        assert "không giống nhau" in browser.words
        browser.send("/first", name=NAME, pin="111111", again="111111")
        assert "ít nhất 6 chữ số" in browser.words
        assert users.all_users(desk.station) == []
        browser.send("/first", name=NAME, pin=PIN, again=PIN)
        assert [(one.name, one.role) for one in users.all_users(desk.station)] == [(NAME, Role.TECHNICIAN)]
        assert logged_in(browser)

        other = Browser(browser.client.application.test_client(), desk)
        other.open("/")
        assert "Lần chạy đầu tiên" not in other.words
        other.send("/first", name="Kẻ Lạ", pin=PIN, again=PIN)
        assert "Trạm đã có kỹ thuật viên đầu tiên" in other.words
        assert len(users.all_users(desk.station)) == 1
        assert not logged_in(other)


def test_logging_out_ends_the_login(page: Browser) -> None:
    page.open("/")
    page.send("/logout")
    assert page.address == "/login"
    assert not logged_in(page)


def copy_of(browser: Browser, app: Flask) -> Browser:
    """Another browser with the same cookie."""
    cookie = browser.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie
    client = app.test_client()
    client.set_cookie(cookie.key, cookie.value)
    return Browser(client, browser.desk)


def test_copied_cookie_lets_nobody_in_once_the_person_logged_out(
    page: Browser, app: Flask, desk: OpenedStation
) -> None:
    thief = copy_of(page, app)
    seen(thief, 60)
    thief.open("/deliveries")  # renewed: it is not the same cookie any more
    other = Browser(app.test_client(), desk)
    other.open("/login")
    other.send("/login", name=NAME, pin=PIN)
    page.open("/")
    page.send("/logout")
    assert not logged_in(thief)
    assert logged_in(other)
    restarted = create_app(Daemon(desk.station))
    assert not logged_in(copy_of(thief, restarted))
    assert logged_in(copy_of(other, restarted))


def test_no_login_lasts_longer_than_12_hours_whatever_is_done_with_it(page: Browser) -> None:
    for ago, lasts in ((12 * 3600 - 60, True), (12 * 3600 + 60, False)):
        with page.client.session_transaction() as session:
            session["begun"] = time.time() - ago
            session["seen"] = time.time() - 60
        assert logged_in(page) is lasts


def test_login_ends_after_half_an_hour_without_anybody(page: Browser) -> None:
    seen(page, IDLE_SECONDS - 5)
    assert logged_in(page)
    seen(page, IDLE_SECONDS + 5)
    assert not logged_in(page)


def test_what_a_person_does_keeps_the_login(page: Browser) -> None:
    seen(page, IDLE_SECONDS - 5)
    before = time.time()
    page.open("/deliveries")
    with page.client.session_transaction() as session:
        assert session["seen"] >= before


@pytest.mark.parametrize("path", ["/news", "/deliveries/board", "/image/1/small"])
def test_what_the_page_asks_by_itself_does_not_keep_the_login(page: Browser, path: str) -> None:
    seen(page, IDLE_SECONDS - 5)
    assert "Set-Cookie" not in page.client.get(path, headers={"X-Fragment": "1"}).headers
    seen(page, IDLE_SECONDS + 5)
    answer = page.client.get(path, headers={"X-Fragment": "1"})
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/login")


def test_clock_that_was_years_off_ends_the_login(page: Browser) -> None:
    seen(page, -86400 * 365)
    assert not logged_in(page)


def test_answer_held_back_does_not_bring_back_a_login(page: Browser) -> None:
    """What was asked before logging out is answered after it; that answer must not set the old cookie again."""
    answer = page.client.get("/news?since=0")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_new_pin_ends_logins_by_the_old_one(page: Browser, desk: OpenedStation) -> None:
    assert logged_in(page)
    users.reset_pin(desk.station, NAME, who="kỹ thuật")
    assert not logged_in(page)


def test_login_outlives_a_restart_of_the_daemon(page: Browser, desk: OpenedStation) -> None:
    cookie = page.client.get_cookie(page.client.application.config["SESSION_COOKIE_NAME"])
    assert cookie
    client = create_app(Daemon(desk.station)).test_client()
    client.set_cookie(cookie.key, cookie.value)
    assert client.get("/").status_code == 200


def test_cookie_is_kept_from_scripts_and_from_other_sites(stranger: Browser) -> None:
    stranger.open("/login")
    answer = stranger.send_only("/login", name=NAME, pin=PIN)
    (morsel,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert morsel["httponly"]
    assert morsel["samesite"] == "Strict"
    assert morsel["path"] == "/"
    assert not morsel["domain"]
    assert PIN not in answer.headers["Set-Cookie"]


def test_everything_but_the_login_needs_a_login(stranger: Browser, app: Flask) -> None:
    stranger.open("/login")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in OPEN:
            continue
        path = re.sub(r"<int:\w+>", "1", rule.rule).replace("<size>", "small")
        path = re.sub(r"<\w+>", "x", path)
        answer = stranger.client.get(path)
        assert answer.headers.get("Location", "").startswith("/login"), rule
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint in ("login.enter", "login.first", "login.speak"):
            continue
        path = re.sub(r"<\w+>", "x", re.sub(r"<int:\w+>", "1", rule.rule))
        assert stranger.send_only(path).headers.get("Location", "").startswith("/login"), rule


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CHECKER])
def test_people_are_for_technicians_only(app: Flask, desk: OpenedStation, role: Role) -> None:
    users.add(desk.station, "Bình", role, who="thử", pin=PIN)
    browser = Browser(app.test_client(), desk)
    browser.open("/login")
    browser.send("/login", name="Bình", pin=PIN)
    assert "/people" not in browser.html
    browser.open("/people", status=403)
    assert "Vai trò của bạn không được làm việc này" in browser.words
    assert browser.send_only("/people", name="Lan", role="technician").status_code == 403
    assert browser.send_only("/people/pin", name=NAME).status_code == 403
    assert len(users.all_users(desk.station)) == 2


def test_language_is_chosen_per_browser_and_kept_over_the_login(stranger: Browser) -> None:
    stranger.open("/login")
    stranger.send("/language/en")
    assert "Log in" in stranger.words
    stranger.send("/login", name=NAME, pin=PIN)
    assert "Ledgers" in stranger.words


def test_login_begins_with_nothing_that_was_there_before(stranger: Browser) -> None:
    stranger.open("/login")
    with stranger.client.session_transaction() as session:
        session["left"] = "by another person"
    before = stranger.html
    stranger.send("/login", name=NAME, pin=PIN)
    assert logged_in(stranger)
    with stranger.client.session_transaction() as session:
        assert "left" not in session
    stranger.html = before
    assert stranger.send_only("/deliveries/pause").status_code == 400, "a form from before the login is of nobody"


def test_logout_leaves_nothing_behind(page: Browser) -> None:
    page.open("/")
    with page.client.session_transaction() as session:
        session["left"] = "by this person"
    page.send_only("/logout")
    with page.client.session_transaction() as session:
        assert {"left", "seen", "_user_id"}.isdisjoint(session)


def test_login_lasts_twelve_hours_at_most(stranger: Browser) -> None:
    """Whatever somebody does meanwhile: the cookie is signed with its time, and no older one is taken."""
    stranger.open("/login")
    answer = stranger.send_only("/login", name=NAME, pin=PIN)
    (morsel,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    lasts = parsedate_to_datetime(morsel["expires"]) - datetime.now(UTC)
    assert timedelta(hours=11) < lasts <= timedelta(hours=12)
    assert stranger.client.application.permanent_session_lifetime == timedelta(hours=12)


@pytest.mark.parametrize("path", ["/news?since=0", "/image/1/small", "/ledger/19429/KH.2007.01/scan/coming/1"])
def test_each_thing_that_the_page_asks_by_itself_keeps_no_login(page: Browser, path: str) -> None:
    """Also without the header that fragments are asked with: pictures and news come without it."""
    seen(page, IDLE_SECONDS - 5)
    assert "Set-Cookie" not in page.client.get(path).headers
    with page.client.session_transaction() as session:
        assert time.time() - session["seen"] > IDLE_SECONDS - 60


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CHECKER])
def test_devices_are_for_technicians_only(tmp_path: Path, role: Role) -> None:
    with opened_station(tmp_path, "[lan]\nenabled = true\n") as desk:
        users.add(desk.station, "Bình", role, who="thử", pin=PIN)
        browser = Browser(create_app(Daemon(desk.station)).test_client(), desk)
        browser.open("/login")
        browser.send("/login", name="Bình", pin=PIN)
        assert browser.client.get("/devices").status_code == 403
        for path in ("/devices", "/devices/revoke"):
            assert browser.send_only(path, name="Máy bàn").status_code == 403
        assert device_pairing.paired_devices(desk.station) == []


@pytest.mark.parametrize(
    ("view", "stay", "leads_to"),
    [
        ("/ledger/19429/KH.2007.01/entries?page=001", "1", "/ledger/19429/KH.2007.01/entries?page=001"),
        ("/ledger/19429/KH.2007.01/entries?page=001", "", "/"),
        ("/people", "1", "/"),
    ],
)
def test_next_person_goes_on_at_the_ledgers_view_where_that_was_asked_for(
    page: Browser, desk: OpenedStation, view: str, stay: str, leads_to: str
) -> None:
    desk.lay(desk.ledger(), 1)
    page.open(view)
    page.send("/logout", stay=stay) if stay else page.send("/logout")
    assert page.address == "/login"
    page.send("/login", name=NAME, pin="000001")
    page.send("/login", name=NAME, pin=PIN)
    assert page.address == leads_to


def test_script_whose_login_has_ended_takes_no_form_and_no_cookie(page: Browser, desk: OpenedStation) -> None:
    desk.ledger()
    page.open("/ledger/19429/KH.2007.01/entries")
    with page.client.session_transaction() as session:
        ended = dict(session)
    page.send("/logout")
    form = page.html
    with page.client.session_transaction() as session:
        shown = dict(session)
        session.clear()
        session.update(ended)
    for path in ("/news?since=0", "/ledger/19429/KH.2007.01/entries?after=001"):
        answer = page.client.get(path, headers={"Sec-Fetch-Mode": "cors"})
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (302, False), path
    assert page.client.get("/login", headers={"Sec-Fetch-Mode": "cors"}).status_code == 401
    with page.client.session_transaction() as session:
        assert dict(session) == ended, "what an old answer says changes nothing"
        session.clear()
        session.update(shown)
    page.html = form
    page.send("/login", name=NAME, pin=PIN)
    assert page.address == "/"
