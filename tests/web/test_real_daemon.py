"""What only the real daemon shows: where it listens, what its server refuses, how it stands many tabs."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.station.daemons import Browser, Running, running
from tests.stations import Command, new_station
from tests.waiting import PATIENCE, eventually
from web import change_feed
from web.server import MOST_CONNECTIONS, THREADS

#: The daemon, but that it holds an answer until there is news: then who is held is no matter of time.
HELD = """
import sys
from station.cli import main
from web import change_feed
change_feed.HOLD_SECONDS = 1e6
del sys.argv[0]
main()
"""
HELD_FOR_EVER = (sys.executable, "-c", HELD)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, drawn: Path) -> Iterator[tuple[Running, Command, str]]:
    """A daemon with its technician, Hoa, and her PIN."""
    folder = tmp_path_factory.mktemp("real")
    command = new_station(folder, drawn)
    pin = command.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    command.run("ledger", "add", "KH", "2007", "1")
    with running(command, folder, through=HELD_FOR_EVER) as daemon:
        yield daemon, command, pin


def test_daemon_listens_on_loopback_only(real: tuple[Running, Command, str]) -> None:
    daemon, _, _ = real
    port = int(daemon.address.rpartition(":")[2])
    listening = [
        line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"
    ]
    assert [address for address in listening if int(address.split(":")[1], 16) == port] == [f"0100007F:{port:04X}"]


def test_daemon_refuses_a_foreign_host(real: tuple[Running, Command, str]) -> None:
    daemon, _, _ = real
    assert daemon.get("/login", Host="evil.example")[0] == 421
    assert daemon.get("/login")[0] == 200


def test_request_longer_than_any_form_is_not_even_read(real: tuple[Running, Command, str]) -> None:
    daemon, _, _ = real
    browser = Browser(daemon.address)
    answer = browser.session.post(f"{daemon.address}/login", data=bytes(17 * 1024**2), timeout=PATIENCE)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("connections", "patience"),
    [(120, PATIENCE), (MOST_CONNECTIONS + 50, PATIENCE)],
    ids=["as-many-as-programs-may-keep", "more-than-the-daemon-keeps"],
)
def test_idle_connections_do_not_close_the_page(
    real: tuple[Running, Command, str], connections: int, patience: float
) -> None:
    daemon, _, _ = real
    host, _, port = daemon.address.removeprefix("http://").rpartition(":")
    with ExitStack() as open_ones:
        for number in range(connections):
            idle = open_ones.enter_context(socket.create_connection((host, int(port)), timeout=5))
            if number % 2:
                idle.sendall(b"GET /login HTTP/1.1\r\nHost: ")  # and never says which
        answer = Browser(daemon.address).session.get(f"{daemon.address}/login", timeout=patience)
        assert answer.status_code == 200


def test_two_browsers_with_eight_tabs_each_leave_the_page_answering(real: tuple[Running, Command, str]) -> None:
    """Of the eight tabs of each person two are held until there is news; all others are answered at once."""
    daemon, command, pin = real
    other = command.run("user", "add", "Bình", "--role", "operator").stdout.strip()
    people_there = [Browser(daemon.address), Browser(daemon.address)]
    people_there[0].log_in("Hoa", pin)
    people_there[1].log_in("Bình", other)
    told_to_wait: list[float] = []
    let_go: list[str] = []
    news = threading.Event()

    def tab(browser: Browser) -> None:
        own = Browser(daemon.address)
        own.session.cookies.update(browser.session.cookies)
        seen = 0
        while not news.is_set():
            answer = own.open(f"/news?since={seen}").json()
            if answer["version"] == seen:
                told_to_wait.append(answer["wait"])
                return
            seen = answer["version"]
        let_go.append(own.address)

    tabs = [threading.Thread(target=tab, args=(browser,)) for browser in people_there for _ in range(8)]
    for thread in tabs:
        thread.start()
    eventually(lambda: len(told_to_wait) == 12)
    for browser in people_there:
        for path in ("/", "/deliveries", "/ledger/19429/KH.2007.01/scan", "/healthz"):
            assert browser.open(path).status_code == 200
    assert (told_to_wait, let_go) == ([2.0] * 12, []), "four are held all the time"
    news.set()
    command.run("ledger", "add", "KS", "2008", "1")
    for thread in tabs:
        thread.join(PATIENCE)
    assert len(let_go) == 4


def test_together_they_hold_no_more_than_half_of_the_servers_threads() -> None:
    assert THREADS >= 2 * change_feed.HELD_AT_MOST
