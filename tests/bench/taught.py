"""How well pages are told that differ from their ledger: fainter, less sharp, on another form; and the false alarms.

Each page is held against the other pages of its volume. Real volumes are short: for ink and sharpness each of their
pages is known as it was scanned four times, and columns are known from two pages on instead of eight. One row for each
kind of damage and half; ``--table`` writes the tables of docs/quality.md, with each failure by name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from unittest.mock import patch

import cv2

from drivers.drawn import PageKind
from station.domain.finding_codes import FindingCode
from station.imaging.findings import PageDefects, find_defects
from station.imaging.image_facts import Appearance
from station.ledger import form_findings, ledger_appearance
from station.ledger.ledger_appearance import LedgerPage
from tests.bench.quality import LIMITS, SEEDS, Page, arguments, entry, interval, real_pages
from tests.bench.rows import say, tell
from tests.station import damaged, damaged_parts, registers
from tests.station.damaged import DPI, Picture

SCANS, ENTRIES = 4, 14
FADED, DISCS = (0.75, 0.6, 0.45, 0.25), (0.4, 0.6, 0.8, 1.0)
#: The film cut off this page's first column: that its lines stand elsewhere is true.
EXCUSED = {"DAFANCH96_048MIC06479_L-1": {FindingCode.OTHER_FORM}}
#: What says the same of a page by itself.
ALONE = {FindingCode.FAINTER: {"faded", "light"}, FindingCode.LESS_SHARP: {"blur"}, FindingCode.OTHER_FORM: set[str]()}


@dataclass
class Volume:
    """The pages of one volume, and what was found on each: as it is, and scanned again."""

    name: str
    pages: list[Page]
    scans: dict[str, list[PageDefects]] = field(default_factory=dict)

    def looks(self, besides: Page, *, scans: int) -> list[Appearance]:
        """What the other pages look like, as they were scanned so often."""
        found = [one for page in self.pages if page is not besides for one in self.scans[page.name][1 : 1 + scans]]
        return [one.appearance for one in found if one.appearance is not None]


@dataclass
class Outcome:
    """What came out by (half, code, what was done) and volume, with the page alone and with its ledger."""

    told: dict[tuple[str, str, str], dict[str, list[bool]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    failures: list[str] = field(default_factory=list)

    def count(self, half: str, code: str, what: str, volume: str, hit: bool) -> None:
        self.told[half, code, what][volume].append(hit)


def look_at(picture: Picture, page: Page) -> PageDefects:
    return find_defects(picture, DPI, limits=LIMITS, paper_mm=page.paper)


def straightened(page: Page) -> Picture:
    """A page that lies crooked is asked about as such, and not held against its ledger's form."""
    return damaged.turned(page.picture, -page.turn) if abs(page.turn) > LIMITS.skew / 2 else page.picture


def volumes(half: str) -> Iterator[Volume]:
    if half in SEEDS:
        for seed in SEEDS[half]:
            pages = [entry(half, seed, number) for number in range(2, 2 + ENTRIES)]
            yield Volume(pages[0].volume, pages)
    else:
        by_volume = groupby(real_pages(half), key=lambda page: page.volume)
        yield from (Volume(name, list(pages)) for name, pages in by_volume)


def codes_of(volume: Volume, page: Page, found: PageDefects) -> set[str]:
    """What the station asks of a page as one of this volume, beside what it asks of the page alone."""
    if found.appearance is None:
        return set()
    alone = {one.code for one in found.defects}
    several = SCANS if len(volume.pages) <= ledger_appearance.FEWEST else 1
    known = [LedgerPage(one, frozenset(), frozenset()) for one in volume.looks(page, scans=several)]
    forms = [LedgerPage(one, frozenset(), frozenset()) for one in volume.looks(page, scans=1)]
    form = form_findings.doubt(forms, found.appearance, LIMITS, alone)
    doubts = ledger_appearance.doubts(known, found.appearance, LIMITS, alone)
    return {str(one.code) for one in (*doubts, *([form] if form else []))}


