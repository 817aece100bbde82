"""What the tests of reports share: a PC in Vietnam."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def vietnam(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The PC's time zone is the office's."""
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
