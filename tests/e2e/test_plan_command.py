"""``tramquet plan``: targets are set and shown, and a ledger has somebody who sees to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stations import Command

LEDGER = "KH.2007.01"


@pytest.fixture
def station(scanned_scraps: Command, tmp_path: Path) -> Command:
    """A ledger with four pages, of which nothing is named."""
    return scanned_scraps.copy(tmp_path / "station")


def targets(station: Command) -> dict[str, dict[str, object]]:
    return {row["subject"]: row for row in station.json("plan", "show")}


def test_target_is_set_shown_and_taken_back(station: Command) -> None:
    assert targets(station)["pages"]["set"] is False
    station.run("plan", "set", "pages", "--total", 100, "--by", "31/12/2099")
    pages = targets(station)["pages"]
    assert (pages["set"], pages["total"], pages["done"], pages["due"]) == (True, 100, 4, "2099-12-31")
    station.run("plan", "set", "pages", "--per-day", 10)
    pages = targets(station)["pages"]
    assert (pages["total"], pages["due"], pages["per_day"], pages["needed_per_day"]) == (4, None, 10, 10)
    station.run("plan", "clear", "pages")
    assert targets(station)["pages"]["set"] is False
    assert "4 trang chờ" in station.run("plan", "show").stdout or "4 pages wait" in station.run("plan", "show").stdout


@pytest.mark.parametrize(
    "words", [(), ("--by", "30/2/2026"), ("--per-day", "-3"), ("--per-day", "3", "--by", "31/12/2099")]
)
def test_target_that_is_none_is_refused(station: Command, words: tuple[str, ...]) -> None:
    station.refused("plan", "set", "pages", *words)
    assert targets(station)["pages"]["set"] is False


def test_ledger_has_somebody_who_sees_to_it(station: Command) -> None:
    station.run("user", "add", "Nguyễn Thị Hoa", "--role", "operator")
    station.run("plan", "responsible", LEDGER, "Nguyễn Thị Hoa")
    (ledger,) = station.json("plan", "ledgers")
    assert (ledger["reference"], ledger["responsible"]) == (f"19429:{LEDGER}", "Nguyễn Thị Hoa")
    assert "Ai Đó" in station.refused("plan", "responsible", LEDGER, "Ai Đó")
    station.run("plan", "responsible", LEDGER)
    assert station.json("plan", "ledgers")[0]["responsible"] is None
