"""``script/bench reconcile``: 600,000 rows of a foreign list against a station's 4,000 keyed births.

Each kind of duplicate is planted fifty times: an entry's own row in another book exactly, without its signs, with day
and month exchanged, and with the mother's name but no day of birth. All other rows are of invented persons who may
share a name or a day by chance; whoever shares both, and has no other mother, is taken for the same. Told are seconds,
the process's peak memory, and of the planted ones how many were found and how many of those found were planted.

Then the list is kept, and looked up in as while keying, by what is typed: 200 births that are there already, disguised
as above, and 800 that are not, of which 600 are nearly: another mother, another day of birth, or a twin. Told are the
time and size of keeping, the time of a look-up, and of both the list and the station's own rows how many were found and
how many of those told were planted.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from drivers.drawn import names
from station.catalogue.models import Entry, EntryRow, RowRevision
from station.ledger import ledgers
from station.packaging.workbook import WorkbookSheet, write_sheets
from station.reconciliation import duplicates, kept_lists, list_columns, reconcile
from station.reconciliation.reconcile import ReconciliationKind
from station.spreadsheets.footers import plain
from tests.bench.rows import say, tell
from tests.station.opened_station import OpenedStation, opened_station

LEDGERS, ENTRIES, PLANTED = 20, 200, 50
LEDGER_OF = "19429:KS.2007.{:02}"
HEADER = ("so", "quyenSo", "ngayDangKy", "nksHoTen", "nksNgaySinh", "meHoTen")


@dataclass(frozen=True)
class Birth:
    """A child, the day it was born on, and its mother."""

    name: str
    born: date
    mother: str


def birth(rng: random.Random) -> Birth:
    """Invent one."""
    day = date(rng.randint(1950, 2010), rng.randint(1, 12), rng.randint(1, 28))
    child = names.person(rng, day, male=rng.random() < 0.5, age=(0, 0)).name
    return Birth(child, day, names.person(rng, day, male=False, age=(18, 40)).name)


def keyed_births(desk: OpenedStation, rng: random.Random) -> list[Birth]:
    """Fill the station's ledgers with keyed births."""
    births = []
    now = datetime.now(UTC)
    for book in range(1, LEDGERS + 1):
        name = desk.ledger(f"KS.2007.{book:02}")
        with desk.station.catalogue.writing() as session:
            ledger = ledgers.find(session, name)
            for number in range(1, ENTRIES + 1):
                one = birth(rng)
                entry = Entry(ledger_id=ledger.id, year=2007, number=f"{number:03}", date="2007-01-15", revision=1)
                session.add(entry)
                keyed = {"nksHoTen": one.name, "nksNgaySinh": f"{one.born:%d.%m.%Y}", "meHoTen": one.mother}
                row = EntryRow(entry=entry, revision=1, values=keyed, complete=False, keyed_by="Đo", keyed_at=now)
                session.add(row)
                session.flush()
                session.add(RowRevision(entry_row_id=row.id, revision=1, changes=keyed, who="Đo", at=now, why=""))
                births.append(one)
    return births


def disguises() -> list[Callable[[Birth], tuple[str, str, str]]]:
    """Name, day of birth and mother as a duplicate may write them."""
    return [
        lambda one: (one.name, f"{one.born:%d.%m.%Y}", one.mother),
        lambda one: (plain(one.name).upper(), f"{one.born:%d.%m.%Y}", plain(one.mother).upper()),
        lambda one: (one.name, f"{one.born:%m.%d.%Y}" if one.born.day <= 12 else f"{one.born:%d.%m.%Y}", one.mother),
        lambda one: (one.name, "", one.mother),
    ]


