"""Files of a watched folder in the ledger that was chosen: once, whole, and the folder empties."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk import STICK, WHO, Desk, opened
from planting import Plant, link, listening_socket, pipe
from sqlalchemy import select

from drivers import ScanSettings
from drivers.errors import DriverError
from drivers.folder import watched_folder
from drivers.folder.stable_files import Arrival, Signature
from drivers.images import masters
from station.catalogue.models import Capture, Event
from station.daemon.change_feed import ChangeFeed
from station.daemon.folder_watcher import FolderWatcher
from station.errors import Refused, ScanStopped, StationError
from station.ledger import ledgers
from station.scanning import folder_intake, scan_session, scanner_factory
from station.scanning.scan_session import ScanRequest
from station.views import listings
from tests.drivers.dropping import drop, photo, scanned
from tests.stations import sha256
from tests.waiting import eventually

PHONE = '[[scanner]]\nid = "phone"\ndriver = "folder"\npath = "phone"\nstill = 0.1\n'
LEDGER = "KH.2007.01"
HERE = "19429:KH.2007.01"


@pytest.fixture
def desk(tmp_path: Path, empty_data: Path) -> Iterator[Desk]:
    """A station with a ledger and a watched folder, in which nothing lies yet."""
    shutil.copytree(empty_data, tmp_path / "data")
    (tmp_path / "phone").mkdir()
    with opened(tmp_path, STICK + PHONE) as ready:
        ready.ledger()
        yield ready


@pytest.fixture
def phone(desk: Desk) -> Path:
    return desk.folder / "phone"


@pytest.fixture
def watcher(desk: Desk) -> Iterator[FolderWatcher]:
    """What the daemon has at the folder."""
    made = FolderWatcher(
        desk.station, folder_intake.of_settings(desk.station, "phone"), ChangeFeed(desk.station.catalogue.path)
    )
    yield made
    made.close()


@pytest.fixture(autouse=True)
def short_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that looks damaged gets half a second more, not fifteen."""
    monkeypatch.setattr(
        folder_intake, "pace", lambda scanner: folder_intake.Pace(scanner.still, doubt=0.5, patience=2.0)
    )


def scan(desk: Desk, *, limit: int | None = None) -> str | None:
    """Take what lies in the folder, without a worker's process; gives the code of the error that ended it."""
    station, phone = desk.station, folder_intake.of_settings(desk.station, "phone")
    settings = ScanSettings(paper_mm=(210, 297))
    try:
        with desk.session(LEDGER) as (run, folder), scanner_factory.open_scanner(station, phone) as scanner:
            fed = desk.all(select(Capture.token))
            for sheet in scanner.scan(settings, folder, limit=limit, fed=fed):
                desk.accept(run, sheet.path)
    except (DriverError, StationError) as error:
        return error.code
    return None


def scan_as_people_do(desk: Desk) -> str | None:
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


def names_in(desk: Desk) -> list[str]:
    """The dropped files' names as their pages' masters tell them, in the order of the ledger."""
    files = [desk.data / row["file"] for row in listings.page_rows(desk.station, LEDGER)]
    return [masters.read_provenance(file)["provenance"]["file"] for file in files]


def test_dropped_files_become_pages_and_the_folder_empties(desk: Desk, phone: Path) -> None:
    sums = {
        name: sha256(drop(phone, name, content)) for name, content in (("2.jpg", photo(2)), ("10.pdf", scanned([1, 3])))
    }
    assert scan_as_people_do(desk) is None
    assert names_in(desk) == ["2.jpg", "10.pdf", "10.pdf"]
    assert lying(phone) == ["taken/10.pdf", "taken/2.jpg"]
    assert {file.name: sha256(file) for file in phone.rglob("*.*") if file.is_file()} == sums
    assert list(desk.station.folders.sessions.iterdir()) == []
    assert scan_as_people_do(desk) == "scan-folder-empty"


def test_page_of_a_photo_is_turned_as_the_camera_was(desk: Desk, phone: Path) -> None:
    drop(phone, "1.jpg", photo(1, orientation=6))
    assert scan(desk) is None
    assert desk.one_row("SELECT rotation FROM region") == 90


def test_rejected_file_lies_aside_with_a_note_in_both_languages(desk: Desk, phone: Path) -> None:
    drop(phone, "1.jpg", photo(1))
    drop(phone, "đơn.docx", b"PK\x03\x04 a document of words")
    assert scan(desk) == "files-rejected"
    assert lying(phone) == ["rejected/đơn.docx", "rejected/đơn.docx.txt", "taken/1.jpg"]
    note = (phone / "rejected" / "đơn.docx.txt").read_text(encoding="utf-8")
    assert "không phải loại ảnh" in note
    assert "is no image that the station knows" in note
    (told,) = folder_intake.rejections(desk.station, folder_intake.of_settings(desk.station, "phone"))
    assert (told.name, told.why.code) == ("đơn.docx", "intake-format")
    assert "đơn.docx" in told.why.sentence("vi")


