"""The sheet of a province's stations: a row each, with its communes, scanner, destinations and stage of roll-out.

An office's own workbook or text file: columns are found by their headings in any order, others are left alone. It is
read whole, or refused with every row that cannot be meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from station.domain import identifiers
from station.errors import Refused
from station.province.communes import ListedCommune
from station.province.settings import ProvinceSettings
from station.province.stages import Stage, usual_stage
from station.settings.tables import PlaceTable
from station.settings.value_types import DeviceName
from station.spreadsheets.footers import plain
from station.spreadsheets.headed_tables import HeadedTable, headed_tables
from station.spreadsheets.row_mistakes import RowMistake, RowMistakes

#: Headings by column, as :func:`station.spreadsheets.footers.plain` leaves them; the first is the one to write.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "station": ("ma tram", "tram", "station", "station id"),
    "place": ("ma xa", "ma xa phuong", "ma phuong", "place", "place code", "commune code"),
    "commune": ("xa", "ten xa", "xa phuong", "phuong", "ten xa phuong", "commune"),
    "scanner": ("may quet", "scanner"),
    "destinations": ("noi gui", "noi nhan", "destinations", "destination"),
    "stage": ("dot", "dot nang cap", "stage"),
}
_COLUMNS = {heading: column for column, headings in HEADINGS.items() for heading in headings}
_STAGES = {str(number): stage for number, stage in enumerate(Stage, start=1)}
_DEVICE: TypeAdapter[str] = TypeAdapter(DeviceName)
#: What setup calls a scanner that is not known yet.
NO_SCANNER = "none"


@dataclass(frozen=True)
class StationRow:
    """One station: its first place is the default, ``destinations`` are ids, ``scanner`` is as setup takes it."""

    station: str
    places: tuple[PlaceTable, ...]
    scanner: str
    destinations: tuple[str, ...]
    stage: Stage


@dataclass(frozen=True)
class SheetFacts:
    """What rows are checked against: the listed communes, their province's name, the destinations' ids in order."""

    communes: Sequence[ListedCommune]
    province: str
    destinations: Sequence[str]


def of_province(settings: ProvinceSettings, sheet: Path | None = None) -> list[StationRow]:
    """The stations of the settings' sheet, or of another one, held against their communes and destinations.

    Raises ``Refused`` as :func:`read`, and where the settings name no sheet or no communes.
    """
    if settings.stations is None:
        raise Refused("stations-not-configured")
    if not settings.listed:
        raise Refused("stations-no-communes")
    ids = [destination.id for destination in settings.destinations]
    known = SheetFacts(settings.listed, settings.province.name, ids)
    return read(sheet or settings.stations.sheet, known)


def read(path: Path, known: SheetFacts) -> list[StationRow]:
    """The stations in the file, by their ids. Raises ``Refused`` with every cell that is wrong, or as ``tables`` does.

    ``stations-columns`` is a file without the headings, ``list-hidden`` one whose list stands in a hidden sheet alone.
    """
    sheet = _sheet(path)
    reader = _Reader(known)
    mistakes: list[RowMistake] = []
    below = sheet.footer("station", ["station", "place"])
    for number, cells in sheet.rows:
        if below.passes(cells):
            continue
        texts = sheet.texts(cells)
        for column, reason in reader.take(number, texts):
            mistakes.append(
                RowMistake.of_cell(number, reason, sheet.table, sheet.columns[column], texts[column])
                if column in sheet.columns
                else RowMistake.of_row(number, reason, sheet.table.sheet)
            )
    if mistakes:
        raise Refused("stations-refused", file=path.name, count=len(mistakes), mistakes=RowMistakes(mistakes))
    if not reader.rows:
        raise Refused("stations-none", file=path.name)
    return sorted(reader.rows, key=lambda row: row.station)


def _sheet(path: Path) -> HeadedTable[str]:
    known: Sequence[str] = ()
    for headed in headed_tables(path, _COLUMNS):
        if {"station", "place"} <= headed.columns.keys():
            if headed.table.hidden:
                raise Refused("list-hidden", file=path.name, sheet=headed.table.sheet)
            return headed
        known = max(known, list(headed.texts(headed.headings).values()), key=len)
    raise Refused("stations-columns", file=path.name, known=", ".join(known) or "-")


class _Reader:
    """Takes row by row, and knows which ids were there."""

    def __init__(self, known: SheetFacts) -> None:
        self.rows: list[StationRow] = []
        self._known = known
        self._communes = {one.place: one for one in known.communes}
        self._rows_of_ids: dict[str, int] = {}

    def take(self, number: int, texts: Mapping[str, str]) -> list[tuple[str, Refused]]:
        """Take a row that has no mistakes; gives those it has, each with its column."""
        mistakes: list[tuple[str, Refused]] = []
        values: dict[str, Any] = {}
        for column, read_column in (
            ("station", self._station),
            ("place", self._places),
            ("commune", self._names),
            ("scanner", _scanner),
            ("destinations", self._destinations),
            ("stage", _stage),
        ):
            try:
                values[column] = read_column(texts)
            except Refused as reason:
                mistakes.append((column, reason))
        # Two ids that differ in their letters' case alone are one folder on a stick.
        if (
            "station" in values
            and (first := self._rows_of_ids.setdefault(values["station"].casefold(), number)) != number
        ):
            mistakes.insert(0, ("station", Refused("stations-twice", station=values["station"], row=first)))
        if not mistakes:
            stands = (values["scanner"], values["destinations"], values["stage"])
            self.rows.append(StationRow(values["station"], values["place"], *stands))
        return mistakes

    def _station(self, texts: Mapping[str, str]) -> str:
        if not identifiers.is_identifier(texts["station"]):
            raise Refused("stations-id", text=texts["station"])
        return texts["station"]

    def _places(self, texts: Mapping[str, str]) -> tuple[PlaceTable, ...]:
        codes = _several(texts["place"])
        if not codes or len(set(codes)) < len(codes):
            raise Refused("stations-places", text=texts["place"])
        return tuple(self._place(code) for code in codes)

    def _place(self, code: str) -> PlaceTable:
        if code not in self._communes:
            raise Refused("stations-place-unknown", place=code)
        listed = self._communes[code]
        stands = {"code": code, "commune": listed.commune, "province": listed.province or self._known.province}
        try:
            return PlaceTable.model_validate(stands | ({"district": listed.district} if listed.district else {}))
        except ValidationError as error:
            raise Refused("stations-place-name", place=code, text=listed.commune) from error

    def _names(self, texts: Mapping[str, str]) -> None:
        """Whether the names beside the codes are theirs: a row that slipped by one has another commune's."""
        names = _several(texts.get("commune", ""), ";")
        for name, code in zip(names, _several(texts["place"]), strict=False):
            listed = self._communes.get(code)
            if listed and not plain(listed.commune).endswith(plain(name)):
                raise Refused("stations-other-name", place=code, listed=listed.commune)

    def _destinations(self, texts: Mapping[str, str]) -> tuple[str, ...]:
        named = _several(texts.get("destinations", ""))
        if unknown := [name for name in named if name not in self._known.destinations]:
            raise Refused("stations-destination", text=unknown[0], known=", ".join(self._known.destinations) or "-")
        return tuple(one for one in self._known.destinations if one in named or not named)


def _scanner(texts: Mapping[str, str]) -> str:
    text = texts.get("scanner", "") or NO_SCANNER
    try:
        return _DEVICE.validate_python(text)
    except ValidationError as error:
        raise Refused("stations-scanner", text=text) from error


def _stage(texts: Mapping[str, str]) -> Stage:
    text = texts.get("stage", "")
    if text and text not in _STAGES:
        raise Refused("stations-stage", text=text, known=", ".join(_STAGES))
    return _STAGES[text] if text else usual_stage(texts["station"])


def _several(cell: str, separators: str = ";, ") -> list[str]:
    """What a cell says of several, in its order."""
    return [part.strip() for part in re.split(f"[{separators}]", cell) if part.strip()]
