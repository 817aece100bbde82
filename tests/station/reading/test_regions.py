"""On a slow processor fewer regions of a page are read: a usual form loses nothing, a long ruled page its last rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers.drawn import draw_page
from station.reading.fields import FieldKind, PageReading
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from station.reading.regions import FEW, USUAL
from station.reading.worker_link import PageToRead, ReadingWorker
from tests.station.drawn_registers import page

ROWS = 22


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader()


@pytest.fixture
def worker() -> Iterator[ReadingWorker]:
    worker = ReadingWorker(few_regions=True)
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def register() -> np.ndarray:
    return page([(40 + row, 7) for row in range(ROWS)])


def numbers(reading: PageReading) -> list[int]:
    fields = (*reading.fields, *reading.unsure)
    return sorted(int(field.value) for field in fields if field.kind is FieldKind.NUMBER)


def test_form_tells_the_same_by_fewer_regions(reader: PageReader) -> None:
    form = PageImage(np.asarray(draw_page(12, type_code="KH", dpi=150)))
    assert reader.read(form, FEW) == reader.read(form, USUAL)


def test_ruled_page_loses_the_rows_at_its_bottom(reader: PageReader, register: np.ndarray) -> None:
    few, usual = (numbers(reader.read(PageImage(register), regions)) for regions in (FEW, USUAL))
    assert (len(few), len(usual)) == (FEW.rows, ROWS)
    assert few == usual[: FEW.rows]


def test_worker_reads_as_many_regions_as_it_was_told(
    worker: ReadingWorker, register: np.ndarray, tmp_path: Path
) -> None:
    Image.fromarray(register).save(tmp_path / "0001.png")
    reading, _ = worker.read(PageToRead(tmp_path / "0001.png", None, 0))
    assert len(numbers(reading)) == FEW.rows
