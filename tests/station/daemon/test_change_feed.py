from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator

import pytest

from station.daemon import change_feed
from station.daemon.change_feed import ChangeFeed
from tests.station.opened_station import OpenedStation
from tests.waiting import PATIENCE, eventually


@pytest.fixture
def news(desk: OpenedStation, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChangeFeed]:
    """News of the desk's catalogue, watched so often that half a second without any says that there is none."""
    monkeypatch.setattr(change_feed, "LOOK_EVERY", 0.01)
    news = ChangeFeed(desk.station.catalogue.path)
    thread = threading.Thread(target=news.watch)
    thread.start()
    yield news
    news.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def settled(news: ChangeFeed) -> int:
    """The version once what was done before has been told."""
    version = 0
    while news.wait(version, 0.5) != version:
        version = news.version
    return version


def test_what_this_process_writes_is_news(news: ChangeFeed, desk: OpenedStation) -> None:
    before = settled(news)
    desk.ledger()
    assert news.wait(before, PATIENCE) > before


def test_what_another_program_writes_is_news(news: ChangeFeed, desk: OpenedStation) -> None:
    before = settled(news)
    with sqlite3.connect(desk.station.catalogue.path) as stranger:
        stranger.execute("INSERT INTO switch (name, 'on') VALUES ('x', 1)")
    stranger.close()
    assert news.wait(before, PATIENCE) > before


def test_what_was_written_before_something_was_told_is_told_by_it_and_not_once_more(
    desk: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_feed, "LOOK_EVERY", PATIENCE)
    news = ChangeFeed(desk.station.catalogue.path)
    thread = threading.Thread(target=news.watch)
    thread.start()
    eventually(lambda: news._connection is not None)
    news.tell()
    desk.ledger()
    news.tell()
    assert not news._catalogue_changed()
    desk.ledger("KH.2007.02")
    assert news._catalogue_changed()
    news.stop()
    thread.join(PATIENCE)


def test_what_is_told_soon_is_told_at_the_next_look(news: ChangeFeed) -> None:
    before = settled(news)
    news.tell_soon()
    after = news.wait(before, PATIENCE)
    assert after > before
    assert settled(news) == after, "and once"


def test_what_is_told_soon_is_told_with_what_comes_before_the_next_look(
    desk: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    news = ChangeFeed(desk.station.catalogue.path)
    before = news.content
    news.tell_soon()
    assert news.content == before
    news.tell()
    told = news.content
    monkeypatch.setattr(change_feed, "LOOK_EVERY", 0.01)
    thread = threading.Thread(target=news.watch)
    thread.start()
    assert settled(news) == told
    news.stop()
    thread.join(PATIENCE)


def test_reading_is_no_news(news: ChangeFeed, desk: OpenedStation) -> None:
    before = settled(news)
    with desk.station.catalogue.reading() as session:
        session.connection().exec_driver_sql("SELECT * FROM ledger").all()
    assert news.wait(before, 0.6) == before


def test_waiting_for_an_old_version_returns_at_once(news: ChangeFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    news.tell()
    monkeypatch.setattr(news._changed, "wait", lambda timeout: pytest.fail("it waited"))
    assert news.wait(0, PATIENCE) == news.version


def test_everybody_who_waits_is_let_go_when_the_station_stops(news: ChangeFeed) -> None:
    before = settled(news)
    waiting = [threading.Thread(target=news.wait, args=(before, PATIENCE)) for _ in range(8)]
    for thread in waiting:
        thread.start()
    news.stop()
    for thread in waiting:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in waiting)


def test_progress_of_a_sheet_is_news_only_for_who_asks_for_it(news: ChangeFeed) -> None:
    settled(news)
    content, version = news.content, news.version
    news.tell_progress()
    assert news.wait(version, PATIENCE, progress=True) > version
    assert news.wait(content, 0.2) == content
    news.tell()
    assert news.wait(content, PATIENCE) == news.version
