"""What a killed session leaves is mended at the next start: nothing accepted is lost, nothing half is taken."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from drivers import Encoding
from drivers.process.child_process import Process
from station.catalogue import event_log
from station.catalogue.models import Capture, Event, Finding, Reservation, ScanSession
from station.domain.states import ScanPurpose
from station.errors import NoWorker, Refused
from station.imaging import worker_pool
from station.scanning import acceptance, label_reservation, recovery
from station.storage import durable
from station.upkeep import verify
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation, origin, sheet

PAGES = "ledgers/19429/KH/2007/KH.2007.01/pages"


class Killed(Exception):
    """Stands for kill -9: the block is left as it is, and the kernel lets the lock go."""


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A ledger of two pages."""
    name = desk.ledger()
    desk.lay(name, 2)
    return name


def killed(
    desk: OpenedStation,
    ledger: str,
    leaves: Callable[[int, Path], object],
    *,
    purpose: ScanPurpose = ScanPurpose.APPEND,
    anchor: str | None = None,
) -> Path:
    """A session that dies with what ``leaves(run, folder)`` left; gives its spool folder."""
    try:
        with desk.session(ledger, purpose=purpose, anchor=anchor) as (run, folder):
            leaves(run, folder)
            raise Killed
    except Killed:
        return folder


def reserve(desk: OpenedStation, run: int, suffix: str = ".jpg") -> Reservation:
    return label_reservation.reserve(desk.station, run, suffix)


def rows(desk: OpenedStation, ledger: str) -> list[tuple[str, int, list[str]]]:
    return [(row.seq, row.revision, row.findings) for row in listings.page_rows(desk.station, ledger)]


def test_nothing_to_mend_changes_nothing(desk: OpenedStation, ledger: str) -> None:
    with desk.station.catalogue.reading() as session:
        head = event_log.head(session)
    assert recovery.recover(desk.station) == recovery.RecoveryReport()
    with desk.station.catalogue.reading() as session:
        assert event_log.head(session) == head


def test_half_written_image_is_removed_and_its_session_ended(desk: OpenedStation, ledger: str) -> None:
    folder = killed(desk, ledger, lambda _, folder: (folder / "0001.jpg.part").write_bytes(b"half"))
    assert recovery.recover(desk.station).halves == 1
    assert not folder.exists()
    assert desk.all(select(ScanSession.state).order_by(ScanSession.id))[-1] == "interrupted"
    assert rows(desk, ledger) == [("001", 1, []), ("002", 1, [])]


@pytest.mark.parametrize("encoding", list(Encoding))
def test_whole_image_in_the_spool_is_the_next_capture(desk: OpenedStation, ledger: str, encoding: Encoding) -> None:
    folder = killed(desk, ledger, lambda _, folder: [sheet(folder, number, encoding=encoding) for number in (1, 2)])
    mended = recovery.recover(desk.station)
    assert len(mended.recovered) == 2
    assert not folder.exists()
    assert rows(desk, ledger)[2:] == [("003", 1, ["recovered"]), ("004", 1, ["recovered"])]
    with desk.station.catalogue.reading() as session:
        last = session.get_one(Capture, mended.recovered[-1])
        assert (last.width, last.height, last.dpi_x, last.device) == (24, 32, 300.0, "Invented/Glass")
        assert last.recovered
    assert recovery.recover(desk.station) == recovery.RecoveryReport()


def test_image_under_its_reserved_name_is_that_capture(desk: OpenedStation, ledger: str) -> None:
    def leaves(run: int, folder: Path) -> None:
        sheet(folder, 1).rename(desk.data / reserve(desk, run).file)

    killed(desk, ledger, leaves)
    assert len(recovery.recover(desk.station).recovered) == 1
    assert rows(desk, ledger)[2:] == [("003", 1, ["recovered"])]
    assert desk.all(select(Reservation.state).order_by(Reservation.id)) == ["used"] * 3
    assert verify.verify(desk.station) == []


def test_reserved_name_without_a_file_is_free_again(desk: OpenedStation, ledger: str) -> None:
    killed(desk, ledger, lambda run, _: reserve(desk, run))
    recovery.recover(desk.station)
    assert desk.lay(ledger) == ["003"]


def test_sheet_in_flight_gets_the_label_that_was_meant_for_it(desk: OpenedStation, ledger: str) -> None:
    killed(desk, ledger, lambda run, folder: (reserve(desk, run), sheet(folder, 1)))
    recovery.recover(desk.station)
    assert [row[0] for row in rows(desk, ledger)] == ["001", "002", "003"]


def test_living_session_is_left_alone(desk: OpenedStation, ledger: str) -> None:
    with desk.session(ledger) as (run, folder):
        reserve(desk, run)
        file = sheet(folder, 1)
        assert recovery.recover(desk.station) == recovery.RecoveryReport()
        assert file.exists()
        assert desk.all(select(Reservation.state).order_by(Reservation.id))[-1] == "reserved"
        file.unlink()


def test_inserted_sheets_are_recovered_in_their_place(desk: OpenedStation, ledger: str) -> None:
    def leaves(run: int, folder: Path) -> None:
        desk.accept(run, sheet(folder, 1))
        sheet(folder, 2)

    killed(desk, ledger, leaves, purpose=ScanPurpose.INSERT, anchor="001")
    recovery.recover(desk.station)
    assert [row[0] for row in rows(desk, ledger)] == ["001", "001a", "001b", "002"]


def test_retake_is_recovered_as_the_pages_next_revision(desk: OpenedStation, ledger: str) -> None:
    killed(desk, ledger, lambda _, folder: sheet(folder, 7), purpose=ScanPurpose.RETAKE, anchor="001")
    recovery.recover(desk.station)
    assert rows(desk, ledger) == [("001", 2, ["recovered"]), ("002", 1, [])]


