"""A backup goes onto a medium that takes no large file: in pieces, none too large, and each of them counts."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.storage import split_file
from station.storage.split_file import Pieces
from station.storage.untrusted_folder import Folder, NotPlain
from tests.station import another_user
from tests.station.laying import laid
from tests.station.opened_station import opened_station
from tests.stations import Command, hashes
from tests.waiting import PATIENCE

MB = 1024**2
#: A file system that takes no file of more than 1 MB, as FAT takes none of 4 GB: the same EFBIG, for all files.
NO_LARGE_FILE = ("prlimit", f"--fsize={MB}")


@pytest.fixture(scope="module")
def with_large_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with three pages of 0.7 MB each."""
    folder = tmp_path_factory.mktemp("large")
    with opened_station(folder) as desk:
        laid(desk, desk.ledger(), 3, profile="standard", size=(800, 1000))
    return folder


@pytest.fixture
def large(with_large_pages: Path, tmp_path: Path) -> Command:
    return Command(shutil.copytree(with_large_pages, tmp_path / "old"), {"TRAMQUET_LANGUAGE": "en"})


def new_pc(folder: Path) -> Command:
    folder.mkdir()
    return Command(folder, {"TRAMQUET_LANGUAGE": "en"})


@pytest.fixture(scope="module")
def backed_up(with_large_pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stick with a backup of everything, in pieces of 1 MB."""
    stick = tmp_path_factory.mktemp("stick")
    station = Command(with_large_pages, {"TRAMQUET_LANGUAGE": "en"})
    station.run("backup", stick / "all.zip", "--with-masters", "--piece", 1, through=NO_LARGE_FILE)
    return stick


@pytest.fixture
def stick(backed_up: Path, tmp_path: Path) -> Path:
    return shutil.copytree(backed_up, tmp_path / "stick")


def test_backup_larger_than_the_medium_takes_comes_back_from_its_pieces(
    with_large_pages: Path, stick: Path, tmp_path: Path
) -> None:
    made = sorted(stick.iterdir())
    assert [file.name for file in made] == ["all.zip", "all.zip.2", "all.zip.3"]
    assert [file.stat().st_size for file in made[:-1]] == [MB, MB]
    other = new_pc(tmp_path / "new")
    other.run("restore", made[0])
    other.run("verify")
    assert hashes(other.data / "ledgers") == hashes(with_large_pages / "data/ledgers")


def test_pieces_one_behind_the_other_are_an_archive_for_any_program(stick: Path) -> None:
    whole = io.BytesIO(b"".join(file.read_bytes() for file in sorted(stick.iterdir())))
    with zipfile.ZipFile(whole) as pack:
        assert pack.testzip() is None


def test_file_that_is_too_large_for_the_medium_is_told_and_nothing_stays(large: Command, tmp_path: Path) -> None:
    said = large.refused("backup", tmp_path / "all.zip", "--with-masters", "--piece", 2, through=NO_LARGE_FILE)
    assert "[storage-file-too-large]" in said
    assert said.count("\n") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("damage", ["first", "middle", "last", "half"])
def test_backup_without_one_of_its_pieces_is_refused_and_nothing_is_touched(
    stick: Path, tmp_path: Path, damage: str
) -> None:
    first, middle, last = sorted(stick.iterdir())
    if damage == "half":
        middle.write_bytes(middle.read_bytes()[: MB // 2])
    else:
        {"first": first, "middle": middle, "last": last}[damage].unlink()
    other = new_pc(tmp_path / "new")
    said = other.refused("restore", first)
    assert said.count("\n") == 0
    assert "nothing was changed" in said
    assert list(other.folder.iterdir()) == []


def test_piece_whose_name_is_taken_stops_the_backup_and_is_left_alone(large: Command, tmp_path: Path) -> None:
    (tmp_path / "all.zip.2").write_bytes(b"mine")
    said = large.refused("backup", tmp_path / "all.zip", "--with-masters", "--piece", 1)
    assert said.endswith("[file-there]")
    assert said.count("\n") == 0
    assert {path.name for path in tmp_path.iterdir()} == {"old", "all.zip.2"}
    assert (tmp_path / "all.zip.2").read_bytes() == b"mine"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    yield from another_user.folder()


def test_root_hands_each_piece_on_a_stick_of_its_own_to_the_station_s_user(large: Command, open_folder: Path) -> None:
    words, environment = another_user.world()
    station = large.copy(open_folder / "station")
    station.folder.chmod(0o755)
    another_user.give_away(station.data)
    stick = open_folder / "closed"
    stick.mkdir(mode=0o700)
    line: list[str | Path] = [
        *words,
        "--config",
        station.settings,
        "backup",
        stick / "all.zip",
        "--with-masters",
        "--piece",
        "1",
    ]
    done = subprocess.run(line, capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list(stick.iterdir())) == 3
    assert {path.stat().st_uid for path in station.data.rglob("*")} == {another_user.NOBODY}


@settings(max_examples=60)
@given(
    limit=st.integers(1, 7),
    acts=st.lists(
        st.one_of(
            st.tuples(st.just("write"), st.binary(max_size=20)),
            st.tuples(st.just("read"), st.integers(0, 20)),
            st.tuples(st.just("seek"), st.integers(0, 30)),
        ),
        max_size=12,
    ),
)
def test_pieces_behave_as_one_file(limit: int, acts: list[tuple[str, bytes | int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, one = Path(folder, "file"), io.BytesIO()
        made = [first.open("w+b", buffering=0)]

        def more() -> int:
            made.append(split_file.piece_path(first, len(made) + 1).open("w+b", buffering=0))
            return made[-1].fileno()

        many = io.BufferedRandom(Pieces(first, [made[0].fileno()], limit, more))
        for act, given_ in acts:
            if act == "seek":  # no holes: nobody writes behind the end
                given_ = min(int(given_), len(one.getvalue()))
            assert getattr(many, act)(given_) == getattr(one, act)(given_)
        many.flush()
        for file in made:
            file.close()
        assert max(path.stat().st_size for path in Path(folder).iterdir()) <= limit
        with split_file.open_pieces(first) as read:
            assert read.read() == one.getvalue()


def test_pieces_on_a_stick_are_read_without_following_a_link(tmp_path: Path) -> None:
    first = tmp_path / "book.zip"
    for number, content in enumerate((b"0123", b"4567", b"89"), start=1):
        split_file.piece_path(first, number).write_bytes(content)
    with Folder.straight(tmp_path) as folder:
        with split_file.open_pieces_in(folder, first) as whole:
            assert whole.read() == b"0123456789"
        last = split_file.piece_path(first, 3)
        last.rename(tmp_path / "elsewhere")
        last.symlink_to(tmp_path / "elsewhere")
        with split_file.open_pieces_in(folder, first) as whole:
            assert whole.read() == b"01234567", "a link is no piece"
        first.unlink()
        first.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(NotPlain), split_file.open_pieces_in(folder, first):
            pass
