"""What the tests of the page share: the application on an opened station, and browsers with and without a login."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.security import generate_password_hash

from station.access import login_limiter, users
from station.daemon.supervisor import Daemon
from station.domain.roles import Role
from tests.station.opened_station import OpenedStation, opened_station
from tests.waiting import PATIENCE
from tests.web.browsing import NAME, PIN, Browser
from web.app import create_app


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash PINs in no time: that they are hashed slowly is seen in tests/station.

    What unknown names are checked against is kept by the process, so that is another one here.
    """
    quick_hash = partial(generate_password_hash, method="pbkdf2:sha256:1")
    monkeypatch.setattr(users, "generate_password_hash", quick_hash)
    monkeypatch.setattr(login_limiter, "_nobody", partial(quick_hash, "nobody's"))


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Where templates lie compiled, so that not every test compiles them."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("compiled")))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    """A station with two places and a stick, opened, which knows one technician."""
    with opened_station(tmp_path) as ready:
        users.add(ready.station, NAME, Role.TECHNICIAN, who=NAME, pin=PIN)
        yield ready


@pytest.fixture
def daemon(desk: OpenedStation) -> Iterator[Daemon]:
    """What would run at that station; a session that was begun from the page ends with it."""
    daemon = Daemon(desk.station)
    yield daemon
    daemon.scan_service.close(PATIENCE)


@pytest.fixture
def app(daemon: Daemon, compiled: FileSystemBytecodeCache) -> Flask:
    """The page of that station."""
    app = create_app(daemon)
    app.jinja_env.bytecode_cache = compiled
    return app


@pytest.fixture
def stranger(app: Flask, desk: OpenedStation) -> Browser:
    """A browser that nobody logged in with."""
    return Browser(app.test_client(), desk)


@pytest.fixture
def page(app: Flask, desk: OpenedStation) -> Browser:
    """A browser in which the technician is logged in."""
    browser = Browser(app.test_client(), desk)
    browser.open("/login")
    browser.send("/login", name=NAME, pin=PIN)
    return browser
