"""Numbers and days of a ruled register: each row's own, jumps as they stand, nothing where nothing stands."""

from __future__ import annotations

import numpy as np
import pytest

from station.reading import page_image, ruled_pages
from station.reading.fields import Field, FieldKind, Grade
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from station.reading.sequences import SequenceValue
from tests.station import registers
from tests.station.drawn_registers import page


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader()


def values(fields: tuple[Field, ...], kind: FieldKind, *grades: Grade) -> list[int]:
    return [int(field.value) for field in fields if field.kind is kind and field.grade in (grades or tuple(Grade))]


def test_every_row_gives_its_number_and_its_day(reader: PageReader) -> None:
    entries = [(218 + index, 3 + index // 2) for index in range(18)]
    fields = reader.read_register(PageImage(page(entries))).fields
    assert values(fields, FieldKind.NUMBER) == [number for number, _ in entries]
    assert len(values(fields, FieldKind.NUMBER, Grade.SURE)) >= 16
    days = values(fields, FieldKind.DATE)
    assert len(days) >= 14
    assert set(days) <= {day for _, day in entries}


@pytest.mark.parametrize("jump", [0, 2, 11, 150])
def test_jump_in_the_numbers_is_told_as_it_stands(reader: PageReader, jump: int) -> None:
    numbers = [*range(218, 225), *range(224 + jump, 231 + jump)]
    fields = reader.read_register(PageImage(page([(number, 4) for number in numbers], seed=jump))).fields
    sure = values(fields, FieldKind.NUMBER, Grade.SURE)
    assert set(sure) <= set(numbers), "what was expected is not sure where something else stands"
    assert {226 + jump, 227 + jump, 228 + jump} <= set(values(fields, FieldKind.NUMBER)), (
        "told by the third entry behind it"
    )


def test_box_of_a_number_is_where_it_stands(reader: PageReader) -> None:
    fields = reader.read_register(PageImage(page([(40 + index, 5) for index in range(6)]))).fields
    numbers = [field for field in fields if field.kind is FieldKind.NUMBER]
    for index, field in enumerate(numbers):
        left, top, right, bottom = (edge * 25.4 / 250 for edge in field.box)
        assert 16 < left < right < 38
        assert top < 40 + index * 11 + 4 < bottom + 3


def test_form_and_bare_paper_have_no_column_of_numbers(reader: PageReader) -> None:
    assert reader.read_register(PageImage(page([]))).fields == ()
    assert reader.read_register(PageImage(np.full((2000, 1400, 3), 240, np.uint8))).fields == ()


def test_what_the_sequence_makes_sure_against_the_rows_own_look_is_proposed_only() -> None:
    assert ruled_pages.grade_of_place(SequenceValue(12, 0.999, own=True)) is Grade.SURE
    assert ruled_pages.grade_of_place(SequenceValue(12, 0.999, own=False)) is Grade.LIKELY
    assert ruled_pages.grade_of_place(SequenceValue(12, 0.5, own=False)) is Grade.NONE


@pytest.mark.skipif(not registers.FOLDER.is_dir(), reason="the real pages are not here")
def test_hand_of_1915_is_read(reader: PageReader) -> None:
    """It is of the half on which the reader was tuned; docs/reading.md reports on the other."""
    fields = reader.read_register(page_image.load(registers.FOLDER / "FRAN_0025_0316_L-0.jpg")).fields
    sure = values(fields, FieldKind.NUMBER, Grade.SURE)
    assert set(sure) <= set(range(564, 584))
    assert len(sure) >= 18
