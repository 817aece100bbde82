"""What the tests of the commands share: a ledger that was scanned once in the run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.prepared import once
from tests.stations import Command, new_station

if TYPE_CHECKING:
    from tests.e2e.entry_desk import Office


@pytest.fixture(scope="session")
def scanned_scraps(tmp_path_factory: pytest.TempPathFactory, scraps: Path) -> Command:
    """A station whose ledger KH.2007.01, of 2007 and 2008, has the pages 001-004; to be copied."""

    def scan(folder: Path) -> None:
        command = new_station(folder, scraps)
        command.run("ledger", "add", "KH", "2007", "1", "--last-year", 2008)
        command.run("scan", "KH.2007.01", "--pages", 4)

    return Command(once(tmp_path_factory, "scanned-scraps", scan))


@pytest.fixture(scope="module")
def entry_office(tmp_path_factory: pytest.TempPathFactory, scraps: Path) -> Iterator[Office]:
    """A station with its daemon and an officer's browser, for all tests of a module."""
    from tests.e2e.entry_desk import office  # with a browser, which most modules do without

    with office(tmp_path_factory.mktemp("office"), scraps) as opened:
        yield opened
