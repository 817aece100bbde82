"""An image in a pages folder that the catalogue does not know becomes a recovered capture; nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from drivers import Encoding
from station.catalogue.models import Capture, Finding, Reservation
from station.scanning import orphan_recovery
from station.upkeep import verify
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation, sheet

PAGES = "ledgers/19429/KH/2007/KH.2007.01/pages"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A ledger of two pages."""
    name = desk.ledger()
    desk.lay(name, 2)
    return name


def put(desk: OpenedStation, name: str, *, number: int = 9) -> Path:
    """A whole image of ours under ``name`` in the pages folder, as an older backup's catalogue finds it."""
    file = sheet(desk.folder, number)
    return file.rename(desk.data / PAGES / name)


def rows(desk: OpenedStation, ledger: str) -> list[tuple[str, int, str, list[str]]]:
    return [(row.seq, row.order, row.state, row.findings) for row in listings.page_rows(desk.station, ledger)]


def test_image_without_a_row_becomes_the_last_page_for_a_person_to_place(desk: OpenedStation, ledger: str) -> None:
    content = put(desk, "KH.2007.01.007.jpg").read_bytes()
    (asked,) = verify.verify(desk.station)
    assert (asked.code, asked.facts["file"]) == ("verify-unrecorded-image", f"{PAGES}/KH.2007.01.007.jpg")
    assert len(rows(desk, ledger)) == 2, "looking takes nothing in"
    (told,) = verify.repair(desk.station, who=WHO)
    assert (told.code, told.facts["file"]) == ("verify-recovered", f"{PAGES}/KH.2007.01.007.jpg")
    assert rows(desk, ledger)[-1] == ("007", 3, "unsorted", ["recovered"])
    assert (desk.data / PAGES / "KH.2007.01.007.jpg").read_bytes() == content
    assert desk.all(select(Capture.recovered).order_by(Capture.counter)) == [False, False, True]
    assert verify.repair(desk.station, who=WHO) == [], "taken in once, told once"
    assert verify.verify(desk.station) == []
    assert desk.lay(ledger) == ["008"], "its label is never given again"


def test_catalogue_restored_from_an_older_backup_gets_all_its_images_back(desk: OpenedStation, ledger: str) -> None:
    for number, label in enumerate(("003", "004", "004a", "005"), start=20):
        put(desk, f"KH.2007.01.{label}.jpg", number=number)
    assert len(orphan_recovery.adopt(desk.station, who=WHO)) == 4
    assert [row[0] for row in rows(desk, ledger)] == ["001", "002", "003", "004", "004a", "005"]
    assert desk.all(select(Finding.code)) == ["recovered"] * 4


def test_retake_without_a_row_takes_the_place_of_what_it_repeats(desk: OpenedStation, ledger: str) -> None:
    """As a catalogue restored from a backup finds it that is older than the retake."""
    put(desk, "KH.2007.01.002.r2.jpg", number=8)
    put(desk, "KH.2007.01.002.r3.jpg", number=9)
    assert [told.code for told in verify.verify(desk.station)] == ["verify-unrecorded-image"] * 2
    assert len(verify.repair(desk.station, who=WHO)) == 2
    assert [row[:2] for row in rows(desk, ledger)] == [("001", 1), ("002", 2)]
    shown = select(Capture.revision).where(Capture.current).order_by(Capture.label)
    assert desk.all(shown) == [1, 3]
    assert verify.verify(desk.station) == []


def test_image_that_a_session_had_to_pass_over_is_taken_in_later(desk: OpenedStation, ledger: str) -> None:
    put(desk, "KH.2007.01.003.jpg")
    assert desk.lay(ledger) == ["004"]
    assert len(orphan_recovery.adopt(desk.station, who=WHO)) == 1
    assert [row[0] for row in rows(desk, ledger)] == ["001", "002", "004", "003"]
    assert desk.all(select(Reservation.state).where(Reservation.label == "003")) == ["used"]
    assert verify.verify(desk.station) == []


def test_one_stem_is_never_both_jpg_and_tif(desk: OpenedStation, ledger: str) -> None:
    put(desk, "KH.2007.01.003.jpg")
    assert desk.lay(ledger, encoding=Encoding.TIFF) == ["004"]
    assert len(orphan_recovery.adopt(desk.station, who=WHO)) == 1
    assert verify.verify(desk.station) == []


@pytest.mark.parametrize(
    "name",
    [
        "KH.2007.02.003.jpg",  # another ledger's
        "KH.2007.01.003.r2.jpg",  # a retake of a page that is not there
        "KH.2007.01.3.jpg",
        "KH.2007.01.000.jpg",
        "KH.2007.01.003.JPG",
        "KH.2007.01.003 (1).jpg",
        "IMG_0001.jpg",
        "KH.2007.01.001.tif",  # the stem of a page that is there
    ],
)
def test_image_under_no_free_name_of_its_ledger_is_told_and_left(desk: OpenedStation, ledger: str, name: str) -> None:
    put(desk, name)
    before = rows(desk, ledger)
    assert verify.repair(desk.station, who=WHO) == []
    (told,) = verify.verify(desk.station)
    assert (told.code, told.facts["file"]) == ("verify-unknown-file", f"{PAGES}/{name}")
    assert rows(desk, ledger) == before


@pytest.mark.parametrize("content", [b"", b"no image", "cut short", "a stranger's"])
def test_what_is_no_whole_image_of_ours_is_told_and_left(
    desk: OpenedStation, ledger: str, content: bytes | str
) -> None:
    file = put(desk, "KH.2007.01.003.jpg")
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content == "cut short":
        file.write_bytes(file.read_bytes()[:-200])
    else:
        Image.new("L", (24, 32)).save(file)
    before = file.read_bytes()
    # That it is not whole shows when it is decoded, which is for the repair.
    code = "verify-unrecorded-image" if content == "cut short" else "verify-unknown-file"
    for _ in range(2):
        assert verify.repair(desk.station, who=WHO) == []
        assert [told.code for told in verify.verify(desk.station)] == [code]
    assert file.read_bytes() == before
    assert desk.lay(ledger) == ["004"]
    assert [told.code for told in verify.verify(desk.station)] == [code]


def test_image_of_a_session_that_is_just_naming_it_is_left_to_the_session(desk: OpenedStation, ledger: str) -> None:
    with desk.session(ledger) as (run, folder):
        with desk.station.catalogue.writing() as session:
            session.add(
                Reservation(
                    ledger_id=desk.ledger_id(ledger),
                    session_id=run,
                    label="003",
                    revision=1,
                    file=f"{PAGES}/KH.2007.01.003.jpg",
                    state="reserved",
                )
            )
        sheet(folder, 3).rename(desk.data / PAGES / "KH.2007.01.003.jpg")
        assert orphan_recovery.adopt(desk.station, who=WHO) == []
