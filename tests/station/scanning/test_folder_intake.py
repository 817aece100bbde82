"""Files of a watched folder in the ledger that was chosen: once, whole, and the folder empties."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from drivers import ScanSettings
from drivers.errors import DriverError
from drivers.folder import stable_files
from drivers.folder.child_link import ArrivalChanged, FileReader
from drivers.folder.stable_files import Arrival, Pace, Signature
from drivers.images import masters
from station.catalogue.models import Capture, Event
from station.context import Station
from station.daemon.change_feed import ChangeFeed
from station.daemon.folder_watcher import FolderWatcher
from station.errors import Refused, ScanStopped, StationError, StorageFailed
from station.ledger import completeness, ledgers
from station.review import file_questions, questions
from station.review.questions import ListedQuestion
from station.scanning import acceptance, folder_intake, recovery, scan_session, scanner_factory, taken_files
from station.scanning.scan_session import ScanRequest
from station.scanning.session_originals import SessionOriginals
from station.settings.tables import Retention
from station.storage import durable
from station.views import listings
from tests.drivers.dropping import drop, photo, saved, scanned
from tests.station.opened_station import STICK, WHO, OpenedStation, opened_station
from tests.station.planting import Plant, link, listening_socket, pipe
from tests.stations import sha256
from tests.waiting import eventually

PHONE = '[[scanner]]\nid = "phone"\ndriver = "folder"\npath = "phone"\nstill = 0.1\n'
LEDGER = "KH.2007.01"
HERE = "19429:KH.2007.01"


@pytest.fixture
def desk(tmp_path: Path, empty_data: Path) -> Iterator[OpenedStation]:
    """A station with a ledger and a watched folder, in which nothing lies yet."""
    shutil.copytree(empty_data, tmp_path / "data")
    (tmp_path / "phone").mkdir()
    with opened_station(tmp_path, STICK + PHONE) as ready:
        ready.ledger()
        yield ready


@pytest.fixture
def phone(desk: OpenedStation) -> Path:
    return desk.folder / "phone"


@pytest.fixture
def watcher(desk: OpenedStation) -> Iterator[FolderWatcher]:
    """What the daemon has at the folder."""
    made = FolderWatcher(
        desk.station, folder_intake.folder(desk.station, "phone"), ChangeFeed(desk.station.catalogue.path)
    )
    yield made
    made.close()


@pytest.fixture(autouse=True)
def short_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that looks damaged gets half a second more, not fifteen."""
    monkeypatch.setattr(folder_intake, "pace", lambda scanner: Pace(scanner.still, doubt=0.5, patience=30.0))


def scan(desk: OpenedStation, *, limit: int | None = None) -> str | None:
    """Take what lies in the folder, without a worker's process; gives the code of the error that ended it."""
    station, phone = desk.station, folder_intake.folder(desk.station, "phone")
    settings = ScanSettings(paper_mm=(210, 297))
    try:
        with desk.session(LEDGER) as (run, folder), scanner_factory.open_scanner(station, phone) as scanner:
            fed = desk.all(select(Capture.token))
            for sheet in scanner.scan(settings, folder, limit=limit, fed=fed):
                desk.accept(run, sheet.path)
    except (DriverError, StationError) as error:
        return error.code
    return None


def scan_as_people_do(desk: OpenedStation) -> str | None:
    """The same by a session with all its processes."""
    try:
        list(scan_session.scan(desk.station, ScanRequest(LEDGER, WHO, scanner="phone")))
    except ScanStopped as stopped:
        return stopped.code
    return None


def lying(phone: Path) -> list[str]:
    """Every file at and below the folder, days left out."""
    files = sorted(file.relative_to(phone) for file in phone.rglob("*") if file.is_file())
    return ["/".join(part for part in file.parts if not part.startswith("20")) for file in files]


def names_in(desk: OpenedStation) -> list[str]:
    """The dropped files' names as their pages' masters tell them, in the order of the ledger."""
    files = [desk.data / row.file for row in listings.page_rows(desk.station, LEDGER)]
    return [masters.read_provenance(file)["provenance"]["file"] for file in files]


def test_dropped_files_become_pages_and_the_folder_empties(desk: OpenedStation, phone: Path) -> None:
    sums = {
        name: sha256(drop(phone, name, content)) for name, content in (("2.jpg", photo(2)), ("10.pdf", scanned([1, 3])))
    }
    assert scan_as_people_do(desk) is None
    assert names_in(desk) == ["2.jpg", "10.pdf", "10.pdf"]
    assert lying(phone) == ["taken/10.pdf", "taken/2.jpg"]
    assert {file.name: sha256(file) for file in phone.rglob("*.*") if file.is_file()} == sums
    assert list(desk.station.folders.sessions.iterdir()) == []
    assert scan_as_people_do(desk) == "scan-folder-empty"