def test_rejected_file_that_a_person_took_away_is_not_shown_any_more(desk: Desk, phone: Path) -> None:
    drop(phone, "1.txt", b"x")
    scan(desk)
    (phone / "rejected" / "1.txt").unlink()
    assert folder_intake.rejections(desk.station, folder_intake.of_settings(desk.station, "phone")) == []


def test_second_copy_of_a_photo_is_rejected_with_the_page_it_became(desk: Desk, phone: Path) -> None:
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


def test_two_copies_at_once_are_one_capture_and_one_rejection(desk: Desk, phone: Path) -> None:
    drop(phone, "1.jpg", photo(1))
    drop(phone, "2.jpg", photo(1))
    assert scan(desk) == "files-rejected"
    assert names_in(desk) == ["1.jpg"]
    assert "1.jpg" in (phone / "rejected" / "2.jpg.txt").read_text(encoding="utf-8")


def test_names_that_are_taken_already_are_never_overwritten(desk: Desk, phone: Path) -> None:
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
    desk: Desk, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(phone, "1.pdf", scanned([1, 2]))
    with monkeypatch.context() as crashed:
        crashed.setattr(folder_intake.SessionOriginals, "finished", lambda self: None)
        assert scan(desk) is None
    assert lying(phone) == ["1.pdf"]
    drop(phone, "2.jpg", photo(3))
    assert scan(desk) is None
    assert names_in(desk) == ["1.pdf", "1.pdf", "2.jpg"]
    assert lying(phone) == ["taken/1.pdf", "taken/2.jpg"]


def test_crash_after_the_first_page_of_a_file_goes_on_with_its_second(desk: Desk, phone: Path) -> None:
    drop(phone, "1.pdf", scanned([1, 2, 3]))
    assert scan(desk, limit=1) is None
    assert lying(phone) == ["1.pdf"]
    assert scan(desk) is None
    tokens = desk.all(select(Capture.token).order_by(Capture.counter))
    assert [token.split(":")[1] for token in tokens] == ["1/3", "2/3", "3/3"]
    assert lying(phone) == ["taken/1.pdf"]


