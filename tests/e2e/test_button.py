"""``tramquet scan`` at a scanner whose own button asks for each page."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.drivers.button_scanner import GLASS, ButtonScanner
from tests.stations import Command
from tests.waiting import PATIENCE

LEDGER = "KS.2003.11"


def test_pages_come_by_the_button_until_there_are_enough(
    write_settings: Callable[..., Command], button: ButtonScanner
) -> None:
    command = write_settings(None, more=GLASS)
    command.run("ledger", "add", "KS", "2003", "11")
    with command.start("scan", LEDGER, "--scanner", "glass", "--pages", 2, "--json") as scan:
        assert scan.stdout
        assert scan.stderr
        assert "button of the scanner" in scan.stderr.readline()
        told = []
        for _ in range(2):
            button.until_asked(2)
            button.press()
            told.append(json.loads(scan.stdout.readline())["seq"])
        assert scan.wait(PATIENCE) == 0
        assert told == ["001", "002"]
        assert scan.stderr.read() == "", "it is said once"
