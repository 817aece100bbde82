"""Open books and pages in halves by the real command: what is told, what is asked for, what the files are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.stations import Command

HALVES = '[[profile]]\nid = "halves"\nlayout = "parts"\npapers = ["A3"]\n'


def test_ledger_of_open_books_gives_two_pages_a_scan(write_settings: Callable[..., Command], scraps: Path) -> None:
    command = write_settings(scraps)
    command.run("ledger", "add", "KH", "1994", "3", "--paper", "A2")
    told = command.scan("scan", "KH.1994.03", "--pages", 2)
    assert [line["seq"] for line in told] == ["001", "002"]
    assert [Path(line["file"]).name for line in told] == ["KH.1994.03.001.jpg", "KH.1994.03.002.jpg"]
    pages = command.json("pages", "KH.1994.03")
    assert [(page["seq"], page["order"]) for page in pages] == [("001.1", 1), ("001.2", 2), ("002.1", 3), ("002.2", 4)]
    command.run("page", "KH.1994.03", "002.1", "whole")
    (told,) = command.scan("page", "KH.1994.03", "001.2", "retake")
    assert (told["seq"], told["revision"]) == ("001", 2)
    shown = command.json("page", "KH.1994.03", "002", "--fold", "45", "--number", "5")
    assert [(page["seq"], page["number"]) for page in shown] == [("002.1", "5"), ("002.2", None)]
    assert "30 to 70" in command.refused("page", "KH.1994.03", "002", "--fold", "90")
    assert command.run("verify").stderr == ""


def test_lower_half_is_asked_for_on_stderr_and_completes_the_page(
    write_settings: Callable[..., Command], scraps: Path
) -> None:
    command = write_settings(scraps, more=HALVES)
    command.run("ledger", "add", "KH", "1994", "3", "--paper", "A3")
    first = command.run("scan", "KH.1994.03", "--pages", 1)
    assert first.stderr.startswith("Page 001 has its upper half only")
    assert command.json("pages", "KH.1994.03")[0]["findings"][-1] == "part-missing"
    second = command.run("scan", "KH.1994.03", "--pages", 1)
    assert second.stderr.count("upper half only") == 1, "it was said before, and not again when all was there"
    (page,) = command.json("pages", "KH.1994.03")
    assert page["seq"] == "001"
    assert "part-missing" not in page["findings"]
