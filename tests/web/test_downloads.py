from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from sqlalchemy import select

from station.catalogue.models import Document, Event, PackageFile
from station.packaging import entry_documents
from tests.station.opened_station import OpenedStation
from tests.web.browsing import Browser
from web import downloads as view

HERE = "/ledger/19429/KH.2007.01/files"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A closed ledger of three entries, their PDFs made."""
    name = desk.whole()
    entry_documents.update_documents(desk.station, name)
    return name


def sha256(page: Browser, entry_id: int = 1) -> str:
    return str(page.desk.one(select(Document.sha256).where(Document.entry_id == entry_id)))


def test_entries_are_listed_under_the_names_the_ministry_wants(page: Browser, ledger: str) -> None:
    page.open(HERE)
    assert "001 01/01/2007 KH.2007.01.2007-01-01.001.pdf Chép tên Tải PDF" in page.words
    assert 'data-copy="KH.2007.01.2007-01-01.001.pdf"' in page.html


def test_download_is_the_pdf_under_its_name_and_stands_in_the_log(page: Browser, ledger: str) -> None:
    answer = page.client.get(f"{HERE}/entry/2")
    assert answer.headers["Content-Disposition"] == "attachment; filename=KH.2007.01.2007-01-02.002.pdf"
    assert hashlib.sha256(answer.data).hexdigest() == sha256(page, 2)
    taken = select(Event.facts).where(Event.what == "document-taken", Event.who == "Nguyễn Thị Hoa")
    assert page.desk.all(taken) == [{"sha256": sha256(page, 2)}]


def test_pdf_that_is_not_made_yet_cannot_be_taken_or_marked(page: Browser, desk: OpenedStation) -> None:
    desk.whole()
    page.open(HERE)
    assert "đang tạo" in page.words
    page.open(f"{HERE}/entry/1", 409)
    assert "chưa tạo xong" in page.words


def test_entry_is_marked_as_attached_and_taken_back(page: Browser, ledger: str) -> None:
    page.open(HERE)
    page.send(f"{HERE}/entry/1/attached", sha256=sha256(page))
    assert "Chưa đính kèm 2 Đã đính kèm 1 Đã thay đổi 0" in page.words
    assert "✓ Nguyễn Thị Hoa" in page.words
    page.send(f"{HERE}/entry/1/attached")
    assert "Chưa đính kèm 3 Đã đính kèm 0" in page.words


def chosen(page: Browser, *entry_ids: int) -> list[str]:
    return [f"{one}:{sha256(page, one)}" for one in entry_ids]


def test_chosen_documents_come_in_one_flat_archive_and_stand_in_the_log(page: Browser, ledger: str) -> None:
    page.open(HERE)
    answer = page.send_only(f"{HERE}/chosen", file=chosen(page, 1, 3))
    assert answer.headers["Content-Disposition"] == "attachment; filename=KH.2007.01.2.zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        hashes = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    assert hashes == {
        "KH.2007.01.2007-01-01.001.pdf": sha256(page, 1),
        "KH.2007.01.2007-01-03.003.pdf": sha256(page, 3),
    }
    taken = select(Event.facts).where(Event.what == "documents-taken", Event.who == "Nguyễn Thị Hoa")
    assert page.desk.all(taken) == [{"sha256": [sha256(page, 1), sha256(page, 3)]}]


def test_chosen_entries_are_marked_at_once_and_what_changed_meanwhile_is_not(page: Browser, ledger: str) -> None:
    page.open(HERE)
    files = chosen(page, 1, 2, 3)
    page.desk.entry(ledger, "002", "2", "2007-01-20")
    entry_documents.update_documents(page.desk.station, ledger)
    page.send(f"{HERE}/chosen", file=files, attached="1")
    assert "Đã đánh dấu 2 trường hợp" in page.words
    assert "PDF đã thay đổi: 002" in page.words
    assert "Chưa đính kèm 1 Đã đính kèm 2 Đã thay đổi 0" in page.words


@pytest.mark.parametrize("files", [[], ["x:y"], ["99999999999:y"], ["77:y"]])
def test_choice_that_is_none_marks_nothing_and_loses_nothing(page: Browser, ledger: str, files: list[str]) -> None:
    page.open(HERE)
    for more in ({}, {"attached": "1"}):
        answer = page.send_only(f"{HERE}/chosen", file=files, **more)
        assert answer.status_code in (302, 400, 404, 409)
    page.open(HERE)
    assert "Chưa đính kèm 3 Đã đính kèm 0" in page.words


def test_entry_corrected_after_attaching_shows_as_changed_since(page: Browser, ledger: str) -> None:
    page.open(HERE)
    page.send(f"{HERE}/entry/1/attached", sha256=sha256(page))
    page.desk.entry(ledger, "001", "1", "2007-01-20")
    page.open(f"{HERE}?only=changed")
    assert "đã thay đổi sau khi đính kèm" in page.words
    assert "Đã thay đổi 1" in page.words
    assert "002 02/01/2007" not in page.words


def test_outdated_pdf_is_not_marked_and_the_view_says_why(page: Browser, ledger: str) -> None:
    downloaded = sha256(page)
    page.open(HERE)
    page.desk.entry(ledger, "001", "1", "2007-01-20")
    entry_documents.update_documents(page.desk.station, ledger)
    page.send(f"{HERE}/entry/1/attached", sha256=downloaded)
    assert "Tệp PDF của trường hợp số 001 đã thay đổi" in page.words
    assert "Đã đính kèm 0" in page.words


def test_only_those_asked_for_are_listed_part_by_part(
    page: Browser, ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "PART", 1)
    page.open(HERE)
    page.send(f"{HERE}/entry/2/attached", sha256=sha256(page, 2))
    page.open(f"{HERE}?only=no&part=2")
    assert "Phần 2 / 2" in page.words
    assert "003 03/01/2007" in page.words
    assert "001 01/01/2007" not in page.words
    page.open(f"{HERE}?only=nonsense")
    assert "Phần 1 / 3" in page.words


def test_files_of_the_package_are_downloaded_as_they_are(page: Browser, ledger: str) -> None:
    made = page.desk.package(ledger)
    page.open(HERE)
    rows = page.desk.all(select(PackageFile.id).order_by(PackageFile.position))
    for row, file in zip(rows, made.files, strict=True):
        assert f"{file.name}" in page.words
        answer = page.client.get(f"{HERE}/package/{row}")
        assert answer.data == file.read_bytes()
        assert file.name in answer.headers["Content-Disposition"]


def test_files_of_another_ledger_are_refused(page: Browser, ledger: str) -> None:
    page.desk.package(ledger)
    page.desk.ledger("KH.2007.02")
    for address in ("entry/1", "package/1"):
        assert page.client.get(f"/ledger/19429/KH.2007.02/files/{address}").status_code == 409
    assert page.client.get(f"{HERE}/package/99").status_code == 409
    assert page.client.get(f"{HERE}/package/..%2F..%2Fcatalogue.sqlite3").status_code == 404


def test_file_that_left_the_disk_is_told_with_what_to_do(page: Browser, ledger: str) -> None:
    (page.desk.data / page.desk.one(select(Document.file).where(Document.entry_id == 1))).unlink()
    page.open(f"{HERE}/entry/1", 409)
    assert "không còn trên đĩa" in page.words
    assert "kỹ thuật viên" in page.words


def test_strangers_take_nothing(stranger: Browser, ledger: str) -> None:
    stranger.desk.package(ledger)
    for address in ("entry/1", "package/1", "list"):
        answer = stranger.client.get(f"{HERE}/{address}")
        assert answer.status_code == 302
        assert answer.location.startswith("/login")
