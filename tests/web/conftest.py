"""What the tests of the page share: the application on an opened station, and browsers with and without a login."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import NAME, PIN, Browser
from desk import Desk, opened
from flask import Flask

from station import people
from station.daemon import Daemon
from station.people import Role
from web.app import create_app


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A station with two places and a stick, opened, which knows one technician."""
    with opened(tmp_path) as ready:
        people.add(ready.station, NAME, Role.TECHNICIAN, who=NAME, pin=PIN)
        yield ready


@pytest.fixture
def daemon(desk: Desk) -> Iterator[Daemon]:
    """What would run at that station; a session that was begun from the page ends with it."""
    daemon = Daemon(desk.station)
    yield daemon
    daemon.desk.close(30)


@pytest.fixture
def app(daemon: Daemon) -> Flask:
    """The page of that station."""
    return create_app(daemon)


@pytest.fixture
def stranger(app: Flask, desk: Desk) -> Browser:
    """A browser that nobody logged in with."""
    return Browser(app.test_client(), desk)


@pytest.fixture
def page(app: Flask, desk: Desk) -> Browser:
    """A browser in which the technician is logged in."""
    browser = Browser(app.test_client(), desk)
    browser.open("/login")
    browser.send("/login", name=NAME, pin=PIN)
    return browser
