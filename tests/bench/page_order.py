"""Whether pages out of order are told: leaves left out, laid twice, of another book, on their heads; and false alarms.

Every page is drawn and read by the reader itself; what it read is laid into a real catalogue, one page after the other,
and judged behind each. An event is told when a finding stands at its page or the next one before the second next page
is laid. Then once more with the event's page damaged where its number stands: stamped over, cut off, or faint in turn.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parents[2]))

from drivers.drawn import DrawnPage, PageKind, forms, plan
from drivers.drawn.sheet import HEIGHT, DrawnSheet
from station.catalogue.models import Capture, Finding
from station.imaging.decoding import Pixels
from station.ledger import reading_findings
from station.reading.fields import PageReading
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from tests.bench.rows import say, tell
from tests.station.opened_station import OpenedStation, opened_station
from tests.station.pages_read import read

LEDGER, YEAR, DPI = "KS.2007.01", 2007, 150
OWN, OTHER = forms.book("KS", YEAR, 1, 7), forms.book("KS", YEAR, 2, 8)
EVENTS = ("left out", "laid twice", "another book", "on its head")
CODES = dict(zip(EVENTS, ("page-jump", "page-repeat", "wrong-ledger", "upside-down"), strict=True))
DAMAGE = ("stamped over", "cut off", "faint")


#: By label and code.
Findings = set[tuple[str, str]]


@dataclass(frozen=True)
class LaidPage:
    """A page as it is laid on the glass; ``event`` is what went wrong at it, ``damage`` what its number suffered."""

    page: DrawnPage
    book: forms.Book = OWN
    turned: bool = False
    damage: str = ""
    event: str = ""


@cache
def reader() -> PageReader:
    return PageReader()


@cache
def what_is_read(page: DrawnPage, book: forms.Book, turned: bool, damage: str, pages: int) -> PageReading:
    pixels = drawn(page, book, damage, pages)
    return reader().read(PageImage(np.ascontiguousarray(np.rot90(pixels, 2) if turned else pixels)))


def drawn(page: DrawnPage, book: forms.Book, damage: str, pages: int) -> Pixels:
    sheet = DrawnSheet(random.Random(f"{book.label}/{page.number}"), DPI)
    match page.kind:
        case PageKind.COVER:
            forms.cover(sheet, book)
        case PageKind.ENTRY:
            assert page.date is not None
            forms.entry(sheet, book, page.entry or 0, page.date, page.printed or 0)
        case PageKind.BLANK:
            forms.blank(sheet, page.printed or 0)
        case PageKind.CLOSING:
            assert page.date is not None
            forms.closing(sheet, book, pages - 1, pages - 30, page.date, page.printed or 0)
    if damage == "stamped over":
        sheet.stamp(forms.RIGHT - 4, HEIGHT - 9, forms.STAMP_TEXT)
    pixels = np.asarray(sheet.image)
    if damage == "cut off":
        return pixels[: -sheet.px(12)]
    if damage == "faint":
        paper = np.median(pixels, axis=(0, 1))
        return np.asarray(paper + (pixels - paper) / 3, np.uint8)
    return pixels


def good(pages: int) -> list[LaidPage]:
    return [LaidPage(page) for page in plan(pages, seed=7, year=YEAR)]


def troubled(pages: int, each: int, damages: Sequence[str]) -> list[LaidPage]:
    """The same ledger with so many of each event, a few good pages between any two."""
    plain = good(pages)
    entries = [index for index, one in enumerate(plain) if one.page.kind is PageKind.ENTRY and 3 < index < pages - 4]
    rng = random.Random(pages)
    spaced = entries[:: max(1, len(entries) // (each * len(EVENTS)))][: each * len(EVENTS)]
    kinds = [event for event in EVENTS for _ in range(each)][: len(spaced)]
    rng.shuffle(kinds)
    events = dict(zip(spaced, kinds, strict=True))
    foreign = cycle([page for page in plan(pages, seed=8, year=YEAR) if page.kind is PageKind.ENTRY][pages // 10 :])
    damage = iter(list(damages) * pages)
    pages_laid: list[LaidPage] = []
    for index, one in enumerate(plain):
        match events.get(index):
            case "left out":
                continue  # told at the page behind
            case "laid twice":
                pages_laid += [one, LaidPage(one.page, damage=next(damage), event="laid twice")]
            case "another book":
                pages_laid += [one, LaidPage(next(foreign), OTHER, damage=next(damage), event="another book")]
            case "on its head":
                pages_laid.append(LaidPage(one.page, turned=True, damage=next(damage), event="on its head"))
            case _ if events.get(index - 1) == "left out":
                pages_laid.append(LaidPage(one.page, damage=next(damage), event="left out"))
            case _:
                pages_laid.append(one)
    return pages_laid


def lay(desk: OpenedStation, ledger: str, pages_laid: Sequence[LaidPage], pages: int) -> Iterator[tuple[int, Findings]]:
    """Lay one page after the other; behind each, its place and all findings so far."""
    for place, laid in enumerate(pages_laid):
        (label,) = desk.lay(ledger)
        read(desk, ledger, **{f"p{label}": what_is_read(laid.page, laid.book, laid.turned, laid.damage, pages)})
        reading_findings.judge(desk.station, ledger)
        query = select(Capture.label + " " + Finding.code).join(Finding, Finding.capture_id == Capture.id)
        yield place, {tuple(row.split()) for row in desk.all(query)}


def run(name: str, pages_laid: Sequence[LaidPage], pages: int) -> None:
    """Lay a ledger and say what was told in time, and what was told of pages at which nothing was wrong."""
    with tempfile.TemporaryDirectory() as folder, opened_station(Path(folder)) as desk:
        ledger = desk.ledger(LEDGER)
        timely: Counter[str] = Counter()
        of: Counter[str] = Counter()
        findings: Findings = set()
        right: Findings = set()
        began = time.thread_time()
        pending: dict[int, str] = {}
        for place, findings in lay(desk, ledger, pages_laid, pages):
            event = pages_laid[place].event
            if event:
                of[event] += 1
                pending[place] = event
            for at, what in list(pending.items()):
                near = {(f"{at + 1:03d}", CODES[what]), (f"{at + 2:03d}", CODES[what])} & findings
                if near:
                    timely[what] += 1
                    right |= near
                if near or place > at:
                    if not near:
                        say(f"{name}: {what} at {at + 1:03d} ({pages_laid[at].damage or 'whole'}) was not told in time")
                    del pending[at]
        for label, code in sorted(findings - right):
            say(f"{name}: {code} at {label}: {pages_laid[int(label) - 1]}")
        row = {"run": name, "pages": len(pages_laid), "CPU s": round(time.thread_time() - began)}
        for event, count in of.items():
            about = {"what": event, "of": count, **row}
            tell("page_order", [timely[event] / count], None, unit="told in time", limit=0.95, settings=about)
        usual = sum(not one.event for one in pages_laid)
        about = {"of": usual, **row}
        tell("page_order", [len(findings - right)], None, unit="false alarms", limit=usual / 300, settings=about)


def main() -> None:
    """Lay the ledger three times: as it should be, with events, with events at damaged pages."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--each", type=int, default=20, help="of each event")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    runs: dict[str, Callable[[], list[LaidPage]]] = {
        "good": lambda: good(options.pages),
        "events": lambda: troubled(options.pages, options.each, [""]),
        "events, damaged": lambda: troubled(options.pages, options.each, DAMAGE),
    }
    for name, make in runs.items():
        run(name, make(), options.pages)


if __name__ == "__main__":
    main()
