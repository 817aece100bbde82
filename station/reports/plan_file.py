"""The plan as a province sends it: a list of communes with what is to be done in each, read whole or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from station.context import Station
from station.domain.naming.keys import place_code
from station.domain.naming.partial_dates import PartialDate
from station.domain.plan_subjects import PlanSubject
from station.errors import Refused
from station.reports import days, targets
from station.reports.targets import Target
from station.spreadsheets.headed_tables import HeadedTable, headed_tables
from station.spreadsheets.row_mistakes import RowMistake, RowMistakes

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
    plan = _plan(path)
    own = {place.code for place in station.settings.places}
    read: dict[tuple[str, PlanSubject], Target] = {}
    mistakes: list[RowMistake] = []
    others: set[str] = set()
    below = plan.footer("place", ["place"])
    for number, cells in plan.rows:
        if below.passes(cells):
            continue
        try:
            place, row_targets = _targets(plan.texts(cells))
            if place not in own:
                others.add(place)
                continue
            for target in row_targets:
                if (place, target.subject) in read:
                    raise Refused("plan-file-twice", place=place)
                read[place, target.subject] = target
        except Refused as reason:
            mistakes.append(RowMistake.of_row(number, reason, plan.table.sheet))
    if mistakes:
        raise Refused("plan-file-refused", file=path.name, count=len(mistakes), mistakes=RowMistakes(mistakes))
    if not read:
        raise Refused("plan-file-elsewhere", file=path.name, places=", ".join(sorted(own)))
    targets.set_targets(station, read.values(), who=who)
    return list(read.values()), len(others)


def _targets(texts: Mapping[str, str]) -> tuple[str, list[Target]]:
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
        raise Refused("list-not-a-count", text=text[:40])
    return int(digits[:12])


def _plan(path: Path) -> HeadedTable[str]:
    known: Sequence[str] = ()
    for table in headed_tables(path, _COLUMNS):
        if {"place", "due"} <= table.columns.keys() and table.columns.keys() & set(PlanSubject):
            if table.table.hidden:
                raise Refused("list-hidden", file=path.name, sheet=table.table.sheet)
            return table
        known = max(known, list(table.texts(table.headings).values()), key=len)
    raise Refused("plan-file-columns", file=path.name, known=", ".join(known) or "-")
