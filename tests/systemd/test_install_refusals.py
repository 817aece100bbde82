"""Both ``install.sh`` refuse a bad folder or PC in one sentence before they touch anything (systemd/checks.sh).

On a system of which nothing can be written, so that a refusal that comes too late is an error of another kind. The
folders hold no real packages: script/test boot installs those, and has them refused once more.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.mounting import Mounts, new_mounts
from tests.waiting import PATIENCE

SYSTEMD = Path(__file__).parents[2] / "systemd"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root installs")


@pytest.fixture(scope="module")
def read_only() -> Iterator[Mounts]:
    """The system as it is, but read-only; only /tmp takes a file."""
    mounts = new_mounts()
    mounts.run("mount", "--rbind", "/tmp", "/tmp")
    mounts.run("mount", "-o", "remount,bind,ro", "/")
    yield mounts
    mounts.close()


def sealed(folder: Path) -> Path:
    """Write the sums of all that lies there, as script/package does."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(folder)}\n" for file in files)
    (folder / "SHA256SUMS").write_text(f"{sums}# complete\n", encoding="utf-8")
    return folder


@pytest.fixture(params=["bundle", "opt"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder for the stick that is for this PC: Debian packages, or a wheelhouse."""
    release = platform.freedesktop_os_release()
    python = subprocess.run(["python3", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    here = {"bundle": f"{release['ID']}{release['VERSION_ID']}", "opt": f"python{'.'.join(python.split('.')[:2])}"}
    folder = tmp_path / "tramquet-9.9"
    packages = folder / here[request.param]
    packages.mkdir(parents=True)
    shutil.copy(SYSTEMD / ("bundle/install.sh" if request.param == "bundle" else "install.sh"), folder)
    for part in ("checks.sh", "sessions.sh"):
        shutil.copy(SYSTEMD / part, folder)
    (packages / "one.file").write_bytes(b"one" * 1000)
    return sealed(folder)


def refused(mounts: Mounts, folder: Path, needle: str, **environment: str) -> None:
    for language, unchanged in (("en", "nothing was changed"), ("vi", "máy chưa có gì thay đổi")):
        words = [f"{key}={value}" for key, value in {"TRAMQUET_LANGUAGE": language, **environment}.items()]
        line: list[str | Path] = [*mounts.through, "env", *words, "sh", folder / "install.sh"]
        done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, done.stderr
        assert unchanged in done.stderr
        assert needle in done.stderr
        assert done.stdout == ""


def packages(folder: Path) -> Path:
    return next(path for path in folder.iterdir() if path.is_dir())


def test_file_that_was_not_copied(read_only: Mounts, folder: Path) -> None:
    (packages(folder) / "one.file").unlink()
    refused(read_only, folder, "one.file")


def test_file_that_was_copied_by_half(read_only: Mounts, folder: Path) -> None:
    (packages(folder) / "one.file").write_bytes(b"one" * 500)
    refused(read_only, folder, "one.file")


def test_folder_without_its_sums(read_only: Mounts, folder: Path) -> None:
    (folder / "SHA256SUMS").unlink()
    refused(read_only, folder, "SHA256SUMS")


@pytest.mark.parametrize("lines", [0, 1, 1.5])
def test_folder_whose_sums_were_copied_by_half(read_only: Mounts, folder: Path, lines: float) -> None:
    content = (folder / "SHA256SUMS").read_bytes()
    (folder / "SHA256SUMS").write_bytes(content[: int(lines * (content.index(b"\n") + 1))])
    refused(read_only, folder, "SHA256SUMS")


def test_folder_for_another_release_or_python(read_only: Mounts, folder: Path) -> None:
    packages(folder).rename(folder / f"{packages(folder).name.rstrip('0123456789')}99")
    refused(read_only, folder, "99")


def test_another_architecture(read_only: Mounts, folder: Path, tmp_path: Path) -> None:
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "dpkg").write_text("#!/bin/sh\necho arm64\n")
    (shims / "dpkg").chmod(0o755)
    refused(read_only, folder, "arm64", PATH=f"{shims}:/usr/sbin:/usr/bin:/sbin:/bin")


def test_disk_that_is_full(folder: Path, tmp_path: Path) -> None:
    """Of the wheelhouse; which packages apt would unpack, only a real folder of them tells (script/test boot)."""
    if "python" not in packages(folder).name:
        pytest.skip("apt has to know the packages")
    mounts = new_mounts()
    try:
        mounts.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/opt")
        lacking = shims_for_what_the_pc_has(tmp_path)
        refused(mounts, folder, "/opt", PATH=f"{lacking}:/usr/sbin:/usr/bin:/sbin:/bin")
        assert list(mounts.seen(Path("/opt")).iterdir()) == []
    finally:
        mounts.close()


def shims_for_what_the_pc_has(folder: Path) -> Path:
    """Whatever of systemd and SANE this machine lacks; it only has to be found."""
    shims = folder / "shims"
    shims.mkdir()
    for name in ("systemctl", "systemd-sysusers", "scanimage"):
        (shims / name).write_text("#!/bin/sh\n")
        (shims / name).chmod(0o755)
    return shims
