"""The printed forms of a ledger and the clerk's entries in them: cover, births, deaths, marriages, blank, closing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from drivers.drawn import names
from drivers.drawn.names import COMMUNE, DISTRICT, PROVINCE, InventedPerson
from drivers.drawn.sheet import HEIGHT, WIDTH, DrawnSheet
from drivers.numbers_in_words import day_in_words, in_words

TITLES = {"KS": "SỔ ĐĂNG KÝ KHAI SINH", "KT": "SỔ ĐĂNG KÝ KHAI TỬ", "KH": "SỔ ĐĂNG KÝ KẾT HÔN"}
STAMP_TEXT = "ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM"
FOOTER = "Trang vẽ để chạy thử: mọi tên người, ngày tháng và địa danh đều được đặt ra."
LEFT, RIGHT, TOP, BOTTOM = 22.0, 198.0, 14.0, 283.0  # the printed frame, mm
SECTIONS, SIGNATURES = 58.0, 221.0  # where the fields of an entry begin, and the signatures at the latest
STEP = 12.5  # from line to line at most, mm
HEAD = 6.8  # what a section takes beside its lines, mm


@dataclass(frozen=True)
class Book:
    """What is the same on all pages of one ledger: its name, and who keeps and signs it."""

    type_code: str
    year: int
    number: int
    clerk: str
    chairman: str

    @property
    def label(self) -> str:
        """The book's name as people say it: "01/2007"."""
        return f"{self.number:02}/{self.year}"


@dataclass(frozen=True)
class FormField:
    """One printed label and what is written beside it; ``share`` of the line's length."""

    label: str
    text: str
    share: float = 1.0


@dataclass(frozen=True)
class Section:
    """Some lines of a form under a heading."""

    heading: str
    lines: Sequence[Sequence[FormField]]


@dataclass(frozen=True)
class Birth:
    """What the page of a birth tells; the child is of the father's ethnic group and native place."""

    child: InventedPerson
    born: date
    place: str
    father: InventedPerson
    mother: InventedPerson
    informant: InventedPerson
    kin: str


def book(type_code: str, year: int, number: int, seed: int) -> Book:
    """The ledger that ``seed`` gives: always the same clerk and chairman."""
    rng, day = random.Random(f"{seed}/book"), date(year, 1, 1)
    clerk, chairman = (names.person(rng, day, male=male, age=(28, 55)).name for male in (False, True))
    return Book(type_code, year, number, clerk, chairman)


def cover(sheet: DrawnSheet, book: Book) -> None:
    """The first page: whose ledger, which, from when."""
    for inset, thick in ((0.0, 0.9), (2.5, 0.3)):
        _frame(sheet, inset, thick)
    middle = (LEFT + RIGHT) / 2
    for y, text in ((42.0, PROVINCE), (51.0, DISTRICT), (60.0, COMMUNE)):
        sheet.print(middle, y, text.upper(), 5.2, bold=y == 60.0, anchor="ms")
    sheet.rule(middle - 22, 65, middle + 22, 65)
    first, _, last = TITLES[book.type_code].rpartition(" ĐĂNG KÝ ")
    sheet.print(middle, 118, f"{first} ĐĂNG KÝ", 11, bold=True, anchor="ms")
    sheet.print(middle, 134, last, 13.5, bold=True, anchor="ms")
    number_in_words = in_words(book.number)
    for y, label, text in (
        (170.0, "Quyển số:", book.label),
        (183.0, "Năm mở sổ:", str(book.year)),
        (196.0, "Bằng chữ:", f"Quyển {number_in_words}, năm {in_words(book.year)}"),
    ):
        _line(sheet, 48, RIGHT - 22, y, [FormField(label, text)], size=8.5 if y == 170.0 else 6.6)
    _signatures(sheet, 222, (("Công chức Tư pháp – Hộ tịch", book.clerk), ("Chủ tịch Ủy ban nhân dân", book.chairman)))
    sheet.stamp(143, 243, STAMP_TEXT)
    _footer(sheet, None)


