"""The roll-up's tables as people take them along: headings and cells in their language, as a workbook or CSV."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from station import messages
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import PackageKind
from station.errors import Refused
from station.messages import sentence
from station.packaging import workbook
from station.packaging.workbook import Cell, WorkbookSheet
from station.province import overview
from station.province.overview import DOUBTS
from station.province.rollup import Row, Tables
from station.spreadsheets import csv_files

_SUMS = ("ledgers", "arrived", "named", "attached", "done", "total", "percent", "class")
#: The columns of each table, in their order; those of a doubt are its query's.
COLUMNS: dict[str, tuple[str, ...]] = {
    "communes": ("place", "commune", "district", "province", *_SUMS, "report_day"),
    "districts": ("district", "communes", *_SUMS[1:]),
    "stations": (
        *("station", "last_word", "is_silent", "version", "health", "free_bytes", "total_bytes", "waiting", "stuck"),
        *("is_paused", "oldest_unsent", "backup_at", "said_at", "heard_at", "is_clock_off", "expected", "report_day"),
    ),
    "ledgers": (
        *("ledger", "type", "station", "revision", "is_partial", "totals", "closed_reason", "closed_by"),
        *("pages", "entries", "entries_expected", "gaps", "is_whole", "received_at"),
    ),
    "revisions": (
        *("station", "kind", "revision", "is_partial", "totals", "closed_reason", "closed_by"),
        *("pages", "pages_expected", "entries", "entries_expected", "gaps", "software", "received_at"),
    ),
    "entries": ("entry_year", "number", "entry_date", "received_at"),
    "refused": ("station", "owner", "times", "first_at", "last_at"),
    "two_machines": ("station", "turns", "last_at"),
    "revision_twice": ("station", "place", "ledger", "kind", "revision", "manifests", "received_at"),
    "other_name": ("sender", "station", "filename", "received_at"),
    "not_listed": ("station", "last_word"),
    "clock_off": ("station", "said_at", "received_at"),
    "version_off": ("station", "version", "expected", "received_at"),
    "day_impossible": ("station", "report_day", "revision", "received_at"),
    "ledger_of_two_stations": (
        *("place", "commune", "ledger", "station", "entries", "other_station", "other_entries", "taken_back"),
    ),
    "ledger_of_two_communes": ("place", "commune", "ledger", "other_place", "entries"),
    "entry_twice": ("place", "commune", "ledger", "other_ledger", "entries", "example"),
    "totals_differ": (
        *("place", "commune", "ledger", "station", "pages_expected", "pages", "entries_expected", "entries"),
    ),
    "delivered_differ": ("place", "commune", "station", "delivered", "arrived"),
    "archive_missing": ("place", "commune", "ledger", "station", "revision", "received_at"),
    "unread": ("station", "filename", "reason", "received_at", "sha256"),
}
#: What other programs are told in.
_PROGRAMS_LANGUAGE = "en"
#: The tables that can be taken along as they are, without saying of which commune.
WHOLE = ("communes", "districts", "stations", *DOUBTS)
#: What a station may say is wrong with it, and the reasons for which a file is not counted: they have words of ours.
_CODES = frozenset(
    {
        *("fault-catalogue", "fault-disk", "fault-loop", "disk-little"),
        *("clock-year", "clock-behind", "clock-ahead", "clock-ahead-new"),
    }
)
_REASONS = frozenset({"too-large", "not-in-store", "not-understood", "manifest-newer", "manifest-older"})


class ExportForm(StrEnum):
    """The forms, by the ending of the file."""

    XLSX = "xlsx"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        """As browsers want to know it."""
        return workbook.MEDIA_TYPE if self is ExportForm.XLSX else csv_files.MEDIA_TYPE


@dataclass(frozen=True)
class Table:
    """A table by its name: columns, and of each row the values in their order."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]

    def header(self, language: str) -> list[str]:
        """What the columns are called."""
        return [sentence(f"column-{column}", language) for column in self.columns]

    def plain(self) -> list[dict[str, object]]:
        """The rows for other programs: times and days in ISO 8601, a class in English."""
        return [{name: _plain(value) for name, value in zip(self.columns, row, strict=True)} for row in self.rows]

    def cells(self, language: str) -> list[list[Cell]]:
        """The rows in words."""
        pairs = [list(zip(self.columns, row, strict=True)) for row in self.rows]
        return [[_cell(column, value, language) for column, value in row] for row in pairs]


def table(tables: Tables, name: str, *values: str) -> Table:
    """A table of the roll-up; ``values`` are what its query asks for. Raises ``Refused`` where there is none."""
    if name not in COLUMNS:
        raise Refused("province-table", text=name, known=", ".join(WHOLE))
    if name in ("communes", "districts"):
        seen = overview.of_province(tables)
        graded = seen.communes if name == "communes" else seen.districts
        return of_rows(name, [one.row | {"percent": one.percent, "class": one.grade} for one in graded])
    return of_rows(name, tables.rows(f"doubt_{name}" if name in DOUBTS else name, *values))


def of_rows(name: str, rows: Sequence[Row]) -> Table:
    """Rows that are there already as the table of that name."""
    columns = COLUMNS[name]
    return Table(name, columns, [[row[column] for column in columns] for row in rows])


def content(one: Table, form: ExportForm, language: str) -> bytes:
    """The table as a file."""
    header, rows = one.header(language), one.cells(language)
    if form is ExportForm.CSV:
        return csv_files.content([header, *rows])
    target = io.BytesIO()
    workbook.write_sheets(target, [WorkbookSheet(one.name[:31], header, rows)])
    return target.getvalue()


def title(doubt: str, language: str) -> str:
    """What is doubtful there, and what to do."""
    return sentence(f"doubt-{doubt}", language)


def health_words(health: str, language: str) -> str:
    """What a station said is wrong, in words; a code that only newer stations know stands as it is."""
    codes = filter(None, health.split(","))
    return "; ".join(sentence(f"health-{code}", language) if code in _CODES else code for code in codes)


def thousands(number: int, language: str) -> str:
    """A number with its thousands apart: 320.000, in English 320,000."""
    words = f"{int(number):,}"
    return words.replace(",", ".") if language == "vi" else words


def local(moment: datetime) -> datetime:
    """A time of the tables by the clock of this PC."""
    return moment.replace(tzinfo=UTC).astimezone()


def _plain(value: object) -> object:
    match value:
        case messages.Message():
            return value.sentence(_PROGRAMS_LANGUAGE)
        case datetime():
            return value.replace(tzinfo=UTC).isoformat()
        case date():
            return value.isoformat()
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def _cell(column: str, value: object, language: str) -> Cell:
    match value:
        case None:
            return ""
        case bool():
            return sentence("province-yes" if value else "province-no", language)
        case messages.Message():
            return value.sentence(language)
        case datetime():
            return f"{local(value):%H:%M %d/%m/%Y}"
        case date():
            return f"{value:%d/%m/%Y}"
        case str() if column == "health":
            return health_words(value, language)
        case str() if column == "reason":
            return sentence(f"reason-{value}", language) if value in _REASONS else value
        case str() if column == "totals":
            return sentence(f"totals-{value}", language) if value in ("unstated", "differ", "met") else value
        case str() if column == "kind":
            return sentence(f"kind-{value}", language) if value in list(PackageKind) else value
        case str() if column == "entry_date":
            return _date_words(value)
        case int() | float() | str():
            return value
        case _:
            return str(value)


def _date_words(written: str) -> str:
    """An entry's date, perhaps a partial one, as people write it; as it was written where it is none."""
    try:
        return PartialDate.parse(written).for_people()
    except Refused:
        return written
