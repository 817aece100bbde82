from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from station import opening, people, reconcile, settings, shelf
from station.desk import Desk
from station.errors import Refused
from station.news import News
from station.opening import Station
from station.sessions import Order
from tests.e2e.slow_scanner import SLOW
from tests.stations import Command, eventually

assert people
LEDGER = "KH.2007.01"
SLOWLY = Order(LEDGER, "Hoa", scanner="slow")


@pytest.fixture
def command(write_settings: Callable[..., Command], scraps: object) -> Command:
    command = write_settings(scraps, more=SLOW)
    command.run("ledger", "add", "KH", "2007", "1")
    return command


@pytest.fixture
def station(command: Command) -> Iterator[Station]:
    with opening.opened(settings.load(command.settings)) as station:
        yield station