def entry(sheet: DrawnSheet, book: Book, number: int, day: date, printed: int) -> Birth | None:
    """One registered event, on one page; gives what a birth's page tells."""
    _frame(sheet, 0, 0.5)
    _heading(sheet, book)
    _line(sheet, LEFT + 6, LEFT + 60, 53, [FormField("Số:", f"{number:03}")], size=8.5)
    day_text = f"{day.day:02} tháng {day.month:02} năm {day.year}"
    _line(sheet, LEFT + 66, RIGHT - 6, 53, [FormField("Ngày đăng ký:", day_text)], size=7)
    birth = invented_birth(sheet.rng, day) if book.type_code == "KS" else None
    if birth is not None:
        sections, parties = _birth(birth)
    else:
        sections, parties = {"KT": _death, "KH": _marriage}[book.type_code](sheet.rng, day)
    room = SIGNATURES - SECTIONS - sum(HEAD for _ in sections)
    step = min(STEP, room / sum(len(section.lines) for section in sections))
    y = SECTIONS
    for section in sections:
        y = _section(sheet, section, y, step)
    _signatures(sheet, y + 7, (*parties, ("Người ký đăng ký", book.chairman)))
    _remarks(sheet, day)
    _footer(sheet, printed)
    return birth


def blank(sheet: DrawnSheet, printed: int) -> None:
    """A page nobody used: bare paper with its number."""
    _footer(sheet, printed)


def closing(sheet: DrawnSheet, book: Book, pages: int, entries: int, day: date, printed: int) -> None:
    """The last page: how many pages and entries the ledger has, signed and stamped. The legal completeness check."""
    _frame(sheet, 0, 0.5)
    _heading(sheet, book)
    middle = (LEFT + RIGHT) / 2
    sheet.print(middle, 68, "PHẦN KHÓA SỔ", 7, bold=True, anchor="ms")
    rows = (
        [FormField("Quyển số:", book.label, 0.5), FormField("Mở năm:", str(book.year), 0.5)],
        [FormField("Tổng số trang (không kể bìa):", f"{pages:02} trang")],
        [FormField("Bằng chữ:", in_words(pages).capitalize() + " trang")],
        [FormField("Tổng số trường hợp đã đăng ký:", f"{entries:02} trường hợp")],
        [FormField("Bằng chữ:", (in_words(entries) if entries else "không").capitalize() + " trường hợp")],
        [FormField("Khóa sổ ngày:", f"{day.day:02} tháng {day.month:02} năm {day.year}")],
    )
    for index, row in enumerate(rows):
        _line(sheet, LEFT + 8, RIGHT - 8, 86 + index * 13, row, size=7.5)
    _signatures(sheet, 174, (("Công chức Tư pháp – Hộ tịch", book.clerk), ("Chủ tịch Ủy ban nhân dân", book.chairman)))
    sheet.stamp(143, 195, STAMP_TEXT)
    sheet.strike(RIGHT - 12, 226, LEFT + 14, 272)
    _footer(sheet, printed)


def invented_birth(rng: random.Random, day: date) -> Birth:
    """A birth that is registered on this day."""
    father = names.person(rng, day, male=True, age=(22, 45))
    mother = names.person(rng, day, male=False, age=(20, 40), village=father.village)
    child = names.person(rng, day, male=rng.random() < 0.5, age=(0, 0), surname=father.name.split()[0])
    born = day - timedelta(days=rng.randint(2, 55))
    place = rng.choice(names.BIRTHPLACES).format(home=names.inside(father.home))
    informant, kin = rng.choice(((father, "Cha đẻ"), (mother, "Mẹ đẻ")))
    return Birth(child, born, place, father, mother, informant, kin)


