"""Which column of a foreign list holds what: by its headings, or as a person says once for lists of such headings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from station.catalogue import list_maps
from station.context import Station
from station.errors import Refused
from station.rows.columns import normal_name
from station.spreadsheets.headings import HEADING_ROWS, columns_of
from station.spreadsheets.long_lists import LongList, long_lists
from station.spreadsheets.rows import Cells, text_at


class ListField(StrEnum):
    """What a column of a list may hold."""

    PLACE = "place"
    TYPE = "type"
    YEAR = "year"
    BOOK = "book"
    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    BORN = "born"
    MOTHER = "mother"
    FILE = "file"


#: Headings by what they hold, as :func:`station.rows.columns.normal_name` leaves them: those of the import files, and
#: those that offices write. Of a marriage the husband stands for both.
_HEADINGS: Mapping[ListField, tuple[str, ...]] = {
    ListField.PLACE: ("maxa", "maxaphuong", "maphuong", "manoidangky", "place", "placecode"),
    ListField.TYPE: ("loaiso", "maloai", "loai", "type"),
    ListField.YEAR: ("nammoso", "nammo", "namso", "nam", "year"),
    ListField.BOOK: ("quyenso", "soquyen", "quyen", "book"),
    ListField.NUMBER: ("so", "sodangky", "sohotich", "number"),
    ListField.DATE: ("ngaydangky", "date"),
    ListField.NAME: (
        *("nkshoten", "nkthoten", "chonghoten", "nxnhoten", "nchoten"),
        *("hoten", "hovaten", "hochudemten", "hotennguoiduockhaisinh", "name"),
    ),
    ListField.BORN: (
        *("nksngaysinh", "nktngaysinh", "chongngaysinh", "nxnngaysinh", "ncngaysinh"),
        *("ngaysinh", "ngaythangnamsinh", "born"),
    ),
    ListField.MOTHER: ("mehoten", "hotenme", "hovatenme", "me", "mother"),
    ListField.FILE: ("tenfilepdf158", "tenfilepdf", "tenfile", "tentep", "file"),
}
_FIELDS = {heading: field for field, headings in _HEADINGS.items() for heading in headings}


@dataclass(frozen=True)
class MappedList:
    """A list with what its columns hold: ``columns`` count from 0, rows up to ``heading`` are none of entries."""

    table: LongList
    heading: int
    headings: Cells
    columns: Mapping[ListField, int]

    def value(self, cells: Cells, field: ListField) -> str:
        """What a row says of this; "" where the list has no such column."""
        return text_at(cells, self.columns.get(field))

    @property
    def tells_entries(self) -> bool:
        """Whether its columns tell an entry's ledger and number, by themselves or by the name of its file."""
        return {ListField.NUMBER, ListField.BOOK} <= self.columns.keys() or ListField.FILE in self.columns

    def headings_by_field(self) -> dict[str, str]:
        """What each column holds, by the heading."""
        return {str(field): self.headings[at] for field, at in self.columns.items()}

    def sample(self, rows: int) -> list[dict[str, str]]:
        """The first entries as they are read."""
        entries = [cells for number, cells in self.table.head if number > self.heading]
        return [{str(field): self.value(cells, field) for field in self.columns} for cells in entries[:rows]]


def read(station: Station, path: Path, typed: Mapping[str, str]) -> MappedList:
    """As :func:`look`, for a list whose entries are to be read.

    :raises Refused: ``reconcile-columns`` where nothing tells an entry's ledger and number, and as :func:`look` does.
    """
    mapped = look(station, path, typed)
    for field, heading in typed.items():
        if heading and ListField(field) not in mapped.columns:
            raise Refused("reconcile-heading-unknown", file=path.name, field=field, heading=heading)
    if not mapped.tells_entries:
        known = ", ".join(mapped.headings_by_field().values())
        raise Refused("reconcile-columns", file=path.name, known=known or "-")
    return mapped


