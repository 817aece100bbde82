"""Files that were sent through the page: piece by piece, each whole one once in its ledger, nothing overwritten."""

from __future__ import annotations

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from station.catalogue.models import Capture, Event, IntakeChoice, ScanSession
from station.daemon.change_feed import ChangeFeed
from station.daemon.uploaded_files_service import UploadedFilesService
from station.errors import Refused
from station.ledger import completeness, ledger_data, ledgers
from station.scanning import folder_intake, taken_files, uploaded_files
from station.scanning.uploaded_files import LASTS, UploadedFile
from station.storage import disk_space
from station.upkeep import verify
from tests.drivers.dropping import photo
from tests.station.opened_station import WHO, OpenedStation
from tests.waiting import eventually

OTHER = "người khác"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    return desk.ledger()


def send(
    desk: OpenedStation,
    ledger: str,
    content: bytes,
    name: str = "1.jpg",
    *,
    who: str = WHO,
    at: int = 0,
    size: int | None = None,
    changed: int = 0,
) -> int:
    """Send all of a file in one piece from ``at`` on; ``size`` is what is said of its size."""
    sent = UploadedFile(name, len(content) if size is None else size, changed)
    return uploaded_files.store(desk.station, ledger, sent, at, io.BytesIO(content[at:]), who=who)


def asked(desk: OpenedStation, ledger: str, content: bytes, name: str = "1.jpg") -> int:
    """How much of a file is there."""
    return uploaded_files.store(desk.station, ledger, UploadedFile(name, len(content), 0), 0, None, who=WHO)


def own(desk: OpenedStation, ledger: str) -> Path:
    """The ledger's own folder."""
    return folder_intake.of_ledger(desk.station, ledger).path


def taken(desk: OpenedStation, ledger: str) -> list[str]:
    """Have the daemon's loop take what lies there; gives the labels of the pages."""
    service = UploadedFilesService(desk.station, ChangeFeed(desk.station.catalogue.path))

    def is_empty() -> bool:
        service.turn()
        return uploaded_files.waiting(own(desk, ledger)) == 0

    eventually(is_empty)
    service.close()
    assert list(verify.verify(desk.station)) == []
    return desk.all(select(Capture.label).order_by(Capture.id))


def refusal(desk: OpenedStation, ledger: str, content: bytes = b"x", *, at: int = 0, size: int | None = None) -> str:
    with pytest.raises(Refused) as refused:
        send(desk, ledger, content, at=at, size=size)
    return refused.value.code


def test_file_becomes_a_page_of_its_ledger_when_its_last_piece_is_there(desk: OpenedStation, ledger: str) -> None:
    content = photo(1)
    for offset in range(0, len(content), 500):
        piece = io.BytesIO(content[offset : offset + 500])
        there = uploaded_files.store(
            desk.station, ledger, UploadedFile("1.jpg", len(content), 7), offset, piece, who=WHO
        )
        assert there == min(len(content), offset + 500)
        assert uploaded_files.waiting(own(desk, ledger)) == (there == len(content))
    assert taken(desk, ledger) == ["001"]
    assert desk.all(select(ScanSession.operator)) == [WHO]
    (original,) = (own(desk, ledger) / "taken").rglob("*.jpg")
    assert original.read_bytes() == content


def test_file_goes_on_where_it_was_cut_off_whatever_is_sent(desk: OpenedStation, ledger: str) -> None:
    content = photo(1)
    assert send(desk, ledger, content[:700], size=len(content)) == 700
    assert asked(desk, ledger, content) == 700
    assert send(desk, ledger, content, at=300) == 700, "a piece that does not follow is not added"
    assert send(desk, ledger, content, at=700) == len(content)
    assert taken(desk, ledger) == ["001"]


