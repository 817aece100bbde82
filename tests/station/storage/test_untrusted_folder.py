"""Beneath a folder only plain files of its own are opened, with openat2 and without it."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.storage.untrusted_folder import Folder, NotPlain
from tests.e2e.mounting import new_mounts
from tests.station.planting import (
    Plant,
    dangling_link,
    folder,
    further_name,
    link,
    listening_socket,
    pipe,
    swapped,
    without_openat2,
)

OWN = b"a page that exists once"


@pytest.fixture(params=["openat2", errno.ENOSYS, errno.EPERM], autouse=True)
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "openat2":
        without_openat2(monkeypatch, request.param)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "data" / "page.jpg"
    file.parent.mkdir()
    file.write_bytes(OWN)
    return file


@pytest.fixture
def top(tmp_path: Path) -> Iterator[Folder]:
    (tmp_path / "stick" / "a").mkdir(parents=True)
    with Folder.at(tmp_path / "stick") as top:
        yield top


def test_plain_files_are_made_read_changed_named_and_removed(top: Folder) -> None:
    with top.folder("x/y/z", make=True) as inner:
        with inner.create(".new") as file:
            file.write(b"one")
        inner.name_exclusively(".new", "final")
        inner.sync()
        with inner.change("final") as file:
            file.write(b"two")
        assert (inner.names(), inner.find(".new")) == (["final"], None)
    with top.read("x/y/z/final") as file:
        assert file.read() == b"two"
    assert stat.S_IMODE((top.path / "x/y").stat().st_mode) == 0o700
    with top.folder("x/y/z") as inner:
        inner.unlink("final")
        assert inner.names() == []


def test_name_that_is_taken_is_never_given_again(top: Folder) -> None:
    for name in ("one", "two"):
        top.create(name).close()
    with pytest.raises(FileExistsError):
        top.create("one")
    with pytest.raises(FileExistsError):
        top.name_exclusively("one", "two")
    assert sorted(top.names()) == ["a", "one", "two"]


@pytest.mark.parametrize("plant", [link, dangling_link, pipe, listening_socket, folder])
def test_what_is_no_plain_file_is_not_opened_and_nothing_waits_for_it(top: Folder, own: Path, plant: Plant) -> None:
    plant(top.path / "a" / "file", own)
    for opening in (top.read, top.change):
        with pytest.raises(NotPlain) as refused:
            opening("a/file")
        assert refused.value.path == top.path / "a" / "file"
    with top.folder("a") as inner, pytest.raises(FileExistsError):
        inner.create("file")
    assert [file.name for file in own.parent.iterdir()] == [own.name]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_device_is_not_opened(top: Folder) -> None:
    os.mknod(top.path / "zero", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    with pytest.raises(NotPlain):
        top.read("zero")


def test_file_with_a_further_name_is_not_changed(top: Folder, own: Path) -> None:
    further_name(top.path / "file", own)
    with pytest.raises(NotPlain):
        top.change("file")
    top.read("file").close()


@pytest.mark.parametrize("plant", [link, pipe, further_name])
def test_no_way_leads_over_what_is_no_folder(top: Folder, own: Path, plant: Plant) -> None:
    plant(top.path / "way", own.parent if plant is link else own)
    for use in (lambda: top.read("way/page.jpg"), lambda: top.folder("way"), lambda: top.folder("way/x", make=True)):
        with pytest.raises(NotPlain):
            use()
    assert [file.name for file in own.parent.iterdir()] == [own.name]


@pytest.mark.parametrize("name", ["../data/page.jpg", "a/../../data/page.jpg", "/etc/passwd"])
def test_no_name_leads_out(top: Folder, own: Path, name: str) -> None:
    for use in (top.read, top.change, top.folder, top.create):
        with pytest.raises(ValueError, match="leads out"):
            use(name)
    for single in (top.unlink, top.find):
        with pytest.raises(ValueError, match="no name of one file"):
            single("a/b")


def test_folder_that_links_take_turns_with_leads_nowhere_else(top: Folder, own: Path) -> None:
    """The name is looked at thousands of times while it is now a folder, now a link."""
    (top.path / "link").symlink_to(own.parent)
    opened = refused = 0
    with swapped(top.path / "a", top.path / "link"):
        while not (opened > 200 and refused > 200):
            try:
                with top.folder("a/new", make=True) as inner:
                    inner.create("file").close()
                    inner.unlink("file")
                opened += 1
            except (NotPlain, FileExistsError):
                refused += 1
    assert [file.name for file in own.parent.iterdir()] == [own.name]


def test_way_that_leads_over_a_link_is_not_straight(tmp_path: Path, own: Path) -> None:
    Folder.straight(own.parent).__exit__(None, None, None)
    (tmp_path / "way").symlink_to(own.parent)
    for path in (tmp_path / "way", tmp_path / "way" / "below"):
        with pytest.raises(NotPlain):
            Folder.straight(path)


#: Opens a file beneath a folder; openat2 is taken away where a third word is there.
READER = """
import sys
from pathlib import Path
from station.storage import untrusted_folder
if len(sys.argv) > 3: untrusted_folder._openat2 = lambda *_: (-1, int(sys.argv[3]))
try:
    with untrusted_folder.Folder.at(Path(sys.argv[1])) as top: top.read(sys.argv[2])
except untrusted_folder.NotPlain:
    print("refused")
"""


def test_what_is_mounted_below_is_not_entered_though_it_is_the_same_disk(
    top: Folder, own: Path, request: pytest.FixtureRequest
) -> None:
    mounts = new_mounts()
    try:
        mounts.run("mount", "--bind", own.parent, top.path / "a")
        way = request.node.callspec.params["kernel"]
        line: list[object] = [*mounts.through, sys.executable, "-c", READER, top.path, "a/page.jpg"]
        said = subprocess.check_output([*map(str, line), *([str(way)] if way != "openat2" else [])], text=True)
    finally:
        mounts.close()
    assert said == "refused\n"


def folder_that_is_gone(top: Folder) -> None:
    top.path.rename(top.path.with_name("away"))


def other_folder_of_that_name(top: Folder) -> None:
    folder_that_is_gone(top)
    top.path.mkdir()


@pytest.mark.parametrize("change", [folder_that_is_gone, other_folder_of_that_name])
def test_folder_knows_when_its_name_leads_elsewhere(top: Folder, change: Callable[[Folder], None]) -> None:
    assert top.is_at(top.path)
    change(top)
    assert not top.is_at(top.path)


def test_new_file_whose_temporary_name_became_a_link_is_none(top: Folder, own: Path) -> None:
    def write() -> None:
        with top.new_file("file") as file:
            (temporary,) = [name for name in top.names() if name.endswith(".part")]
            top.unlink(temporary)
            link(top.path / temporary, own)
            file.write(b"new")

    with pytest.raises(NotPlain):
        write()
    assert own.read_bytes() == OWN


def test_new_file_whose_writing_failed_leaves_nothing(top: Folder) -> None:
    def write() -> None:
        with top.new_file("file") as file:
            file.write(b"new")
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert top.names() == ["a"]
