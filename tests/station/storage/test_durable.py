from __future__ import annotations

import errno
import os
import re
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.errors import StorageFailed
from station.storage import durable, locks
from tests.waiting import PATIENCE

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

WRITE = (
    "import sys, pathlib; from station.storage.durable import write_durably as w; w(pathlib.Path(sys.argv[1]), b'scan')"
)


def traced(code: str, argument: Path, *options: str) -> str:
    """What the kernel was asked for while ``code`` ran, descriptors shown with their paths."""
    log = argument.parent.parent / "trace"
    watched = "trace=fsync,rename,renameat,renameat2,link,linkat,unlink"
    command = ["strace", "-y", "-f", "-o", str(log), "-e", watched, *options, sys.executable, "-c", code, str(argument)]
    subprocess.run(command, check=True, timeout=PATIENCE)
    return log.read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sổ"
    folder.mkdir()
    return folder


def test_the_file_holds_what_was_written_and_only_its_owner_reads_it(folder: Path) -> None:
    durable.write_durably(folder / "page.jpg", [b"one", b"two"])
    assert (folder / "page.jpg").read_bytes() == b"onetwo"
    assert stat.S_IMODE((folder / "page.jpg").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["page.jpg"]


@needs_strace
def test_data_is_synced_before_the_name_and_the_folder_after_it(folder: Path) -> None:
    trace = traced(WRITE, folder / "page.jpg")
    calls = re.findall(r"\b(fsync|renameat2)\((.*)\) = 0", trace)
    assert [name for name, _ in calls] == ["fsync", "renameat2", "fsync"]
    assert durable.TEMPORARY_SUFFIX + ">" in calls[0][1]
    assert "RENAME_NOREPLACE" in calls[1][1]
    assert durable.TEMPORARY_SUFFIX not in calls[2][1]


@needs_strace
@pytest.mark.parametrize("answer", ["EINVAL", "ENOSYS"])
def test_where_the_kernel_cannot_rename_exclusively_a_link_gives_the_name(folder: Path, answer: str) -> None:
    trace = traced(WRITE, folder / "page.jpg", "-e", f"inject=renameat2:error={answer}")
    assert re.findall(r"\b(fsync|link|unlink)\(", trace) == ["fsync", "link", "unlink", "fsync"]
    assert [path.name for path in folder.iterdir()] == ["page.jpg"]


@needs_strace
def test_a_link_does_not_overwrite_either(folder: Path) -> None:
    (folder / "page.jpg").write_bytes(b"first")
    code = f"try:\n exec({WRITE!r})\nexcept FileExistsError: pass\nelse: sys.exit('overwritten')"
    traced(code, folder / "page.jpg", "-e", "inject=renameat2:error=EINVAL")
    assert (folder / "page.jpg").read_bytes() == b"first"


@needs_strace
@pytest.mark.parametrize("taken", [False, True])
def test_where_there_are_no_links_either_the_name_is_claimed_first_and_never_overwritten(
    folder: Path, taken: bool
) -> None:
    if taken:
        (folder / "page.jpg").write_bytes(b"first")
    code = f"try:\n exec({WRITE!r})\nexcept FileExistsError: pass"
    traced(code, folder / "page.jpg", "-e", "inject=renameat2:error=EINVAL", "-e", "inject=link:error=EPERM")
    assert [path.name for path in folder.iterdir()] == ["page.jpg"]
    assert ((folder / "page.jpg").read_bytes() == b"first") == taken


@needs_strace
def test_a_folder_that_cannot_be_synced_is_an_error_unless_the_file_system_knows_no_such_thing(folder: Path) -> None:
    code = "import sys, pathlib; from station.storage import durable; durable.sync_folder(pathlib.Path(sys.argv[1]))"
    traced(code, folder, "-e", "inject=fsync:error=EINVAL")
    with pytest.raises(subprocess.CalledProcessError):
        traced(code, folder, "-e", "inject=fsync:error=EIO")


def test_a_taken_name_is_never_overwritten_and_nothing_is_left_behind(folder: Path) -> None:
    durable.write_durably(folder / "page.jpg", b"first")
    with pytest.raises(FileExistsError):
        durable.write_durably(folder / "page.jpg", b"second")
    assert (folder / "page.jpg").read_bytes() == b"first"
    assert [path.name for path in folder.iterdir()] == ["page.jpg"]


def test_a_dangling_link_counts_as_a_taken_name(folder: Path) -> None:
    (folder / "new").write_bytes(b"scan")
    (folder / "page.jpg").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        durable.name_exclusively(folder / "new", folder / "page.jpg")


def test_naming_a_file_that_is_not_there_says_so(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        durable.name_exclusively(folder / "nothing", folder / "page.jpg")


def test_a_maker_that_fails_leaves_nothing_behind(folder: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"%PDF"
        raise EOFError

    with pytest.raises(EOFError):
        durable.write_durably(folder / "page.pdf", chunks())
    assert list(folder.iterdir()) == []


def test_the_final_name_does_not_exist_while_the_file_is_made(folder: Path) -> None:
    with durable.new_file(folder / "page.pdf") as temporary:
        temporary.write_bytes(b"%PDF")
        assert not (folder / "page.pdf").exists()
        assert temporary.parent == folder
    assert (folder / "page.pdf").read_bytes() == b"%PDF"


def test_a_file_longer_than_the_disk_allows_is_refused_in_words(folder: Path) -> None:
    # Python ignores SIGXFSZ, so a write past the limit is answered EFBIG, as on FAT past 4 GiB.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(StorageFailed) as failure:
            durable.write_durably(folder / "page.jpg", bytes(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert failure.value.code == "storage-file-too-large"
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_said_in_both_languages() -> None:
    with (
        pytest.raises(StorageFailed) as failure,
        durable.storage_failures(Path("page.jpg")),
        open("/dev/full", "wb", buffering=0) as full,  # noqa: PTH123
    ):
        full.write(b"scan")
    assert failure.value.code == "storage-full"
    assert "page.jpg" in failure.value.sentence("vi")


def test_an_error_nobody_foresaw_keeps_the_kernels_words(folder: Path) -> None:
    with pytest.raises(StorageFailed) as failure:
        durable.write_durably(folder / "missing" / "page.jpg", b"scan")
    assert failure.value.code == "storage-failed"
    assert os.strerror(errno.ENOENT) in failure.value.sentence("en")


def test_missing_folders_are_made_for_their_owner_only(folder: Path) -> None:
    durable.make_folders(folder / "KH" / "2007")
    durable.make_folders(folder / "KH" / "2007")
    assert stat.S_IMODE((folder / "KH").stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "KH" / "2007").stat().st_mode) == 0o700


@needs_strace
def test_each_new_folder_is_synced_into_the_one_above(folder: Path) -> None:
    code = "import sys, pathlib; from station.storage import durable; durable.make_folders(pathlib.Path(sys.argv[1]))"
    (folder / "a").mkdir()
    trace = traced(code, folder / "a" / "b" / "c")
    assert [Path(found).name for found in re.findall(r"fsync\(\d+<(.*)>\) = 0", trace)] == ["a", "b"]


def test_the_hash_is_that_of_the_whole_file(folder: Path) -> None:
    (folder / "page.jpg").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert durable.sha256_of(folder / "page.jpg") == expected


def test_the_usual_disk_of_a_station_is_not_fat(folder: Path) -> None:
    assert not durable.is_fat(folder)
    with pytest.raises(FileNotFoundError):
        durable.is_fat(folder / "missing")


@needs_strace
def test_fat_is_known_by_its_magic_number(folder: Path) -> None:
    code = "import sys, pathlib; from station.storage import durable; print(durable.is_fat(pathlib.Path(sys.argv[1])))"
    # No FAT file system can be mounted in every test environment; strace answers statfs as a FAT stick would.
    poked = "inject=statfs:retval=0:poke_exit=@arg2=444d000000000000"
    command = ["strace", "-f", "-o", "/dev/null", "-e", "trace=statfs", "-P", str(folder), "-e", poked]
    found = subprocess.run(
        [*command, sys.executable, "-c", code, str(folder)], capture_output=True, text=True, timeout=PATIENCE
    )
    assert found.stdout.strip() == "True", found.stderr


def test_lock_that_the_disk_does_not_take_is_trouble_with_the_disk_and_no_mistake(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed) as trouble, locks.hold(tmp_path / "gone" / "derive", wait=True):
        pytest.fail("nothing is held")
    assert trouble.value.code == "storage-failed"