def test_whole_file_is_sent_once(desk: OpenedStation, ledger: str) -> None:
    content = photo(1)
    send(desk, ledger, content)
    taken(desk, ledger)
    assert asked(desk, ledger, content) == len(content)
    assert taken(desk, ledger) == ["001"]
    for mark in desk.station.folders.uploaded_parts.glob("*.sent"):
        os.utime(mark, (0, 0))
    assert asked(desk, ledger, content) == 0, "for a day"


def test_more_than_the_file_has_is_no_piece_of_it(desk: OpenedStation, ledger: str) -> None:
    content = photo(1)
    send(desk, ledger, content[:700], size=len(content))
    assert refusal(desk, ledger, content + b"x", at=700, size=len(content)) == "request-wrong"
    assert asked(desk, ledger, content) == 700


def test_files_of_one_name_are_all_pages_in_the_order_in_which_they_came(desk: OpenedStation, ledger: str) -> None:
    for number in range(3):
        send(desk, ledger, photo(number), changed=number)
    assert sorted(file.name for file in own(desk, ledger).glob("*.jpg")) == ["1-2.jpg", "1-3.jpg", "1.jpg"]
    assert taken(desk, ledger) == ["001", "002", "003"]


@pytest.mark.parametrize(
    "name",
    ["../../1.jpg", ".1.jpg", "1.part", "~1.jpg", "Thumbs.db", "trang 1\n.jpg", "/etc/passwd", ".", "\0", "📄" * 80],
)
def test_any_name_is_a_file_of_the_ledgers_folder(desk: OpenedStation, ledger: str, name: str) -> None:
    send(desk, ledger, photo(1), name)
    assert len([file for file in own(desk, ledger).iterdir() if file.is_file()]) == 1
    assert taken(desk, ledger) == ["001"]


def test_pages_follow_each_other_as_their_files_came_whatever_these_are_called(
    desk: OpenedStation, ledger: str
) -> None:
    for number, name in enumerate(("9.jpg", "10.jpg", "2.jpg")):
        send(desk, ledger, photo(number), name)
    taken(desk, ledger)
    sent = [hashlib.sha256(photo(number)).hexdigest() for number in range(3)]
    assert [token.partition(":")[0] for token in desk.all(select(Capture.token).order_by(Capture.label))] == sent


def test_two_people_send_into_two_ledgers_and_nothing_goes_astray(desk: OpenedStation, ledger: str) -> None:
    other = desk.ledger("KS.2008.01")
    send(desk, ledger, photo(1))
    send(desk, other, photo(2), who=OTHER)
    send(desk, ledger, photo(3), "2.jpg")
    for one in (ledger, other):
        taken(desk, one)
    assert desk.rows(
        "SELECT ledger.type, session.operator, count(*) FROM capture JOIN ledger ON ledger.id = capture.ledger_id "
        "JOIN session ON session.id = capture.session_id GROUP BY 1, 2 ORDER BY 1"
    ) == [("KH", WHO, 2), ("KS", OTHER, 1)]
    with pytest.raises(Refused) as refused:
        folder_intake.choose(desk.station, folder_intake.of_ledger(desk.station, ledger).id, other, who=WHO)
    assert refused.value.code == "folder-unknown"


