"""Text files of offices (.csv): in whichever encoding and with whichever separator a program of theirs wrote them."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from station.errors import Refused
from station.spreadsheets import legacy_encodings
from station.spreadsheets.legacy_encodings import Reading
from station.spreadsheets.rows import MOST_ROWS, Rows

_SEPARATORS = ",;\t|"
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def readings(path: Path, content: bytes) -> Iterator[tuple[Rows, Reading, bool]]:
    """The rows by each separator, in each encoding that the bytes may be of, and whether that is a guess.

        The likeliest come first.
    Whoever goes on to the end has found nothing of use in them: raises Refused
        (``inventory-unreadable``) where quotes never end.
    """
    trouble: csv.Error | None = None
    for text, letters, guessed in _texts(content):
        top = text[:20_000].splitlines()[:50]
        own_separator = _stated_separator(top)
        separators = own_separator or sorted(_SEPARATORS, key=lambda one: -sum(line.count(one) for line in top))
        for separator in separators:
            try:
                rows = _rows(text, separator, skip_first=own_separator is not None)
            except csv.Error as error:
                trouble = trouble or error
                continue
            if len(rows) > MOST_ROWS + 1:
                raise Refused("inventory-too-large", file=path.name, rows=MOST_ROWS)
            for reading in letters:
                yield rows, reading, guessed
    if trouble is not None:
        raise Refused("inventory-unreadable", file=path.name, detail=str(trouble)) from trouble


def _texts(content: bytes) -> Iterator[tuple[str, tuple[Reading, ...], bool]]:
    """The text in each encoding that it may have, the letters that it may use there, and whether that is a guess."""
    encodings = [name for mark, name in _MARKS.items() if content.startswith(mark)]
    if not encodings:
        head = content[:4000]
        # Text of two bytes a letter without its mark: headings hold many letters of ASCII, each with a zero beside it.
        if head.count(0) > len(head) // 8:
            encodings = ["utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"]
        else:
            encodings = ["utf-8"]
    for encoding in encodings:
        try:
            yield content.decode(encoding), legacy_encodings.READINGS, False
        except UnicodeDecodeError:
            continue
        else:
            return
    if b"\0" in content:
        return
    with suppress(UnicodeDecodeError):
        yield content.decode("cp1258"), (legacy_encodings.as_it_is,), True
    yield content.decode("latin-1"), (legacy_encodings.from_tcvn3, legacy_encodings.from_vni), True


def _stated_separator(top: list[str]) -> str | None:
    """The separator that the first line tells, as Excel writes it: ``sep=;``."""
    first = top[0].strip().strip('"').lower() if top else ""
    return first[4] if first.startswith("sep=") and len(first) == 5 and first[4] in _SEPARATORS else None


def _rows(text: str, separator: str, *, skip_first: bool) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    filled = ((number, tuple(row)) for number, row in enumerate(reader, start=1) if any(row))
    return [item for item in islice(filled, MOST_ROWS + 3) if not (skip_first and item[0] == 1)]
