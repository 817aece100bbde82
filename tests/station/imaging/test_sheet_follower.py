"""A sheet that is encoded while it is read becomes the master that it becomes otherwise, whatever fails ahead of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from drivers import Chroma, Encoding, Mode, Storing
from drivers.images import masters
from drivers.images.jpeg_strips import STRIP, StripEncoder
from station.domain.finding_limits import Limits
from station.imaging import analysis, sheet_follower
from station.imaging.image_facts import AnalysisRequest
from station.imaging.sheet_follower import SheetFollower
from tests.station.growing_sheet import STORING, GrowingSheet
from tests.waiting import eventually

Master = tuple[str, bytes, dict[str, Any]]


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lines that each encoder had when the master was written, 0 where nothing ran ahead."""
    had: list[int] = []
    encode = masters.encode

    def spied(*given: Any, begun: StripEncoder | None = None) -> None:
        had.append(0 if begun is None else begun.lines)
        pixels, into, origin, storing = given
        encode(pixels, into, origin, storing, begun=begun)

    monkeypatch.setattr(masters, "encode", spied)
    monkeypatch.setattr(sheet_follower, "LOOK_EVERY", 0.001)
    return had


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Waits until so many strips were encoded since the test began."""
    strips: list[int] = []
    add = StripEncoder.add

    def counted(encoder: StripEncoder, pixels: Any) -> None:
        add(encoder, pixels)
        strips.append(len(pixels))

    monkeypatch.setattr(StripEncoder, "add", counted)
    return lambda count: eventually(lambda: len(strips) >= count, every=0.001)


def is_open(file: Path) -> bool:
    """Whether this process holds it, removed or not."""
    links = set[str]()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one of this very listing
            links.add(str(descriptor.readlink()).removesuffix(" (deleted)"))
    return str(file) in links


def master_of(sheet: Path, follower: SheetFollower | None, folder: Path) -> Master:
    """The sheet's master: its mode, its pixels, and what it tells of itself."""
    file = analysis.analyse(sheet, AnalysisRequest(folder, Limits()), None, follower).file
    with Image.open(file) as image:
        return image.mode, image.tobytes(), masters.read_provenance(file)


@pytest.mark.parametrize("chroma", Chroma)
@pytest.mark.parametrize("mode", Mode)
def test_master_is_the_same_to_the_pixel(
    tmp_path: Path, ahead: list[int], encoded: Callable[[int], None], mode: Mode, chroma: Chroma
) -> None:
    previews, storing = tmp_path / "previews", Storing(chroma=chroma)
    sheet = GrowingSheet(tmp_path / "0001.pnm", mode, storing)
    follower = SheetFollower(sheet.path, storing)
    sheet.grow(STRIP + 5)
    encoded(1)
    sheet.grow(STRIP)
    encoded(2)
    followed = master_of(sheet.finish(), follower, previews)
    alone = master_of(GrowingSheet(tmp_path / "0001.pnm", mode, storing).finish(), None, previews)
    assert followed == alone
    assert ahead[0] in (2 * STRIP, 3 * STRIP)
    assert ahead[1] == 0


def test_sheet_that_came_in_place_of_a_followed_one_is_encoded_whole(
    tmp_path: Path, ahead: list[int], encoded: Callable[[int], None]
) -> None:
    """Its file may even have the number on the disk that the other had."""
    path = tmp_path / "0001.pnm"
    first = GrowingSheet(path, seed=1)
    follower = SheetFollower(path, STORING)
    first.grow(STRIP)
    encoded(1)
    first.part.unlink()
    master = master_of(GrowingSheet(path, seed=2).finish(), follower, tmp_path / "previews")
    assert ahead == [0]
    assert master == master_of(GrowingSheet(path, seed=2).finish(), None, tmp_path / "previews")


def test_sheet_to_be_stored_otherwise_is_encoded_whole(
    tmp_path: Path, ahead: list[int], encoded: Callable[[int], None]
) -> None:
    sheet = GrowingSheet(tmp_path / "0001.pnm", storing=Storing(Encoding.JPEG, 80))
    follower = SheetFollower(sheet.path, Storing(Encoding.JPEG, 90))
    sheet.grow(STRIP)
    encoded(1)
    master_of(sheet.finish(), follower, tmp_path / "previews")
    assert ahead == [0]


def test_what_fails_ahead_fails_nothing(tmp_path: Path, ahead: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = GrowingSheet(tmp_path / "0001.pnm")
    add, failures = StripEncoder.add, list[int]()

    def failing(encoder: StripEncoder, pixels: Any) -> None:
        if len(pixels) == STRIP:
            add(encoder, pixels[:7])  # a strip that is in it already, and not whole
            failures.append(1)
            raise MemoryError
        add(encoder, pixels)

    monkeypatch.setattr(StripEncoder, "add", failing)
    follower = SheetFollower(sheet.path, STORING)
    sheet.grow(STRIP)
    eventually(lambda: bool(failures), every=0.001)
    followed = master_of(sheet.finish(), follower, tmp_path / "previews")
    assert ahead == [0]
    assert followed == master_of(GrowingSheet(sheet.path).finish(), None, tmp_path / "previews")


def test_sheet_that_was_given_up_takes_no_room_any_more(
    tmp_path: Path, ahead: list[int], encoded: Callable[[int], None]
) -> None:
    sheet = GrowingSheet(tmp_path / "0001.pnm")
    follower = SheetFollower(sheet.path, STORING)
    sheet.grow(STRIP)
    encoded(1)

    assert is_open(sheet.part)
    sheet.part.unlink()
    eventually(lambda: not is_open(sheet.part), every=0.001)
    follower.stop()
    assert ahead == []
