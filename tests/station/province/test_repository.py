"""The repository of new versions, asked by the apt that is here: signed, in stages, and nothing for the others."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.errors import Refused, StationError
from station.province.repository import Repository
from station.province.stages import Stage
from tests.station.province.debian_packages import package, signing_home


@pytest.fixture(scope="module")
def signing() -> Iterator[Path]:
    with signing_home() as home:
        yield home


@pytest.fixture
def repository(tmp_path: Path, signing: Path) -> Repository:
    return Repository(tmp_path / "repository", signing)


def apt(folder: Path, repository: Repository, stage: Stage, *words: str) -> subprocess.CompletedProcess[str]:
    """Ask apt as a station of that stage does on which version 0.2.0 is installed; in a root of its own."""
    root = folder / "root"
    for name in ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "var/lib/dpkg"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for name in ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "var/lib/dpkg/status").write_text(
        "Package: tramquet\nStatus: install ok installed\nVersion: 0.2.0+deb12\nArchitecture: amd64\n"
        "Maintainer: x <x@localhost>\nDescription: x\n\n"
    )
    (root / "etc/apt/sources.list.d/tramquet.sources").write_text(
        f"Types: deb\nURIs: file://{repository.folder}\nSuites: bookworm-{stage}/\n"
        f"Signed-By: {repository.folder}/tramquet.asc\n"
    )
    options = {"Dir": root, "Dir::State::status": root / "var/lib/dpkg/status", "APT::Sandbox::User": "root"}
    options |= {"APT::Architecture": "amd64", "APT::Get::List-Cleanup": "false"}
    line = ["apt-get", "-qq", *(part for key, value in options.items() for part in ("-o", f"{key}={value}")), *words]
    return subprocess.run(
        line, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    )


def upgrade(folder: Path, repository: Repository, stage: Stage) -> str:
    """The version to which a station of that stage would be upgraded, "" where to none."""
    updated = apt(folder, repository, stage, "update")
    assert updated.returncode == 0, updated.stderr
    planned = apt(folder, repository, stage, "--simulate", "upgrade")
    assert planned.returncode == 0, planned.stderr
    line = next((line for line in planned.stdout.splitlines() if line.startswith("Inst tramquet")), "")
    return line.partition("(")[2].partition(" ")[0]


def test_new_version_reaches_the_stages_one_after_the_other(tmp_path: Path, repository: Repository) -> None:
    assert repository.add([package(tmp_path, "0.3.0"), package(tmp_path, "0.3.0", "13")]) == "0.3.0"
    seen = [[upgrade(tmp_path, repository, stage) for stage in Stage]]
    for stage in (Stage.HALF, Stage.ALL):
        repository.raise_stage("0.3.0", stage)
        assert repository.stage("0.3.0") is stage
        seen.append([upgrade(tmp_path, repository, one) for one in Stage])
    new = "0.3.0+deb12"
    assert seen == [[new, "", ""], [new, new, ""], [new, new, new]]


def test_package_of_a_suite_can_be_fetched_and_is_the_one_that_was_added(
    tmp_path: Path, repository: Repository
) -> None:
    file = package(tmp_path, "0.3.0")
    repository.add([file])
    upgrade(tmp_path, repository, Stage.FIRST)
    fetched = apt(tmp_path, repository, Stage.FIRST, "--print-uris", "install", "tramquet")
    address = fetched.stdout.split("'")[1].replace("%2b", "+")
    assert Path(address.removeprefix("file:").removeprefix("//")).read_bytes() == file.read_bytes()


def test_withdrawn_version_is_offered_to_nobody_and_the_one_before_is_again(
    tmp_path: Path, repository: Repository
) -> None:
    repository.add([package(tmp_path, "0.3.0")])
    repository.raise_stage("0.3.0", Stage.ALL)
    repository.add([package(tmp_path, "0.10.0")])
    assert (repository.newest(Stage.FIRST), repository.newest(Stage.ALL)) == ("0.10.0", "0.3.0"), "not by its letters"
    repository.withdraw("0.10.0")
    assert (repository.stage("0.10.0"), repository.newest(Stage.FIRST)) == (None, "0.3.0")
    assert upgrade(tmp_path, repository, Stage.FIRST) == "0.3.0+deb12"


def test_what_somebody_else_put_there_is_refused_by_apt(tmp_path: Path, repository: Repository) -> None:
    repository.add([package(tmp_path, "0.3.0")])
    index = repository.folder / "bookworm-first" / "Packages"
    index.write_text(index.read_text().replace("0.3.0", "9.9.9"))
    assert "Hash Sum mismatch" in apt(tmp_path, repository, Stage.FIRST, "update").stderr


def test_signature_of_another_key_is_refused_by_apt(tmp_path: Path, repository: Repository, signing: Path) -> None:
    repository.add([package(tmp_path, "0.3.0")])
    ours = (repository.folder / "tramquet.asc").read_bytes()
    with signing_home() as other:
        Repository(repository.folder, other).add([package(tmp_path, "0.4.0")])
    (repository.folder / "tramquet.asc").write_bytes(ours)
    assert "NO_PUBKEY" in apt(tmp_path, repository, Stage.FIRST, "update").stderr


def test_what_a_kill_left_unsigned_is_signed_by_doing_the_same_again(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = package(tmp_path, "0.3.0")
    with monkeypatch.context() as cut:
        cut.setattr(Repository, "_index", lambda *_: pytest.fail("cut"))
        with pytest.raises(pytest.fail.Exception):
            repository.add([file])
    repository.add([file])
    assert upgrade(tmp_path, repository, Stage.FIRST) == "0.3.0+deb12"


def test_everybody_may_read_what_nginx_serves(tmp_path: Path, repository: Repository) -> None:
    repository.add([package(tmp_path, "0.3.0")])
    served = [path for path in repository.folder.rglob("*") if path.name != ".lock"]
    assert {path.stat().st_mode & 0o777 for path in served if path.is_file()} == {0o644}
    assert {path.stat().st_mode & 0o777 for path in (repository.folder, *served) if path.is_dir()} == {0o755}


def test_version_that_is_not_newer_and_a_file_that_is_no_package_of_ours_are_refused(
    tmp_path: Path, repository: Repository
) -> None:
    repository.add([package(tmp_path, "0.3.0")])
    (tmp_path / "again").mkdir()
    again = package(tmp_path / "again", "0.3.0", script="#!/bin/sh\n")
    renamed = package(tmp_path, "0.2.9").rename(tmp_path / "tramquet_0.9.0+deb12_amd64.deb")
    junk = tmp_path / "tramquet_0.9.1+deb12_amd64.deb"
    junk.write_bytes(b"no package")
    told = []
    for files in (
        [package(tmp_path, "0.2.9")],
        [again],
        [package(tmp_path, "0.5.0"), package(tmp_path, "0.6.0", "13")],
        [renamed],
        [junk],
        [tmp_path / "libsane1_1.2_amd64.deb"],
    ):
        with pytest.raises(StationError) as refused:
            repository.add(files)
        told.append(refused.value.code)
    assert told == [
        "release-not-newer",
        "release-other-bytes",
        "release-packages",
        "release-no-package",
        "release-tool-failed",
        "release-no-package",
    ]
    assert upgrade(tmp_path, repository, Stage.FIRST) == "0.3.0+deb12"


def test_machine_without_the_tools_is_told_what_to_install(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = package(tmp_path, "0.3.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="apt install apt-utils"):
        repository.add([file])
