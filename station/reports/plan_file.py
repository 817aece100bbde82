"""The plan as a province sends it: a list of communes with what is to be done in each, read whole or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from station.context import Station
from station.domain.naming.keys import place_code
from station.domain.naming.partial_dates import PartialDate
from station.domain.plan_subjects import PlanSubject
from station.errors import Refused
from station.ledger.inventory_import import RowMistake, RowMistakes
from station.messages import Message
from station.reports import days, targets
from station.reports.targets import Target
from station.spreadsheets.footers import Footer
from station.spreadsheets.headings import HEADING_ROWS, columns_of
from station.spreadsheets.rows import Cells
from station.spreadsheets.tables import SheetTable, tables

#: Headings by column, as :func:`station.spreadsheets.footers.plain` leaves them; the first is the one to write.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "place": ("ma xa", "ma xa phuong", "ma phuong", "place", "place code", "commune code"),
    PlanSubject.ENTRIES: ("so truong hop", "tong so truong hop", "truong hop", "entries"),
    PlanSubject.PAGES: ("so trang", "tong so trang", "trang", "pages"),
    PlanSubject.LEDGERS: ("so so", "so quyen", "so luong so", "tong so so", "ledgers"),
    "due": ("den ngay", "han", "ngay hoan thanh", "hoan thanh truoc ngay", "due", "by"),
}
_COLUMNS = {heading: column for column, headings in HEADINGS.items() for heading in headings}


def import_file(station: Station, path: Path, *, who: str) -> tuple[list[Target], int]:
    """Set the targets of the station's own communes; gives them, and how many other communes the list has.

    All or nothing: ``plan-file-refused`` names every row that is wrong, ``plan-file-columns`` a list that is none of a
    plan, ``list-hidden`` one that stands in a hidden sheet alone, ``plan-file-elsewhere`` one without a commune of this
    station.
    """
    table, start, columns = _table_with_headings(path)
    own = {place.code for place in station.settings.places}
    read: dict[tuple[str, PlanSubject], Target] = {}
    mistakes: list[RowMistake] = []
    others: set[str] = set()
    below = Footer(table.rows[start][1], columns["place"], [columns["place"]])
    for number, cells in table.rows[start + 1 :]:
        if below.passes(cells):
            continue
        try:
            place, row_targets = _targets(cells, columns)
            if place not in own:
                others.add(place)
                continue
            for target in row_targets:
                if (place, target.subject) in read:
                    raise Refused("plan-file-twice", place=place)
                read[place, target.subject] = target
        except Refused as reason:
            where = Message("inventory-on-sheet", {"sheet": table.sheet}) if table.sheet else None
            mistakes.append(RowMistake(number, reason, where))
    if mistakes:
        raise Refused("plan-file-refused", file=path.name, count=len(mistakes), mistakes=RowMistakes(mistakes))
    if not read:
        raise Refused("plan-file-elsewhere", file=path.name, places=", ".join(sorted(own)))
    targets.set_targets(station, read.values(), who=who)
    return list(read.values()), len(others)


def _targets(cells: Cells, columns: Mapping[str, int]) -> tuple[str, list[Target]]:
    texts = {name: cells[at] if at < len(cells) else "" for name, at in columns.items()}
    place = place_code(texts["place"])
    due = days.parse_day(_iso(texts["due"]))
    row_targets = []
    for subject in PlanSubject:
        if text := texts.get(subject, ""):
            row_targets.append(Target(place, subject, _number(text), due))
            row_targets[-1].check()
    if not row_targets:
        raise Refused("plan-file-nothing", place=place)
    return place, row_targets


def _iso(text: str) -> str:
    """A day as offices write it, in the form that days are parsed from."""
    return str(PartialDate.from_person(text)) if text else text


def _number(text: str) -> int:
    """A count, also with the points or blanks by which thousands are set apart: 2.559 is 2559."""
    digits = text.replace(".", "").replace(",", "").replace(" ", "")
    if not digits.isascii() or not digits.isdecimal():
        raise Refused("inventory-not-a-count", text=text[:40])
    return int(digits[:12])


def _table_with_headings(path: Path) -> tuple[SheetTable, int, dict[str, int]]:
    best: Sequence[str] = ()
    for table in tables(path):
        for start, (_, cells) in enumerate(table.rows[:HEADING_ROWS]):
            columns = columns_of(cells, _COLUMNS)
            if {"place", "due"} <= columns.keys() and columns.keys() & set(PlanSubject):
                if table.hidden:
                    raise Refused("list-hidden", file=path.name, sheet=table.sheet)
                return table, start, columns
            best = max(best, [cells[at] for at in columns.values()], key=len)
    raise Refused("plan-file-columns", file=path.name, known=", ".join(best) or "-")
