"""The province's list of its communes: code, name, district of old, how many entries are to be done, and which station.

An office's own workbook or text file: columns are found by their headings in any order, others are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from station.domain.naming.keys import place_code
from station.errors import Refused
from station.messages import Message
from station.spreadsheets.headings import HEADING_ROWS, columns_of
from station.spreadsheets.rows import Cells
from station.spreadsheets.tables import SheetTable, tables

_LONGEST = 200  # characters
#: Headings by column, as :func:`station.spreadsheets.footers.plain` leaves them; the first is the one to write.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "place": ("ma xa", "ma xa phuong", "ma phuong", "place", "place code", "commune code"),
    "commune": ("xa", "ten xa", "xa phuong", "phuong", "ten xa phuong", "commune"),
    "district": ("huyen cu", "huyen", "quan huyen", "district"),
    "province": ("tinh", "province"),
    "entries": ("so truong hop", "tong so truong hop", "entries"),
    "station": ("ma tram", "tram", "station"),
}
_COLUMNS = {heading: column for column, headings in HEADINGS.items() for heading in headings}
_STATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_NUMBER = re.compile(r"[0-9]{1,8}")


@dataclass(frozen=True)
class ListedCommune:
    """One commune of the list; ``entries`` is None where the list states none, ``stations`` may be none or several."""

    place: str
    commune: str
    district: str | None
    province: str | None
    entries: int | None
    stations: tuple[str, ...]


def read(path: Path) -> list[ListedCommune]:
    """The communes in the file. Raises ``Refused`` with the first row that cannot be meant, or as ``tables`` does."""
    for table in tables(path):
        if (headed := _headings(table)) is not None:
            if table.hidden:
                raise Refused("list-hidden", file=path.name, sheet=table.sheet)
            start, columns = headed
            return _communes(path, table, start, columns)
    raise Refused("communes-columns", file=path.name)


def _headings(table: SheetTable) -> tuple[int, dict[str, int]] | None:
    for position, (_, cells) in enumerate(table.rows[:HEADING_ROWS]):
        columns = columns_of(cells, _COLUMNS)
        if {"place", "commune"} <= columns.keys():
            return position, columns
    return None


def _communes(path: Path, table: SheetTable, start: int, columns: dict[str, int]) -> list[ListedCommune]:
    listed: dict[str, ListedCommune] = {}
    for number, cells in table.rows[start + 1 :]:
        told = {column: _cell(cells, index) for column, index in columns.items()}
        if not told["place"]:
            continue  # totals and signatures below the list
        try:
            commune = _commune(told)
        except Refused as error:
            raise Refused(
                "communes-row", file=path.name, row=number, reason=Message(error.code, error.facts)
            ) from error
        if commune.place in listed:
            raise Refused("communes-twice", file=path.name, row=number, place=commune.place)
        listed[commune.place] = commune
    return list(listed.values())


def _commune(told: Mapping[str, str]) -> ListedCommune:
    entries = re.sub(r"[.,\s]", "", told.get("entries", ""))
    if not told["commune"] or (entries and not _NUMBER.fullmatch(entries)):
        raise Refused("communes-value", text=told.get("entries") or told["commune"])
    return ListedCommune(
        place_code(told["place"]),
        told["commune"],
        told.get("district") or None,
        told.get("province") or None,
        int(entries) if entries else None,
        tuple(_stations(told.get("station", ""))),
    )


def _stations(cell: str) -> Iterator[str]:
    for station in re.split(r"[;,\s]+", cell):
        if station and not _STATION.fullmatch(station):
            raise Refused("communes-value", text=station)
        if station:
            yield station


def _cell(cells: Cells, index: int) -> str:
    return cells[index][:_LONGEST].strip() if index < len(cells) else ""
