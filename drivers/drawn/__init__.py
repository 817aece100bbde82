"""Invented ledger pages that look scanned, for the demonstration and for tests: nothing real is needed, or shown.

``python -m drivers.drawn DIR --pages N`` writes a whole ledger; :func:`draw_page` gives one page. Everything follows
from the seed: the same arguments give the same pixels, and on the same machine the same bytes. Fonts come from the
Debian packages fonts-dejavu-core and fonts-dancingscript; :class:`drivers.drawn.hand.FontMissingError` names the
missing one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from PIL import Image

from drivers.drawn import forms
from drivers.drawn.forms import Birth
from drivers.drawn.sheet import DrawnSheet

TYPE_CODES = tuple(forms.TITLES)
SMALLEST, BLANK_EVERY = 3, 12  # pages: cover, entry, closing; one blank for so many
JPEG_QUALITY = 92


class PageKind(StrEnum):
    """What a page is, in the station's words for page states."""

    COVER = "cover"
    ENTRY = "entry"
    BLANK = "blank"
    CLOSING = "closing"


@dataclass(frozen=True)
class DrawnPage:
    """One page of a drawn ledger.

    ``number`` is its place from 1 (cover included) and its file's name, ``printed`` the number on the paper (none on
    the cover), ``entry`` an entry's number, ``date`` its registration day or the day on which a closing page closes.
    ``birth`` is what the page of a birth tells, once it is drawn.
    """

    number: int
    kind: PageKind
    printed: int | None = None
    entry: int | None = None
    date: date | None = None
    birth: Birth | None = field(default=None, compare=False)

    @property
    def file(self) -> str:
        """The page's file name in the ledger's folder."""
        return f"{self.number:04}.jpg"


def plan(pages: int, *, seed: int = 0, year: int = 2007) -> list[DrawnPage]:
    """What stands on each page of a ledger of at least 3: cover, entries by date, a blank for every twelve, closing."""
    if pages < SMALLEST:
        raise ValueError(f"a ledger has at least {SMALLEST} pages: cover, entry, closing")
    rng = random.Random(f"{seed}/plan")
    body = range(2, pages)
    blanks = set(rng.sample(body[1:], pages // BLANK_EVERY))
    first = date(year, 1, 2)
    days = iter(sorted(first + timedelta(days=rng.randrange(362)) for _ in range(len(body) - len(blanks))))
    planned, entry = [DrawnPage(1, PageKind.COVER)], 0
    for number in body:
        if number in blanks:
            planned.append(DrawnPage(number, PageKind.BLANK, printed=number - 1))
        else:
            entry += 1
            planned.append(DrawnPage(number, PageKind.ENTRY, number - 1, entry, next(days)))
    return [*planned, DrawnPage(pages, PageKind.CLOSING, printed=pages - 1, date=date(year, 12, 31))]


def draw_page(
    number: int,
    *,
    seed: int = 0,
    dpi: int = 300,
    type_code: str = "KS",
    year: int = 2007,
    kind: PageKind = PageKind.ENTRY,
) -> Image.Image:
    """One A4 page in colour (2480 x 3508 pixels at 300 dpi), ``number`` printed on it and, on an entry, written in it.

    A closing page states ``number`` pages (covers are not counted) and ``number`` - 1 entries.
    """
    entry = number if kind is PageKind.ENTRY else None
    day = date(year, 12, 31) if kind is PageKind.CLOSING else date(year, 1, 2) + timedelta(days=number * 3 % 362)
    page = DrawnPage(number, kind, None if kind is PageKind.COVER else number, entry, day)
    image, _ = _draw(page, forms.book(type_code, year, 1, seed), seed, dpi, pages=number, entries=number - 1)
    return image


def draw_ledger(
    folder: Path,
    pages: int,
    *,
    seed: int = 0,
    dpi: int = 300,
    type_code: str = "KS",
    year: int = 2007,
    book: int = 1,
) -> list[DrawnPage]:
    """Write a ledger's pages into ``folder`` (made where missing) as 0001.jpg and so on; returns what each one is."""
    planned = plan(pages, seed=seed, year=year)
    entries = sum(page.kind is PageKind.ENTRY for page in planned)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for page in planned:
        image, birth = _draw(page, forms.book(type_code, year, book, seed), seed, dpi, pages=pages - 1, entries=entries)
        image.save(folder / page.file, quality=JPEG_QUALITY, dpi=(dpi, dpi))
        drawn.append(replace(page, birth=birth))
    return drawn


def _draw(
    page: DrawnPage, book: forms.Book, seed: int, dpi: int, *, pages: int, entries: int
) -> tuple[Image.Image, Birth | None]:
    birth = None
    sheet = DrawnSheet(random.Random(f"{seed}/{book.type_code}/{book.label}/{page.number}"), dpi)
    match page:
        case DrawnPage(kind=PageKind.COVER):
            forms.cover(sheet, book)
        case DrawnPage(kind=PageKind.ENTRY, printed=int(printed), entry=int(entry), date=date() as day):
            birth = forms.entry(sheet, book, entry, day, printed)
        case DrawnPage(kind=PageKind.BLANK, printed=int(printed)):
            forms.blank(sheet, printed)
        case DrawnPage(kind=PageKind.CLOSING, printed=int(printed), date=date() as day):
            forms.closing(sheet, book, pages, entries, day, printed)
    return sheet.image, birth
