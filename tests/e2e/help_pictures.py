"""The pictures in the page's help: a view as it is used, its parts numbered as the help's words count them.

``script/pictures`` takes them; the tests that it runs lead to views that take some preparation. Without
``TRAMQUET_HELP_PICTURES``, the folder to keep them in, none are taken.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.browser import PICTURES_SHOWN, choose_language

#: By the name of a view's help: where the parts are that ``help-…-parts`` of the texts describes, a line for each.
PARTS = {
    "login": (".names", "#pin"),
    "ledgers": ("[name=find]", "a.ledger", "details.add", "#inventory"),
    "scan": ("#action", "#newest", ".strip", ".ledger-bar nav", ".ledger-counts"),
    "look": (".notice.asking", ".picture-frame", ".side button, .side a.asks-act", "#zoom"),
    "entries": ("#paper", "#printed", "#number", "#date", "#save", ".holds", ".near"),
    "renumber": ("#renumbering table", "#renumbering .primary", "#renumbering a.secondary"),
    "runs": ("#run .crop", "#run input", "#accept", "#leave-out"),
    "regions": (".page-lines", ".entry-lines", ".entry-side .primary"),
    "rows": (".paper", "#row-groups input", "#rows-left", "#row-finish"),
    "decide": (".versions", "#row-finish"),
    "checks": ("#paper", "#right", ".reasons", ".check-ways"),
    "pages": (".grid-head", ".tile", ".tile-state"),
    "finish": (".totals-stated", "#minutes", "#package", ".revision"),
    "paper": (".card-form form", "#cover", ".ledger-data"),
    "files": (".file-name", ".file-acts a", ".attached button", ".files-packages"),
    "folder": (".drop",),
    "queue": (".queue-head", ".package h2", ".shipment progress", ".shipment .state"),
    "plan": (".plan-sum", ".plan-course svg", ".plan-more summary"),
    "report": ("#from", "#print", ".report-files a"),
    "people": (".person-add", ".people .act"),
    "inventory": ("#list", ".names", ".inventory-send .primary"),
    "reconciliation": ("#list", ".inventory-send .primary"),
    "covers": ("#print", ".cover-sheet svg, .cover-sheet img", ".cover-means"),
    "labels": ("#print", "[name=first]", ".ledger-label"),
    "minutes": ("#print", ".report-files a"),
    "history": (".history tbody tr",),
    "target": ("#print", ".report-tools .notice, .report-tools p:last-child", ".capture-target"),
    "devices": (".device-add", ".device-way", ".people .act summary"),
    "pair": ("#code", ".card-form .primary"),
}
#: How wide the pictures are (pixels), and the quality of their encoding: small print can be read.
WIDTH, QUALITY = 1000, 60

_MARK = """(selectors) => selectors.forEach((selector, index) => {
  const part = [...document.querySelectorAll(selector)].find((one) => one.checkVisibility());
  const place = part.getBoundingClientRect(), mark = document.createElement("b");
  mark.className = "help-mark";
  mark.textContent = index + 1;
  Object.assign(mark.style, {
    position: "fixed", zIndex: 99, width: "34px", border: "2px solid #fff", borderRadius: "19px",
    boxSizing: "content-box", textAlign: "center", color: "#fff", background: "#a4262c",
    font: "bold 20px/34px sans-serif",
    left: `${Math.max(2, Math.min(innerWidth - 42, place.left - 12))}px`,
    top: `${Math.max(2, Math.min(innerHeight - 42, place.top - 12))}px`,
  });
  document.body.append(mark);
})"""


def keep_help_picture(page: Page, name: str, again: Callable[[Page], object] = lambda _: None) -> None:
    """Keep the view's picture in both languages: as it is opened anew, and then led ``again`` to what it shows."""
    if not (folder := os.environ.get("TRAMQUET_HELP_PICTURES")):
        return
    shown = page.locator("html").get_attribute("lang") or "vi"
    anew = page.context.new_page()
    for language in ("vi", "en"):
        anew.goto(page.url)
        choose_language(anew, language)
        anew.goto(page.url)
        again(anew)
        target = Path(folder) / language / f"{name}.webp"
        target.parent.mkdir(parents=True, exist_ok=True)
        _marked(anew, PARTS[name]).save(target, quality=QUALITY, method=6)
    anew.goto(page.url)
    choose_language(anew, shown)
    anew.close()


def _marked(page: Page, parts: tuple[str, ...]) -> Image.Image:
    for part in parts:
        expect(page.locator(part).filter(visible=True).first).to_be_visible()
    page.wait_for_function(PICTURES_SHOWN)
    page.evaluate(_MARK, parts)
    with Image.open(BytesIO(page.screenshot())) as picture:
        height = round(picture.height * WIDTH / picture.width)
        return picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