def test_page_of_a_photo_is_turned_as_the_camera_was(desk: OpenedStation, phone: Path) -> None:
    drop(phone, "1.jpg", photo(1, orientation=6))
    assert scan(desk) is None
    assert desk.one_row("SELECT rotation FROM region") == 90


def test_rejected_file_lies_aside_with_a_note_in_both_languages(desk: OpenedStation, phone: Path) -> None:
    drop(phone, "1.jpg", photo(1))
    drop(phone, "đơn.docx", b"PK\x03\x04 a document of words")
    assert scan(desk) == "files-rejected"
    assert lying(phone) == ["rejected/đơn.docx", "rejected/đơn.docx.txt", "taken/1.jpg"]
    note = (phone / "rejected" / "đơn.docx.txt").read_text(encoding="utf-8")
    assert "không phải loại ảnh" in note
    assert "is no image that the station knows" in note
    (told,) = folder_intake.rejections(desk.station, folder_intake.folder(desk.station, "phone"))
    assert (told.name, told.why.code) == ("đơn.docx", "intake-format")
    assert "đơn.docx" in told.why.sentence("vi")


def test_rejected_file_that_a_person_took_away_is_not_shown_any_more(desk: OpenedStation, phone: Path) -> None:
    drop(phone, "1.txt", b"x")
    scan(desk)
    (phone / "rejected" / "1.txt").unlink()
    assert folder_intake.rejections(desk.station, folder_intake.folder(desk.station, "phone")) == []


def test_second_copy_of_a_photo_is_rejected_with_the_page_it_became(desk: OpenedStation, phone: Path) -> None:
    drop(phone, "1.jpg", photo(1))
    assert scan(desk) is None
    drop(phone, "copy.jpg", photo(1))
    drop(phone, "1.jpg", photo(1))
    assert scan(desk) == "files-rejected"
    assert desk.one_row("SELECT count(*) FROM capture") == 1
    assert lying(phone) == [
        "rejected/1.jpg",
        "rejected/1.jpg.txt",
        "rejected/copy.jpg",
        "rejected/copy.jpg.txt",
        "taken/1.jpg",
    ]
    assert "KH.2007.01.001" in (phone / "rejected" / "copy.jpg.txt").read_text(encoding="utf-8")


def test_two_copies_at_once_are_one_capture_and_one_rejection(desk: OpenedStation, phone: Path) -> None:
    drop(phone, "1.jpg", photo(1))
    drop(phone, "2.jpg", photo(1))
    assert scan(desk) == "files-rejected"
    assert names_in(desk) == ["1.jpg"]
    assert "1.jpg" in (phone / "rejected" / "2.jpg.txt").read_text(encoding="utf-8")


def test_names_that_are_taken_already_are_never_overwritten(desk: OpenedStation, phone: Path) -> None:
    for seed in (1, 2, 3):
        drop(phone, "IMG.jpg", photo(seed))
        assert scan(desk) is None
        drop(phone, "bad.jpg", b"%d" % seed)
        assert scan(desk) == "files-rejected"
    assert [name for name in lying(phone) if name.startswith("taken")] == [
        "taken/IMG-2.jpg",
        "taken/IMG-3.jpg",
        "taken/IMG.jpg",
    ]
    assert {(phone / "rejected" / f"bad{n}.jpg").read_bytes() for n in ("", "-2", "-3")} == {b"1", b"2", b"3"}
    assert (phone / "rejected" / "bad-3.jpg.txt").exists()


