"""Workbooks with a sheet that nobody sees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import load_workbook

from station.errors import Refused


def hide(file: Path) -> str:
    """Hide the only sheet of a workbook behind a cover of words; gives its name."""
    book = load_workbook(file)
    (sheet,) = book.worksheets
    sheet.sheet_state = "hidden"
    cover = book.create_sheet("Bìa", 0)
    cover.append(["UBND xã Thử Nghiệm", "Danh sách số 2"])
    book.active = cover
    book.save(file)
    return str(sheet.title)


def older(file: Path, rows: Sequence[Sequence[object]]) -> None:
    """Put a hidden sheet with these rows before those of a workbook."""
    book = load_workbook(file)
    sheet = book.create_sheet("Cũ", 0)
    for row in rows:
        sheet.append(row)
    sheet.sheet_state = "hidden"
    book.active = book.worksheets[1]
    book.save(file)


def is_told(refused: Refused, sheet: str) -> bool:
    """Whether that sheet is named as hidden, in both languages."""
    spoken = all(sheet in refused.sentence(language) for language in ("vi", "en"))
    return refused.code == "list-hidden" and spoken