def test_file_that_cannot_be_sent_is_refused_before_its_first_byte(
    desk: OpenedStation, ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(desk, ledger, b"") == "uploaded-empty"
    assert refusal(desk, ledger, size=3 * 1024**3) == "uploaded-heavy"
    monkeypatch.setattr(disk_space, "free_bytes", lambda _: disk_space.RESERVE + 100)
    with pytest.raises(Refused) as refused:
        asked(desk, ledger, bytes(51))
    assert refused.value.code == "uploaded-no-room"
    ledgers.close(desk.station, ledger, who=WHO, reason="thử")
    assert refusal(desk, ledger) == "ledger-not-open"
    assert not any(own(desk, ledger).glob("*"))


def test_files_that_wait_for_a_closed_ledger_are_taken_when_it_is_open_again(desk: OpenedStation, ledger: str) -> None:
    send(desk, ledger, photo(1))
    ledgers.close(desk.station, ledger, who=WHO, reason="thử")
    service = UploadedFilesService(desk.station, ChangeFeed(desk.station.catalogue.path))
    service.turn()
    assert uploaded_files.waiting(own(desk, ledger)) == 1
    ledgers.reopen(desk.station, ledger, who=WHO)
    assert taken(desk, ledger) == ["001"]


def test_what_cannot_be_taken_is_told_and_may_leave_the_list(desk: OpenedStation, ledger: str) -> None:
    send(desk, ledger, photo(1))
    send(desk, ledger, photo(1), "2.jpg")
    send(desk, ledger, b"kein Bild", "3.jpg")
    assert taken(desk, ledger) == ["001"]
    folder = folder_intake.of_ledger(desk.station, ledger)
    rejected = {one.kept: one.why.code for one in folder_intake.rejections(desk.station, folder)}
    assert rejected == {"2.jpg": "intake-repeated", "3.jpg": "intake-damaged"}
    with desk.station.catalogue.reading() as session:
        assert completeness.asks(session, ledgers.find(session, ledger)).files == 1
    for name in rejected:
        uploaded_files.discard(desk.station, ledger, name, who=WHO)
    assert folder_intake.rejections(desk.station, folder) == []
    with desk.station.catalogue.reading() as session:
        assert completeness.asks(session, ledgers.find(session, ledger)).files == 0
    assert len(desk.all(select(Event.id).where(Event.what == "uploaded-file-discarded"))) == 2
    for name in ("2.jpg", "../../catalogue.sqlite3"):
        with pytest.raises(Refused) as refused:
            uploaded_files.discard(desk.station, ledger, name, who=WHO)
        assert refused.value.code == "uploaded-unknown"


def test_original_is_freed_after_a_week_and_its_page_stays(desk: OpenedStation, ledger: str) -> None:
    send(desk, ledger, photo(1))
    taken(desk, ledger)
    assert taken_files.free(desk.station) == 0
    long_ago = (datetime.now(UTC) - timedelta(days=8)).isoformat(timespec="microseconds")
    desk.by_hand("UPDATE intake_file SET at = ?", long_ago)
    assert taken_files.free(desk.station) == 1
    assert list(own(desk, ledger).rglob("*.jpg")) == []
    assert list(verify.verify(desk.station)) == []


def test_what_nobody_goes_on_with_is_forgotten_after_a_day(desk: OpenedStation, ledger: str) -> None:
    content = photo(1)
    send(desk, ledger, content[:700], size=len(content))
    (part,) = (file for file in desk.station.folders.uploaded_parts.iterdir() if file.suffix != ".lock")
    age = part.stat().st_mtime - LASTS - 60
    os.utime(part, (age, age))
    send(desk, ledger, photo(2), "2.jpg")
    assert asked(desk, ledger, content) == 0


def test_empty_ledger_that_files_were_to_go_to_can_be_removed(desk: OpenedStation, ledger: str) -> None:
    asked(desk, ledger, photo(1))
    assert desk.all(select(IntakeChoice.operator)) == [WHO]
    ledger_data.remove(desk.station, ledger, who=WHO)
    assert desk.all(select(IntakeChoice.id)) == []


def test_two_windows_that_send_the_same_file_make_one_page_of_it(desk: OpenedStation, ledger: str) -> None:
    content = photo(1)
    sent = UploadedFile("1.jpg", len(content), 0)

    def send_all(_: int) -> int:
        there = uploaded_files.store(desk.station, ledger, sent, 0, None, who=WHO)
        while there < len(content):
            piece = io.BytesIO(content[there : there + 100])
            there = uploaded_files.store(desk.station, ledger, sent, there, piece, who=WHO)
        return there

    with ThreadPoolExecutor(2) as windows:
        assert list(windows.map(send_all, range(2))) == [len(content)] * 2
    assert taken(desk, ledger) == ["001"]
    (original,) = (own(desk, ledger) / "taken").rglob("*.jpg")
    assert original.read_bytes() == content
