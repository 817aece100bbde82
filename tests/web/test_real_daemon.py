"""What only the real daemon shows: where it listens, what its server refuses, how it stands many tabs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemons import Browser, Running, running

from tests.stations import Command, eventually, new_station
from web import change_feed
from web.server import THREADS


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, drawn: Path) -> Iterator[tuple[Running, Command, str]]:
    """A daemon with its technician, Hoa, and her PIN."""
    folder = tmp_path_factory.mktemp("real")
    command = new_station(folder, drawn)
    pin = command.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    command.run("ledger", "add", "KH", "2007", "1")
    with running(command, folder) as daemon:
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
    answer = browser.session.post(f"{daemon.address}/login", data=bytes(17 * 1024**2), timeout=30)
    assert answer.status_code == 413


def settled(browser: Browser) -> None:
    """Wait until what was done before is old news."""
    newest, since = 0, time.monotonic()

    def calm() -> bool:
        nonlocal newest, since
        if (version := browser.open("/news?since=0").json()["version"]) != newest:
            newest, since = version, time.monotonic()
        return time.monotonic() - since > 1

    eventually(calm)


def test_two_browsers_with_eight_tabs_each_leave_the_page_answering(real: tuple[Running, Command, str]) -> None:
    """Of the eight tabs of each person two are held until there is news; all others are answered at once."""
    daemon, command, pin = real
    other = command.run("user", "add", "Bình", "--role", "operator").stdout.strip()
    people_there = [Browser(daemon.address), Browser(daemon.address)]
    people_there[0].log_in("Hoa", pin)
    people_there[1].log_in("Bình", other)
    settled(people_there[0])
    waits: list[float] = []
    go_on = threading.Event()

    def tab(browser: Browser) -> None:
        own = Browser(daemon.address)
        own.session.cookies.update(browser.session.cookies)
        version = own.open("/news?since=0").json()["version"]
        waits.append(own.open(f"/news?since={version}").json()["wait"])
        go_on.wait(60)

    tabs = [threading.Thread(target=tab, args=(browser,)) for browser in people_there for _ in range(8)]
    for thread in tabs:
        thread.start()
    # Twelve of sixteen were told to come again later, at once; four are held.
    eventually(lambda: len(waits) >= 12, within=10)
    assert waits[:12].count(2.0) == 12
    for browser in people_there:
        for path in ("/", "/deliveries", "/ledger/19429/KH.2007.01/scan", "/healthz"):
            answer = browser.open(path)
            assert answer.status_code == 200
            assert answer.elapsed.total_seconds() < 5
    command.run("ledger", "add", "KS", "2008", "1")  # news lets the held ones go long before their time is over
    eventually(lambda: len(waits) == 16, within=10)
    go_on.set()
    for thread in tabs:
        thread.join()


def test_together_they_hold_no_more_than_half_of_the_servers_threads() -> None:
    assert THREADS >= 2 * change_feed.HELD_AT_MOST
