"""A bad image, however bad, stops a worker at most: what it may take of the PC, and what is not even decoded."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PIL import Image

from drivers.images.jpeg_strips import STRIP
from drivers.process.child_process import Process
from station.domain.finding_limits import Limits
from station.errors import NoWorker, Refused
from station.imaging import decoding, worker_pool
from station.imaging.image_facts import AnalysisRequest
from station.imaging.worker_pool import WorkerPool
from tests.station.growing_sheet import HEIGHT, STORING, WIDTH, GrowingSheet
from tests.waiting import eventually

#: Each side of it is a page's, both together are larger than any (pixels).
SIDE = 13_000


def huge_jpeg(file: Path) -> None:
    """A small JPEG whose header says that it is large (ITU-T T.81, B.2.2)."""
    Image.new("L", (16, 16)).save(file, "JPEG")
    content = bytearray(file.read_bytes())
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", SIDE, SIDE)
    file.write_bytes(content)


def huge_tiff(file: Path) -> None:
    Image.new("1", (SIDE, SIDE)).save(file, "TIFF", compression="group4")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(("name", "make"), [("0001.jpg", huge_jpeg), ("0001.tif", huge_tiff)])
def test_image_larger_than_any_page_is_refused(tmp_path: Path, name: str, make, monkeypatch) -> None:
    file = tmp_path / name
    make(file)
    assert max(SIDE, SIDE) < decoding.MOST_PIXELS < SIDE * SIDE
    with pytest.raises(Refused) as refused:
        decoding.decode(file)
    assert (refused.value.code, refused.value.facts["pixels"]) == ("image-too-large", SIDE * SIDE)
    with pytest.raises(Refused):
        decoding.decode_reduced(file)


def test_page_as_large_as_pages_are_is_no_trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "0001.jpg"
    Image.new("L", (40, 30)).save(file)
    monkeypatch.setattr(decoding, "MOST_PIXELS", 40 * 30)
    assert decoding.decode_reduced(file).width == 40
    monkeypatch.setattr(decoding, "MOST_PIXELS", 40 * 30 - 1)
    with pytest.raises(Refused):
        decoding.decode_reduced(file)


@pytest.mark.parametrize("deaths", [1, 2])
def test_worker_that_died_over_an_image_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    """Once it may have been the kernel, short of memory; an image that two died over is the cause."""
    file = tmp_path / "0001.jpg"
    Image.new("L", (40, 30)).save(file)
    fault = tmp_path / "fault"
    fault.write_text("looking:kill")
    monkeypatch.setenv("TRAMQUET_FAULTS", f"@{fault}" if deaths == 1 else "looking:kill")
    wanted = AnalysisRequest(tmp_path / "previews", Limits())
    with WorkerPool() as workers:
        looked = workers.analyse(file, wanted)
        if deaths == 1:
            assert looked.result().examined.width == 40
            assert not fault.exists(), "one died"
        else:
            with pytest.raises(Refused) as refused:
                looked.result()
            assert refused.value.code == "image-damaged"


def test_worker_that_cannot_be_started_says_nothing_of_the_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be refused as damaged, and the file of a watched folder rejected, for the PC's sake."""
    file = tmp_path / "0001.jpg"
    Image.new("L", (40, 30)).save(file)
    request = AnalysisRequest(tmp_path / "previews", Limits())
    with WorkerPool() as workers:
        with monkeypatch.context() as patch:
            patch.setattr(worker_pool, "Process", lambda _program, world: Process("station.no_such_program", world))
            workers.start_ahead(1)
            with pytest.raises(NoWorker):
                workers.wait_until_ready()
            with pytest.raises(NoWorker) as failed:
                workers.analyse(file, request).result()
            assert failed.value.facts["detail"] == "exit status 1"
            workers.start_ahead(1)
        assert workers.analyse(file, request).result().examined.width == 40


def test_worker_that_dies_ahead_of_a_sheet_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = tmp_path / "fault"
    fault.write_text("following:kill")
    monkeypatch.setenv("TRAMQUET_FAULTS", f"@{fault}")
    wanted = AnalysisRequest(tmp_path / "previews", Limits())
    sheet = GrowingSheet(tmp_path / "0001.pnm")
    with WorkerPool() as workers:
        workers.start_ahead(1)
        workers.wait_until_ready()
        workers.follow(sheet.path, STORING)
        sheet.grow(STRIP)
        eventually(lambda: not fault.exists())
        followed = workers.analyse(sheet.finish(), wanted).result()
        alone = workers.analyse(GrowingSheet(sheet.path).finish(), wanted).result()
    assert followed == alone, "to the byte: it was encoded when it was whole"


def test_sheet_is_encoded_whole_where_no_worker_is_idle(tmp_path: Path) -> None:
    sheet = GrowingSheet(tmp_path / "0001.pnm")
    with WorkerPool() as workers:
        workers.follow(sheet.path, STORING)
        looked = workers.analyse(sheet.finish(), AnalysisRequest(tmp_path / "previews", Limits())).result()
    assert (looked.examined.width, looked.examined.height) == (WIDTH, HEIGHT)
