"""The package on a real systemd, without network: installed, scanning, killed, upgraded, removed (see payload/boot.py).

Packages are built first, so it takes minutes: only with ``TRAMQUET_LONG_TESTS=1`` (``script/test boot``; .ci/run, where
there is time). Left out where the tools for it are not beside the repository, and for anyone but root, who alone makes
Debian trees.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.systemd.bundles import PAYLOAD, REPOSITORY, SUITES, TOOLS, boot, needs, package

#: The last commit whose catalogue is of version 0001: what an office has before its first upgrade.
PREVIOUS = "2fca266"
PYTHONS = {"12": "3.11", "13": "3.13"}
LONG = bool(os.environ.get("TRAMQUET_LONG_TESTS"))

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes Debian trees"),
    pytest.mark.skipif(not TOOLS.is_dir(), reason="../shared/tools is not here"),
]


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
    shutil.copy(REPOSITORY / "docs" / "technician.md", payload)
    earlier = ("--source", previous(tmp_path / "previous"), "--version", "0.0.9")
    package(tmp_path, "--release", release, *earlier).rename(payload / "old")
    package(tmp_path, "--release", release).rename(payload / "new")
    package(tmp_path, "--wheelhouse", PYTHONS[release]).rename(payload / "opt")
    # Debian 13's smallest system makes no file systems.
    needs("mkfs.ext4", "e2fsprogs")
    subprocess.run(["/usr/sbin/mkfs.ext4", "-q", "-L", "QUET", payload / "stick", "400M"], check=True)
    booted = boot(release, payload, "boot.py", tmp_path)
    assert "FAILED" not in booted.stdout
    assert booted.stdout.rstrip().endswith("passed, 0 failed")
    assert booted.returncode == 0
