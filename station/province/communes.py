"""The province's list of its communes: code, name, district of old, how many entries are to be done, and which station.

An office's own workbook or text file: columns are found by their headings in any order, others are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from station.domain import identifiers
from station.domain.naming.keys import place_code
from station.errors import Refused
from station.spreadsheets.headed_tables import HeadedTable, headed_tables
from station.spreadsheets.row_mistakes import RowMistake, RowMistakes

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
    """The communes in the file. Raises ``Refused`` with every row that cannot be meant, or as ``tables`` does."""
    for headed in headed_tables(path, _COLUMNS):
        if {"place", "commune"} <= headed.columns.keys():
            if headed.table.hidden:
                raise Refused("list-hidden", file=path.name, sheet=headed.table.sheet)
            return _communes(path, headed)
    raise Refused("communes-columns", file=path.name)


def _communes(path: Path, headed: HeadedTable[str]) -> list[ListedCommune]:
    listed: dict[str, ListedCommune] = {}
    mistakes: list[RowMistake] = []
    for number, cells in headed.rows:
        texts = {column: text[:_LONGEST].strip() for column, text in headed.texts(cells).items()}
        if not texts["place"]:
            continue  # totals and signatures below the list
        try:
            commune = _commune(texts)
            if commune.place in listed:
                raise Refused("communes-twice", place=commune.place)
            listed[commune.place] = commune
        except Refused as reason:
            mistakes.append(RowMistake.of_row(number, reason, headed.table.sheet))
    if mistakes:
        raise Refused("communes-refused", file=path.name, count=len(mistakes), mistakes=RowMistakes(mistakes))
    return list(listed.values())


def _commune(texts: Mapping[str, str]) -> ListedCommune:
    entries = re.sub(r"[.,\s]", "", texts.get("entries", ""))
    if not texts["commune"] or (entries and not _NUMBER.fullmatch(entries)):
        raise Refused("communes-value", text=texts.get("entries") or texts["commune"])
    return ListedCommune(
        place_code(texts["place"]),
        texts["commune"],
        texts.get("district") or None,
        texts.get("province") or None,
        int(entries) if entries else None,
        tuple(_stations(texts.get("station", ""))),
    )


def _stations(cell: str) -> Iterator[str]:
    for station in re.split(r"[;,\s]+", cell):
        if station and not identifiers.is_identifier(station):
            raise Refused("communes-value", text=station)
        if station:
            yield station
