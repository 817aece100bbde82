"""A start makes the PDFs of what was at work at once, and looks at the other ledgers one after the other."""

from __future__ import annotations

import pytest

from station.catalogue import event_log
from station.daemon import entry_document_service
from station.daemon.entry_document_service import EntryDocumentService
from station.errors import StorageFailed
from tests.station.opened_station import OpenedStation


def made(desk: OpenedStation) -> set[str]:
    """The ledgers that have a PDF."""
    return {file.parent.parent.name for file in desk.data.rglob("*.pdf")}


@pytest.fixture
def ledgers(desk: OpenedStation) -> list[str]:
    """Four ledgers with an entry each; the log's last line is of the last one, and the first is packaged."""
    names = [desk.ledger(f"KH.{year}.01") for year in (2001, 2002, 2003, 2004)]
    desk.by_hand("UPDATE ledger SET state = 'scanning'")
    for name in names:
        desk.lay(name)
        desk.entry(name, "001", "1", name[3:7])
    desk.by_hand("UPDATE ledger SET state = 'packaged' WHERE year = 2001")
    return names


def test_start_looks_at_what_the_log_tells_of_and_at_one_more(
    desk: OpenedStation, ledgers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "RECENT", 1)
    service = EntryDocumentService(desk.station)
    assert service.turn() == entry_document_service.PAUSE
    assert made(desk) == {ledgers[3], ledgers[2]}
    service.turn()  # news of anything wakes it sooner
    assert made(desk) == {ledgers[3], ledgers[2]}


def test_all_others_are_looked_at_by_and_by_those_at_work_first(
    desk: OpenedStation, ledgers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "RECENT", 1)
    monkeypatch.setattr(entry_document_service, "PAUSE", 0.0)
    service = EntryDocumentService(desk.station)
    service.turn()
    service.turn()
    assert made(desk) == set(ledgers[1:])
    assert service.turn() > 1
    assert made(desk) == set(ledgers)


def test_change_is_brought_up_at_once(desk: OpenedStation, ledgers: list[str]) -> None:
    service = EntryDocumentService(desk.station)
    service.turn()
    desk.lay(ledgers[1])
    desk.entry(ledgers[1], "002", "2", "2002")
    service.turn()
    assert len(list(desk.data.rglob("KH.2002.01/entries/*.pdf"))) == 2


def test_turn_that_takes_long_goes_on_in_the_next_one(
    desk: OpenedStation, ledgers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger of 300 pages takes an old PC a quarter of an hour: no turn may be taken for a daemon that hangs."""
    monkeypatch.setattr(entry_document_service, "SLICE", -1.0)
    service = EntryDocumentService(desk.station)
    assert service.turn() == 0.0
    assert made(desk) == set()
    monkeypatch.setattr(entry_document_service, "SLICE", 60.0)
    service.turn()
    assert made(desk) == set(ledgers)


def test_ledger_that_fails_holds_no_other_one_up(
    desk: OpenedStation, ledgers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = EntryDocumentService(desk.station)
    (master,) = desk.data.rglob("KH.2001.01/pages/*")
    content = master.read_bytes()
    master.write_bytes(b"no image any more")
    for _ in range(2):
        with pytest.raises(StorageFailed):
            service.turn()
    assert made(desk) == set(ledgers[1:])
    master.write_bytes(content)
    service.turn()
    assert made(desk) == set(ledgers)