def test_crash_between_commit_and_move_takes_nothing_twice(
    desk: OpenedStation, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(phone, "1.pdf", scanned([1, 2]))
    with monkeypatch.context() as crashed:
        crashed.setattr(SessionOriginals, "end_batch", lambda self: [])
        assert scan(desk) is None
    assert lying(phone) == ["1.pdf"]
    drop(phone, "2.jpg", photo(3))
    assert scan(desk) is None
    assert names_in(desk) == ["1.pdf", "1.pdf", "2.jpg"]
    assert lying(phone) == ["taken/1.pdf", "taken/2.jpg"]


def test_crash_after_the_first_page_of_a_file_goes_on_with_its_second(desk: OpenedStation, phone: Path) -> None:
    drop(phone, "1.pdf", scanned([1, 2, 3]))
    assert scan(desk, limit=1) is None
    assert lying(phone) == ["1.pdf"]
    assert scan(desk) is None
    tokens = desk.all(select(Capture.token).order_by(Capture.counter))
    assert [token.split(":")[1] for token in tokens] == ["1/3", "2/3", "3/3"]
    assert lying(phone) == ["taken/1.pdf"]


def test_file_that_is_replaced_before_it_could_move_is_taken_too(
    desk: OpenedStation, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(phone, "1.jpg", photo(1))
    end_batch = SessionOriginals.end_batch

    def replaced_first(originals: SessionOriginals) -> list[Arrival]:
        drop(phone, "new.part", photo(2)).rename(phone / "1.jpg")
        return end_batch(originals)

    with monkeypatch.context() as busy:
        busy.setattr(SessionOriginals, "end_batch", replaced_first)
        assert scan(desk) is None
    assert lying(phone) == ["1.jpg"]
    assert scan(desk) is None
    assert desk.one_row("SELECT count(DISTINCT sha256) FROM capture") == 2
    assert lying(phone) == ["taken/1.jpg"]


def test_file_put_under_the_name_in_the_very_moment_of_the_move_goes_back(
    desk: OpenedStation, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(phone, "1.jpg", photo(1))
    name_exclusively = durable.name_exclusively

    def replaced(source: Path, target: Path, **folders: int) -> None:
        if source.name == "1.jpg":
            drop(phone, "new.part", photo(2)).rename(phone / source)
            monkeypatch.setattr(durable, "name_exclusively", name_exclusively)
        name_exclusively(source, target, **folders)

    monkeypatch.setattr(durable, "name_exclusively", replaced)
    assert scan(desk) is None
    assert lying(phone) == ["1.jpg"]
    assert (phone / "1.jpg").read_bytes() == photo(2)


def test_folder_exchanged_for_a_link_in_the_moment_of_the_move_leads_nowhere_else(
    desk: OpenedStation, phone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    drop(phone, "1.jpg", photo(1))
    name_exclusively = durable.name_exclusively

    def exchanged(source: Path, target: Path, **folders: int) -> None:
        if source.name == "1.jpg":
            (day,) = (phone / "taken").iterdir()
            day.rename(tmp_path / "away")
            day.symlink_to(elsewhere)
            monkeypatch.setattr(durable, "name_exclusively", name_exclusively)
        name_exclusively(source, target, **folders)

    monkeypatch.setattr(durable, "name_exclusively", exchanged)
    assert scan(desk) is None
    assert list(elsewhere.iterdir()) == []
    assert (tmp_path / "away" / "1.jpg").read_bytes() == photo(1)


def test_what_may_be_seen_of_the_folder_may_be_seen_of_what_lies_aside(desk: OpenedStation, phone: Path) -> None:
    phone.chmod(0o770)
    drop(phone, "1.txt", b"x")
    scan(desk)
    assert (phone / "rejected").stat().st_mode & 0o777 == 0o770
    assert (phone / "rejected" / "1.txt.txt").stat().st_mode & 0o777 == 0o660


def test_closed_ledger_takes_no_file(desk: OpenedStation, phone: Path) -> None:
    drop(phone, "1.jpg", photo(1))
    ledgers.close(desk.station, LEDGER, who=WHO, reason="thử")
    with pytest.raises(Refused) as refused:
        scan_as_people_do(desk)
    assert refused.value.code == "ledger-not-open"
    assert lying(phone) == ["1.jpg"]


def test_choice_holds_until_it_is_left_replaced_closed_or_old(desk: OpenedStation) -> None:
    station = desk.station
    other = desk.ledger("KH.2008.01")
    assert folder_intake.current_choice(station, "phone") is None
    folder_intake.choose(station, "phone", LEDGER, who=WHO)
    assert (choice := folder_intake.current_choice(station, "phone"))
    assert (choice.ledger, choice.operator) == (HERE, WHO)
    folder_intake.choose(station, "phone", other, who="Hoa")
    assert (choice := folder_intake.current_choice(station, "phone"))
    assert (choice.ledger, choice.operator) == ("19429:KH.2008.01", "Hoa")
    folder_intake.leave(station, "phone", who=WHO)
    assert folder_intake.current_choice(station, "phone") is None
    folder_intake.choose(station, "phone", LEDGER, who=WHO)
    long_ago = (datetime.now(UTC) - folder_intake.CHOICE_LASTS).isoformat(timespec="microseconds")
    desk.by_hand("UPDATE intake_choice SET chosen_at = ?", long_ago)
    assert folder_intake.current_choice(station, "phone") is None
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="microseconds")
    desk.by_hand("UPDATE intake_choice SET chosen_at = ?", tomorrow)
    assert folder_intake.current_choice(station, "phone") is None, "the clock went back"
    folder_intake.choose(station, "phone", LEDGER, who=WHO)
    ledgers.close(station, LEDGER, who=WHO, reason="thử")
    assert folder_intake.current_choice(station, "phone") is None
    acts = desk.all(select(Event.what).where(Event.what.like("folder-%")))
    assert acts == ["folder-chosen", "folder-chosen", "folder-left", "folder-chosen", "folder-chosen"]


def test_choice_of_a_closed_ledger_or_an_unknown_folder_is_refused(desk: OpenedStation) -> None:
    ledgers.close(desk.station, LEDGER, who=WHO, reason="thử")
    for scanner, code in (("phone", "ledger-not-open"), ("glass", "folder-unknown")):
        with pytest.raises(Refused) as refused:
            folder_intake.choose(desk.station, scanner, LEDGER, who=WHO)
        assert refused.value.code == code


def test_daemon_takes_what_appears_while_a_ledger_is_chosen_and_only_then(
    desk: OpenedStation, phone: Path, watcher: FolderWatcher
) -> None:
    drop(phone, "1.jpg", photo(1))
    turning(watcher, lambda: watcher.file_count() == 1)
    assert listings.page_rows(desk.station, LEDGER) == []
    folder_intake.choose(desk.station, "phone", LEDGER, who="Hoa")
    turning(watcher, lambda: lying(phone) == ["taken/1.jpg"])
    drop(phone, "2.jpg", photo(2))
    turning(watcher, lambda: lying(phone) == ["taken/1.jpg", "taken/2.jpg"])
    assert names_in(desk) == ["1.jpg", "2.jpg"]
    assert {row.operator for row in listings.page_rows(desk.station, LEDGER)} == {"Hoa"}
    assert watcher.message is None


def test_daemon_says_what_it_rejected(desk: OpenedStation, phone: Path, watcher: FolderWatcher) -> None:
    folder_intake.choose(desk.station, "phone", LEDGER, who=WHO)
    drop(phone, "1.jpg", b"no photo")
    turning(watcher, lambda: lying(phone) == ["rejected/1.jpg", "rejected/1.jpg.txt"])
    assert watcher.message is not None
    assert watcher.message.code == "scan-files-rejected"


def test_daemon_says_that_the_folder_went_away_and_goes_on_when_it_is_back(
    desk: OpenedStation, phone: Path, watcher: FolderWatcher
) -> None:
    folder_intake.choose(desk.station, "phone", LEDGER, who=WHO)
    phone.rename(phone.with_name("away"))
    turning(watcher, lambda: watcher.message is not None and watcher.message.code == "scan-not-found")
    phone.with_name("away").rename(phone)
    drop(phone, "1.jpg", photo(1))
    turning(watcher, lambda: lying(phone) == ["taken/1.jpg"])
    assert watcher.message is None


def unmovable(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Files of these names, or all, cannot be moved, as those of another owner in a sticky folder."""
    name_exclusively = durable.name_exclusively

    def denied(source: Path, target: Path, **folders: int) -> None:
        if "data" not in source.parts and (not names or source.name in names):
            raise PermissionError(13, "Permission denied", str(target))
        name_exclusively(source, target, **folders)

    monkeypatch.setattr(durable, "name_exclusively", denied)


def test_files_that_cannot_be_moved_are_named_and_the_others_go_on(
    desk: OpenedStation, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(phone, "1.txt", b"a shopping list")
    drop(phone, "2.jpg", photo(2))
    drop(phone, "3.jpg", photo(3))
    unmovable(monkeypatch, "1.txt", "2.jpg")
    assert scan_as_people_do(desk) == "scan-files-left"
    assert names_in(desk) == ["2.jpg", "3.jpg"]
    assert lying(phone) == ["1.txt", "2.jpg", "taken/3.jpg"]
    assert {(one.name, one.why.code, one.left) for one in shown_by(desk)} == {
        ("1.txt", "intake-format", True),
        ("2.jpg", "intake-unmoved", True),
    }
    for one in shown_by(desk):
        assert one.name in one.why.sentence("vi")
    # Once more, by a process that knows nothing of it: nothing is taken or told twice.
    stable_files.watch_of.cache_clear()
    scan_as_people_do(desk)
    assert names_in(desk) == ["2.jpg", "3.jpg"]
    assert len(shown_by(desk)) == 2


def test_file_that_could_not_be_moved_moves_when_it_can(
    desk: OpenedStation, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(phone, "2.jpg", photo(2))
    with monkeypatch.context() as denied:
        unmovable(denied)
        scan(desk)
    stable_files.watch_of.cache_clear()
    assert scan(desk) == "folder-empty"
    assert lying(phone) == ["taken/2.jpg"]
    assert names_in(desk) == ["2.jpg"]
    assert shown_by(desk) == []


def test_daemon_tries_a_file_that_cannot_be_moved_once(
    desk: OpenedStation, phone: Path, watcher: FolderWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    reading = FileReader.read
    monkeypatch.setattr(FileReader, "read", lambda self, one: (read.append(one.path.name), reading(self, one))[1])
    unmovable(monkeypatch, "1.txt", "2.jpg")
    folder_intake.choose(desk.station, "phone", LEDGER, who=WHO)
    drop(phone, "1.txt", b"a shopping list")
    drop(phone, "2.jpg", photo(2))
    turning(watcher, lambda: watcher.message is not None and watcher.message.code == "scan-files-left")
    drop(phone, "3.jpg", photo(3))
    turning(watcher, lambda: "taken/3.jpg" in lying(phone))
    assert sorted(read) == ["1.txt", "2.jpg", "3.jpg"]


def shown_by(desk: OpenedStation) -> list[folder_intake.Rejection]:
    """What the folder's view tells of files that were not taken."""
    return folder_intake.rejections(desk.station, folder_intake.folder(desk.station, "phone"))


def test_names_of_255_bytes_and_names_that_are_no_text_are_rejected_under_their_own_as_far_as_it_goes(
    desk: OpenedStation, phone: Path
) -> None:
    long = "ệ" * 83 + ".pdf"  # 253 bytes: no room for a note's suffix, or for a number
    odd = os.fsdecode(b"\xff\xfe list.txt")
    for name in (long, odd, "x." + "y" * 250):
        drop(phone, name, b"no page")
        assert scan(desk) == "files-rejected"
        drop(phone, name, b"no page either")
        assert scan(desk) == "files-rejected"
    files = sorted(file.name for file in (phone / "rejected").iterdir())
    assert len(files) == 12
    assert all(len(os.fsencode(name)) <= 255 for name in files)
    assert all(name + ".txt" in files for name in files if not name.endswith(".txt") or name == odd)
    assert sum(name.startswith("ệ" * 70) for name in files) == 4
    assert {odd, odd + ".txt"} <= set(files)
    assert len(shown_by(desk)) == 6
    (phone / "rejected" / odd).unlink()
    assert len(shown_by(desk)) == 5


def test_name_of_255_bytes_is_taken(desk: OpenedStation, phone: Path) -> None:
    for seed in (1, 2):
        drop(phone, "ệ" * 83 + "a.jpg", photo(seed))
        assert scan(desk) is None
    kept = [Path(name).name for name in lying(phone)]
    assert len(kept) == len(set(kept)) == 2


def test_link_in_the_place_of_a_folder_of_ours_is_not_followed(
    desk: OpenedStation, phone: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    for name in ("taken", "rejected"):
        (phone / name).symlink_to(tmp_path / "elsewhere")
    drop(phone, "1.jpg", photo(1))
    drop(phone, "2.txt", b"a shopping list")
    assert scan_as_people_do(desk) == "scan-files-left"
    assert names_in(desk) == ["1.jpg"]
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert {"1.jpg", "2.txt"} <= {path.name for path in phone.iterdir()}


@pytest.mark.parametrize(
    "fault", ["raise Refused('image-damaged', file='0001.jpg', detail='lost lines')", "os._exit(9)"]
)
def test_what_the_worker_refuses_is_rejected_once_and_nothing_piles_up(
    desk: OpenedStation, phone: Path, watcher: FolderWatcher, worker: Callable[[str], None], fault: str
) -> None:
    worker(fault)
    folder_intake.choose(desk.station, "phone", LEDGER, who=WHO)
    for number in (1, 2, 3, 4):
        drop(phone, f"{number}.jpg", photo(number, size=(63, 88) if number == 2 else (62, 88)))
    turning(watcher, lambda: "taken/4.jpg" in lying(phone))
    assert lying(phone) == ["rejected/2.jpg", "rejected/2.jpg.txt", *(f"taken/{n}.jpg" for n in (1, 3, 4))]
    assert names_in(desk) == ["1.jpg", "3.jpg", "4.jpg"]
    (told,) = shown_by(desk)
    assert (told.name, told.why.code) == ("2.jpg", "intake-damaged")
    note = (phone / "rejected" / "2.jpg.txt").read_text(encoding="utf-8")
    assert "2.jpg" in note
    assert "0002" not in note, "the dropped file's name, not that of the spool"
    turning(watcher, lambda: True)
    assert [file for file in desk.station.folders.sessions.rglob("*") if file.is_file()] == []
    assert questions.keys(desk.station, LEDGER) == [], "no sheet is missed, none was recovered"


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the worker do these lines of Python with every image that is 63 pixels wide."""

    def behaves(lines: str) -> None:
        plug_in = tmp_path / "plug-in"
        plug_in.mkdir()
        (plug_in / "sitecustomize.py").write_text(
            f"""
import os, sys
if "station.imaging.worker" in sys.orig_argv:
    from station.imaging import analysis as looking
    from station.errors import Refused
    from PIL import Image
    look = looking.analyse
    def behave(file, *more):
        if Image.open(file).width == 63:
            {lines}
        return look(file, *more)
    looking.analyse = behave
""",
            encoding="utf-8",
        )
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(plug_in), *filter(None, sys.path)]))

    return behaves


def test_sheet_that_cannot_be_accepted_for_the_disk_comes_again_and_is_not_recovered(
    desk: OpenedStation, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        drop(phone, f"{number}.jpg", photo(number))
    with monkeypatch.context() as full:
        accept = acceptance.accept

        def second_fails(station: Station, run: int, *more: Any, **how: Any) -> int:
            if desk.one_row("SELECT count(*) FROM capture"):
                raise StorageFailed("storage-full", path="ledgers", detail="No space left on device")
            return accept(station, run, *more, **how)

        full.setattr(acceptance, "accept", second_fails)
        assert scan_as_people_do(desk) == "scan-stopped"
    assert lying(phone) == ["2.jpg", "3.jpg", "taken/1.jpg"]
    recovery.recover(desk.station)
    assert scan_as_people_do(desk) is None
    assert names_in(desk) == ["1.jpg", "2.jpg", "3.jpg"]
    assert questions.keys(desk.station, LEDGER) == []


def test_second_sheet_of_the_very_same_bytes_is_taken_when_a_person_says_that_it_is_another(
    desk: OpenedStation, phone: Path
) -> None:
    """Two blank pages of a scanner that cleans what it sees."""
    blank = saved(Image.new("L", (100, 140), "white"), "PNG")
    for name in ("1.png", "2.png"):
        drop(phone, name, blank)
    assert scan_as_people_do(desk) == "scan-files-rejected"
    (ask,) = asked(desk)
    assert (ask.seq, ask.code, ask.detail) == ("001", "file-repeated", "2.png")
    assert completeness_asks(desk) == 1
    file_questions.answer(desk.station, int(ask.id[1:]), "another", who="Hoa")
    assert lying(phone) == ["2.png", "taken/1.png"]
    assert asked(desk) == []
    assert scan_as_people_do(desk) is None
    assert names_in(desk) == ["1.png", "2.png"]
    assert lying(phone) == ["taken/1.png", "taken/2.png"]
    # And a third one, from another day.
    drop(phone, "1.png", blank)
    assert scan_as_people_do(desk) == "scan-files-rejected"
    (ask,) = asked(desk)
    file_questions.answer(desk.station, int(ask.id[1:]), "another", who="Hoa")
    assert scan_as_people_do(desk) is None
    assert names_in(desk) == ["1.png", "2.png", "1.png"]
    assert len(set(desk.all(select(Capture.token)))) == 3
    assert desk.all(select(Event.what).where(Event.what == "file-answered")) == ["file-answered"] * 2


def test_crash_after_a_copy_was_accepted_takes_it_not_twice(
    desk: OpenedStation, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("1.jpg", "2.jpg"):
        drop(phone, name, photo(1))
    scan_as_people_do(desk)
    (ask,) = asked(desk)
    file_questions.answer(desk.station, int(ask.id[1:]), "another", who=WHO)
    with monkeypatch.context() as crashed:
        crashed.setattr(SessionOriginals, "end_batch", lambda self: [])
        assert scan_as_people_do(desk) is None
    assert lying(phone) == ["2.jpg", "taken/1.jpg"]
    scan_as_people_do(desk)
    assert lying(phone) == ["taken/1.jpg", "taken/2.jpg"]
    assert names_in(desk) == ["1.jpg", "2.jpg"]


def test_file_that_repeats_a_page_is_left_aside_when_a_person_says_so(desk: OpenedStation, phone: Path) -> None:
    for name in ("1.jpg", "2.jpg"):
        drop(phone, name, photo(1))
    scan_as_people_do(desk)
    (ask,) = asked(desk)
    with pytest.raises(Refused) as unfit:
        file_questions.answer(desk.station, int(ask.id[1:]), "later", who=WHO)
    assert unfit.value.code == "answer-unfit"
    file_questions.answer(desk.station, int(ask.id[1:]), "keep", who=WHO)
    assert asked(desk) == []
    assert lying(phone) == ["rejected/2.jpg", "rejected/2.jpg.txt", "taken/1.jpg"]
    with pytest.raises(Refused) as answered:
        file_questions.answer(desk.station, int(ask.id[1:]), "another", who=WHO)
    assert answered.value.code == "ask-unknown"


def test_nothing_is_asked_of_a_file_that_a_person_took_away(
    desk: OpenedStation, phone: Path, watcher: FolderWatcher
) -> None:
    for name in ("1.jpg", "2.jpg"):
        drop(phone, name, photo(1))
    scan_as_people_do(desk)
    (phone / "rejected" / "2.jpg").unlink()
    assert asked(desk) == []
    turning(watcher, lambda: completeness_asks(desk) == 0)


def asked(desk: OpenedStation) -> list[ListedQuestion]:
    return questions.rows(desk.station, LEDGER, "vi")


def completeness_asks(desk: OpenedStation) -> int:
    with desk.station.catalogue.reading() as session:
        ledger = ledgers.find(session, LEDGER)
        return completeness.asks(session, ledger).total


def grow(file: Path, content: bytes) -> None:
    """Write on, as a scanner that keeps its file open; the change is as old as a writer's pause."""
    file.write_bytes(content)
    os.utime(file, (time.time() - 60,) * 2)


@pytest.mark.parametrize("answer", ["later", "another", "keep"])
def test_file_that_goes_on_growing_after_it_was_taken_asks_and_no_page_is_lost(
    desk: OpenedStation, phone: Path, watcher: FolderWatcher, answer: str
) -> None:
    drop(phone, "scan.pdf", scanned([1, 2]))
    assert scan_as_people_do(desk) is None
    (taken,) = phone.rglob("scan.pdf")
    grow(taken, scanned([1, 2, 3]))
    turning(watcher, lambda: len(asked(desk)) == 1)
    (ask,) = asked(desk)
    assert (ask.seq, ask.code, ask.detail) == ("001", "file-grown", "scan.pdf")
    grow(taken, scanned([1, 2, 3, 4]))
    turning(watcher, lambda: True)
    assert len(asked(desk)) == 1
    file_questions.answer(desk.station, int(ask.id[1:]), answer, who=WHO)
    assert asked(desk) == []
    if answer == "keep":
        assert lying(phone) == ["taken/scan.pdf"]
        return
    assert lying(phone) == ["scan.pdf"]
    assert scan_as_people_do(desk) is None
    assert lying(phone) == ["taken/scan.pdf"]
    tokens = [token.split(":")[1] for token in desk.all(select(Capture.token).order_by(Capture.counter))]
    assert tokens == ["1/2", "2/2", *(["3/4", "4/4"] if answer == "later" else ["1/4", "2/4", "3/4", "4/4"])]


def test_name_that_comes_again_with_the_same_pages_and_more_asks(desk: OpenedStation, phone: Path) -> None:
    drop(phone, "scan.pdf", scanned([1, 2]))
    assert scan_as_people_do(desk) is None
    drop(phone, "scan.pdf", scanned([1, 2, 3]))
    drop(phone, "other.pdf", scanned([5, 6]))
    assert scan_as_people_do(desk) == "scan-files-rejected"
    assert names_in(desk) == ["scan.pdf", "scan.pdf", "other.pdf", "other.pdf"]
    (ask,) = asked(desk)
    assert ask.code == "file-grown"
    file_questions.answer(desk.station, int(ask.id[1:]), "later", who=WHO)
    assert scan_as_people_do(desk) is None
    tokens = desk.all(select(Capture.token).order_by(Capture.counter.desc()).limit(1))
    assert tokens[0].split(":")[1] == "3/3"
    assert len(names_in(desk)) == 5


def test_name_that_comes_again_with_other_pages_is_taken(desk: OpenedStation, phone: Path) -> None:
    for seeds in ([1, 2], [3, 4], [5]):
        drop(phone, "scan.pdf", scanned(seeds))
        assert scan_as_people_do(desk) is None
    assert len(names_in(desk)) == 5


def test_file_in_taken_whose_time_alone_changed_asks_nothing(
    desk: OpenedStation, phone: Path, watcher: FolderWatcher
) -> None:
    drop(phone, "1.jpg", photo(1))
    assert scan_as_people_do(desk) is None
    (taken,) = phone.rglob("1.jpg")
    os.utime(taken, (1, 1))
    turning(watcher, lambda: True)
    assert asked(desk) == []


def test_originals_are_freed_after_their_days_if_their_masters_are_there(desk: OpenedStation, phone: Path) -> None:
    for name, content in (("1.jpg", photo(1)), ("2.pdf", scanned([2, 3])), ("3.jpg", photo(4))):
        drop(phone, name, content)
    assert scan_as_people_do(desk) is None
    assert taken_files.free(desk.station) == 0, "without a policy nothing goes"
    policy = Retention(taken_after_days=30)
    station = replace(desk.station, settings=desk.station.settings.model_copy(update={"retention": policy}))
    assert taken_files.free(station) == 0, "not yet"
    long_ago = (datetime.now(UTC) - timedelta(days=31)).isoformat(timespec="microseconds")
    desk.by_hand("UPDATE intake_file SET at = ?", long_ago)
    (desk.data / listings.page_rows(desk.station, LEDGER)[1].file).unlink()
    (third,) = phone.rglob("3.jpg")
    grow(third, photo(4) + b"more")
    assert taken_files.free(station) == 1
    assert lying(phone) == ["taken/2.pdf", "taken/3.jpg"], "a master is missing; the file is another one"
    drop(phone, "1.jpg", photo(1))
    assert scan_as_people_do(desk) == "scan-files-rejected", "it is still known"


def test_file_is_not_copied_on_its_way(desk: OpenedStation, phone: Path) -> None:
    """What lies in taken/ is the very file that was dropped, and the spool never held it."""
    before = drop(phone, "1.pdf", scanned([1, 2])).stat().st_ino
    held: list[str] = []
    for _ in scan_session.scan(desk.station, ScanRequest(LEDGER, WHO, scanner="phone")):
        held += [file.name for file in desk.station.folders.sessions.rglob("*") if file.is_file()]
    (taken,) = phone.rglob("1.pdf")
    assert taken.stat().st_ino == before
    assert {Path(name).suffix for name in held} <= {".jpg", ".part"}


def turning(watcher: FolderWatcher, condition: Callable[[], bool]) -> None:
    """Let the daemon's loop turn until the condition holds."""

    def turned() -> bool:
        watcher._next = 0.0
        watcher.turn()
        return condition()

    eventually(turned)


@pytest.mark.parametrize("planted", ["rejected", "taken", "taken/day"])
@pytest.mark.parametrize("plant", [link, pipe])
def test_nothing_is_moved_through_what_was_laid_where_the_stations_folder_belongs(
    desk: OpenedStation, phone: Path, planted: str, plant: Plant
) -> None:
    """Through a link the name of the ledger's next page could be taken, and its folder opened to everybody."""
    drop(phone, "0.jpg", photo(1))
    assert scan(desk) is None
    shutil.rmtree(phone / "taken")
    pages = next((desk.data / "ledgers").rglob("pages"))
    name = planted.replace("day", datetime.now().astimezone().date().isoformat())
    (phone / name).parent.mkdir(exist_ok=True)
    plant(phone / name, pages)
    file = drop(phone, "KH.2007.01.002.jpg", b"no image" if planted == "rejected" else photo(2))
    before, mode = sorted(pages.iterdir()), pages.stat().st_mode
    assert scan_as_people_do(desk) == "scan-files-left"
    assert file.exists()
    others = [path for path in pages.iterdir() if path not in before]
    assert [path.name for path in others] == ([] if planted == "rejected" else ["KH.2007.01.002.jpg"])
    assert all(sha256(path) != sha256(file) for path in others)
    assert pages.stat().st_mode == mode
    (phone / name).unlink()
    stable_files.watch_of.cache_clear()
    scan_as_people_do(desk)
    assert not file.exists()


@pytest.mark.parametrize("plant", [link, pipe, listening_socket])
def test_file_that_became_something_else_is_not_read(tmp_path: Path, plant: Plant) -> None:
    file = tmp_path / "1.jpg"
    file.write_bytes(b"a photo")
    signature = Signature.of(file)
    assert signature
    file.unlink()
    (tmp_path / "page.jpg").write_bytes(b"a photo")
    plant(file, tmp_path / "page.jpg")
    reader = FileReader("phone", threading.Event())
    with pytest.raises(ArrivalChanged):
        reader.read(Arrival(file, signature))
    reader.close()
