"""What the tests of the province share: a store as its receiver leaves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.station.province.received import Received


@pytest.fixture
def received(tmp_path: Path) -> Received:
    """An empty one."""
    return Received(tmp_path / "province")