@pytest.mark.parametrize("content", [b"", b"no image"])
def test_damaged_image_in_the_spool_is_kept_for_a_person_and_told(
    desk: OpenedStation, ledger: str, content: bytes
) -> None:
    folder = killed(desk, ledger, lambda _, folder: (folder / "0001.jpg").write_bytes(content))
    told = verify.repair(desk.station, who=WHO)
    assert [one.code for one in told] == ["verify-sessions-closed"]
    (kept,) = desk.station.folders.refused_sheets.iterdir()
    assert kept.read_bytes() == content
    assert not folder.exists()
    assert len(rows(desk, ledger)) == 2
    assert [told.code for told in verify.verify(desk.station)] == ["verify-refused-image"]


def test_damaged_image_under_a_reserved_name_is_told_each_time_and_logged_once(
    desk: OpenedStation, ledger: str
) -> None:
    name = f"{PAGES}/KH.2007.01.003.jpg"

    def leaves(run: int, _: Path) -> None:
        assert reserve(desk, run).file == name
        (desk.data / name).write_bytes(b"torn")

    killed(desk, ledger, leaves)
    for _ in range(3):
        verify.repair(desk.station, who=WHO)
        assert [(told.code, told.facts) for told in verify.verify(desk.station)] == [
            ("verify-reserved", {"file": name})
        ]
    assert desk.one(select(func.count(Event.id)).where(Event.what == "session-ended")) == 2
    assert (desk.data / name).read_bytes() == b"torn"
    assert desk.lay(ledger) == ["004"], "scanning goes on"


def test_strangers_image_under_a_reserved_name_stops_nobody(desk: OpenedStation, ledger: str) -> None:
    def leaves(run: int, _: Path) -> None:
        Image.new("L", (24, 32)).save(desk.data / reserve(desk, run).file)

    killed(desk, ledger, leaves)
    assert recovery.recover(desk.station).recovered == []
    assert desk.lay(ledger) == ["004"]


def test_spools_name_beside_the_final_one_is_not_a_second_page(desk: OpenedStation, ledger: str) -> None:
    """Where names are given by hard links, a kill can leave both."""

    def leaves(run: int, folder: Path) -> None:
        desk.accept(run, sheet(folder, 5))
        os.link(desk.data / f"{PAGES}/KH.2007.01.003.jpg", folder / "0005.jpg")

    killed(desk, ledger, leaves)
    assert recovery.recover(desk.station).recovered == []
    assert [row[0] for row in rows(desk, ledger)] == ["001", "002", "003"]


def test_image_that_is_not_the_announced_size_stays_in_the_spool_unnamed(desk: OpenedStation, ledger: str) -> None:
    with desk.session(ledger) as (run, folder):
        file = sheet(folder, 1)
        with pytest.raises(Refused) as refused:
            acceptance.accept(desk.station, run, desk.looked(file), origin(file, height=33))
        assert refused.value.code == "image-wrong-size"
        assert file.exists()
        file.unlink()
    assert desk.lay(ledger) == ["003"], "no label was used up"
    assert desk.all(select(Finding.id)) == []


def test_empty_folders_of_dead_sessions_go(desk: OpenedStation) -> None:
    left = desk.station.folders.sessions / "0123456789ab"
    left.mkdir()
    recovery.recover(desk.station)
    assert not left.exists()


def test_label_of_a_strangers_file_is_never_given_out_even_when_that_is_gone(desk: OpenedStation, ledger: str) -> None:
    """The file may have been seen under that name: nothing of ours is ever called so."""
    for name in ("001a", "001.r2"):
        (desk.data / f"{PAGES}/KH.2007.01.{name}.jpg").write_bytes(b"a stranger's")
    assert desk.lay(ledger, purpose=ScanPurpose.INSERT, anchor="001") == ["001b"]
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="001")
    for name in ("001a", "001.r2"):
        (desk.data / f"{PAGES}/KH.2007.01.{name}.jpg").unlink()
    assert desk.lay(ledger, purpose=ScanPurpose.INSERT, anchor="001") == ["001c"]
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="001")
    revisions = select(Capture.revision).where(Capture.label == "001").order_by(Capture.counter)
    assert desk.all(revisions) == [1, 3, 4]


def test_page_recovered_under_its_name_is_durable_before_its_row(
    desk: OpenedStation, ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kill may have been a power cut: nobody knows whether data and name lay on the disk."""
    done: list[str] = []

    def noted(module: Any, name: str, word: str) -> None:
        real = getattr(module, name)

        def note(*given: Any, **more: Any) -> Any:
            done.append(f"{word} {given[0].name}" if isinstance(given[0], Path) else word)
            return real(*given, **more)

        monkeypatch.setattr(module, name, note)

    killed(desk, ledger, lambda run, folder: sheet(folder, 1).rename(desk.data / reserve(desk, run).file))
    noted(durable, "sync_file", "data of")
    noted(durable, "sync_folder", "names in")
    noted(acceptance, "commit", "row")
    recovery.recover(desk.station)
    assert done == ["data of KH.2007.01.003.jpg", "names in pages", "row"]


def test_sheet_waits_in_the_spool_where_no_worker_can_be_started(
    desk: OpenedStation, ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be put aside as one that cannot be decoded."""
    folder = killed(desk, ledger, lambda _, folder: sheet(folder, 1))
    with monkeypatch.context() as patch:
        patch.setattr(worker_pool, "Process", lambda _program, world: Process("station.no_such_program", world))
        with pytest.raises(NoWorker):
            recovery.recover(desk.station)
    assert any(folder.iterdir())
    report = recovery.recover(desk.station)
    assert (len(report.recovered), report.refused) == (1, [])
