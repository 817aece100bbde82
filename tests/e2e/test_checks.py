"""The looks in a real browser by keys alone, and their verdicts at the command line."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.e2e.browser import keep_pictures
from tests.e2e.entry_desk import LOOKED_AT_TWICE, EntryDesk, Office
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
    page.keyboard.press("Control+ArrowRight")
    expect(page.locator("#paper img")).to_have_attribute("src", re.compile("turn=90"))
    shows(page, "001")
    small = page.locator("#paper img").bounding_box()
    page.keyboard.press("z")
    assert page.locator("#paper img").bounding_box() != small
    keep_pictures(page, "checks-larger")
    page.keyboard.press("z")
    page.keyboard.press("Enter")
    shows(page, "002")
    page.keyboard.press("6")
    shows(page, "003")
    page.keyboard.press("s")
    shows(page, "003", "004")
    page.keyboard.press("ArrowRight")
    expect(page.locator('#verdict [name="chosen"]')).to_have_value("004")
    shows(page, "003", "004")
    keep_pictures(page, "checks")
    page.keyboard.press("7")
    expect(page.locator('#verdict [name="chosen"]')).to_have_value("003")
    shows(page, "003", "004")
    page.keyboard.press("Enter")
    shows(page, "005")
    page.keyboard.press("Enter")
    expect(page.locator(".rejected-pages tbody tr")).to_have_count(2)
    keep_pictures(page, "pages-sent-back")
    assert said(desk.command, desk.ledger) == [
        ("001", "right", None),
        ("002", "rejected", "hand"),
        ("003", "right", None),
        ("004", "rejected", "folded"),
        ("005", "right", None),
    ]
    assert not mistakes


def test_second_look_goes_by_keys_from_page_to_page_of_the_sample(entry_office: Office) -> None:
    desk = entry_office.desk(10, LOOKED_AT_TWICE)
    desk.command.run("check", desk.ledger, "001-010", "ok", "--operator", "Lan")
    chosen = [seq for seq, _, _ in said(desk.command, desk.ledger, "--second")]
    assert 1 < len(chosen) < 5
    desk.page.goto(f"{desk.address}/checks?second=1")
    for label in chosen[:-1]:
        shows(desk.page, label)
        desk.page.keyboard.press("Enter")
    shows(desk.page, chosen[-1])
    keep_pictures(desk.page, "second-look")
    desk.page.keyboard.press("8")
    expect(desk.page.locator(".rejected-pages tbody tr")).to_have_count(1)
    verdicts = [("right", None)] * (len(chosen) - 1) + [("rejected", "torn")]
    assert said(desk.command, desk.ledger, "--second") == [
        (seq, *verdict) for seq, verdict in zip(chosen, verdicts, strict=True)
    ]


def test_reasons_have_digits_up_to_nine_and_nought(entry_office: Office) -> None:
    desk = entry_office.desk(3)
    page = look(desk)
    for label, key in (("001", "9"), ("002", "0")):
        shows(page, label)
        page.keyboard.press(key)
    shows(page, "003")
    page.goto(f"{desk.address}/checks/rejected")
    keep_pictures(page, "pages-sent-back-by-digits")
    assert said(desk.command, desk.ledger) == [
        ("001", "rejected", "glare"),
        ("002", "rejected", "covered"),
        ("003", None, None),
    ]


def test_sample_that_is_all_right_makes_a_checked_ledger_and_a_checked_package(entry_office: Office) -> None:
    desk = entry_office.desk(3, LOOKED_AT_TWICE)
    for number in (1, 2, 3):
        desk.command.run("entry", "set", desk.ledger, f"00{number}", "--number", number, "--date", f"2007-01-0{number}")
    desk.command.run("check", desk.ledger, "001-003", "ok", "--operator", "Lan")
    desk.command.run("ledger", "close", desk.ledger, "--closing-pages", 3, "--closing-entries", 3)
    chosen = [seq for seq, _, _ in said(desk.command, desk.ledger, "--second")]
    page = desk.page
    page.goto(f"{desk.address}/checks?second=1")
    for label in chosen:
        shows(page, label)
        page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_have_count(0)
    page.goto(f"{desk.address}/finish")
    expect(page.locator(".ledger-counts .state-checked")).to_be_visible()
    keep_pictures(page, "ledger-checked")
    page.locator("#package").click()
    expect(page.locator(".revision .state-checked")).to_be_visible()
    expect(page.locator(".revision .state-unproven")).to_have_count(0)
    keep_pictures(page, "package-checked")


def test_verdict_and_page_set_aside_are_taken_back_by_one_key(entry_office: Office) -> None:
    desk = entry_office.desk(3)
    page = look(desk)
    shows(page, "001")
    page.keyboard.press("6")
    shows(page, "002")
    expect(page.locator("#undo")).to_contain_text("Đã trả lại trang 001.")
    keep_pictures(page, "undo-checks")
    page.keyboard.press("Control+z")
    shows(page, "001")
    expect(page.locator(".notice.done")).to_contain_text("Đã hoàn tác")
    assert said(desk.command, desk.ledger) == [(f"{number:03}", None, None) for number in (1, 2, 3)]

    page.goto(f"{desk.address}/pages")
    page.locator("#placing summary").click()
    page.fill("#placing-pages", "002")
    page.locator("#placing .danger").click()
    expect(page.locator(".put-aside .tile")).to_have_count(1)
    expect(page.locator("#undo")).to_contain_text("Đã để riêng trang 002.")
    page.keyboard.press("Control+z")
    expect(page.locator(".put-aside .tile")).to_have_count(0)
    assert [row["seq"] for row in desk.command.json("pages", desk.ledger)] == ["001", "002", "003"]


def test_page_is_set_aside_by_keys_and_enter_there_is_no_verdict(entry_office: Office) -> None:
    desk = entry_office.desk(3)
    page = look(desk)
    shows(page, "001")
    page.focus("#placing summary")
    page.keyboard.press("Enter")
    expect(page.locator("#placing-pages")).to_have_value("001")
    keep_pictures(page, "checks-placing")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#placing .danger")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".notice.done")).to_contain_text("Đã để riêng: 001")
    shows(page, "002")
    page.keyboard.press("Control+z")
    expect(page.locator(".notice.done")).to_contain_text("Đã hoàn tác: Đã để riêng trang 001.")
    shows(page, "001")
    assert [verdict for _, verdict, _ in said(desk.command, desk.ledger)] == [None, None, None]


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


def test_second_look_at_the_command_line(scanned_scraps: Command, tmp_path_factory: Any) -> None:
    command = scanned_scraps.copy(tmp_path_factory.mktemp("checks") / "station")
    command.run("check", "KH.2007.01", "001-004", "ok", "--operator", "Lan")
    assert "[check-second-unneeded]" in command.refused("check", "KH.2007.01", "001", "ok", "--second")
    with command.settings.open("a", encoding="utf-8") as settings:
        settings.write('[checks]\nlooks = "second"\nshare = 100\n')
    assert "[check-same-day]" in command.refused("check", "KH.2007.01", "001", "ok", "--second", "--operator", "Lan")
    command.run("check", "KH.2007.01", "001-003", "ok", "--second", "--operator", "Minh")
    command.run("check", "KH.2007.01", "004", "reject", "--code", "dark", "--second", "--operator", "Minh")
    (row,) = command.json("check", "KH.2007.01", "--rejected")
    assert (row["seq"], row["look"], row["reason"], row["same_person"]) == ("004", "second", "dark", False)
