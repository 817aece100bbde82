"""Room on a disk is what the file system offers the service, not what root may write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from station.storage import disk_space


def test_free_bytes_are_what_the_file_system_offers_an_ordinary_user(tmp_path: Path) -> None:
    state = os.statvfs(tmp_path)
    assert disk_space.free_bytes(tmp_path) == pytest.approx(state.f_bavail * state.f_frsize, rel=0.05)
