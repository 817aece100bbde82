from __future__ import annotations

import random
import subprocess
import sys
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from drivers.drawn import TYPE_CODES, PageKind, draw_ledger, draw_page, forms, hand, names, plan
from drivers.drawn.sheet import DrawnSheet
from tests.waiting import PATIENCE

SMALL = 60  # dpi: quick to draw, everything still in its place
VOWELS = "aăâeêioôơuưy"
LETTERS = sorted(
    {unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in ("", *"\u0300\u0301\u0303\u0309\u0323")}
    | set("bcdđghklmnpqrstvx")
)
ALPHABET = [*LETTERS, *(letter.upper() for letter in LETTERS)]


class ListeningSheet(DrawnSheet):
    """A sheet that remembers what was printed and what was written on it."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng, SMALL)
        self.printed: set[str] = set(forms.STAMP_TEXT)
        self.written: set[str] = set()

    def print(self, x: float, y: float, text: str, size: float, *, bold: bool = False, anchor: str = "ls") -> float:
        self.printed |= set(text)
        return super().print(x, y, text, size, bold=bold, anchor=anchor)

    def write(self, x: float, y: float, text: str, room: float, size: float = 6.6) -> None:
        self.written |= set(text)
        super().write(x, y, text, room, size)


def characters_used() -> tuple[set[str], set[str]]:
    """What is printed and what is written on pages of every kind and type, and in every invented name."""
    printed: set[str] = set()
    written = set(
        "".join((names.SURNAMES, names.MALE_MIDDLE, names.MALE_GIVEN, names.FEMALE_MIDDLE, names.FEMALE_GIVEN))
    )
    written |= set("".join((*names.VILLAGES, *names.ETHNICITIES, *names.CAUSES, *names.BIRTHPLACES))) - set("{}")
    for type_code in TYPE_CODES:
        book = forms.book(type_code, 2007, 1, seed=1)
        for seed in range(8):
            sheet = ListeningSheet(random.Random(seed))
            forms.cover(sheet, book)
            forms.entry(sheet, book, 123 + seed, date(2007, 1 + seed, 4 + seed), 45)
            forms.closing(sheet, book, 67, 89, date(2007, 12, 31), 10)
            printed |= sheet.printed
            written |= sheet.written
    return printed - {" "}, written - {" "}


def missing_glyphs(file: str, wanted: set[str]) -> set[str]:
    face = hand.font(file, 60)

    def shape(character: str) -> tuple[tuple[int, int], bytes]:
        mask = face.getmask(character)
        return mask.size, bytes(mask)

    nothing = shape("\ufffe")  # a noncharacter: the font's own sign for "no such glyph"
    return {character for character in wanted if shape(character) == nothing or not face.getmask(character).getbbox()}


@pytest.fixture(scope="module")
def used() -> tuple[set[str], set[str]]:
    return characters_used()


@pytest.mark.parametrize("file", [hand.PRINTED, hand.PRINTED_BOLD])
def test_printing_fonts_have_every_character_printed(file: str, used: tuple[set[str], set[str]]) -> None:
    assert missing_glyphs(file, used[0] | {"M", "Ẫ", "U"}) == set()


def test_script_font_has_every_letter_the_pen_puts_marks_on(used: tuple[set[str], set[str]]) -> None:
    bases = {base for character in used[1] | set(ALPHABET) for base, _ in hand.letters(character)}
    assert missing_glyphs(hand.SCRIPT, bases) == set()


def test_the_glyph_check_notices_what_the_script_font_lacks() -> None:
    assert missing_glyphs(hand.SCRIPT, {"a", "ộ", "đ"}) == {"ộ", "đ"}


def test_every_vietnamese_letter_is_written_unlike_any_other() -> None:
    written = {hand.word(letter, 60, random.Random(1), slant=0.0)[0].tobytes() for letter in ALPHABET}
    assert len(ALPHABET) == 2 * (12 * 6 + 17)
    assert len(written) == len(ALPHABET)


def test_a_written_word_is_not_cut_at_the_edge_of_its_mask() -> None:
    for word in ("Ẫp", "Ỷ", "Nghiệm", "Phượng", "giấy", "Đỗ", "01/2007"):
        mask, _ = hand.word(word, 60, random.Random(2), slant=0.12)
        box = mask.getbbox()
        assert box is not None
        assert box[0] > 0
        assert box[1] > 0
        assert box[2] < mask.width
        assert box[3] < mask.height


def test_a_missing_font_is_one_sentence_naming_the_debian_package(tmp_path: Path) -> None:
    empty = {"XDG_DATA_DIRS": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "drivers.drawn", str(tmp_path / "pages"), "--pages", "3", "--dpi", str(SMALL)]
    run = subprocess.run(command, env=empty, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert run.returncode == 1
    assert "install the Debian package fonts-dejavu-core" in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_a_page_at_300_dpi_is_a_colour_a4_sheet() -> None:
    page = draw_page(1)
    assert (page.mode, page.size) == ("RGB", (2480, 3508))


def test_size_follows_the_resolution() -> None:
    assert draw_page(1, dpi=SMALL).size == (496, 702)


@pytest.mark.parametrize("type_code", TYPE_CODES)
@pytest.mark.parametrize("kind", list(PageKind))
def test_the_same_arguments_give_the_same_pixels(type_code: str, kind: PageKind) -> None:
    first, second = (draw_page(7, seed=3, dpi=SMALL, type_code=type_code, kind=kind) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_number_seed_type_and_year_each_change_the_page() -> None:
    pages = [
        draw_page(1, seed=1, dpi=SMALL),
        draw_page(2, seed=1, dpi=SMALL),
        draw_page(1, seed=2, dpi=SMALL),
        draw_page(1, seed=1, dpi=SMALL, type_code="KH"),
        draw_page(1, seed=1, dpi=SMALL, year=1998),
    ]
    assert len({page.tobytes() for page in pages}) == len(pages)


def test_a_blank_page_carries_far_less_ink_than_an_entry() -> None:
    def ink(kind: PageKind) -> float:
        middle = draw_page(5, dpi=SMALL, kind=kind).convert("L").crop((60, 60, 380, 600))
        return float(ImageStat.Stat(middle.point([255 * (level < 130) for level in range(256)])).mean[0])

    assert ink(PageKind.BLANK) < 0.1
    assert ink(PageKind.ENTRY) > 2


def test_the_cross_stamp_leaves_red_at_the_right_edge() -> None:
    red, green, _ = draw_page(5, dpi=SMALL).crop((480, 240, 496, 440)).split()
    extrema = ImageChops.subtract(red, green).getextrema()
    assert isinstance(extrema[1], int)
    assert extrema[1] > 60


def test_a_ledger_begins_with_its_cover_and_ends_with_its_closing_page() -> None:
    pages = plan(26, seed=4)
    assert [pages[0].kind, pages[-1].kind] == [PageKind.COVER, PageKind.CLOSING]
    assert [page.number for page in pages] == list(range(1, 27))
    assert [page.printed for page in pages] == [None, *range(1, 26)]
    assert [page.kind for page in pages].count(PageKind.BLANK) == 2


def test_entries_are_numbered_without_gap_in_the_order_of_their_dates() -> None:
    entries = [page for page in plan(40, seed=9, year=1998) if page.kind is PageKind.ENTRY]
    days = [page.date for page in entries if page.date is not None]
    assert [page.entry for page in entries] == list(range(1, len(entries) + 1))
    assert len(days) == len(entries)
    assert days == sorted(days)
    assert {day.year for day in days} == {1998}


def test_a_short_ledger_has_no_blank_page() -> None:
    assert all(page.kind is not PageKind.BLANK for page in plan(11))


def test_two_pages_are_too_few_for_a_ledger() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        plan(2)


def test_ledger_files_keep_their_dpi_and_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    once, again = (draw_ledger(tmp_path / name, 12, seed=6, dpi=SMALL, type_code="KT") for name in ("a", "b"))
    assert once == again
    assert sorted(file.name for file in (tmp_path / "a").iterdir()) == [page.file for page in once]
    contents = {(tmp_path / "a" / page.file).read_bytes() for page in once}
    assert contents == {(tmp_path / "b" / page.file).read_bytes() for page in once}
    assert len(contents) == 12
    with Image.open(tmp_path / "a" / "0005.jpg") as page:
        assert (page.format, page.info["dpi"], page.size) == ("JPEG", (SMALL, SMALL), (496, 702))


def test_the_command_writes_a_ledger_and_counts_it(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "drivers.drawn",
        str(tmp_path),
        "--pages",
        "4",
        "--type",
        "KH",
        "--dpi",
        str(SMALL),
    ]
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert run.stdout.startswith("4 pages, 2 entries")
    assert len(list(tmp_path.glob("*.jpg"))) == 4


def test_drawn_birth_tells_what_its_page_says(tmp_path: Path) -> None:
    pages = draw_ledger(tmp_path, 5, dpi=SMALL)
    births = [(page.kind, page.birth) for page in pages]
    assert all((birth is not None) == (kind is PageKind.ENTRY) for kind, birth in births)
    for page in pages:
        if page.birth is not None and page.date is not None:
            assert page.birth.born < page.date
            assert page.birth.child.name.split()[0] == page.birth.father.name.split()[0]
            assert page.birth.informant in (page.birth.father, page.birth.mother)
