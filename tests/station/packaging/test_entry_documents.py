"""Entries' PDFs are as small as the ministry takes them, readable, and remade only where they may still change."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select

from drivers import Storing
from drivers.drawn import draw_page
from drivers.images import masters, raw_sheet
from station.catalogue.models import Capture, Document, Finding
from station.copies.copy_maker import CopyMaker
from station.copies.page_copy import UploadCopy
from station.domain.states import LedgerState
from station.errors import StorageFailed
from station.imaging.page_codecs import Pixels
from station.ledger import ledgers, page_readings
from station.packaging import entry_documents
from station.reading import page_image
from station.reading.page_reader import PageReader
from station.review import answers
from station.settings.tables import UploadCopyTable
from station.storage import durable
from station.views import previews
from tests.station.opened_station import GLASS, MOMENT, STICK, WHO, OpenedStation, opened_station

COPIES = STICK + "\n[upload_copy]\n"
DPI = 200


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OpenedStation]:
    """A station whose pages may take 100 kB an A4 sheet."""
    with opened_station(tmp_path / "office", COPIES) as office:
        yield office


def with_budget(office: OpenedStation, kb: int, limit: int) -> OpenedStation:
    """The same station with other settings."""
    table = UploadCopyTable(kb_per_a4=kb, limit_kb_per_a4=limit)
    changed = office.station.settings.model_copy(update={"upload_copy": table})
    return OpenedStation(replace(office.station, settings=changed), office.folder)


def drawn_entry(office: OpenedStation, number: int = 1, pixels: Pixels | None = None) -> str:
    """A ledger with one entry of one drawn page; gives the ledger's name."""
    ledger = office.ledger()
    image = np.asarray(draw_page(4, seed=number, dpi=DPI)) if pixels is None else pixels
    with office.session(ledger) as (run, folder):
        content = io.BytesIO()
        masters.encode(image, content, raw_sheet.Origin(GLASS, MOMENT, (DPI, DPI), DPI), Storing())
        (folder / "0001.jpg").write_bytes(content.getvalue())
        office.accept(run, folder / "0001.jpg")
    office.entry(ledger, "001", "1", "2007-01-15")
    return ledger


def document(office: OpenedStation) -> Path:
    return office.data / office.one(select(Document.file))


def test_page_is_in_the_pdf_within_its_budget_and_its_master_is_untouched(office: OpenedStation) -> None:
    ledger = drawn_entry(office)
    master = office.data / office.one(select(Capture.file))
    before = durable.sha256_of(master)
    entry_documents.update_documents(office.station, ledger)
    assert master.stat().st_size > 3 * 100_000
    assert document(office).stat().st_size <= 100_000
    assert durable.sha256_of(master) == before == office.one(select(Capture.sha256))
    with pikepdf.open(document(office)) as pdf:
        image = pdf.pages[0].Resources.XObject.Scan
        assert (image.Filter, image.Width, image.Height) == ("/JPXDecode", 1654, 2339)
        assert pdf.pdf_version == "1.5"
        assert [round(float(edge)) for edge in pdf.pages[0].MediaBox] == [0, 0, 595, 842]
    assert office.all(select(Finding.code)) == []


def test_same_master_gives_the_same_pdf(office: OpenedStation) -> None:
    ledger = drawn_entry(office)
    entry_documents.update_documents(office.station, ledger)
    first = document(office).read_bytes()
    document(office).unlink()
    entry_documents.update_documents(office.station, ledger)
    assert document(office).read_bytes() == first


def test_master_that_is_small_enough_goes_as_it_is(office: OpenedStation) -> None:
    ledger = drawn_entry(office, pixels=np.full((2339, 1654, 3), 240, np.uint8))
    entry_documents.update_documents(with_budget(office, 200, 400).station, ledger)
    with pikepdf.open(document(office)) as pdf:
        shown = bytes(pdf.pages[0].Resources.XObject.Scan.read_raw_bytes())
    assert shown == (office.data / office.one(select(Capture.file))).read_bytes()


def test_another_budget_makes_pdfs_anew_until_they_left_the_station(office: OpenedStation) -> None:
    ledger = drawn_entry(office)
    entry_documents.update_documents(office.station, ledger)
    large = document(office).stat().st_size
    smaller = with_budget(office, 60, 120)
    entry_documents.update_documents(smaller.station, ledger)
    assert (small := document(office).stat().st_size) < 60_000 < large
    with office.station.catalogue.writing() as session:
        ledgers.find(session, ledger).state = LedgerState.DELIVERED
    entry_documents.update_documents(office.station, ledger)
    assert document(office).stat().st_size == small
    document(office).unlink()
    entry_documents.update_documents(office.station, ledger)
    assert document(office).stat().st_size == large, "what is missing is made as it is made now"