def listed(births: list[Birth], rows: int, rng: random.Random) -> Iterator[tuple[str, ...]]:
    """The list: the station's own ledgers whole, the planted duplicates in another book, and strangers."""
    for place, one in enumerate(births):
        book, number = divmod(place, ENTRIES)
        day = f"{one.born:%d.%m.%Y}"
        yield str(number + 1), f"{book + 1:02}/2007", "15.01.2007", one.name, day, one.mother
    planted = rng.sample(births, PLANTED * len(disguises()))
    for place, one in enumerate(planted):
        name, day, mother = disguises()[place // PLANTED](one)
        yield str(place + 1), "77/2008", "15.01.2008", name, day, mother
    for place in range(rows - len(births) - len(planted)):
        one = birth(rng)
        yield str(place % 999 + 1), f"{place // 999 % 99 + 1:02}/1999", "", one.name, f"{one.born:%d.%m.%Y}", one.mother


def unlike(births: list[Birth], rng: random.Random) -> Iterator[Birth]:
    """Births that are none of these, most of them nearly."""
    for one in births:
        other = birth(rng)
        yield from (
            other,
            replace(one, mother=other.mother),
            replace(one, born=other.born),
            replace(one, name=other.name),
        )


def measure(desk: OpenedStation, file: Path, rows: int) -> None:
    """Compare one file, and tell how long that took and what came of it."""
    began, cpu = time.monotonic(), time.process_time()
    table = list_columns.read(desk.station, file, {})
    result = reconcile.compare(desk.station, table, ledger_type="KS")
    seconds, worked = time.monotonic() - began, time.process_time() - cpu
    same = [line for line in result.lines if line.kind is ReconciliationKind.SAME_PERSON]
    hits = {line.row for line in same if line.there.startswith("KS.2008.77 ")}
    planted = PLANTED * len(disguises())
    settings = {
        "file": file.suffix,
        "rows": result.rows,
        "matched": result.matched,
        "other_lines": len(result.lines) - len(same),
        "recall": round(len(hits) / planted, 3),
        "precision": round(sum(line.row in hits for line in same) / max(len(same), 1), 3),
        "cpu_s": round(worked, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    assert result.rows == rows
    tell("reconcile", [seconds], None, unit="s", limit=None, settings=settings)


def keep(desk: OpenedStation, file: Path) -> None:
    """Keep one file, and tell what that takes."""
    began, cpu = time.monotonic(), time.process_time()
    about = kept_lists.keep(desk.station, list_columns.read(desk.station, file, {}), ledger_type="KS", who="Đo")
    seconds, worked = time.monotonic() - began, time.process_time() - cpu
    size = sum(one.stat().st_size for one in kept_lists.files(desk.station))
    settings = {
        "file": file.suffix,
        "rows": about.rows,
        "cpu_s": round(worked, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "kept_mb": round(size / 1024**2, 1),
    }
    tell("reconcile keep", [seconds], None, unit="s", limit=None, settings=settings)


def look_up(desk: OpenedStation, births: list[Birth], rng: random.Random) -> None:
    """Type births into rows, and tell what each look-up takes and finds."""
    name = desk.ledger("KS.2009.01")
    with desk.station.catalogue.writing() as session:
        entry = Entry(ledger_id=ledgers.find(session, name).id, year=2009, number="001", date="2009-01-15", revision=1)
        session.add(entry)
        session.flush()
        entry_id = entry.id
    at = {
        one: f"{LEDGER_OF.format(place // ENTRIES + 1)} 2007/{place % ENTRIES + 1:03}"
        for place, one in enumerate(births)
    }
    planted = [*enumerate(rng.sample(births, PLANTED * len(disguises())))]
    strangers = [(None, one) for one in unlike(rng.sample(births, 200), rng)]
    duplicates.of_row(
        desk.station, name, entry_id, {}
    )  # the index of the station's own rows is made with the first one
    times, worked, here, there, false = [], [], 0, 0, {"already-here": 0, "already-listed": 0}
    for place, one in (*planted, *strangers):
        typed = dict(zip(HEADER[3:], (one.name, f"{one.born:%d.%m.%Y}", one.mother), strict=True))
        if place is not None:
            typed = dict(zip(HEADER[3:], disguises()[place // PLANTED](one), strict=True))
        began, cpu = time.perf_counter(), time.thread_time()
        told = duplicates.of_row(desk.station, name, entry_id, typed)
        times.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.thread_time() - cpu))
        own = at[one] if place is not None else ""
        in_list = own.partition(":")[2].replace(" 2007/", " ")
        here += any(each.other == own for each in told)
        there += any(each.other == in_list for each in told)
        for each in told:
            if each.other not in (own, in_list) and not each.other.startswith("KS.2008.77 "):
                false[each.message.code] += 1
    found = {"here": (here, false["already-here"]), "list": (there, false["already-listed"])}
    cpu_ms = round(statistics.median(worked), 2)
    settings: dict[str, float] = {"typed": len(times), "planted": len(planted), "cpu_ms": cpu_ms}
    for where, (hits, wrong) in found.items():
        settings |= {f"recall_{where}": round(hits / len(planted), 3), f"false_{where}": wrong}
        settings |= {f"precision_{where}": round(hits / max(hits + wrong, 1), 3)}
    tell("reconcile look-up", times, None, unit="ms", limit=20.0, settings=settings)


def main() -> None:
    """Make the lists and compare each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=600_000)
    parser.add_argument("--only", choices=("compared", "kept"))
    options = parser.parse_args()
    rows = options.rows
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as name, opened_station(Path(name)) as desk:
        births = keyed_births(desk, rng)
        text, book = Path(name) / "list.csv", Path(name) / "list.xlsx"
        with text.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(HEADER)
            writer.writerows(listed(births, rows, rng))
        say(f"{rows} rows written")
        if options.only != "compared":
            keep(desk, text)
            look_up(desk, births, rng)
            kept_lists.remove(desk.station, text.name, who="Đo")
        if options.only != "kept":
            measure(desk, text, rows)
        with text.open(encoding="utf-8-sig", newline="") as file:
            write_sheets(book, [WorkbookSheet("KS", HEADER, list(csv.reader(file, delimiter=";"))[1:])])
        say("the same as a workbook")
        if options.only != "compared":
            keep(desk, book)
        if options.only != "kept":
            measure(desk, book, rows)


if __name__ == "__main__":
    main()
