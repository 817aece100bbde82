"""How well pages are read: numbers and days of the real registers by volume, drawn forms, planted jumps, time.

The truth is the transcription beside each image and the plan of the drawn ledgers. The reader's limits were chosen on
the calibration half of the volumes; the other half reports. ``--half calibration`` shows the half on which they may be
changed, ``--forms N`` how many drawn forms are read. Failures by name go to stderr.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from tests.bench.register_truth import nearest, transcript
from tests.bench.rows import say, tell

sys.path.insert(0, str(Path(__file__).parents[2]))

from drivers.drawn import PageKind, forms, plan
from drivers.drawn.sheet import DrawnSheet
from station.reading import page_image, ruled_pages, sequences
from station.reading.detector import Detector
from station.reading.fields import Field, Grade
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from station.reading.recogniser import Recogniser
from tests.station import registers

SURE, LIKELY = Grade.SURE, Grade.LIKELY
#: What is planted into the numbers of a page: so many left out, or (0) one repeated.
JUMPS = (0, 1, 10)
BINS = (0.8, 0.9, 0.95, 0.99, 0.999, 1.0001)


@dataclass
class Tally:
    """What came out, by what was read: how many stand there, and of the fields how many are right or wrong by grade."""

    counts: Counter[str] = field(default_factory=Counter)
    right: Counter[tuple[str, Grade]] = field(default_factory=Counter)
    wrong: Counter[tuple[str, Grade]] = field(default_factory=Counter)
    bins: dict[int, list[bool]] = field(default_factory=lambda: defaultdict(list))
    ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def judge(self, names: Sequence[str], one: Field, true: bool, where: str) -> None:
        """Count a field that was read under each of these ``names``."""
        what = names[0]
        for name in names:
            (self.right if true else self.wrong)[name, one.grade] += 1
        self.bins[int(np.searchsorted(BINS, one.confidence, "right"))].append(true)
        if not true:
            say(f"{where}: {what} {one.value} {one.grade} {one.confidence:.3f} at {one.box}")

    def report(self, what: str, settings: dict[str, object]) -> None:
        """Print the rows of one thing."""
        there, sure = self.counts[what], self.right[what, SURE]
        wrong = self.wrong[what, SURE]
        if not there:
            return
        for unit, share in (
            ("recall sure", sure / there),
            ("wrong of sure", wrong / max(1, sure + wrong)),
            ("recall sure or likely", (sure + self.right[what, LIKELY]) / there),
        ):
            counts = {"of": there, "wrong": wrong, "wrong likely": self.wrong[what, LIKELY]}
            tell("reading", [share], None, unit=unit, limit=None, settings={"what": what, **counts, **settings})


def pages(half: str) -> Iterator[tuple[registers.Real, PageImage]]:
    for one in registers.PAGES if registers.FOLDER.is_dir() else ():
        if (one.volume in registers.CALIBRATION) == (half == "calibration"):
            yield one, page_image.load(registers.FOLDER / f"{one.name}.jpg")


def read_registers(half: str, reader: PageReader, tally: Tally) -> None:
    """Numbers and days, held against what the transcription has at that place."""
    for one, page in pages(half):
        truth = transcript(registers.FOLDER / f"{one.name}.xml")
        kind = "film" if one.dark_ground else "colour"
        began = time.thread_time()
        reading = reader.read_register(page)
        tally.ms[f"{kind} register"].append((time.thread_time() - began) * 1000)
        for name, cells in (("number", truth.numbers), ("date", truth.days)):
            names = (f"{kind} {name}", f"{one.volume} {name}")
            tally.counts.update(dict.fromkeys(names, len(cells)))
            for read_field in reading.fields if cells else ():
                cell = nearest(cells, read_field.box) if read_field.kind == name else None
                if cell is not None:
                    tally.judge(names, read_field, cell.value == int(read_field.value), one.name)
                elif read_field.kind == name:
                    say(f"{one.name}: {name} {read_field.value} {read_field.grade} where the transcription has nothing")


def planted(numbers: Sequence[int], at: int, jump: int) -> list[int]:
    """Which rows are shown: some left out from ``at`` on, or that one twice."""
    order = list(range(len(numbers)))
    return [*order[:at], *order[at + jump :]] if jump else [*order[: at + 1], *order[at:]]


def read_jumps(half: str) -> None:
    """The rows of real pages with some left out, ten left out, one repeated, at every place that leaves enough."""
    detector, recogniser = Detector(), Recogniser()
    sure: list[bool] = []
    timely: list[bool] = []
    for one, page in pages(half):
        truth = transcript(registers.FOLDER / f"{one.name}.xml")
        column = ruled_pages.number_column(page, detector, recogniser)
        rows = [
            (scores, cell.value)
            for box, scores in zip(column.boxes, column.agreement, strict=True)
            if (cell := nearest(truth.numbers, page.box_in_file(box)))
        ]
        for jump in JUMPS:
            for at in range(3, len(rows) - jump - 3):
                shown = [rows[index] for index in planted([value for _, value in rows], at, jump)]
                places = sequences.read([scores for scores, _ in shown], sequences.NextNumber())
                grades = [ruled_pages.grade_of_place(place) for place in places]
                for place, grade, (_, value) in zip(places, grades, shown, strict=True):
                    if grade is SURE:
                        sure.append(place.value != value)
                        if place.value != value:
                            say(f"{one.name}: jump {jump} at {at}: {place.value} sure, {value} stands there")
                behind = slice(at + 1, at + 4) if jump == 0 else slice(at, at + 3)
                followers = zip(places[behind], grades[behind], shown[behind], strict=True)
                timely.append(any(g is not Grade.NONE and p.value == v for p, g, (_, v) in followers))
    settings = {"half": half, "jumps": list(JUMPS)}
    if sure:
        wrong = {"what": "planted jumps", "wrong": sum(sure), "of": len(sure)}
        tell("reading", [float(np.mean(sure))], None, unit="wrong of sure", limit=0.001, settings={**wrong, **settings})
        facts = {"what": "planted jumps", "of": len(timely)}
        tell(
            "reading", [float(np.mean(timely))], None, unit="told in three", limit=0.95, settings={**facts, **settings}
        )


def read_forms(count: int, reader: PageReader, tally: Tally) -> None:
    """Drawn forms of ledgers whose seeds nobody looked at: another clerk, paper, year, book and number each."""
    for seed in range(9000, 9000 + count):
        rng = random.Random(seed)
        code, year = rng.choice(("KS", "KH", "KT")), rng.randint(1976, 2025)
        book = forms.book(code, year, rng.randint(1, 15), seed)
        one = rng.choice(
            [one for one in plan(rng.choice((40, 150, 400)), seed=seed, year=year) if one.kind is PageKind.ENTRY]
        )
        assert one.date is not None
        sheet = DrawnSheet(random.Random(seed), 300)
        forms.entry(sheet, book, one.entry or 0, one.date, one.printed or 0)
        page = PageImage(np.asarray(sheet.image))
        began = time.thread_time()
        reading = reader.read_form(page)
        tally.ms["form"].append((time.thread_time() - began) * 1000)
        truth = {"type": code, "book": str(book.number), "year": str(year), "page": str(one.printed)}
        truth |= {"number": str(one.entry), "date": one.date.isoformat()}
        for kind in truth:
            tally.counts[f"form {kind}"] += 1
        for read_field in reading.fields:
            tally.judge(
                [f"form {read_field.kind}"],
                read_field,
                truth.get(read_field.kind) == read_field.value,
                f"drawn {code} {seed}",
            )


def main() -> None:
    """Read everything once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=("calibration", "report"), default="report")
    parser.add_argument("--forms", type=int, default=120)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    reader, tally = PageReader(), Tally()
    read_registers(options.half, reader, tally)
    read_forms(options.forms, reader, tally)
    for what in sorted(tally.counts):
        tally.report(what, {"half": "drawn" if what.startswith("form") else options.half})
    for which in sorted(tally.bins):
        hits = tally.bins[which]
        shown = {"what": "reliability", "confidence to": min(1.0, BINS[which]), "of": len(hits)}
        tell("reading", [float(np.mean(hits))], None, unit="share right", limit=None, settings=shown)
    for what, ms in tally.ms.items():
        limit = 1000 if what == "form" else 3000
        tell("reading", ms, None, unit="ms CPU", limit=limit, settings={"what": what, "pages": len(ms)})
    read_jumps(options.half)


if __name__ == "__main__":
    main()
