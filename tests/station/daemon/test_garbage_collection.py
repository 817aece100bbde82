"""Garbage is collected beside the answers, and only where something was done."""

from __future__ import annotations

import gc
import weakref

import pytest

from station.daemon import garbage_collection
from station.daemon.garbage_collection import GarbageCollection


class Ring:
    """Refers to itself: garbage that only a collection finds."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(garbage_collection, "monotonic", lambda: now[0])
    gc.collect()
    return now


def test_all_objects_are_looked_at_once_a_minute_where_there_was_work(clock: list[float]) -> None:
    collection = GarbageCollection()
    old = Ring()
    gc.collect()  # from now on it is no young object
    ring = weakref.ref(old)
    del old
    work = [[number] for number in range(60_000)]
    assert not collection.look()
    assert ring() is not None
    clock[0] = 61.0
    assert collection.look()
    assert ring() is None
    clock[0] = 122.0
    assert not collection.look(), "nothing was done since"
    assert len(work) == 60_000


def test_answers_alone_never_look_at_all_objects(clock: list[float]) -> None:
    GarbageCollection()
    before = gc.get_stats()[2]["collections"]
    kept = [[Ring() for _ in range(10)] for _ in range(100_000)]
    assert gc.get_stats()[2]["collections"] == before
    assert kept