def look(station: Station, path: Path, typed: Mapping[str, str]) -> MappedList:
    """The table of the file that is most of a list of entries, with what its columns hold as far as that is known.

    ``typed`` is by field a heading, or a column's letter, or "" where no column holds it; for what it leaves out, a map
    that was remembered for such headings goes before what the headings themselves say.

    :raises Refused: ``reconcile-field-unknown``, ``reconcile-columns`` where there is no table at all, ``list-hidden``
        where a hidden sheet alone tells entries, and as :func:`~station.spreadsheets.long_lists.long_lists` does.
    """
    for field in typed:
        if field not in list(ListField):
            raise Refused("reconcile-field-unknown", field=field, fields=", ".join(ListField))
    best: MappedList | None = None
    hidden: str | None = None
    with station.catalogue.reading() as session:
        remembered = list_maps.by_headings(session)
    for table in long_lists(path):
        for number, cells in table.head[:HEADING_ROWS]:
            columns = _columns(cells, {**remembered.get(_digest(cells), {}), **typed})
            if table.hidden:
                if hidden is None and MappedList(table, number, cells, columns).tells_entries:
                    hidden = table.sheet
                continue
            if best is None or len(columns) > len(best.columns):
                best = MappedList(table, number, cells, columns)
    if hidden is not None and (best is None or not best.tells_entries):
        raise Refused("list-hidden", file=path.name, sheet=hidden)
    if best is None:
        raise Refused("reconcile-columns", file=path.name, known="-")
    return best


def letter(at: int) -> str:
    """The letter of a column that counts from 0, as spreadsheets show it: A, B, ... AA."""
    from openpyxl.utils import get_column_letter  # the page's server does without it

    return str(get_column_letter(at + 1))


def parse(text: str | None) -> dict[str, str]:
    """A map as it is given: ``number=Số ĐK,date=C``, or a TOML file that holds the same, a line each."""
    if not text:
        return {}
    if (path := Path(text)).is_file():
        try:
            return {str(field): str(heading) for field, heading in tomllib.loads(path.read_text("utf-8")).items()}
        except (ValueError, OSError) as error:
            raise Refused("reconcile-map-malformed", map=path.name, detail=str(error)) from error
    pairs = [one.partition("=") for one in text.split(",")]
    if any(not equals or not heading.strip() for _, equals, heading in pairs):
        raise Refused("reconcile-map-malformed", map=text, detail="FIELD=HEADING,...")
    return {field.strip(): heading.strip() for field, _, heading in pairs}


def remember(station: Station, mapped: MappedList, typed: Mapping[str, str], *, who: str) -> None:
    """Keep what a person said, for every later list with the same headings."""
    if not typed:
        return
    with station.catalogue.writing() as session:
        list_maps.keep(session, _digest(mapped.headings), typed, who=who, file=mapped.table.path.name)


def _columns(headings: Cells, typed: Mapping[str, str]) -> dict[ListField, int]:
    names = [normal_name(heading) for heading in headings]
    columns = columns_of(names, _FIELDS, str)
    for name, heading in typed.items():
        if name not in list(ListField):  # remembered by another version
            continue
        columns.pop(ListField(name), None)
        if heading and (place := _place(names, heading)) is not None:
            columns = {field: other for field, other in columns.items() if other != place}
            columns[ListField(name)] = place
    return columns


def _place(names: Sequence[str], heading: str) -> int | None:
    """Where the column of that heading, or of that letter, is."""
    if (name := normal_name(heading)) in names:
        return names.index(name)
    if heading.isascii() and heading.isalpha() and len(heading) <= 2:
        from openpyxl.utils import column_index_from_string  # the page's server does without it

        at = column_index_from_string(heading.upper()) - 1
        return at if at < len(names) else None
    return None


def _digest(headings: Cells) -> str:
    return list_maps.digest(map(normal_name, headings))
