"""Which part of a page is an entry's own: what a person says counts for what was seen, and makes the PDF."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pikepdf
import pytest
from sqlalchemy import select

from drivers import Storing
from drivers.images import masters, raw_sheet
from station.catalogue.models import Capture, Document, Entry, EntryRegion, Event
from station.domain.bands import Band
from station.domain.states import Neighbours, ScanPurpose
from station.errors import Refused
from station.imaging.decoding import Pixels
from station.ledger import entry_queries, entry_regions, ledgers, page_placement, pages
from station.ledger.entries import Act
from station.packaging import entry_documents, manifest
from station.storage import durable
from station.views import listings
from tests.station.laying import laid
from tests.station.opened_station import GLASS, MOMENT, STICK, WHO, OpenedStation, opened_station

DPI = 200
#: A4 at 50 dpi is enough to see which rows are there; the paper is dark where an entry is, each in its own grey.
WIDE, HIGH = 413, 585
HEAD, FIRST, SECOND = 40, 90, 140
BANDS = {"001": Band(0.1, 0.2, 0.4), "002": Band(0.1, 0.4, 0.6)}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path / "office") as office:
        yield office


def register() -> Pixels:
    """A page with a head and two entries, each a field of its own grey."""
    pixels = np.full((HIGH, WIDE, 3), 230, np.uint8)
    for grey, top, bottom in ((HEAD, 0.0, 0.1), (FIRST, 0.2, 0.4), (SECOND, 0.4, 0.6)):
        pixels[round(top * HIGH) : round(bottom * HIGH), 20:-20] = grey
    return pixels


def ledger_of_two(office: OpenedStation) -> str:
    """A ledger with one page that two entries are on."""
    ledger = office.ledger()
    with office.session(ledger) as (run, folder):
        content = io.BytesIO()
        masters.encode(register(), content, raw_sheet.Origin(GLASS, MOMENT, (50, 50), 50), Storing())
        (folder / "0001.jpg").write_bytes(content.getvalue())
        office.accept(run, folder / "0001.jpg")
    for number in BANDS:
        office.entry(ledger, "001", number, f"2007-01-{number[1:]}")
    return ledger


def ids(office: OpenedStation) -> dict[str, int]:
    with office.station.catalogue.reading() as session:
        return {entry.number: entry.id for entry in session.scalars(select(Entry))}


def confirm(office: OpenedStation, ledger: str, bands: dict[str, Band | None], **more: str) -> None:
    known = ids(office)
    said = {known[number]: band for number, band in bands.items()}
    entry_regions.confirm(office.station, Act(ledger, WHO), "001", said, **more)


def shown(office: OpenedStation, ledger: str, number: str) -> Pixels:
    """What an entry's PDF shows, in grey."""
    entry_documents.update_documents(office.station, ledger)
    file = office.one(select(Document.file).where(Document.entry_id == ids(office)[number]))
    with pikepdf.open(office.data / file) as document:
        scan = document.pages[0].Resources.XObject.Scan
        assert isinstance(scan, pikepdf.Stream)
        image = pikepdf.PdfImage(scan).as_pil_image()
        return np.asarray(image.convert("L").rotate(-int(document.pages[0].get("/Rotate", 0)), expand=True))


def greys(pixels: Pixels) -> set[int]:
    """Which of the page's fields are in a picture."""
    return {grey for grey in (HEAD, FIRST, SECOND) if (abs(pixels.astype(int) - grey) < 12).mean() > 0.02}


def test_without_a_word_of_a_person_every_pdf_shows_the_whole_page(office: OpenedStation) -> None:
    ledger = ledger_of_two(office)
    assert all(greys(shown(office, ledger, number)) == {HEAD, FIRST, SECOND} for number in BANDS)


def test_pdf_shows_the_head_and_the_entrys_own_rows_and_the_master_stays(office: OpenedStation) -> None:
    ledger = ledger_of_two(office)
    before = durable.sha256_of(office.data / office.one(select(Capture.file)))
    confirm(office, ledger, dict(BANDS))
    first, second = (shown(office, ledger, number) for number in BANDS)
    assert (greys(first), greys(second)) == ({HEAD, FIRST}, {HEAD, SECOND})
    assert (first.shape[0], second.shape[0]) == (round(0.4 * HIGH), round(0.6 * HIGH))  # cut below the entry
    assert second[round(0.25 * HIGH) : round(0.35 * HIGH)].min() > 240  # the first one's rows are white
    assert durable.sha256_of(office.data / office.one(select(Capture.file))) == before


