"""Every form of the page in the office's network: it is taken from our own page alone, as at the station."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from station.access import device_pairing, users
from station.daemon.supervisor import Daemon
from station.domain.roles import Role
from tests.station.opened_station import OpenedStation, opened_station
from tests.web.browsing import NAME, PIN, every_form
from web import device_pairing as pairing_page
from web.app import create_app

LAN = '[lan]\nenabled = true\nnames = ["tramquet.example"]\n'
ADDRESS = "https://tramquet.example:8443"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, LAN) as ready:
        users.add(ready.station, NAME, Role.TECHNICIAN, who=NAME, pin=PIN)
        yield ready


@pytest.fixture
def app(desk: OpenedStation) -> Iterator[Flask]:
    daemon = Daemon(desk.station)
    yield create_app(daemon, lan=True)
    daemon.scan_service.close(30)


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """A browser on a device that is not paired."""
    return app.test_client()


@pytest.fixture
def paired(app: Flask, desk: OpenedStation) -> FlaskClient:
    """A browser on a paired device, in which the technician is logged in."""
    browser = app.test_client()
    device = device_pairing.redeem_code(desk.station, device_pairing.offer_code(desk.station, "Máy bàn", who=NAME))
    browser.set_cookie(pairing_page.COOKIE, device, domain="tramquet.example", secure=True)
    form = {"csrf_token": token(browser, "/login"), "name": NAME, "pin": PIN}
    answer = browser.post("/login", base_url=ADDRESS, data=form, headers={"Referer": f"{ADDRESS}/login"})
    assert answer.headers["Location"] == "/"
    assert browser.get("/", base_url=ADDRESS).status_code == 200
    return browser


def token(browser: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(path, base_url=ADDRESS).get_data(as_text=True))
    assert found
    return found[1]


def acts(desk: OpenedStation) -> int:
    return desk.one_row("SELECT count(*) FROM event")


def test_no_form_is_taken_without_its_token(paired: FlaskClient, app: Flask, desk: OpenedStation) -> None:
    right = token(paired, "/")
    before = acts(desk)
    for path in every_form(app):
        for wrong in ({}, {"csrf_token": "guessed"}, {"csrf_token": right[:-2]}):
            answer = paired.post(path, base_url=ADDRESS, data=wrong, headers={"Referer": f"{ADDRESS}/"})
            assert answer.status_code == 400, path
    assert acts(desk) == before


def test_no_form_of_a_device_that_is_not_paired_comes_further_than_the_code(
    stranger: FlaskClient, app: Flask, desk: OpenedStation
) -> None:
    right = token(stranger, "/pair")
    before = acts(desk)
    for path in every_form(app):
        for form in ({}, {"csrf_token": right}):
            answer = stranger.post(path, base_url=ADDRESS, data=form, headers={"Referer": f"{ADDRESS}/pair"})
            if path in ("/pair", "/language/x"):
                assert (answer.status_code == 400) == (not form), path
            else:
                assert answer.headers["Location"] == "/pair", path
    assert acts(desk) == before


@pytest.mark.parametrize(
    "told",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "https://tramquet.example"},  # another port
        {"Origin": "http://tramquet.example:8443"},
        {"Referer": "https://evil.example/"},
        {"Referer": "https://tramquet.example.evil.example:8443/"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=lambda told: " ".join(f"{name} {value}" for name, value in told.items()),
)
def test_form_from_another_page_is_refused_even_with_the_token(
    paired: FlaskClient, app: Flask, desk: OpenedStation, told: dict[str, str]
) -> None:
    right = token(paired, "/")
    before = acts(desk)
    for path in every_form(app):
        headers = {"Referer": f"{ADDRESS}/", **told}
        answer = paired.post(path, base_url=ADDRESS, data={"csrf_token": right}, headers=headers)
        assert answer.status_code == 400, path
    assert acts(desk) == before
