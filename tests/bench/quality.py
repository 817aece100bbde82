"""How well findings are made at the moment of capture: recall per finding, false alarms on good pages, by volume.

Limits were chosen on the calibration half of the volumes; the other half, and drawn ledgers, report. One row for each
finding and half, one for false alarms, one for the time. ``--table`` writes the tables and failures of
docs/quality.md instead, ``--half calibration`` shows the half on which limits may be changed.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import cv2
import numpy as np

from drivers.drawn import PageKind, draw_page
from station.domain.finding_codes import FindingCode
from station.domain.finding_limits import Limits
from station.imaging import decoding
from station.imaging.findings import CODES, PageDefects, find_defects, fingerprint
from station.imaging.findings.prepared import PreparedPicture
from station.imaging.image_facts import Defect
from station.ledger import near_duplicates
from tests.bench.rows import tell
from tests.station import covered_parts, damaged, damaged_parts, registers
from tests.station.damaged import DPI, Frame, Picture

AGAIN, LIMITS = 6, Limits()
A4 = (210.0, 297.0)
AMONG = "near-duplicate among its ledger"
SEEDS = {"calibration drawn": (0, 1, 2), "report drawn": (50, 51, 52)}
#: Pages of a drawn ledger, and of how many first ones nobody expects to be known again.
LEDGER, FEW = 24, 7


@dataclass(frozen=True)
class Page:
    """A page without defects but those of ``true``, and what is known of it."""

    name: str
    volume: str
    half: str
    picture: Picture
    frame: Frame
    paper: tuple[float, float]
    turn: float = 0.0
    dark_ground: bool = False
    excused: tuple[str, ...] = ()
    true: tuple[str, ...] = ()


@dataclass
class Tally:
    """What came out: for recall (code, half, volume) and for good pages (half, volume), with the failures by name."""

    hits: dict[tuple[str, str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    good: dict[tuple[str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    alarms: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    failures: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def look(self, picture: Picture, paper: tuple[float, float]) -> PageDefects:
        started = time.thread_time()
        defects = find_defects(picture, DPI, limits=LIMITS, paper_mm=paper)
        self.seconds.append(time.thread_time() - started)
        return defects

    def expect(
        self, code: str, what: str, page: Page, picture: Picture, paper: tuple[float, float] | None = None
    ) -> None:
        """The damaged ``picture`` of ``page`` must be found to be ``code``."""
        page_defects = self.look(picture, paper or page.paper)
        hit = code in {defect.code for defect in page_defects.defects}
        self.count(
            code, what, page, hit, ", ".join(f"{defect.code} {defect.detail}" for defect in page_defects.defects)
        )

    def count(self, code: str, what: str, page: Page, hit: bool, detail: str) -> None:
        self.hits[code, page.half, page.volume].append(hit)
        if not hit:
            self.failures.append(f"{page.half} | {page.name} | {code} missed | {what} | {detail or 'nothing found'}")

    def accept(self, what: str, page: Page, picture: Picture, alike: str = "") -> str:
        """Nothing may be found on ``picture`` but what is truly there; gives its fingerprint."""
        page_defects = self.look(picture, page.paper)
        wrong = [defect for defect in page_defects.defects if defect.code not in page.excused]
        # The station asks only where the next sheet shows the same; here one is too many.
        wrong += [Defect(FindingCode.STREAKS, "", place) for place in page_defects.streaks]
        self.good[page.half, page.volume].append(not wrong)
        for defect in wrong:
            self.alarms[defect.code, page.half] += 1
            self.failures.append(f"{page.half} | {page.name} | false {defect.code} | {what} | {defect.detail}")
        return page_defects.fingerprint


def real_pages(half: str) -> Iterator[Page]:
    for one in registers.PAGES if registers.FOLDER.is_dir() else ():
        if (one.volume in registers.CALIBRATION) == (half == "calibration"):
            excused = (*one.true, *one.either)
            yield Page(
                *(one.name, one.volume, half, one.picture(), one.frame, one.paper, one.turn, one.dark_ground),
                excused=excused,
                true=one.true,
            )


def drawn_pages(half: str) -> Iterator[Page]:
    for seed in SEEDS[half]:
        for number, kind in ((1, PageKind.COVER), *((n, PageKind.ENTRY) for n in range(2, 7)), (7, PageKind.CLOSING)):
            yield entry(half, seed, number, kind)


def entry(half: str, seed: int, number: int, kind: PageKind = PageKind.ENTRY) -> Page:
    """One drawn page. Drawn as large as it is scanned: drawn small, print comes out unlike from page to page."""
    code = ("KS", "KH", "KT")[SEEDS[half].index(seed)]
    picture = decoding.reduced_view(np.array(draw_page(number, seed=seed, dpi=300, type_code=code, kind=kind)), 300)
    return Page(f"drawn {code} seed {seed} page {number}", f"drawn {code}", half, picture, damaged.DRAWN, A4)


def try_page(tally: Tally, page: Page, seed: int) -> list[str]:
    """Good and damaged variants of one page; gives the fingerprints of its good ones, the untouched first."""
    prints = [tally.accept("as it is", page, page.picture)]
    prints += [
        tally.accept(f"again {index}", page, damaged.again(page.picture, seed * 100 + index)) for index in range(AGAIN)
    ]
    grey = cv2.cvtColor(cv2.cvtColor(page.picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    tally.accept("grey", page, grey)
    if "cut-edge" not in page.excused:
        tally.accept("on its side", page, np.ascontiguousarray(np.rot90(page.picture)))
    if page.volume.startswith("drawn"):
        for name, ground in (("pale lid", damaged.PALE_LID), ("dark ground", damaged.DARK_GROUND)):
            tally.accept(name, page, damaged.again(damaged.on_ground(page.picture, ground, 12), seed))
    for code in page.true:
        tally.expect(code, "as it is", page, page.picture)
    for code, what, picture in damaged.damaged(page.picture, page.frame, seed):
        tally.expect(code, what, page, picture)
    for code, what, picture, _ in damaged_parts.damaged_in_part(page.picture, seed):
        tally.expect(code, what, page, picture)
    for at, wide, strength, light in (
        (0.3, 0.15, 0.5, False),
        (0.6, 0.3, 0.3, False),
        (0.45, 0.6, 0.12, False),
        (0.75, 0.6, 0.6, True),
    ):
        at_mm = at * page.picture.shape[1] * 25.4 / DPI
        streaked = covered_parts.streaked(page.picture, at_mm, wide, strength, light=light)
        places = tally.look(streaked, page.paper).streaks
        hit = any(left <= at <= right for left, _, right, _ in places)
        tally.count("streaks", f"{wide} mm, {strength:.0%} {'lighter' if light else 'darker'}", page, hit, "")
    for what, picture in covered_parts.stained(page.picture, seed):
        tally.accept(what, page, picture)
    rng = random.Random(f"quality/{seed}")
    ground = damaged.DARK_GROUND if page.dark_ground else damaged.PALE_LID
    for total in (1.5, 2.2, 3.5, 5.5, 8.0):
        turn = rng.choice((-1, 1)) * total - page.turn
        picture = damaged.through_jpeg(damaged.turned(page.picture, turn, ground))
        tally.expect("skew", f"turned {turn:+.1f}", page, picture)
    for factor in (0.5**0.5, 2**0.5):
        size = (page.paper[0] * factor, page.paper[1] * factor)
        tally.expect("wrong-size", f"paper x {factor:.2f}", page, page.picture, size)
    short = page.picture[: round(0.72 * page.picture.shape[0])]
    tally.expect("wrong-size", "28 % not scanned", page, short)
    return prints


def try_spreads(tally: Tally, pages: list[Page]) -> None:
    """Neighbours laid side by side, and the true facing pages of the registers."""
    by_name = {page.name: page for page in pages}
    for left, right in registers.FACING:
        if left in by_name:
            whole = damaged.laid_open(by_name[left].picture, by_name[right].picture, shadow=0.0)
            tally.expect("two-pages", "truly facing", by_name[left], whole)
    for index, page in enumerate(pages):
        others = [other for other in pages if other.volume == page.volume and other is not page]
        beside = others[index % len(others)].picture if others else damaged.again(page.picture, index)
        for shadow in (0.15, 0.35):
            whole = damaged.through_jpeg(damaged.laid_open(page.picture, beside, shadow))
            tally.expect("two-pages", f"laid open, shadow {shadow}", page, whole)


def try_neighbours(tally: Tally, pages: list[Page]) -> None:
    """Good pages as they lie in a book: with a strip of the facing page, and dirt in the fold."""
    for index, page in enumerate(pages):
        others = [other for other in pages if other.volume == page.volume and other is not page] or pages
        other = others[index % len(others)].picture
        if "cut-edge" not in page.excused:
            for what, picture in damaged_parts.good_with_neighbours(page.picture, other, index):
                tally.accept(what, page, picture)


def try_covered(tally: Tally, pages: list[Page]) -> None:
    """A hand or thumb on the page, a folded corner, a torn edge; what may show below is a leaf of the volume."""
    for index, page in enumerate(pages):
        others = [other for other in pages if other.volume == page.volume and other is not page] or [page]
        other = others[index % len(others)].picture
        paper = PreparedPicture.of(page.picture, DPI).paper
        share = page.picture.shape[1] / paper.ground.shape[1]
        left, top, right, bottom = (int(side * share) for side in paper.box)
        for what, picture, _ in covered_parts.covered(page.picture, other, index, (left, top, right, bottom)):
            tally.expect("covered", what, page, picture)


def try_likeness(tally: Tally, pages: list[Page], prints: list[list[str]]) -> None:
    """Each page of a register must be known again among all of its half, and no other be taken for it."""
    for at, (page, (first, *others)) in enumerate(zip(pages, prints, strict=True)):
        fingerprints = {number: its for number, (its, *_) in enumerate(prints)}
        for index, other in enumerate(others):
            _known_again(tally, page, at, index, twin_among(fingerprints, other))
        turned = tally.look(np.ascontiguousarray(np.rot90(damaged.again(page.picture, at), 2)), page.paper).fingerprint
        _known_again(tally, page, at, AGAIN, twin_among(fingerprints, turned))
        del fingerprints[at]
        _no_twin(tally, page, twin_among(fingerprints, first))


def try_ledgers(tally: Tally, half: str) -> None:
    """Ledgers of one printed form, page after page; then some of the pages once more."""
    for page_of in (partial(entry, half, seed) for seed in SEEDS[half]):
        fingerprints: dict[int, str] = {}
        again = []
        for number in range(2, 2 + LEDGER):
            page = page_of(number)
            its = tally.look(page.picture, page.paper).fingerprint
            _no_twin(tally, page, twin_among(fingerprints, its))
            fingerprints[number] = its
            if number % 2 and number > FEW:
                for index in range(2):
                    other = damaged.again(page.picture, number * 10 + index)
                    again.append((page, number, index, tally.look(other, page.paper).fingerprint))
        for page, number, index, its in again:
            _known_again(tally, page, number, index, twin_among(fingerprints, its))


def twin_among(fingerprints: dict[int, str], its: str) -> int | None:
    """As the station does it: the nearest at a glance are compared finely (see station.ledger.near_duplicates)."""
    nearest = near_duplicates.nearest_pages(its, [fingerprint.coarse(one) for one in fingerprints.values()])
    numbers = list(fingerprints)
    return fingerprint.near_duplicate(its, {numbers[place]: fingerprints[numbers[place]] for place in nearest}, LIMITS)


def _known_again(tally: Tally, page: Page, at: int, index: int, match: int | None) -> None:
    tally.count("near-duplicate", f"again {index}", page, match == at, f"taken for {match}")


def _no_twin(tally: Tally, page: Page, match: int | None) -> None:
    tally.good[page.half, AMONG].append(match is None)
    if match is not None:
        tally.alarms["near-duplicate", page.half] += 1
        tally.failures.append(f"{page.half} | {page.name} | false near-duplicate | of {match} |")


def run(half: str) -> Tally:
    tally = Tally()
    pages = list(drawn_pages(half) if half.endswith("drawn") else real_pages(half))
    prints = [try_page(tally, page, index) for index, page in enumerate(pages)]
    try_spreads(tally, pages)
    try_neighbours(tally, pages)
    try_covered(tally, pages)
    if half in SEEDS:
        try_ledgers(tally, half)
    else:
        try_likeness(tally, pages, prints)
    return tally


def rows(half: str, tally: Tally) -> None:
    for code in CODES:
        by_volume = {volume: hits for (its, _, volume), hits in tally.hits.items() if its == code}
        hits = [hit for each in by_volume.values() for hit in each]
        if hits:
            recall = sum(hits) / len(hits)
            shares = {volume: f"{sum(each)}/{len(each)}" for volume, each in by_volume.items()}
            tell("quality", [recall], None, unit="recall", limit=0.9, settings={"finding": code, "half": half} | shares)
    pages = {volume: good for (_, volume), good in tally.good.items() if volume != AMONG}
    good = [one for each in pages.values() for one in each]
    shares = {volume: f"{len(each) - sum(each)}/{len(each)}" for volume, each in pages.items()}
    share = 1 - sum(good) / len(good)
    tell("quality", [share], None, unit="false alarms per good page", limit=0.02, settings={"half": half} | shares)
    tell("quality", [s * 1000 for s in tally.seconds], None, unit="ms CPU", limit=None, settings={"half": half})


def interval(hits: list[bool]) -> str:
    """Between which shares the true one lies at 95 % (Wilson), as if each were a page of its own."""
    count, share, z = len(hits), sum(hits) / len(hits), 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    wide = z / (1 + z * z / count) * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    return f"{middle - wide:.2f}-{middle + wide:.2f}"


def table(half: str, tally: Tally) -> None:
    volumes = list(dict.fromkeys(volume for _, _, volume in tally.hits))
    heads = ["finding", "recall", "false alarms", *volumes]
    print(f"\n### {half}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for code in CODES:
        cells = [tally.hits.get((code, half, volume), []) for volume in volumes]
        hits = [hit for cell in cells for hit in cell]
        recall = f"{sum(hits) / len(hits):.3f} ({interval(hits)}) of {len(hits)}" if hits else "–"
        shares = " | ".join(f"{sum(cell)}/{len(cell)}" if cell else "–" for cell in cells)
        print(f"| {code} | {recall} | {tally.alarms[code, half]} | {shares} |")
    for (_, volume), good in tally.good.items():
        print(f"\nGood {volume}: {len(good) - sum(good)} of {len(good)} with a false alarm")
    print("\n" + "\n".join(tally.failures))


def arguments() -> tuple[list[str], bool]:
    """The halves that are asked for, those that report if none is, and whether as tables."""
    halves = ["report", "report drawn"]
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--half", action="append", choices=("calibration", "calibration drawn", *halves))
    asked = parser.parse_args()
    return asked.half or halves, asked.table


def main() -> None:
    """Try the halves that are asked for."""
    halves, as_tables = arguments()
    cv2.setNumThreads(1)
    for half in halves:
        if half.endswith("drawn") or registers.FOLDER.is_dir():
            (table if as_tables else rows)(half, run(half))


if __name__ == "__main__":
    main()
