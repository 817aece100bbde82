"""Practice ledgers: worked on like any other, counted and sent nowhere, and put away by one deliberate act."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from station.catalogue.models import Entry
from station.domain.checks import CheckVerdict
from station.domain.naming.keys import LedgerKey
from station.domain.states import PackageKind
from station.errors import Refused
from station.health import heartbeat, metrics
from station.ledger import inventory_import, ledger_data, ledgers, page_checks, practice
from station.ledger.entries import Act
from station.packaging import downloads, entry_documents
from station.reconciliation import duplicates, list_columns, reconcile
from station.reports import counts, day_report, json_report, minutes, plan, progress
from station.reports.days import Period, today
from station.rows import entry_rows
from station.scanning import page_transfer
from station.upkeep import master_retention, verify
from station.views import delivery_board, listings, paging
from tests.station.opened_station import WHO, OpenedStation
from tests.stations import hashes

REAL = "KS.2007.01"
CHILD = {"nksHoTen": "Nguyễn Thị Hoà", "nksNgaySinh": "12/1/2007", "meHoTen": "Trần Thị Mẫu"}
#: These tell the moment and the disk, not the work.
OF_THE_MOMENT = ("tramquet_free_bytes", "tramquet_catalogue_bytes", "tramquet_resident", "tramquet_newest_event")


@pytest.fixture
def desk(desk: OpenedStation) -> OpenedStation:
    """A real ledger with two pages and an entry of each, one of which has its row."""
    desk.ledger(REAL, closing_pages=2, closing_entries=2)
    work_on(desk, REAL)
    return desk


def work_on(desk: OpenedStation, ledger: str) -> None:
    for number, label in enumerate(desk.lay(ledger, 2), start=1):
        desk.entry(ledger, label, str(number), f"2007-01-{number:02d}")
    entry_rows.set_values(desk.station, Act(ledger, WHO), "1", None, CHILD)
    page_checks.judge(desk.station, Act(ledger, WHO), "001", CheckVerdict.RIGHT)


def practise(desk: OpenedStation) -> str:
    """A practice ledger that was worked on as the real one, and closed."""
    ledger = practice.start(desk.station, who=WHO, kind="KS")
    work_on(desk, ledger)
    ledgers.close(desk.station, ledger, who=WHO, reason="tập")
    return ledger


def first_entry(desk: OpenedStation, ledger: str) -> int:
    return int(desk.one(select(Entry.id).where(Entry.ledger_id == desk.ledger_id(ledger), Entry.number == "001")))


def told_outside(desk: OpenedStation) -> dict[str, Any]:
    """All that counts ledgers, and all that people elsewhere hear of them."""
    listed = desk.folder / "list.csv"
    listed.write_text("so;quyenSo;ngayDangKy;nksHoTen\n001;01/2007;01/01/2007;Nguyễn Thị Hoà\n", encoding="utf-8-sig")
    table = list_columns.read(desk.station, listed, {})
    report = json_report.facts(day_report.make(desk.station, Period(today(), today()), with_plan=True))
    beat = heartbeat.content(desk.station, "run", None)
    with desk.station.catalogue.reading() as session:
        places = progress.of_places(session, desk.station.settings)
        days = counts.acts_since(session, datetime.min.replace(tzinfo=UTC))
    return {
        "metrics": [
            line
            for line in metrics.text(desk.station, scanning=False).splitlines()
            if not line.startswith(OF_THE_MOMENT)
        ],
        "heartbeat": {key: value for key, value in beat.items() if key not in ("at", "free_bytes")},
        "report": report,
        "days": days,
        "plan": plan.of_station(desk.station),
        "progress": places,
        "inventory": listings.ledger_rows(desk.station),
        "list": paging.ledger_part(desk.station, "", 1, 50),
        "found": paging.ledger_part(desk.station, "luyentap", 1, 50).rows,
        "targets of a move": listings.open_ledgers(desk.station, ""),
        "reconciliation": reconcile.compare(desk.station, table, ledger_type="KS"),
        "duplicates": duplicates.of_row(desk.station, REAL, 2, CHILD),
        "deliveries": delivery_board.board(desk.station, page=1, size=9, only_open=False),
    }


def test_practice_ledger_counts_nowhere_while_it_is_there_nor_when_it_is_put_away(desk: OpenedStation) -> None:
    before = told_outside(desk)
    ledger = practise(desk)
    while_there = told_outside(desk)
    practice.put_away(desk.station, ledger, who=WHO)
    afterwards = told_outside(desk)
    for what, stands in before.items():
        assert while_there[what] == stands, what
        assert afterwards[what] == stands, what


def test_nothing_of_it_is_made_to_leave(desk: OpenedStation) -> None:
    ledger = practise(desk)
    for kind in PackageKind:
        with pytest.raises(Refused, match=r"(?i)practice|sổ tập"):
            desk.package(ledger, kind)
    with pytest.raises(Refused) as papers:
        minutes.of_ledger(desk.station, ledger)
    assert papers.value.code == "practice-stays"
    assert entry_documents.update_documents(desk.station, ledger)
    assert list(desk.data.rglob("*.pdf")) == []
    with pytest.raises(Refused):
        downloads.document(desk.station, ledger, first_entry(desk, ledger), who=WHO)
    assert hashes(desk.stick) == {}


def test_page_scanned_into_it_by_mistake_moves_to_its_ledger_and_counts_there(desk: OpenedStation) -> None:
    ledger = practice.start(desk.station, who=WHO, kind="KS")
    desk.lay(ledger, 1)
    pages = sum(one.done for one in plan.of_station(desk.station).courses if one.subject.value == "pages")
    page_transfer.move(desk.station, Act(ledger, WHO), "001", REAL)
    assert sum(one.done for one in plan.of_station(desk.station).courses if one.subject.value == "pages") == pages + 1
    practice.put_away(desk.station, ledger, who=WHO)
    assert listings.ledger_row(desk.station, REAL).pages_captured == 3
    assert verify.verify(desk.station) == []


def test_page_of_a_real_ledger_never_moves_into_it(desk: OpenedStation) -> None:
    ledger = practice.start(desk.station, who=WHO)
    with pytest.raises(Refused) as refused:
        page_transfer.move(desk.station, Act(REAL, WHO), "001", ledger)
    assert refused.value.code == "practice-takes-none"
    assert listings.ledger_row(desk.station, REAL).pages_captured == 2


def test_putting_away_moves_its_folder_alone_and_verify_has_nothing_to_say(desk: OpenedStation) -> None:
    ledger = practise(desk)
    real = {name: digest for name, digest in hashes(desk.data / "ledgers").items() if "LUYENTAP" not in name}
    practised = {
        Path(name).name: digest for name, digest in hashes(desk.data / "ledgers").items() if "LUYENTAP" in name
    }
    assert len(practised) == 2
    assert practice.put_away(desk.station, ledger, who=WHO) == 2
    assert hashes(desk.data / "ledgers") == real
    assert {Path(name).name: digest for name, digest in hashes(desk.data / "practice").items()} == practised
    assert practice.put_away(desk.station, ledger, who=WHO) == 0, "a second time changes nothing"
    master_retention._finish(desk.station)
    assert len(hashes(desk.data / "practice")) == 2, "freed masters are removed, practice is not"
    assert verify.verify(desk.station) == []
    assert paging.practice_ledgers(desk.station) == []
    with pytest.raises(Refused) as no_pages, desk.station.catalogue.reading() as session:
        ledgers.check_takes_pages(ledgers.find(session, ledger))
    assert no_pages.value.code == "practice-is-put-away"


def test_cut_off_between_folder_and_catalogue_it_is_put_away_once_more(
    desk: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = practise(desk)
    move_folder = practice._move_folder

    def cut_off(*args: Any) -> None:
        move_folder(*args)
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(practice, "_move_folder", cut_off)
        with pytest.raises(ConnectionError):
            practice.put_away(desk.station, ledger, who=WHO)
    assert practice.put_away(desk.station, ledger, who=WHO) == 2
    assert len(hashes(desk.data / "practice")) == 2
    assert verify.verify(desk.station) == []


def test_only_practice_ledgers_are_put_away_and_not_while_they_are_scanned(desk: OpenedStation) -> None:
    ledger = practice.start(desk.station, who=WHO)
    with pytest.raises(Refused) as real:
        practice.put_away(desk.station, REAL, who=WHO)
    assert real.value.code == "practice-only"
    with desk.session(ledger), pytest.raises(Refused) as scanned_now:
        practice.put_away(desk.station, ledger, who=WHO)
    assert scanned_now.value.code == "ledger-scanned-now"


def test_its_name_is_given_once_and_to_no_real_ledger(desk: OpenedStation) -> None:
    first = practice.start(desk.station, who=WHO)
    practice.put_away(desk.station, first, who=WHO)
    assert practice.start(desk.station, who=WHO).endswith(".LUYENTAP2")
    with pytest.raises(Refused) as named:
        desk.ledger("KS.2007.LUYENTAP7")
    assert named.value.code == "practice-name"
    desk.ledger("KS.2008.01")
    with pytest.raises(Refused) as renamed:
        ledger_data.correct(desk.station, "KS.2008.01", who=WHO, key=LedgerKey.parse("KS.2008.LUYENTAP7"))
    assert renamed.value.code == "practice-name"
    listed = desk.folder / "inventory.csv"
    listed.write_text("Loại;Năm;Quyển\nKS;2007;LUYENTAP7\n", encoding="utf-8")
    with pytest.raises(Refused):
        inventory_import.register(desk.station, listed, who=WHO)


def test_row_of_practice_is_neither_told_as_a_duplicate_nor_asked_about_itself(desk: OpenedStation) -> None:
    ledger = practise(desk)
    assert duplicates.of_row(desk.station, ledger, first_entry(desk, ledger), CHILD) == []
    assert duplicates.of_row(desk.station, REAL, 1, CHILD) == []


def test_pages_of_the_last_fifty_years_can_be_practised_on(desk: OpenedStation) -> None:
    ledger = practice.start(desk.station, who=WHO)
    desk.lay(ledger, 2)
    desk.entry(ledger, "001", "1", "1980-01-01")
    desk.entry(ledger, "002", "1", f"{today().year}-01-01")
    assert [one.number for one in listings.entry_rows(desk.station, ledger)] == ["001", "001"]
