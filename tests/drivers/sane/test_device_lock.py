"""A device has one holder at a time, who learns that another process waits for it."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.errors import Busy
from drivers.sane.device_lock import DeviceLock
from tests.waiting import eventually


def test_lock_is_held_once_and_free_after(locks: Path) -> None:
    held = DeviceLock(locks, "Máy quét/1")
    with pytest.raises(Busy):
        DeviceLock(locks, "Máy quét/1")
    DeviceLock(locks, "Máy quét/2").release()
    held.release()
    DeviceLock(locks, "Máy quét/1").release()
    assert all(file.name.isascii() for file in locks.iterdir())


def test_holder_learns_that_others_wait_and_only_while_they_do(locks: Path) -> None:
    held = DeviceLock(locks, "glass")
    assert not held.is_asked_for()
    got: list[DeviceLock] = []

    def wait_for_it() -> None:
        while not got:
            with suppress(Busy):
                got.append(DeviceLock(locks, "glass"))

    waiting = threading.Thread(target=wait_for_it)
    waiting.start()
    eventually(held.is_asked_for, every=0.01)
    held.release()
    waiting.join()
    assert not got[0].is_asked_for()
    got[0].release()
