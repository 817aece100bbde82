"""The differences of a reconciliation as rows of a list and of a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from station.messages import Message
from station.reconciliation.reconcile import Reconciliation, ReconciliationLine
from station.storage import durable

#: As :mod:`station.packaging.workbook` takes a title.
_TITLE = {"vi": "Đối chiếu", "en": "Reconciliation"}
_HEADER = {
    "vi": ("Sổ", "Số", "Dòng trong danh sách", "Nội dung", "Tại trạm", "Trong danh sách"),
    "en": ("Ledger", "Number", "Row of the list", "What", "Here", "In the list"),
}


def sentence(line: ReconciliationLine, language: str) -> str:
    """What differs, in words."""
    return Message(f"reconcile-{line.kind}", {"here": line.here, "there": line.there}).sentence(language)


def as_dict(line: ReconciliationLine, language: str) -> dict[str, Any]:
    """A line as the command prints it."""
    return {**vars(line), "kind": str(line.kind), "sentence": sentence(line, language)}


def write(path: Path, result: Reconciliation, language: str) -> None:
    """Write all of it as a work list (.xlsx), by ledger and number; a file of that name is replaced at the end."""
    from station.packaging import workbook  # the page's server does without it until somebody asks for the file

    words = "vi" if language == "vi" else "en"
    with durable.new_file(path, replace=True) as new:
        workbook.write_table(new, _TITLE[words], _HEADER[words], _rows(result, words))


def _rows(result: Reconciliation, language: str) -> Iterator[tuple[str, ...]]:
    ordered = sorted(result.lines, key=lambda line: (line.ledger, len(line.number), line.number, line.row or 0))
    for line in ordered:
        row = "" if line.row is None else str(line.row)
        yield line.ledger, line.number, row, sentence(line, language), line.here, line.there
