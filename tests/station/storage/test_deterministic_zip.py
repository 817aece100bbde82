from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from station.errors import Refused, StorageFailed
from station.storage import deterministic_zip, durable
from station.storage.deterministic_zip import MemberDifference, MemberDifferenceKind
from tests.waiting import PATIENCE


@pytest.fixture
def members(tmp_path: Path) -> list[tuple[str, Path]]:
    chosen = []
    for number, name in enumerate(
        ["KH.2007.01.2007-01-15.002.pdf", "sổ/Đồng Hới.pdf", "KH.2007.01.2007-01-15.001.pdf"]
    ):
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(f"entry {number}".encode() * 50)
        chosen.append((name, path))
    return chosen


def hashes(members: list[tuple[str, Path]]) -> dict[str, str]:
    return {name: durable.sha256_of(path) for name, path in members}


def test_members_come_back_in_the_order_given_byte_for_byte(tmp_path: Path, members: list[tuple[str, Path]]) -> None:
    deterministic_zip.write_zip(tmp_path / "p.zip", members)
    assert deterministic_zip.read_names(tmp_path / "p.zip") == [name for name, _ in members]
    assert deterministic_zip.verify_zip(tmp_path / "p.zip", hashes(members)) == []


def test_an_ordinary_unpacker_reads_it_with_vietnamese_names(tmp_path: Path, members: list[tuple[str, Path]]) -> None:
    deterministic_zip.write_zip(tmp_path / "p.zip", members)
    subprocess.run(
        [sys.executable, "-m", "zipfile", "-e", tmp_path / "p.zip", tmp_path / "out"], check=True, timeout=PATIENCE
    )
    assert (tmp_path / "out" / "sổ" / "Đồng Hới.pdf").read_bytes() == members[1][1].read_bytes()


def test_another_day_and_other_file_times_give_the_same_bytes(tmp_path: Path, members: list[tuple[str, Path]]) -> None:
    deterministic_zip.write_zip(tmp_path / "first.zip", members)
    for _, path in members:
        path.chmod(0o600)
        os.utime(path, (1, 1))
    deterministic_zip.write_zip(tmp_path / "second.zip", members)
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_times_and_modes_are_fixed_and_nothing_is_deflated(tmp_path: Path, members: list[tuple[str, Path]]) -> None:
    deterministic_zip.write_zip(tmp_path / "p.zip", members)
    with zipfile.ZipFile(tmp_path / "p.zip") as written:
        for member in written.infolist():
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert member.external_attr >> 16 == 0o100644
            assert member.compress_type == zipfile.ZIP_STORED


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../x.pdf",
        "a/../x.pdf",
        "a//x.pdf",
        "./x.pdf",
        "a/",
        "C:x.pdf",
        "a\\x.pdf",
        "x\n.pdf",
        "x.",
        "x ",
    ],
)
def test_a_name_that_leads_astray_is_refused_before_anything_is_written(
    tmp_path: Path, members: list[tuple[str, Path]], name: str
) -> None:
    with pytest.raises(Refused) as refusal:
        deterministic_zip.write_zip(tmp_path / "p.zip", [*members, (name, members[0][1])])
    assert refusal.value.code == "archive-name-refused"
    assert not (tmp_path / "p.zip").exists()


@pytest.mark.parametrize(
    ("first", "second"),
    [("a.pdf", "a.pdf"), ("KH.pdf", "kh.PDF"), ("Đồng.pdf", "đồng.pdf"), ("\u1ed5.pdf", "o\u0302\u0309.pdf")],
)
def test_two_names_that_one_disk_would_take_for_the_same_are_refused(
    tmp_path: Path, members: list[tuple[str, Path]], first: str, second: str
) -> None:
    with pytest.raises(Refused) as refusal:
        deterministic_zip.write_zip(tmp_path / "p.zip", [(first, members[0][1]), (second, members[1][1])])
    assert refusal.value.code == "archive-name-twice"


def test_every_difference_is_told(tmp_path: Path, members: list[tuple[str, Path]]) -> None:
    deterministic_zip.write_zip(tmp_path / "p.zip", [*members, ("extra.pdf", members[0][1])])
    expected = hashes(members) | {members[2][0]: "0" * 64, "lost.pdf": "1" * 64}
    assert deterministic_zip.verify_zip(tmp_path / "p.zip", expected) == [
        MemberDifference(members[2][0], MemberDifferenceKind.CHANGED),
        MemberDifference("extra.pdf", MemberDifferenceKind.UNEXPECTED),
        MemberDifference("lost.pdf", MemberDifferenceKind.MISSING),
    ]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_hidden_behind_another_of_the_same_name_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as foreign:
        foreign.writestr("a.pdf", b"false")
        foreign.writestr("a.pdf", b"abc")
    expected = {"a.pdf": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
    assert deterministic_zip.verify_zip(tmp_path / "p.zip", expected) == [
        MemberDifference("a.pdf", MemberDifferenceKind.TWICE)
    ]


def test_whatever_byte_of_the_content_goes_bad_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"an entry")
    deterministic_zip.write_zip(tmp_path / "p.zip", [("a.pdf", tmp_path / "a")])
    whole = (tmp_path / "p.zip").read_bytes()
    expected = {"a.pdf": durable.sha256_of(tmp_path / "a")}
    content = whole.index(b"an entry")
    for position in range(len(whole)):
        (tmp_path / "p.zip").write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        try:
            told = bool(deterministic_zip.verify_zip(tmp_path / "p.zip", expected))
        except StorageFailed:
            told = True
        assert told or not content <= position < content + len(b"an entry")


@pytest.mark.parametrize("part", [0, 1, 60, 200])
def test_an_archive_that_was_cut_off_cannot_be_read(tmp_path: Path, members: list[tuple[str, Path]], part: int) -> None:
    deterministic_zip.write_zip(tmp_path / "p.zip", members)
    (tmp_path / "p.zip").write_bytes((tmp_path / "p.zip").read_bytes()[:part])
    with pytest.raises(StorageFailed):
        deterministic_zip.verify_zip(tmp_path / "p.zip", hashes(members))


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as large:
        large.truncate(48 * 1024**2)
    expected = {"large.tif": durable.sha256_of(tmp_path / "large")}
    tracemalloc.start()
    deterministic_zip.write_zip(tmp_path / "p.zip", [("large.tif", tmp_path / "large")])
    assert deterministic_zip.verify_zip(tmp_path / "p.zip", expected) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 1024**2
