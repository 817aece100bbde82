"""Packages: the same ledger gives the same bytes, a correction the next revision, and what left stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.stations import Command, hashes, new_station, sha256

LEDGER = "KH.2007.01"
PACKAGES = "ledgers/19429/KH/2007/KH.2007.01/packages"


@pytest.fixture(scope="module")
def made_indexed(tmp_path_factory: pytest.TempPathFactory, scraps: Path) -> Command:
    command = new_station(tmp_path_factory.mktemp("indexed"), scraps)
    command.run("ledger", "add", "KH", "2007", "1", "--closing-pages", 3, "--closing-entries", 2)
    command.run("scan", LEDGER, "--pages", 3)
    command.run("entry", "set", LEDGER, "001", "--number", 1, "--date", "2007-01-15")
    command.run("entry", "set", LEDGER, "002-003", "--number", 2, "--date", "2007-02")
    command.run("ledger", "close", LEDGER)
    return command


@pytest.fixture
def indexed(made_indexed: Command, tmp_path: Path) -> Command:
    """A closed ledger of three pages and two entries."""
    return made_indexed.copy(tmp_path / "station")


def packaged(command: Command, *options: str) -> list[Path]:
    """The files that ``package`` prints."""
    return [Path(line) for line in command.run("package", LEDGER, *options).stdout.splitlines()]


def manifest_of(files: list[Path]) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(files[-1].read_text(encoding="utf-8"))
    return manifest


def test_packaging_an_unchanged_ledger_again_returns_the_same_revision(indexed: Command) -> None:
    first = packaged(indexed)
    assert [file.suffix for file in first] == [".zip", ".xlsx", ".json"]
    assert {file.parent for file in first} == {indexed.data / PACKAGES / "r1"}
    before = indexed.stored()
    assert packaged(indexed) == first
    assert indexed.stored() == before
    assert len(indexed.json("queue", "list")) == 3


@pytest.mark.parametrize("kind", [(), ("--masters",)])
def test_same_ledger_packaged_elsewhere_and_later_gives_the_same_bytes(
    indexed: Command, tmp_path: Path, kind: tuple[str, ...]
) -> None:
    other = indexed.copy(tmp_path / "elsewhere")
    for pdf in (other.data / PACKAGES).parent.joinpath("entries").iterdir():
        pdf.unlink()  # they must be made again, and the same
    assert [sha256(file) for file in packaged(other, *kind)] == [sha256(file) for file in packaged(indexed, *kind)]


def test_correction_gives_r2_that_says_what_it_supersedes_and_leaves_r1_alone(indexed: Command) -> None:
    first = packaged(indexed)
    indexed.run("queue", "run", "--until-empty")
    before, stick = hashes(indexed.data / PACKAGES / "r1"), hashes(indexed.stick)
    indexed.run("entry", "change", LEDGER, "2", "--date", "2007-02-03", "--why", "ngày đọc được dưới kính")
    second = packaged(indexed)
    assert {file.parent.name for file in second} == {"r2"}
    told = manifest_of(second)
    assert (told["revision"], told["supersedes"]) == (2, {"revision": 1, "manifest_sha256": sha256(first[-1])})
    with ZipFile(first[0]) as old, ZipFile(second[0]) as new:
        assert old.namelist() == ["KH.2007.01.2007-01-15.001.pdf", "KH.2007.01.2007-02-00.002.pdf"]
        assert new.namelist() == ["KH.2007.01.2007-01-15.001.pdf", "KH.2007.01.2007-02-03.002.pdf"]
    indexed.run("queue", "run", "--until-empty")
    assert hashes(indexed.data / PACKAGES / "r1") == before
    after = hashes(indexed.stick)
    assert stick.items() <= after.items()
    assert len(after) == 6
    assert indexed.run("verify").stderr == ""


def test_ledger_that_is_not_closed_gives_a_revision_marked_partial(indexed: Command) -> None:
    indexed.run("ledger", "reopen", LEDGER)
    assert manifest_of(packaged(indexed))["partial"] is True
    indexed.run("ledger", "close", LEDGER)
    told = manifest_of(packaged(indexed))
    assert (told["revision"], told["partial"], told["supersedes"]["revision"]) == (2, False, 1)


def test_masters_package_holds_retaken_captures_too(indexed: Command) -> None:
    indexed.run("ledger", "reopen", LEDGER)
    indexed.run("page", LEDGER, "002", "retake")
    files = packaged(indexed, "--masters")
    assert {file.parent.name for file in files} == {"m1"}
    with ZipFile(files[0]) as archive:
        assert sorted(archive.namelist()) == [f"KH.2007.01.{name}.jpg" for name in ("001", "002", "002.r2", "003")]
    captures = [(item["seq"], item["revision"], item["current"]) for item in manifest_of(files)["captures"]]
    assert captures == [("001", 1, True), ("002", 1, False), ("003", 1, True), ("002", 2, True)]


def test_only_queue_run_delivers(indexed: Command) -> None:
    packaged(indexed)
    assert list(indexed.stick.iterdir()) == []
    assert {item["state"] for item in indexed.json("queue", "list")} == {"queued"}
    assert indexed.json("queue", "receipts") == []


def test_paused_queue_waits_until_it_is_resumed(indexed: Command) -> None:
    packaged(indexed)
    indexed.run("queue", "pause")
    assert "tramquet queue resume" in indexed.refused("queue", "run")
    assert list(indexed.stick.iterdir()) == []
    indexed.run("queue", "resume")
    indexed.run("queue", "run", "--until-empty")
    assert len(indexed.json("queue", "receipts")) == 3


def test_package_whose_master_was_changed_does_not_leave(indexed: Command) -> None:
    page = indexed.data / PACKAGES.replace("packages", "pages") / "KH.2007.01.002.jpg"
    page.write_bytes(page.read_bytes()[:-1] + b"x")
    assert "KH.2007.01.002.jpg" in indexed.refused("package", LEDGER, "--masters")
    assert indexed.json("queue", "list") == []
    assert "KH.2007.01.002.jpg" in indexed.refused("verify")


def test_ledger_without_entries_gives_no_package(write_settings: Callable[..., Command], scraps: Path) -> None:
    command: Command = write_settings(scraps)
    command.run("ledger", "add", "KH", "2007", "1")
    assert "nothing to package" in command.refused("package", LEDGER)
    assert command.json("queue", "list") == []
