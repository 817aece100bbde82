"""In a real browser: files of an officer's own PC become pages, though the line breaks off and the tab is closed."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Request, Route, expect

from tests.drivers.dropping import photo, saved, scanned
from tests.e2e.browser import CHROMIUM, keep_pictures
from tests.e2e.entry_desk import EntryDesk, Office
from tests.waiting import eventually

DROP = """([name, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], name));
  const how = { dataTransfer: data, bubbles: true, cancelable: true };
  for (const kind of ["dragover", "drop"]) document.querySelector(".drop").dispatchEvent(new DragEvent(kind, how));
}"""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def pages(desk: EntryDesk) -> list[str]:
    return [row["seq"] for row in desk.command.json("pages", desk.ledger)]


@pytest.fixture
def desk(entry_office: Office) -> EntryDesk:
    return entry_office.desk(1)


def test_files_are_chosen_and_dropped_and_become_pages_in_the_order_of_their_names(
    desk: EntryDesk, tmp_path: Path
) -> None:
    chosen = {"trang 10.jpg": photo(3), "trang 2.jpg": photo(1), "trang 9.pdf": scanned([2, 5]), "hỏng.jpg": b"x"}
    for name, content in chosen.items():
        (tmp_path / name).write_bytes(content)
    page = desk.page
    page.goto(f"{desk.address}/scan")
    page.click("#to-files")
    page.set_input_files("#files", [tmp_path / name for name in chosen])
    page.evaluate(DROP, ["thêm.jpg", base64.b64encode(photo(4)).decode()])
    expect(page.locator("#sent-count")).to_contain_text("Đã gửi 5/5 tệp")
    names = page.locator("#sent-files .name").all_text_contents()
    assert names == ["hỏng.jpg", "trang 2.jpg", "trang 9.pdf", "trang 10.jpg", "thêm.jpg"]
    eventually(lambda: len(pages(desk)) == 6)
    expect(page.locator(".rejected")).to_contain_text("hỏng.jpg")

    def send_more(tab: Page) -> None:
        more = [tmp_path / f"trang {number}.jpg" for number in (11, 12)]
        for place, file in enumerate(more):
            file.write_bytes(photo(6 + place))
        tab.set_input_files("#files", more)
        expect(tab.locator("#sent-count")).to_have_text(re.compile("2.*2"))

    keep_pictures(page, "files-sent", send_more)
    page.locator(".rejected button").click()
    expect(page.locator(".rejected")).to_have_count(0)
    files = {hashlib.sha256(content).hexdigest(): name for name, content in {**chosen, "thêm.jpg": photo(4)}.items()}
    with closing(sqlite3.connect(desk.command.data / "catalogue.sqlite3")) as catalogue:
        tokens = catalogue.execute("SELECT token FROM capture JOIN region ON capture_id = capture.id ORDER BY label")
        came = [files.get(token.partition(":")[0]) for (token,) in tokens if token]
    assert [name for name in came if name] == ["trang 2.jpg", *["trang 9.pdf"] * 2, "trang 10.jpg", "thêm.jpg"]


def test_line_that_breaks_off_and_a_tab_that_is_closed_cost_nothing(desk: EntryDesk, tmp_path: Path) -> None:
    large = tmp_path / "lớn.jpg"
    large.write_bytes(saved(Image.effect_noise((1654, 2339), 100), "JPEG", quality=90))
    assert large.stat().st_size > 2.5 * 1024**2, "three pieces at least"
    page, person = desk.page, desk.page.context
    sent: list[str] = []

    def breaks_off(route: Route) -> None:
        """Asked for its place, a piece, cut off, asked again, a second piece; then the line is dead."""
        if len(sent) == 2 or len(sent) > 4:
            route.abort()
        else:
            route.continue_()
        sent.append(route.request.url)

    page.route("**/folder/files", breaks_off)
    page.goto(f"{desk.address}/folder")
    page.set_input_files("#files", large)
    expect(page.locator("#sent-files li span").last).to_contain_text("Mất kết nối với trạm")
    expect(page.locator("#sent-files progress")).to_have_js_property("value", 2 * 1024**2)

    def send_over_a_dead_line(tab: Page) -> None:
        tab.route("**/folder/files", lambda route: route.abort())
        tab.set_input_files("#files", large)
        expect(tab.locator("#sent-files li span").last).not_to_be_empty()

    keep_pictures(page, "files-line", send_over_a_dead_line)
    page.close()

    asked: list[Request] = []

    def note(request: Request) -> None:
        if request.url.endswith("/folder/files"):
            asked.append(request)

    again = person.new_page()
    again.goto(f"{desk.address}/folder")
    again.on("request", note)
    again.set_input_files("#files", large)
    expect(again.locator("#sent-count")).to_contain_text("Đã gửi 1/1 tệp")
    eventually(lambda: len(pages(desk)) == 2)
    answer = asked[0].response()
    assert answer
    # What waited in the closed tab for its dead line may get through as that closes: a third piece is there then.
    there = answer.json()["offset"]
    assert there >= 2 * 1024**2, "two pieces are not sent again"
    assert len(asked) == 1 + -(-(large.stat().st_size - there) // 1024**2)