def _birth(birth: Birth) -> tuple[list[Section], list[tuple[str, str]]]:
    child, father, mother, born = birth.child, birth.father, birth.mother, birth.born
    teller = birth.informant.name
    sections = [
        Section(
            "Người được khai sinh",
            [
                [FormField("Họ và tên:", child.name, 0.7), FormField("Giới tính:", child.gender, 0.3)],
                [FormField("Ngày, tháng, năm sinh:", f"{born:%d/%m/%Y}")],
                [FormField("Ghi bằng chữ:", day_in_words(born))],
                [FormField("Nơi sinh:", birth.place)],
                _origin(father),
                [FormField("Quê quán:", father.home)],
            ],
        ),
        _parent("Cha", "cha", father),
        _parent("Mẹ", "mẹ", mother),
        Section(
            "Người đi khai",
            [[FormField("Họ và tên:", birth.informant.name, 0.62), FormField("Quan hệ:", birth.kin, 0.38)]],
        ),
    ]
    return sections, [("Người đi khai", teller)]


def _parent(heading: str, word: str, parent: InventedPerson) -> Section:
    return Section(
        heading,
        [
            [FormField(f"Họ và tên {word}:", parent.name, 0.7), FormField("Năm sinh:", str(parent.born.year), 0.3)],
            _origin(parent),
            [FormField("Nơi thường trú:", parent.home)],
        ],
    )


def _origin(person: InventedPerson) -> list[FormField]:
    return [FormField("Dân tộc:", person.ethnicity, 0.5), FormField("Quốc tịch:", "Việt Nam", 0.5)]


def _death(rng: random.Random, day: date) -> tuple[list[Section], list[tuple[str, str]]]:
    dead = names.person(rng, day, male=rng.random() < 0.5, age=(48, 96))
    teller = names.person(rng, day, male=rng.random() < 0.6, age=(25, 60), surname=dead.name.split()[0])
    died = day - timedelta(days=rng.randint(1, 14))
    hour = f"{rng.randint(0, 23):02} giờ {rng.randint(0, 59):02} phút"
    place = rng.choice((f"Tại nhà, {names.inside(dead.home)}", "Bệnh viện huyện Ví Dụ", "Trạm Y tế xã Thử Nghiệm"))
    kin = rng.choice(("Con đẻ", "Cháu nội", "Em ruột", "Con dâu" if not teller.male else "Con rể"))
    sections = [
        Section(
            "Người chết",
            [
                [FormField("Họ và tên:", dead.name, 0.7), FormField("Giới tính:", dead.gender, 0.3)],
                [FormField("Ngày, tháng, năm sinh:", f"{dead.born:%d/%m/%Y}")],
                _origin(dead),
                [FormField("Nơi thường trú cuối cùng:", dead.home)],
            ],
        ),
        Section(
            "Việc chết",
            [
                [FormField("Đã chết vào lúc:", hour, 0.5), FormField("Ngày:", f"{died:%d/%m/%Y}", 0.5)],
                [FormField("Ghi bằng chữ:", day_in_words(died))],
                [FormField("Nơi chết:", place)],
                [FormField("Nguyên nhân chết:", rng.choice(names.CAUSES))],
            ],
        ),
        Section(
            "Người đi khai",
            [
                [FormField("Họ và tên:", teller.name, 0.62), FormField("Quan hệ:", kin, 0.38)],
                [FormField("Nơi thường trú:", teller.home)],
            ],
        ),
    ]
    return sections, [("Người đi khai", teller.name)]


def _marriage(rng: random.Random, day: date) -> tuple[list[Section], list[tuple[str, str]]]:
    husband = names.person(rng, day, male=True, age=(20, 38))
    wife = names.person(rng, day, male=False, age=(18, 36))
    sections = [
        Section(
            heading,
            [
                [FormField(f"Họ và tên {word}:", person.name)],
                [FormField("Ngày, tháng, năm sinh:", f"{person.born:%d/%m/%Y}")],
                _origin(person),
                [FormField("Nơi thường trú:", person.home)],
                [FormField("Kết hôn lần thứ:", "Nhất" if rng.random() < 0.9 else "Hai", 0.5)],
            ],
        )
        for heading, word, person in (("Bên nam", "chồng", husband), ("Bên nữ", "vợ", wife))
    ]
    return sections, [("Chồng", husband.name), ("Vợ", wife.name)]