def test_file_that_is_replaced_before_it_could_move_is_taken_too(
    desk: Desk, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(phone, "1.jpg", photo(1))
    finished = folder_intake.SessionOriginals.finished

    def replaced_first(clerk: folder_intake.SessionOriginals) -> None:
        drop(phone, "new.part", photo(2)).rename(phone / "1.jpg")
        finished(clerk)

    with monkeypatch.context() as busy:
        busy.setattr(folder_intake.SessionOriginals, "finished", replaced_first)
        assert scan(desk) is None
    assert lying(phone) == ["1.jpg"]
    assert scan(desk) is None
    assert desk.one_row("SELECT count(DISTINCT sha256) FROM capture") == 2
    assert lying(phone) == ["taken/1.jpg"]


def test_file_put_under_the_name_in_the_very_moment_of_the_move_goes_back(
    desk: Desk, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(phone, "1.jpg", photo(1))
    name_exclusively = folder_intake.durable.name_exclusively

    def replaced(source: Path, target: Path, **folders: int) -> None:
        if source == Path("1.jpg"):
            drop(phone, "new.part", photo(2)).rename(phone / source)
            monkeypatch.setattr(folder_intake.durable, "name_exclusively", name_exclusively)
        name_exclusively(source, target, **folders)

    monkeypatch.setattr(folder_intake.durable, "name_exclusively", replaced)
    assert scan(desk) is None
    assert lying(phone) == ["1.jpg"]
    assert (phone / "1.jpg").read_bytes() == photo(2)


def test_what_may_be_seen_of_the_folder_may_be_seen_of_what_lies_aside(desk: Desk, phone: Path) -> None:
    phone.chmod(0o770)
    drop(phone, "1.txt", b"x")
    scan(desk)
    assert (phone / "rejected").stat().st_mode & 0o777 == 0o770
    assert (phone / "rejected" / "1.txt.txt").stat().st_mode & 0o777 == 0o660


def test_closed_ledger_takes_no_file(desk: Desk, phone: Path) -> None:
    drop(phone, "1.jpg", photo(1))
    ledgers.close(desk.station, LEDGER, who=WHO, reason="thử")
    with pytest.raises(Refused) as refused:
        scan_as_people_do(desk)
    assert refused.value.code == "ledger-not-open"
    assert lying(phone) == ["1.jpg"]


def test_choice_holds_until_it_is_left_replaced_closed_or_old(desk: Desk) -> None:
    station = desk.station
    other = desk.ledger("KH.2008.01")
    assert folder_intake.chosen(station, "phone") is None
    folder_intake.choose(station, "phone", LEDGER, who=WHO)
    assert (choice := folder_intake.chosen(station, "phone"))
    assert (choice.ledger, choice.operator) == (HERE, WHO)
    folder_intake.choose(station, "phone", other, who="Hoa")
    assert (choice := folder_intake.chosen(station, "phone"))
    assert (choice.ledger, choice.operator) == ("19429:KH.2008.01", "Hoa")
    folder_intake.leave(station, "phone", who=WHO)
    assert folder_intake.chosen(station, "phone") is None
    folder_intake.choose(station, "phone", LEDGER, who=WHO)
    long_ago = (datetime.now(UTC) - folder_intake.CHOICE_LASTS).isoformat(timespec="microseconds")
    desk.by_hand("UPDATE intake_choice SET chosen_at = ?", long_ago)
    assert folder_intake.chosen(station, "phone") is None
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="microseconds")
    desk.by_hand("UPDATE intake_choice SET chosen_at = ?", tomorrow)
    assert folder_intake.chosen(station, "phone") is None, "the clock went back"
    folder_intake.choose(station, "phone", LEDGER, who=WHO)
    ledgers.close(station, LEDGER, who=WHO, reason="thử")
    assert folder_intake.chosen(station, "phone") is None
    acts = desk.all(select(Event.what).where(Event.what.like("folder-%")))
    assert acts == ["folder-chosen", "folder-chosen", "folder-left", "folder-chosen", "folder-chosen"]


def test_choice_of_a_closed_ledger_or_an_unknown_folder_is_refused(desk: Desk) -> None:
    ledgers.close(desk.station, LEDGER, who=WHO, reason="thử")
    for scanner, code in (("phone", "ledger-not-open"), ("glass", "folder-unknown")):
        with pytest.raises(Refused) as refused:
            folder_intake.choose(desk.station, scanner, LEDGER, who=WHO)
        assert refused.value.code == code


def test_daemon_takes_what_appears_while_a_ledger_is_chosen_and_only_then(
    desk: Desk, phone: Path, watcher: FolderWatcher
) -> None:
    drop(phone, "1.jpg", photo(1))
    turning(watcher, lambda: watcher.waiting() == 1)
    assert listings.page_rows(desk.station, LEDGER) == []
    folder_intake.choose(desk.station, "phone", LEDGER, who="Hoa")
    turning(watcher, lambda: lying(phone) == ["taken/1.jpg"])
    drop(phone, "2.jpg", photo(2))
    turning(watcher, lambda: lying(phone) == ["taken/1.jpg", "taken/2.jpg"])
    assert names_in(desk) == ["1.jpg", "2.jpg"]
    assert {row["operator"] for row in listings.page_rows(desk.station, LEDGER)} == {"Hoa"}
    assert watcher.said is None


def test_daemon_says_what_it_rejected(desk: Desk, phone: Path, watcher: FolderWatcher) -> None:
    folder_intake.choose(desk.station, "phone", LEDGER, who=WHO)
    drop(phone, "1.jpg", b"no photo")
    turning(watcher, lambda: lying(phone) == ["rejected/1.jpg", "rejected/1.jpg.txt"])
    assert watcher.said is not None
    assert watcher.said.code == "scan-files-rejected"


def test_daemon_says_that_the_folder_went_away_and_goes_on_when_it_is_back(
    desk: Desk, phone: Path, watcher: FolderWatcher
) -> None:
    folder_intake.choose(desk.station, "phone", LEDGER, who=WHO)
    phone.rename(phone.with_name("away"))
    turning(watcher, lambda: watcher.said is not None and watcher.said.code == "scan-not-found")
    phone.with_name("away").rename(phone)
    drop(phone, "1.jpg", photo(1))
    turning(watcher, lambda: lying(phone) == ["taken/1.jpg"])
    assert watcher.said is None


def test_folder_that_nothing_may_be_moved_in_stops_with_the_reason(
    desk: Desk, phone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(source: Path, target: Path, **folders: int) -> None:
        raise PermissionError(13, "Permission denied", str(target))

    drop(phone, "1.txt", b"x")
    monkeypatch.setattr(folder_intake.durable, "name_exclusively", denied)
    assert scan(desk) == "storage-denied"
    assert lying(phone) == ["1.txt"]


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
    desk: Desk, phone: Path, planted: str, plant: Plant
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
    assert scan(desk) == "intake-not-plain"
    assert file.exists()
    others = [path for path in pages.iterdir() if path not in before]
    assert [path.name for path in others] == ([] if planted == "rejected" else ["KH.2007.01.002.jpg"])
    assert all(sha256(path) != sha256(file) for path in others)
    assert pages.stat().st_mode == mode
    (phone / name).unlink()
    scan(desk)
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
    assert watched_folder._copied(Arrival(file, signature), tmp_path / "copy") is None
    assert not (tmp_path / "copy").exists()
