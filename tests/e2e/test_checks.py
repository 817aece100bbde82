"""The first look in a real browser by keys alone, and its verdicts at the command line."""

from __future__ import annotations

import os
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.e2e.entry_desk import EntryDesk, Office
from tests.stations import Command


def shows(page: Page, *labels: str) -> None:
    expect(page.locator('#verdict [name="shown"]')).to_have_value(",".join(labels))
    expect(page.locator("#right")).to_be_enabled()


def said(command: Command, ledger: str, *options: str) -> list[tuple[str, str | None, str | None]]:
    rows: list[dict[str, Any]] = command.json("check", ledger, *options)
    return [(row["seq"], row["verdict"], row["reason"]) for row in rows]


def look(desk: EntryDesk) -> Page:
    desk.page.goto(f"{desk.address}/checks")
    return desk.page


def test_pages_are_looked_at_by_one_key_each_alone_and_side_by_side(entry_office: Office) -> None:
    desk = entry_office.desk(5)
    page = look(desk)
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    shows(page, "001")
    page.keyboard.press("Enter")
    shows(page, "002")
    page.keyboard.press("6")
    shows(page, "003")
    page.keyboard.press("b")
    shows(page, "003", "004")
    page.keyboard.press("ArrowRight")
    expect(page.locator('#verdict [name="chosen"]')).to_have_value("004")
    shows(page, "003", "004")
    take_pictures(page)
    page.keyboard.press("7")
    expect(page.locator('#verdict [name="chosen"]')).to_have_value("003")
    shows(page, "003", "004")
    page.keyboard.press("Enter")
    shows(page, "005")
    page.keyboard.press("Enter")
    expect(page.locator(".rejected-pages tbody tr")).to_have_count(2)
    assert said(desk.command, desk.ledger) == [
        ("001", "right", None),
        ("002", "rejected", "hand"),
        ("003", "right", None),
        ("004", "rejected", "folded"),
        ("005", "right", None),
    ]
    assert not mistakes


def test_no_verdict_before_the_picture_is_there(entry_office: Office) -> None:
    desk = entry_office.desk(1)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    desk.page.route("**/image/**", hold)
    desk.page.goto(f"{desk.address}/checks", wait_until="commit")
    expect(desk.page.locator("#right")).to_be_disabled()
    desk.page.keyboard.press("Enter")
    assert said(desk.command, desk.ledger) == [("001", None, None)]
    for route in held:
        route.continue_()
    shows(desk.page, "001")
    desk.page.locator("#right").click()
    expect(desk.page.locator(".notice.done").first).to_be_visible()
    assert said(desk.command, desk.ledger) == [("001", "right", None)]


def test_verdicts_at_the_command_line(scanned_scraps: Command, tmp_path_factory: Any) -> None:
    command = scanned_scraps.copy(tmp_path_factory.mktemp("checks") / "station")
    command.run("check", "KH.2007.01", "001,003", "ok")
    command.run("check", "KH.2007.01", "002", "reject", "--code", "torn", "--note", "góc trên", "--operator", "Lan")
    assert said(command, "KH.2007.01", "--rejected") == [("002", "rejected", "torn")]
    (row,) = command.json("check", "KH.2007.01", "--rejected")
    assert (row["note"], row["who"]) == ("góc trên", "Lan")
    command.run("check", "KH.2007.01", "003", "reject")
    assert said(command, "KH.2007.01", "list")[2:] == [("003", "rejected", "other"), ("004", None, None)]
    assert "009" in command.refused("check", "KH.2007.01", "009", "ok")
    command.run("check", "KH.2007.01", "001", "reject", "--code", "ugly", exit_status=2)
    command.run("check", "KH.2007.01", "001", exit_status=2)


def take_pictures(page: Page) -> None:
    """Both languages, where somebody wants to look at them."""
    if not (folder := os.environ.get("TRAMQUET_PICTURES")):
        return
    for code in ("en", "vi"):
        if page.locator("html").get_attribute("lang") != code:
            page.locator(f'.me button[lang="{code}"]').click()
        expect(page.locator("#right")).to_be_enabled()
        page.screenshot(path=f"{folder}/checks-{code}.png")
