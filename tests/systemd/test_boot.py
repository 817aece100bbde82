"""The package on a real systemd, without network: installed, scanning, killed, upgraded, removed (see payload/boot.py).

Only with ``TRAMQUET_LONG_TESTS=1`` (``script/test boot``), since packages are built first. Left out where the tools for
it are not beside the repository, and for anyone but root, who alone makes Debian trees.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TOOLS = REPOSITORY.parent / "shared" / "tools"
PAYLOAD = Path(__file__).with_name("payload")
#: The last commit whose catalogue is of version 0001: what an office has before its first upgrade.
PREVIOUS = "2fca266"
SUITES = {"12": "bookworm", "13": "trixie"}
PYTHONS = {"12": "3.11", "13": "3.13"}
LONG = bool(os.environ.get("TRAMQUET_LONG_TESTS"))
CACHE = Path(os.environ.get("TRAMQUET_CACHE", Path.home() / ".cache" / "tramquet"))

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes Debian trees"),
    pytest.mark.skipif(not TOOLS.is_dir(), reason="../shared/tools is not here"),
]


def package(out: Path, *words: str | Path) -> Path:
    """Build a folder for the stick; as the real one, only packed faster."""
    built = subprocess.run(
        [REPOSITORY / "script" / "package", "--out", out, *words],
        env={**os.environ, "DEB_LEVEL": "1", "TRAMQUET_CACHE": str(CACHE)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Path(built.stdout.strip())


def previous(folder: Path) -> Path:
    """The source of the previous version, out of the history."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", PREVIOUS], cwd=REPOSITORY, stdout=subprocess.PIPE, check=False)
    if archive.returncode != 0:
        pytest.skip(f"{PREVIOUS} is not in this checkout's history")
    subprocess.run(["tar", "x"], cwd=folder, input=archive.stdout, check=True)
    return folder


@pytest.mark.skipif(not LONG, reason="a long test: script/test boot")
@pytest.mark.parametrize("release", list(SUITES))
def test_package_lives_through_a_pc_s_life(release: str, tmp_path: Path) -> None:
    payload = tmp_path / "payload"
    shutil.copytree(PAYLOAD, payload)
    earlier = ("--source", previous(tmp_path / "previous"), "--version", "0.0.9")
    package(tmp_path, "--release", release, *earlier).rename(payload / "old")
    package(tmp_path, "--release", release).rename(payload / "new")
    package(tmp_path, "--wheelhouse", PYTHONS[release]).rename(payload / "opt")
    tree = CACHE / f"boot{release}"
    if not shutil.which("mmdebstrap") or not shutil.which("newuidmap"):
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "mmdebstrap", "uidmap"], check=True
        )
    subprocess.run([TOOLS / "mkroot.sh", tree, SUITES[release]], check=True)
    booted = subprocess.run(
        [TOOLS / "boot-ns.sh", tree, payload, "boot.py"],
        env={**os.environ, "TIMEOUT": "600", "NSTMP": str(_roomy(tmp_path))},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    print(booted.stdout)
    assert "FAILED" not in booted.stdout
    assert booted.stdout.rstrip().endswith("passed, 0 failed")
    assert booted.returncode == 0


def _roomy(folder: Path) -> Path:
    """Where the booted system writes: in memory where there is enough, as dpkg syncs every one of 8,000 files."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 4 * 1024**3 else folder