def _frame(sheet: DrawnSheet, inset: float, thick: float) -> None:
    left, right, top, bottom = LEFT + inset, RIGHT - inset, TOP + inset, BOTTOM - inset
    sheet.rule(left, top, right, top, thick)
    sheet.rule(left, bottom, right, bottom, thick)
    sheet.rule(left, top, left, bottom, thick)
    sheet.rule(right, top, right, bottom, thick)


def _heading(sheet: DrawnSheet, book: Book) -> None:
    for y, text in ((21.0, PROVINCE), (25.5, DISTRICT), (30.0, COMMUNE)):
        sheet.print(LEFT + 6, y, text, 3.3)
    sheet.print(RIGHT - 6, 21, f"Quyển số: {book.label}", 3.3, anchor="rs")
    sheet.print((LEFT + RIGHT) / 2, 41, TITLES[book.type_code], 7, bold=True, anchor="ms")


def _section(sheet: DrawnSheet, section: Section, y: float, step: float) -> float:
    """Draw ``section`` from ``y`` on; returns where it ends."""
    sheet.rule(LEFT, y, RIGHT, y)
    sheet.print(LEFT + 6, y + 5.2, section.heading.upper(), 3.3, bold=True)
    for index, line in enumerate(section.lines, start=1):
        _line(sheet, LEFT + 6, RIGHT - 6, y + HEAD - 3 + index * step, line)
    end = y + HEAD + len(section.lines) * step
    sheet.rule(LEFT, end, RIGHT, end)
    return end


def _line(sheet: DrawnSheet, x0: float, x1: float, y: float, fields: Sequence[FormField], *, size: float = 6.6) -> None:
    x = x0
    for field in fields:
        end = x + (x1 - x0) * field.share
        start = x + sheet.print(x, y, field.label, 3.7) + 1.5
        sheet.dots(start, end - 2, y + 0.5)
        sheet.write(start, y, field.text, end - start - 3, size)
        x = end


def _signatures(sheet: DrawnSheet, y: float, people: Sequence[tuple[str, str]]) -> None:
    """Printed role, scribble and written name for each of ``people``, side by side."""
    room = (RIGHT - LEFT) / len(people)
    for index, (role, name) in enumerate(people):
        middle = LEFT + room * (index + 0.5)
        sheet.print(middle, y, role, 3.7, bold=True, anchor="ms")
        sheet.print(middle, y + 4.5, "(Ký, ghi rõ họ và tên)", 2.9, anchor="ms")
        sheet.sign(name, middle - 18 + sheet.rng.uniform(-3, 3), y + 6 + sheet.rng.uniform(-1, 2))
        sheet.write(middle - 20, y + 29, name, 42, 6.2)


def _remarks(sheet: DrawnSheet, day: date) -> None:
    """The printed place for later changes: mostly empty, now and then with a copy noted."""
    first = BOTTOM - 13.5
    sheet.rule(LEFT, first - 6.5, RIGHT, first - 6.5)
    label = sheet.print(LEFT + 6, first, "Ghi chú:", 3.7)
    for index in range(2):
        sheet.dots(LEFT + 7.5 + (label if index == 0 else -1.5), RIGHT - 8, first + 0.5 + index * 9)
    if sheet.rng.random() < 0.3:
        issued = day + timedelta(days=sheet.rng.randint(30, 900))
        sheet.write(LEFT + 7.5 + label, first, f"Đã cấp bản sao ngày {issued:%d/%m/%Y}", 120, 6.2)


def _footer(sheet: DrawnSheet, printed: int | None) -> None:
    sheet.print((LEFT + RIGHT) / 2, HEIGHT - 7.5, FOOTER, 2.3, anchor="ms")
    if printed is not None:
        sheet.print(RIGHT, HEIGHT - 7.5, f"Trang {printed}", 3.7, bold=True, anchor="rs")
        sheet.stamp(WIDTH + 2 + sheet.rng.uniform(-3, 3), sheet.rng.uniform(120, 170), STAMP_TEXT)
