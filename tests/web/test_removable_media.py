"""What the view of the deliveries says of a stick; tests/station/delivery ejects one, tests/systemd a real one."""

from __future__ import annotations

from pathlib import Path

from station.access import users
from station.daemon.supervisor import Daemon
from station.domain.roles import Role
from tests.station.opened_station import STICK, opened_station
from tests.web.browsing import NAME, PIN, Browser
from web.app import create_app


def test_stick_that_is_not_plugged_in_is_told_and_cannot_be_ejected(tmp_path: Path) -> None:
    with opened_station(tmp_path, f"{STICK}stick = true\n") as desk:
        users.add(desk.station, NAME, Role.OPERATOR, who=NAME, pin=PIN)
        page = Browser(create_app(Daemon(desk.station)).test_client(), desk)
        page.open("/login")
        page.send("/login", name=NAME, pin=PIN)
        page.open("/deliveries")
        assert "Chưa cắm USB “stick”" in page.words
        assert "Tháo USB" not in page.words
        page.send("/sticks/stick/eject")
        assert page.address == "/deliveries"
        assert "không có gì để tháo" in page.words


def test_folder_that_is_no_stick_is_not_offered_to_be_ejected(page: Browser) -> None:
    page.open("/deliveries")
    assert "USB “stick”" not in page.words
    page.send("/sticks/stick/eject")
    assert "không có nơi nhận stick nào là USB" in page.words


def test_nobody_ejects_without_a_login(stranger: Browser) -> None:
    stranger.open("/login")
    assert stranger.send_only("/sticks/stick/eject").status_code in (302, 401)
    stranger.open("/deliveries")
    assert stranger.address.startswith("/login")