def test_same_rows_give_the_same_pdf_and_are_said_once(office: OpenedStation) -> None:
    ledger = ledger_of_two(office)
    confirm(office, ledger, dict(BANDS))
    shown(office, ledger, "002")
    files = [office.data / file for file in office.all(select(Document.file))]
    once = [file.read_bytes() for file in files]
    for file in files:
        file.unlink()
    confirm(office, ledger, dict(BANDS))
    shown(office, ledger, "002")
    assert [file.read_bytes() for file in files] == once
    assert office.all(select(EntryRegion.revision)) == [1, 1]
    assert len(office.all(select(Event.id).where(Event.what == "entry-regions-set"))) == 1


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_page_that_is_turned_has_its_rows_where_a_person_saw_them(office: OpenedStation, turn: int) -> None:
    ledger = ledger_of_two(office)
    pages.change(office.station, ledger, "001", who=WHO, rotate=turn)
    confirm(office, ledger, {"001": Band(0.0, 0.0, 0.5), "002": Band(0.0, 0.5, 1.0)})
    first, second = (shown(office, ledger, number) for number in BANDS)
    whole = np.rot90(register()[..., 0], -turn // 90)
    half = whole.shape[0] // 2
    assert abs(first[: half - 8].astype(int) - whole[: half - 8]).mean() < 6
    assert abs(second[half + 8 :].astype(int) - whole[half + 8 : len(second)]).mean() < 6
    assert second[: half - 8].min() > 240


@pytest.mark.parametrize("change", ["turn", "retake"])
def test_page_that_shows_something_else_is_looked_at_again(office: OpenedStation, change: str) -> None:
    ledger = ledger_of_two(office)
    confirm(office, ledger, dict(BANDS))
    shown(office, ledger, "001")
    if change == "turn":
        pages.change(office.station, ledger, "001", who=WHO, rotate=180)
    else:
        office.lay(ledger, 1, purpose=ScanPurpose.RETAKE, anchor="001")
    with office.station.catalogue.reading() as session:
        part = entry_regions.part_of(pages.by_label(session, office.ledger_id(ledger), "001"))
        bands = entry_regions.of_capture(session, part.capture_id)
    assert [key for key in bands if key[1] == part] == []
    if change == "turn":
        assert greys(shown(office, ledger, "001")) == {HEAD, FIRST, SECOND}


def undivided(office: OpenedStation, ledger: str) -> list[str]:
    """The pages that are called for, one after the other."""
    called: list[str] = []
    while (label := entry_regions.next_undivided(office.station, ledger, called[-1] if called else None)) not in called:
        if label is None:
            break
        called.append(label)
    return called


def lacking(office: OpenedStation, ledger: str) -> list[str]:
    """The pages on which an entry has no part of its own, by what counts for its PDF."""
    with office.station.catalogue.reading() as session:
        here = ledgers.find(session, ledger)
        bands, waiting = entry_regions.of_ledger(session, here), []
        for page in pages.of_ledger(session, here):
            there = entry_queries.of_pages(session, here, [page])
            part = entry_regions.part_of(page)
            if len(there) > 1 and any((entry.id, part) not in bands for entry in there):
                waiting.append(page.seq)
        return waiting


@pytest.mark.parametrize("seed", range(4))
def test_pages_that_are_called_for_are_those_on_which_a_part_is_lacking(office: OpenedStation, seed: int) -> None:
    """Open books and single pages are turned, divided, taken back, scanned anew, and their folds moved."""
    random, act = Random(seed), Act(ledger := office.ledger(), WHO)
    laid(office, ledger, 2, profile="spread", size=(800, 500))
    office.lay(ledger, 2)
    labels = [row.seq for row in listings.page_rows(office.station, ledger)]
    for number in range(1, 13):
        office.entry(ledger, labels[number % len(labels)], str(number), f"2007-01-{number:02}")
    seen = {tuple(undivided(office, ledger))}
    for _ in range(40):
        label = random.choice(labels)
        with office.station.catalogue.reading() as session:
            page = pages.by_label(session, office.ledger_id(ledger), label)
            there = [one.id for one in entry_queries.of_pages(session, ledgers.find(session, ledger), [page])]
        match random.choice(["all", "all", "all", "one", "back", "turn", "fold", "again"]):
            case "all":
                entry_regions.confirm(office.station, act, label, dict.fromkeys(there, BANDS["001"]))
            case "one":
                entry_regions.confirm(office.station, act, label, {there[0]: BANDS["002"]})
            case "back":
                entry_regions.confirm(office.station, act, label, {there[-1]: None})
            case "turn":
                pages.change(office.station, ledger, label, who=WHO, rotate=random.choice([90, 180, 270]))
            case "fold" if "." in label:
                page_placement.move_fold(office.station, ledger, label, random.choice([0.4, 0.5, 0.6]), who=WHO)
            case "again" if "." in label:
                laid(office, ledger, purpose=ScanPurpose.RETAKE, anchor=label, profile="spread", size=(800, 500))
        assert undivided(office, ledger) == lacking(office, ledger)
        seen.add(tuple(undivided(office, ledger)))
    assert len(seen) > 4, "what is called for changed"


def test_what_was_said_can_be_taken_back(office: OpenedStation) -> None:
    ledger = ledger_of_two(office)
    confirm(office, ledger, dict(BANDS))
    confirm(office, ledger, {"002": None})
    assert greys(shown(office, ledger, "001")) == {HEAD, FIRST}
    assert greys(shown(office, ledger, "002")) == {HEAD, FIRST, SECOND}
    assert sorted(office.all(select(EntryRegion.revision))) == [1, 1, 2]


def test_line_that_was_moved_makes_the_pdf_anew(office: OpenedStation) -> None:
    ledger = ledger_of_two(office)
    confirm(office, ledger, {"002": Band(0.1, 0.2, 0.6)})
    assert greys(shown(office, ledger, "002")) == {HEAD, FIRST, SECOND}
    confirm(office, ledger, {"002": BANDS["002"]})
    assert greys(shown(office, ledger, "002")) == {HEAD, SECOND}


def test_office_may_have_neighbours_shown(office: OpenedStation) -> None:
    ledger = ledger_of_two(office)
    confirm(office, ledger, dict(BANDS))
    settings = office.station.settings
    table = settings.upload_copy.model_copy(update={"neighbours": Neighbours.SHOWN})
    station = replace(office.station, settings=settings.model_copy(update={"upload_copy": table}))
    assert greys(shown(OpenedStation(station, office.folder), ledger, "001")) == {HEAD, FIRST, SECOND}


def test_upload_copy_is_of_the_entrys_own_part(tmp_path: Path) -> None:
    with opened_station(tmp_path / "small", f"{STICK}\n[upload_copy]\n") as office:
        ledger = ledger_of_two(office)
        confirm(office, ledger, dict(BANDS))
        second = shown(office, ledger, "002")
        assert greys(second) == {HEAD, SECOND}
        assert second.shape[0] == round(0.6 * HIGH)


def test_manifest_tells_what_an_entrys_pdf_shows(office: OpenedStation) -> None:
    ledger = ledger_of_two(office)
    confirm(office, ledger, {"002": BANDS["002"]})
    with office.station.catalogue.reading() as session:
        here = ledgers.find(session, ledger)
        first, second = manifest.content(office.station, session, here, "entries")["entries"]
    assert "regions" not in first
    assert second["regions"] == [{"page": "001", "head": 0.1, "top": 0.4, "bottom": 0.6, "slant": 0.0}]
    assert second["neighbours"] == "white"


@pytest.mark.parametrize(
    ("bands", "code"),
    [({"001": Band(0.5, 0.2, 0.4)}, "region-wrong"), ({"001": BANDS["001"], "002": Band(0, 0.9, 0.8)}, "region-wrong")],
)
def test_rows_that_cannot_be_there_are_refused_and_nothing_is_stored(
    office: OpenedStation, bands: dict[str, Band | None], code: str
) -> None:
    ledger = ledger_of_two(office)
    with pytest.raises(Refused) as refused:
        confirm(office, ledger, bands)
    assert refused.value.code == code
    assert office.all(select(EntryRegion.id)) == []


def test_person_who_saw_another_image_is_told(office: OpenedStation) -> None:
    ledger = ledger_of_two(office)
    with pytest.raises(Refused) as refused:
        confirm(office, ledger, dict(BANDS), shown_part="1.0.90")
    assert refused.value.code == "check-image-changed"
    with pytest.raises(Refused) as refused:
        entry_regions.confirm(office.station, Act(ledger, WHO), "001", {99: BANDS["001"]})
    assert refused.value.code == "region-elsewhere"
    assert office.all(select(EntryRegion.id)) == []
