"""Pages are read in a program of their own: what it gives, and what a page costs that ends it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers.drawn import draw_page
from station.errors import ReaderFailed
from station.reading import page_image, worker
from station.reading.page_image import PageImage
from station.reading.page_reader import PageReader
from station.reading.worker_link import NotRead, PageToRead, ReadingWorker
from tests.e2e.killing import children_of
from tests.station.drawn_registers import page
from tests.waiting import eventually

PROGRAM = "station.reading.worker"


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("form") / "0012.jpg"
    draw_page(12, type_code="KH", dpi=200).save(file, quality=90, dpi=(200, 200))
    return file


@pytest.fixture
def reader() -> Iterator[ReadingWorker]:
    reader = ReadingWorker()
    yield reader
    reader.close()


def test_page_is_read_as_in_this_process(reader: ReadingWorker, form: Path) -> None:
    reading, ms = reader.read(PageToRead(form, None, 0))
    assert reading == PageReader().read(page_image.load(form))
    assert {str(field.kind): field.value for field in reading.fields}["page"] == "12"
    assert ms > 0


def test_part_of_an_image_is_read_turned_as_it_is_shown(reader: ReadingWorker, tmp_path: Path) -> None:
    left, right = (np.asarray(draw_page(number, type_code="KH", dpi=150)) for number in (4, 5))
    book = np.rot90(np.concatenate([left, right], axis=1), 2)
    Image.fromarray(np.ascontiguousarray(book)).save(tmp_path / "0001.png", dpi=(150, 150))
    height, width = book.shape[:2]
    reading, _ = reader.read(PageToRead(tmp_path / "0001.png", (0, 0, width // 2, height), 180))
    assert {str(field.kind): field.value for field in reading.fields}["number"] == "5"
    assert not reading.upside_down


def test_it_is_niced_and_its_memory_is_limited(reader: ReadingWorker, form: Path) -> None:
    reader.read(PageToRead(form, None, 0))
    (child,) = children_of(os.getpid(), PROGRAM)
    assert os.getpriority(os.PRIO_PROCESS, child) == 10
    limits = Path(f"/proc/{child}/limits").read_text(encoding="ascii")
    assert f"Max data size             {worker.MEMORY}" in limits


def test_file_that_is_no_image_costs_its_own_reading_alone(reader: ReadingWorker, form: Path, tmp_path: Path) -> None:
    (tmp_path / "0001.jpg").write_bytes(form.read_bytes()[:300])
    for file in (tmp_path / "0001.jpg", tmp_path / "nowhere.jpg"):
        with pytest.raises(NotRead):
            reader.read(PageToRead(file, None, 0))
    before = children_of(os.getpid(), PROGRAM)
    reader.read(PageToRead(form, None, 0))
    assert children_of(os.getpid(), PROGRAM) == before, "it is still the same program"


def test_program_that_died_over_a_page_is_replaced(
    reader: ReadingWorker, form: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fault").write_text("recognising:kill")
    monkeypatch.setenv("TRAMQUET_FAULTS", f"@{tmp_path / 'fault'}")
    with pytest.raises(NotRead, match="SIGKILL"):
        reader.read(PageToRead(form, None, 0))
    assert reader.read(PageToRead(form, None, 0))[0].fields


def test_closed_worker_is_gone_and_comes_back_when_it_is_needed(reader: ReadingWorker, form: Path) -> None:
    reader.read(PageToRead(form, None, 0))
    reader.close()
    eventually(lambda: children_of(os.getpid(), PROGRAM) == [])
    assert reader.read(PageToRead(form, None, 0))[0].fields


def test_without_weights_nothing_can_be_read(
    form: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: ReadingWorker
) -> None:
    without_weights(tmp_path, monkeypatch)
    with pytest.raises(ReaderFailed) as failed:
        reader.read(PageToRead(form, None, 0))
    assert failed.value.code == "reader-weights-missing"


def without_weights(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every program that is started from now on look for the weights where there are none."""
    here = "from pathlib import Path\nfrom station.reading import weight_files\n"
    (folder / "sitecustomize.py").write_text(f"{here}weight_files.FOLDER = Path({str(folder)!r})\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_page_without_labels_is_read_by_its_columns() -> None:
    reading = PageReader().read(PageImage(page([(40 + index, 7) for index in range(8)])))
    assert reading.ruled
    assert [field.value for field in reading.fields if field.kind == "number"] == [str(40 + one) for one in range(8)]
