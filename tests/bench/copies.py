"""How readable upload copies are: bytes, time, what reads the same, what is left of the ink; per codec and as chosen.

Truth is the master itself: what the reader is sure of there must be read the same on the copy, in its place ("in
place") and, harder, by the whole reader that looks for its places anew ("anew"). The real registers and ``--forms N``
drawn forms; failures by name go to stderr.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from tests.bench.rows import say, tell

sys.path.insert(0, str(Path(__file__).parents[2]))

from drivers.drawn import PageKind, forms, plan
from drivers.drawn.sheet import DrawnSheet
from station.copies import upload_copy
from station.copies.page_copy import A4, Budget, UploadCopy, area
from station.domain.states import CopyCodec
from station.imaging import ink, page_codecs
from station.reading import page_image, rereading
from station.reading.fields import Field, Grade
from station.reading.grading import SURE
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from station.reading.recogniser import Recogniser
from tests.station import registers

#: Bytes for an A4 page.
BUDGETS = (100_000, 150_000)
DPI = 200
#: A field of the copy is the same one when their middles are so near (shares of its height).
_NEAR = 0.7


@dataclass
class Page:
    """A page with its resolution (dpi) and all that the reader is sure of on it."""

    kind: str
    name: str
    image: PageImage
    dpi: float
    fields: list[Field]


@dataclass
class Tally:
    """What came out for one codec at one budget."""

    bytes_per_a4: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    ink: list[float] = field(default_factory=list)
    in_place: list[bool] = field(default_factory=list)
    anew: list[bool] = field(default_factory=list)
    unreadable: int = 0


def pages(reader: PageReader, count: int) -> Iterator[Page]:
    for one in registers.PAGES if registers.FOLDER.is_dir() else ():
        image = page_image.load(registers.FOLDER / f"{one.name}.jpg", sys.maxsize)
        kind, dpi = ("film", 200.0) if one.dark_ground else ("colour register", 300.0)
        yield Page(kind, one.name, image, dpi, sure(reader, kind, image))
    for seed in range(9500, 9500 + count):
        rng = random.Random(seed)
        code, year = rng.choice(("KS", "KH", "KT")), rng.randint(1976, 2025)
        entry = rng.choice([one for one in plan(150, seed=seed, year=year) if one.kind is PageKind.ENTRY])
        assert entry.date is not None
        sheet = DrawnSheet(random.Random(seed), 300)
        forms.entry(
            sheet, forms.book(code, year, rng.randint(1, 15), seed), entry.entry or 0, entry.date, entry.printed or 0
        )
        image = PageImage(np.asarray(sheet.image))
        yield Page("drawn form", f"drawn {code} {seed}", image, 300.0, sure(reader, "drawn form", image))


def sure(reader: PageReader, kind: str, image: PageImage) -> list[Field]:
    return [one for one in read(reader, kind, image) if one.grade is Grade.SURE and rereading.is_readable_again(one)]


def read(reader: PageReader, kind: str, image: PageImage) -> tuple[Field, ...]:
    """What the whole reader reads, at the size at which it reads masters."""
    longest = max(image.pixels.shape[:2])
    if longest > page_image.LONGEST:
        share = page_image.LONGEST / longest
        small = cv2.resize(image.pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        image = PageImage(np.asarray(small, np.uint8), image.share * share)
    return (reader.read_form(image) if kind == "drawn form" else reader.read_register(image)).fields


def by_codec(page: Page, codec: CopyCodec, budget: int) -> UploadCopy:
    """The page in one codec and at one budget, whatever comes of it."""
    pixels, dpi = upload_copy.reduced(page.image.pixels, (page.dpi, page.dpi), DPI)
    limit = Budget(budget, budget).steps(_area(page))[0]
    data = page_codecs.jpeg2000(pixels, [limit])[0]
    if codec is CopyCodec.JPEG:
        data = page_codecs.jpeg(pixels, limit, lowest=1) or data
    share = ink.share_kept(page_codecs.as_grey(pixels), page_codecs.as_grey(page_codecs.decode(data)))
    return UploadCopy(data, codec, pixels.shape[1], pixels.shape[0], pixels.ndim == 2, dpi, share, 0, ())


def _area(page: Page) -> float:
    return area(page.image.width, page.image.height, (page.dpi, page.dpi))


def judge(
    reader: PageReader, recogniser: Recogniser, page: Page, copy: UploadCopy, seconds: float, tally: Tally, where: str
) -> None:
    tally.bytes_per_a4.append(len(copy.data) / _area(page) * A4)
    tally.seconds.append(seconds)
    tally.ink.append(copy.ink)
    tally.unreadable += not copy.is_readable
    shown = upload_copy.as_page(page_codecs.decode(copy.data), page.image)
    again = read(reader, page.kind, shown)
    for one in page.fields:
        height = one.box[3] - one.box[1]
        there = [
            each
            for each in again
            if each.kind is one.kind and abs(sum(each.box[1::2]) - sum(one.box[1::2])) < 2 * _NEAR * height
        ]
        tally.anew.append(any(each.value == one.value for each in there))
    before = rereading.read_again(page.image, page.fields, recogniser)
    after = rereading.read_again(shown, page.fields, recogniser)
    for one, (value, sure_of), (copied, probable) in zip(page.fields, before, after, strict=True):
        if sure_of >= SURE:
            tally.in_place.append(copied == value)
            if copied != value:
                say(f"{where} {page.name}: {one.kind} {value} reads {copied} ({probable:.2f})")


def main() -> None:
    """Copy everything, in each way."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--forms", type=int, default=12)
    count = parser.parse_args().forms
    cv2.setNumThreads(1)
    reader, recogniser = PageReader(), Recogniser()
    tallies: dict[tuple[str, str, int], Tally] = defaultdict(Tally)
    for page in pages(reader, count):
        for budget in BUDGETS:
            for way in (*CopyCodec, "chosen"):
                began = time.thread_time()
                if isinstance(way, CopyCodec):
                    copy = by_codec(page, way, budget)
                else:
                    dpi = (page.dpi, page.dpi)
                    copy = upload_copy.make(page.image, dpi, Budget(budget, 2 * budget), page.fields, recogniser)
                took = time.thread_time() - began
                judge(
                    reader, recogniser, page, copy, took, tallies[page.kind, way, budget], f"{way} {budget // 1000} kB"
                )
    for (kind, way, budget), tally in tallies.items():
        settings = {"what": kind, "codec": str(way), "kB per A4": budget // 1000, "pages": len(tally.seconds)}
        tell("copies", tally.bytes_per_a4, None, unit="bytes per A4", limit=None, settings=settings)
        tell("copies", tally.seconds, None, unit="s CPU", limit=1.0 if way == "chosen" else None, settings=settings)
        tell(
            "copies", tally.ink, None, unit="ink kept", limit=None, settings=settings | {"unreadable": tally.unreadable}
        )
        for name, same in (("in place", tally.in_place), ("anew", tally.anew)):
            if same:
                fields = {"fields": len(same), "other": len(same) - sum(same)}
                unit = f"sure fields read the same {name}"
                tell("copies", [float(np.mean(same))], None, unit=unit, limit=0.99, settings=settings | fields)


if __name__ == "__main__":
    main()
