"""Which files may be taken: stillness, order, doubt."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import NotFound
from drivers.folder.change_hints import Hints
from drivers.folder.stable_files import FolderSnapshot, FolderWatch, Pace, is_image_name, natural_order
from tests.drivers.dropping import QUICK, drop
from tests.waiting import PATIENCE, eventually


@pytest.fixture
def watch(tmp_path: Path) -> FolderWatch:
    return FolderWatch(tmp_path, QUICK)


def ready(watch: FolderWatch) -> list[str]:
    return [arrival.path.name for arrival in watch.look().ready]


def test_file_is_ready_when_it_stood_still_and_not_at_first_sight(watch: FolderWatch) -> None:
    drop(watch.folder, "a.jpg", b"x")
    first = watch.look()
    assert (first.ready, first.waiting) == ([], True)
    eventually(lambda: ready(watch) == ["a.jpg"])


def test_file_that_was_old_before_it_was_seen_must_stand_still_as_well(watch: FolderWatch) -> None:
    # A copy may set an old time before its last byte is there, and a share's clock may be another one.
    os.utime(drop(watch.folder, "a.jpg", b"x"), (0, 0))
    assert ready(watch) == []


def test_file_that_goes_on_growing_waits_and_holds_up_those_behind_it(watch: FolderWatch) -> None:
    growing = drop(watch.folder, "1.jpg", b"x")
    drop(watch.folder, "2.jpg", b"x")

    def grown() -> FolderSnapshot:
        with growing.open("ab") as file:
            file.write(b"x")
        return watch.look()

    assert grown().ready == []
    eventually(lambda: [arrival.path.name for arrival in grown().ready] == ["2.jpg"])  # its patience is over
    assert grown().restless == [growing]
    eventually(lambda: ready(watch) == ["1.jpg", "2.jpg"])


def test_file_renamed_over_another_must_stand_still_anew(watch: FolderWatch) -> None:
    drop(watch.folder, "a.jpg", b"old")
    eventually(lambda: ready(watch) == ["a.jpg"])
    other = drop(watch.folder, "other.tmp", b"new")
    os.utime(other, ns=(watch.look().ready[0].signature.changed_ns,) * 2)
    other.rename(watch.folder / "a.jpg")
    assert ready(watch) == []
    eventually(lambda: ready(watch) == ["a.jpg"])


def test_empty_file_is_given_the_longer_rest_of_a_doubtful_one(watch: FolderWatch) -> None:
    drop(watch.folder, "empty.jpg", b"")
    drop(watch.folder, "fast.jpg", b"x")
    assert ready(watch) == []
    eventually(lambda: bool(ready(watch)))
    assert ready(watch) == ["empty.jpg", "fast.jpg"]


def test_doubted_file_comes_once_more_after_longer_rest_and_then_no_more(watch: FolderWatch) -> None:
    drop(watch.folder, "a.jpg", b"x")
    came = []
    for arrival in watch.arrivals(threading.Event()):
        came.append(arrival.path.name)
        assert watch.doubt(arrival) is (len(came) == 1)
    assert came == ["a.jpg", "a.jpg"]


def test_each_file_comes_once_though_it_stays_in_the_folder(watch: FolderWatch) -> None:
    for name in ("IMG_10.jpg", "img_9.JPG", "IMG_101.jpg"):
        drop(watch.folder, name, b"x")
    came = [arrival.path.name for arrival in watch.arrivals(threading.Event())]
    assert came == ["img_9.JPG", "IMG_10.jpg", "IMG_101.jpg"]


def test_file_that_takes_the_name_of_one_that_came_comes_too(watch: FolderWatch) -> None:
    drop(watch.folder, "a.jpg", b"x")
    sizes = []
    for arrival in watch.arrivals(threading.Event()):
        sizes.append(arrival.signature.size)
        if len(sizes) == 1:
            drop(watch.folder, "a.jpg", b"longer")
    assert sizes == [1, 6]


@pytest.mark.parametrize("name", [".hidden.jpg", "a.jpg.part", "b.crdownload", "~$c.pdf", "Thumbs.db", "d.TMP"])
def test_what_is_unfinished_hidden_or_clutter_is_left_alone(watch: FolderWatch, name: str) -> None:
    drop(watch.folder, name, b"x")
    assert not watch.look().waiting
    assert watch.look().file_count == 0


def test_folders_links_and_pipes_are_no_files(watch: FolderWatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    (watch.folder / "taken").mkdir()
    (watch.folder / "link.jpg").symlink_to(drop(tmp_path_factory.mktemp("else"), "a.jpg", b"x"))
    os.mkfifo(watch.folder / "pipe.jpg")
    assert watch.look().file_count == 0


def test_folder_that_went_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="gone"):
        FolderWatch(tmp_path / "gone", Pace()).look()


@given(st.lists(st.integers(0, 10**6), unique=True))
def test_numbers_in_names_count_as_numbers(numbers: list[int]) -> None:
    names = [f"Trang {number}.jpg" for number in numbers]
    assert sorted(names, key=natural_order) == [f"Trang {number}.jpg" for number in sorted(numbers)]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1), unique=True))
def test_any_names_have_one_order(names: list[str]) -> None:
    assert sorted(names, key=natural_order) == sorted(set(names), key=natural_order)
    assert all(isinstance(is_image_name(name), bool) for name in names)


def test_closing_and_renaming_are_hints(tmp_path: Path) -> None:
    heard = threading.Semaphore(0)
    hints = Hints(tmp_path, heard.release)
    try:
        written = drop(tmp_path, "a.part", b"x")
        assert heard.acquire(timeout=PATIENCE)
        while heard.acquire(blocking=False):
            pass
        written.rename(tmp_path / "a.jpg")
        assert heard.acquire(timeout=PATIENCE)
    finally:
        hints.close()


def test_folder_that_cannot_be_watched_is_no_error(tmp_path: Path) -> None:
    hints = Hints(tmp_path / "gone", lambda: None)
    hints.close()


def test_file_that_is_rewritten_in_place_at_constant_size_waits(watch: FolderWatch) -> None:
    """Copiers that reserve the room first, and shares, give a file its last size long before its last byte."""
    file = drop(watch.folder, "a.jpg", bytes(1000))
    eventually(lambda: ready(watch) == ["a.jpg"])
    (before,) = watch.look().ready
    with file.open("r+b") as half:
        half.seek(500)
        half.write(b"x" * 500)
    assert ready(watch) == [], "it must stand still anew"
    assert not before.untouched()
    eventually(lambda: ready(watch) == ["a.jpg"])