def test_page_that_cannot_be_readable_within_the_limit_is_asked_about_once(office: OpenedStation) -> None:
    tight = with_budget(office, 20, 20)
    page = np.concatenate([np.asarray(draw_page(4, seed=seed, dpi=DPI))[::2, ::2] for seed in (1, 2)], axis=1)
    ledger = drawn_entry(tight, pixels=np.concatenate((page, page)))
    for _ in range(2):
        entry_documents.update_documents(tight.station, ledger)
        document(tight).unlink()
    codes, details, places = (tight.all(select(column)) for column in (Finding.code, Finding.detail, Finding.place))
    assert set(codes) == {"copy-unreadable"}
    assert 1 <= len(codes) <= 3
    assert all("kB" in detail for detail in details)
    assert all(0 <= left < right <= 1 and 0 <= top < bottom <= 1 for left, top, right, bottom in places)
    answers.keep(tight.station, tight.all(select(Finding.id)), who=WHO)
    entry_documents.update_documents(tight.station, ledger)
    assert set(tight.all(select(Finding.resolution))) == {"kept"}


def test_page_that_is_readable_again_asks_no_more_until_it_is_not(office: OpenedStation) -> None:
    tight = with_budget(office, 20, 20)
    page = np.concatenate([np.asarray(draw_page(4, seed=seed, dpi=DPI))[::2, ::2] for seed in (1, 2)], axis=1)
    ledger = drawn_entry(tight, pixels=np.concatenate((page, page)))
    entry_documents.update_documents(tight.station, ledger)
    asked = len(tight.all(select(Finding.id)))
    entry_documents.update_documents(with_budget(office, 2000, 4000).station, ledger)
    assert set(office.all(select(Finding.resolution))) == {"mended"}
    entry_documents.update_documents(with_budget(office, 20, 20).station, ledger)
    assert office.all(select(Finding.resolution)).count(None) == asked > 0


def test_person_sees_the_same_place_of_the_master_and_of_the_pdf_side_by_side(office: OpenedStation) -> None:
    tight = with_budget(office, 20, 20)
    page = np.concatenate([np.asarray(draw_page(4, seed=seed, dpi=DPI))[::2, ::2] for seed in (1, 2)], axis=1)
    ledger = drawn_entry(tight, pixels=np.ascontiguousarray(np.concatenate((page, page))[:, :1500]))
    tight.by_hand("UPDATE region SET rotation = 90")
    entry_documents.update_documents(tight.station, ledger)
    worst = tight.all(select(Finding.id))[0]
    shown = [picture(tight, worst, copy=copy) for copy in (False, True)]
    alike = np.corrcoef(shown[0].ravel(), shown[1].ravel())[0, 1]
    assert 0.5 < alike < 0.99
    assert previews.of_doubt(tight.station, worst + 99, copy=True) is None
    document(tight).unlink()
    shutil.rmtree(tight.station.folders.previews)
    with pytest.raises(StorageFailed):
        previews.of_doubt(tight.station, worst, copy=True)


def picture(office: OpenedStation, finding: int, *, copy: bool) -> Pixels:
    """A doubtful place as it is shown, in grey, at one size for both sides."""
    file = previews.of_doubt(office.station, finding, copy=copy)
    assert file is not None
    with Image.open(file) as image:
        assert min(image.size) > 100
        return np.asarray(image.convert("L").resize((300, 200)))


@pytest.mark.parametrize("turn", [0, 180])
def test_what_was_read_on_the_page_is_the_measure_of_its_copy(
    office: OpenedStation, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    image = np.ascontiguousarray(np.rot90(np.asarray(draw_page(4, seed=1, dpi=DPI)), turn // 90))
    ledger = drawn_entry(office, pixels=image)
    with office.station.catalogue.writing() as session:
        page = page_readings.next_unread(session)
        assert page is not None
        reading = PageReader().read_form(page_image.load(office.data / page.file))
        page_readings.keep(session, page, reading, 1)
    copies: list[UploadCopy] = []
    make = CopyMaker.make

    def kept(self: CopyMaker, *request: Any) -> UploadCopy:
        copies.append(make(self, *request))
        return copies[-1]

    monkeypatch.setattr(CopyMaker, "make", kept)
    entry_documents.update_documents(office.station, ledger)
    assert reading.upside_down is (turn == 180)
    assert copies[0].read >= 3
    assert copies[0].is_readable
