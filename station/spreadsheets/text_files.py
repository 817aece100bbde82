"""Text files of offices (.csv): in whichever encoding and with whichever separator a program of theirs wrote them."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

from station.errors import Refused
from station.spreadsheets import legacy_encodings
from station.spreadsheets.legacy_encodings import Reading
from station.spreadsheets.rows import MOST_ROWS, Cells, Rows

_SEPARATORS = ",;\t|"
#: Gives all rows of a file from its beginning, each time it is called.
RowsAnew = Callable[[], Iterator[tuple[int, Cells]]]
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def readings(path: Path, content: bytes) -> Iterator[tuple[Rows, Reading, bool]]:
    """The rows by each separator, in each encoding that the bytes may be of, and whether that is a guess.

        The likeliest come first.
    Whoever goes on to the end has found nothing of use in them: raises Refused
        (``list-unreadable``) where quotes never end.
    """
    trouble: csv.Error | None = None
    for _, text, letters, guessed in _texts(content, whole=True):
        separators, skip_first = _separators(text)
        for separator in separators:
            try:
                rows = list(
                    islice(_rows(io.StringIO(text, newline=""), separator, skip_first=skip_first), MOST_ROWS + 2)
                )
            except csv.Error as error:
                trouble = trouble or error
                continue
            if len(rows) > MOST_ROWS + 1:
                raise Refused("list-too-large", file=path.name, rows=MOST_ROWS)
            for reading in letters:
                yield rows, reading, guessed
    if trouble is not None:
        raise Refused("list-unreadable", file=path.name, detail=str(trouble)) from trouble


def long_readings(path: Path, size: int) -> Iterator[tuple[Rows, RowsAnew, Reading]]:
    """The same for a file that is too long to hold: its first rows, and how to read all of them.

    Which encoding and separator it has is told by its first ``size`` bytes. Reading all raises UnicodeDecodeError where
    something of another encoding comes later, and csv.Error where quotes never end.
    """
    with path.open("rb") as file:
        head = file.read(size)
    whole = len(head) < size
    for encoding, text, letters, _ in _texts(head, whole=whole):
        separators, skip_first = _separators(text)
        for separator in separators:
            lines = io.StringIO(text if whole else text[: text.rfind("\n") + 1], newline="")
            rows = []
            with suppress(csv.Error):  # a quoted cell that the head's end cuts
                for row in _rows(lines, separator, skip_first=skip_first):
                    rows.append(row)
            anew = partial(_all_rows, path, encoding, separator, skip_first)
            for reading in letters:
                yield rows, anew, reading


def _all_rows(path: Path, encoding: str, separator: str, skip_first: bool) -> Iterator[tuple[int, Cells]]:
    with path.open(encoding=encoding, newline="") as file:
        yield from _rows(file, separator, skip_first=skip_first)


def _separators(text: str) -> tuple[Sequence[str], bool]:
    """The separators that the text may have, the likeliest first, and whether its first line only tells which."""
    top = text[:20_000].splitlines()[:50]
    if own := _stated_separator(top):
        return own, True
    return sorted(_SEPARATORS, key=lambda one: -sum(line.count(one) for line in top)), False


def _texts(content: bytes, *, whole: bool) -> Iterator[tuple[str, str, tuple[Reading, ...], bool]]:
    """Each encoding that it may have: the text, the letters that it may use there, and whether that is a guess.

    Of what is not the ``whole`` file the last letter may be cut.
    """
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
            text = codecs.getincrementaldecoder(encoding)().decode(content, whole)
            yield encoding, text, legacy_encodings.READINGS, False
        except UnicodeDecodeError:
            continue
        else:
            return
    if b"\0" in content:
        return
    with suppress(UnicodeDecodeError):
        yield "cp1258", content.decode("cp1258"), (legacy_encodings.as_it_is,), True
    yield "latin-1", content.decode("latin-1"), (legacy_encodings.from_tcvn3, legacy_encodings.from_vni), True


def _stated_separator(top: list[str]) -> str | None:
    """The separator that the first line tells, as Excel writes it: ``sep=;``."""
    first = top[0].strip().strip('"').lower() if top else ""
    return first[4] if first.startswith("sep=") and len(first) == 5 and first[4] in _SEPARATORS else None


def _rows(lines: Iterable[str], separator: str, *, skip_first: bool) -> Iterator[tuple[int, Cells]]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    for number, row in enumerate(reader, start=1):
        if any(row) and not (skip_first and number == 1):
            yield number, tuple(row)