def try_volume(outcome: Outcome, half: str, volume: Volume, others: Sequence[Volume]) -> None:
    for number, page in enumerate(volume.pages):
        picture = straightened(page)
        half_used = damaged.through_jpeg(damaged_parts.partly_filled(picture, page.frame, 0.3))
        good = [*volume.scans[page.name], look_at(half_used, page)]
        for what, found in zip(("as it is", *["again"] * SCANS, "a third filled in"), good, strict=True):
            for code in codes_of(volume, page, found) - EXCUSED.get(page.name, set()):
                outcome.failures.append(f"{half} | {page.name} | false {code} | {what}")
                outcome.count(half, f"false {code}", "", volume.name, True)
            outcome.count(half, "good", "", volume.name, True)
        for left in FADED:
            paler = look_at(damaged.again(damaged.faded(picture, left, number), number), page)
            expect(outcome, half, volume, page, FindingCode.FAINTER, f"{left:.0%} of the contrast left", paler)
        for disc in DISCS:
            softer = look_at(damaged.again(damaged_parts.defocused_disc(picture, disc), number), page)
            expect(outcome, half, volume, page, FindingCode.LESS_SHARP, f"discs of {disc} mm", softer)
    for other in others:
        for page in other.pages:
            if "cut-edge" not in page.true:
                it = other.scans[page.name][0]
                expect(outcome, half, volume, page, FindingCode.OTHER_FORM, f"a page of {other.name}", it)


def expect(
    outcome: Outcome, half: str, volume: Volume, page: Page, code: FindingCode, what: str, found: PageDefects
) -> None:
    alone = not ALONE[code].isdisjoint(one.code for one in found.defects)
    hit = alone or code in codes_of(volume, page, found)
    outcome.count(half, code, what, volume.name, hit)
    outcome.count(half, f"{code} alone", what, volume.name, alone)
    if not hit:
        outcome.failures.append(f"{half} | {page.name} | {code} missed in {volume.name} | {what}")


def try_covers(outcome: Outcome, half: str, volume: Volume, seed: int) -> None:
    """Covers and closing pages may be on another form than entries are."""
    for number, kind in ((1, PageKind.COVER), (20, PageKind.CLOSING)):
        page = entry(half, seed, number, kind)
        hit = FindingCode.OTHER_FORM in codes_of(volume, page, look_at(damaged.again(page.picture, seed), page))
        outcome.count(half, "other-form asked of", kind, volume.name, hit)


def run(half: str, outcome: Outcome) -> None:
    found = list(volumes(half))
    for volume in found:
        say(f"{half}: {volume.name}")
        for number, page in enumerate(volume.pages):
            picture = straightened(page)
            scans = [picture, *(damaged.again(picture, 100 * number + index) for index in range(SCANS))]
            volume.scans[page.name] = [look_at(one, page) for one in scans]
    with patch.object(form_findings, "FEWEST", ledger_appearance.FEWEST if half in SEEDS else 2):
        for volume in found:
            if len(volume.pages) > 2:
                say(f"{half}: {volume.name} against itself and the others")
                try_volume(outcome, half, volume, [other for other in found if other is not volume])
    for seed, volume in zip(SEEDS.get(half, ()), found, strict=False):
        try_covers(outcome, half, volume, seed)


def table(outcome: Outcome) -> None:
    for (half, code, what), by_volume in outcome.told.items():
        hits = [hit for each in by_volume.values() for hit in each]
        shares = ", ".join(f"{volume} {sum(each)}/{len(each)}" for volume, each in by_volume.items())
        print(f"| {half} | {code} | {what} | {sum(hits)} of {len(hits)} ({interval(hits)}) | {shares} |")
    print("\n" + "\n".join(outcome.failures))


def rows(outcome: Outcome) -> None:
    for (half, code, what), by_volume in outcome.told.items():
        hits = [hit for each in by_volume.values() for hit in each]
        shares = {volume: f"{sum(each)}/{len(each)}" for volume, each in by_volume.items()}
        settings = {"half": half, "finding": code, "what": what} | shares
        tell("taught", [sum(hits) / len(hits)], None, unit="share told", limit=None, settings=settings)


def main() -> None:
    """Try the halves that are asked for."""
    halves, as_table = arguments()
    cv2.setNumThreads(1)
    outcome = Outcome()
    for half in halves:
        if half in SEEDS or registers.FOLDER.is_dir():
            run(half, outcome)
    (table if as_table else rows)(outcome)


if __name__ == "__main__":
    main()
