"""An open book in one capture is two pages: told apart, in order, each with its own half, and the fold can be moved."""

from __future__ import annotations

import io
from itertools import cycle
from typing import Any

import cv2
import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from station.catalogue.models import Capture, Finding, Region
from station.domain.checks import CheckVerdict
from station.domain.states import PackageKind, PageState, ScanPurpose
from station.errors import Refused
from station.imaging.findings import fold
from station.ledger import ledgers, page_checks, page_placement, pages, spreads
from station.ledger.entries import Act
from station.ledger.spreads import LEFT, RIGHT
from station.packaging import entry_documents, manifest
from station.undo import acts
from station.views import listings, previews
from tests.station import damaged, registers
from tests.station.asking import doubt
from tests.station.laying import laid
from tests.station.opened_station import WHO, OpenedStation

BOOK: dict[str, Any] = {"profile": "spread", "size": (800, 500)}


def seqs(desk: OpenedStation, ledger: str) -> list[str]:
    rows = listings.page_rows(desk.station, ledger)
    assert [row.order for row in rows] == list(range(1, len(rows) + 1))
    return [row.seq for row in rows]


def test_spread_becomes_two_pages_left_one_first(desk: OpenedStation) -> None:
    ledger = desk.ledger(paper="A2")
    assert laid(desk, ledger, 2, **BOOK) == ["001", "002"]
    assert seqs(desk, ledger) == ["001.1", "001.2", "002.1", "002.2"]
    left, right, *_ = listings.page_rows(desk.station, ledger)
    assert (left.name, right.name) == ("KH.2007.01.001.1", "KH.2007.01.001.2")
    assert left.file == right.file
    assert left.file.endswith("KH.2007.01.001.jpg")
    assert listings.ledger_row(desk.station, ledger).pages_captured == 4


def test_ordinary_pages_beside_a_spread_are_called_as_ever(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    laid(desk, ledger, **BOOK)
    desk.lay(ledger)
    assert seqs(desk, ledger) == ["001", "002.1", "002.2", "003"]


def test_spread_that_asks_is_told_once_in_the_order_of_the_pages(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    labels = laid(desk, ledger, 10, **BOOK)
    for label in reversed(labels):
        doubt(desk, ledger, label, "blur")
    question = next(one for one in listings.questions(desk.station, ledger) if one.code == "ask-findings")
    assert question.facts == {"count": 10, "labels": "001, 002, 003, 004, 005, 006, 007, 008 (+2)"}


def test_label_of_a_spread_means_both_its_pages_in_a_list_of_pages(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, 3, **BOOK)
    desk.entry(ledger, "001.2,002", "1", "2007-01-15")
    (entry,) = listings.entry_rows(desk.station, ledger)
    assert entry.pages == ["001.2", "002.1", "002.2"]
    desk.entry(ledger, "001.1-002.1", "2", "2007-01-16")
    assert listings.entry_rows(desk.station, ledger)[1].pages == ["001.1", "001.2", "002.1"]


def test_pages_of_a_spread_have_states_numbers_and_turns_of_their_own(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, **BOOK)
    pages.change(desk.station, ledger, "001.1", who=WHO, state=PageState.COVER, number="1")
    pages.change(desk.station, ledger, "001.2", who=WHO, state=PageState.BLANK, rotate=90)
    left, right = listings.page_rows(desk.station, ledger)
    assert (left.state, left.number, right.state, right.number) == ("cover", "1", "blank", None)
    assert desk.all(select(Region.rotation).order_by(Region.side)) == [0, 90]


def test_insert_behind_a_spread_lies_behind_both_pages_and_between_them_where_a_page_is_named(
    desk: OpenedStation,
) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, 2, **BOOK)
    assert laid(desk, ledger, 2, purpose=ScanPurpose.INSERT, anchor="001", **BOOK) == ["001a", "001b"]
    desk.lay(ledger, purpose=ScanPurpose.INSERT, anchor="001.1")
    expected = ["001.1", "001c", "001.2", "001a.1", "001a.2", "001b.1", "001b.2", "002.1", "002.2"]
    assert seqs(desk, ledger) == expected


def test_retake_of_one_page_scans_both_again_and_keeps_their_states(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, **BOOK)
    pages.change(desk.station, ledger, "001.2", who=WHO, state=PageState.BLANK)
    page_placement.move_fold(desk.station, ledger, "001", 0.4, who=WHO)
    assert laid(desk, ledger, purpose=ScanPurpose.RETAKE, anchor="001.2", **BOOK) == ["001"]
    left, right = listings.page_rows(desk.station, ledger)
    assert (left.revision, right.revision, right.state) == (2, 2, "blank")
    regions = desk.all(select(Region).order_by(Region.side))
    assert [spreads.fold_of(region) for region in regions] == pytest.approx([0.5, 0.5], abs=0.011)


def test_fold_that_a_person_moved_moves_both_pages_and_answers_the_question(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, **BOOK)
    assert [row.findings for row in listings.page_rows(desk.station, ledger)] == [["fold-unsure"]] * 2
    page_placement.move_fold(desk.station, ledger, "001.2", 0.4, who=WHO)
    left, right = desk.all(select(Region).order_by(Region.side))
    assert left.crop == (0, 0, 328, 500)
    assert right.crop == (312, 0, 800, 500)
    assert [row.findings for row in listings.page_rows(desk.station, ledger)] == [[], []]
    assert desk.one(select(Finding.resolved_by)) == WHO


@pytest.mark.parametrize("share", [0.29, 0.71])
def test_fold_outside_the_middle_is_refused(desk: OpenedStation, share: float) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, **BOOK)
    with pytest.raises(Refused) as refused:
        page_placement.move_fold(desk.station, ledger, "001", share, who=WHO)
    assert refused.value.code == "fold-wrong"


def test_page_that_shows_two_is_divided_and_made_one_again(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    pages.change(desk.station, ledger, "002", who=WHO, number="7")
    page_placement.move_fold(desk.station, ledger, "002", 0.5, who=WHO)
    assert seqs(desk, ledger) == ["001", "002.1", "002.2", "003"]
    assert [row.number for row in listings.page_rows(desk.station, ledger)] == [None, "7", None, None]
    page_placement.make_whole(desk.station, ledger, "002.1", who=WHO)
    assert seqs(desk, ledger) == ["001", "002", "003"]
    assert desk.all(select(Region.left)) == [None] * 3
    with pytest.raises(Refused) as refused:
        page_placement.make_whole(desk.station, ledger, "002", who=WHO)
    assert refused.value.code == "page-whole-already"


def test_right_page_of_an_entry_is_not_given_up(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, **BOOK)
    desk.entry(ledger, "001.2", "1", "2007")
    with pytest.raises(Refused) as refused:
        page_placement.make_whole(desk.station, ledger, "001", who=WHO)
    assert refused.value.code == "page-in-use"
    assert seqs(desk, ledger) == ["001.1", "001.2"]


def test_right_page_is_given_up_where_what_was_said_of_it_was_withdrawn(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, **BOOK)
    page_checks.judge(desk.station, Act(ledger, WHO), "001.2", CheckVerdict.RIGHT)
    with pytest.raises(Refused) as refused:
        page_placement.make_whole(desk.station, ledger, "001", who=WHO)
    assert refused.value.code == "page-in-use"
    acts.take_back(desk.station, Act(ledger, WHO))
    page_placement.make_whole(desk.station, ledger, "001", who=WHO)
    assert seqs(desk, ledger) == ["001"]


def test_book_laid_upside_down_is_turned_as_a_whole_and_left_becomes_right(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, **BOOK)
    page_placement.move_fold(desk.station, ledger, "001", 0.4, who=WHO)
    pages.change(desk.station, ledger, "001", who=WHO, rotate=180)
    left, right = desk.all(select(Region).order_by(Region.side))
    assert (left.crop, right.crop) == ((312, 0, 800, 500), (0, 0, 328, 500)), "the fold stays where it is"
    assert (left.rotation, right.rotation) == (180, 180)
    assert spreads.fold_of(left) == pytest.approx(0.6, abs=0.011)


def test_entrys_pdf_holds_its_own_page_and_nothing_of_its_neighbour(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, **BOOK)
    desk.entry(ledger, "001.2", "1", "2007-01-15")
    entry_documents.update_documents(desk.station, ledger)
    (row,) = listings.entry_rows(desk.station, ledger)
    assert row.file is not None
    with pikepdf.open(desk.data / row.file) as document:
        ((embedded,),) = [list(page.get_images().values()) for page in document.pages]
        with Image.open(io.BytesIO(embedded.read_raw_bytes())) as image:
            shown = np.asarray(image).astype(int)
    left, top, right, bottom = desk.one(select(Region).where(Region.side == RIGHT)).crop
    with Image.open(desk.data / listings.page_rows(desk.station, ledger)[0].file) as master:
        assert master.size == (800, 500)
        wanted = np.asarray(master.crop((left - left % 16, top, right, bottom))).astype(int)
    assert shown.shape == wanted.shape
    assert abs(shown - wanted).mean() < 1, "the page is as good as its master"


def test_preview_shows_the_page_alone_and_no_other_part_can_be_asked_for(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, **BOOK)
    capture = desk.one(select(Capture.id))
    box = desk.one(select(Region).where(Region.side == RIGHT)).crop
    kept = previews.of_capture(desk.station, capture, 220, 90, box)
    assert kept is not None
    with Image.open(kept) as image:
        assert image.height / image.width == pytest.approx((box[2] - box[0]) / 500, rel=0.03)
    assert previews.of_capture(desk.station, capture, 220, 0, (0, 0, 10, 10)) is None


def test_preview_that_a_power_cut_left_empty_is_made_again(desk: OpenedStation) -> None:
    desk.lay(desk.ledger())
    capture = desk.one(select(Capture.id))
    for left in (b"", b"\xff\xd8\xff\xe0" + bytes(400)):
        kept = previews.of_capture(desk.station, capture, 220)
        assert kept is not None
        kept.write_bytes(left)
        assert previews.of_capture(desk.station, capture, 220) == kept
        with Image.open(kept) as image:
            image.load()


def test_manifest_tells_where_the_pages_of_a_spread_lie_and_says_no_more_of_others(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, **BOOK)
    desk.lay(ledger)
    with desk.station.catalogue.reading() as session:
        told = manifest.content(desk.station, session, ledgers.find(session, ledger), PackageKind.MASTERS)["pages"]
    assert [page["seq"] for page in told] == ["001.1", "001.2", "002"]
    (region,) = told[1]["regions"]
    assert (region["seq"], region["part"], region["rotation"], region["box"]) == ("001", 1, 0, (392, 0, 800, 500))
    assert "regions" not in told[2]


SIZES = st.tuples(st.integers(512, 4000), st.integers(512, 4000))


@given(size=SIZES, turn=st.sampled_from([0, 90, 180, 270]), fold=st.floats(spreads.NEAREST, spreads.FURTHEST))
def test_both_pages_together_are_the_whole_image_and_tell_fold_and_turn(
    size: tuple[int, int], turn: int, fold: float
) -> None:
    for side in (LEFT, RIGHT):
        region = Region(side=side, capture=Capture(width=size[0], height=size[1]), rotation=turn)
        spreads.place_halves([region], turn, fold)
        assert spreads.turn_of(region) == turn
        assert spreads.fold_of(region) == pytest.approx(fold, abs=2 / 512)
    left, right = (spreads.box(size, side, turn, fold) for side in (LEFT, RIGHT))
    covered = np.zeros((size[1], size[0]), dtype=np.uint8)
    for low_x, low_y, high_x, high_y in (left, right):
        covered[low_y:high_y, low_x:high_x] += 1
    assert covered.min() == 1
    assert (covered == 2).mean() < 0.1


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_left_page_is_left_however_the_book_lay(turn: int) -> None:
    book = Image.new("L", (1200, 800), 40)
    book.paste(220, (600, 0, 1200, 800))
    stored = book.rotate(turn, expand=True)  # what turning by as much clockwise makes upright
    left = stored.crop(spreads.box(stored.size, LEFT, turn, 0.5)).rotate(-turn, expand=True)
    assert left.getpixel((10, 400)) == 40
    right = stored.crop(spreads.box(stored.size, RIGHT, turn, 0.5)).rotate(-turn, expand=True)
    assert right.getpixel((right.width - 10, 400)) == 220


def book(fold: float, *, shadow: float, width: int = 900, height: int = 640) -> np.ndarray:
    """An open book: paper with lines of writing and ruled columns, and a shadow where the pages meet."""
    noise = np.random.default_rng(1)
    image = np.full((height, width), 225.0)
    for line in range(60, height - 60, 16):
        written = noise.random(width) < 0.5
        image[line : line + 6, written] -= 140
    for rule in (0.1, 0.38, 0.58, 0.9):
        image[:, round(rule * width) : round(rule * width) + 2] -= 120
    across = np.arange(width) - fold * width
    image -= shadow * np.exp(-((across / (0.012 * width)) ** 2))
    return np.clip(image + noise.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("lies", [0.42, 0.5, 0.55])
def test_fold_is_found_by_its_shadow_beside_rules_and_writing(lies: float) -> None:
    assert fold.fold_position(book(lies, shadow=60)) == pytest.approx(lies, abs=0.006)


@pytest.mark.parametrize("beside", [-0.03, 0.02, 0.03])
@pytest.mark.parametrize("shadow", [14, 25, 60])
def test_printed_frame_beside_the_fold_is_never_taken_for_it(beside: float, shadow: float) -> None:
    image = book(0.5, shadow=shadow)
    rule = round((0.5 + beside) * image.shape[1])
    image[:, rule : rule + 2] = np.minimum(image[:, rule : rule + 2], 60)
    assert fold.fold_position(image) == pytest.approx(0.5, abs=0.005)


@pytest.mark.skipif(not registers.FOLDER.is_dir(), reason="the register pages are not there")
def test_fold_between_real_pages_lies_within_two_millimetres_of_where_it_is() -> None:
    """Cut to their frames and laid side by side; those on film that show a fold of their own are left out."""
    far = {}
    for page, depth in zip(registers.PAGES, cycle((0.12, 0.2, 0.35, 0.5)), strict=False):
        if page.volume != "MIC 1850":
            picture = page.picture()
            width = picture.shape[1]
            margin = round(damaged.pixels(9))
            left = picture[:, : round(page.frame.right * width) + margin]
            right = picture[:, max(0, round(page.frame.left * width) - margin) :]
            open_book = damaged.through_jpeg(damaged.noisy(damaged.laid_open(left, right, depth), 1, seed=1))
            lies = fold.fold_position(np.asarray(cv2.cvtColor(open_book, cv2.COLOR_RGB2GRAY), np.uint8))
            off_by = None if lies is None else (lies * open_book.shape[1] - left.shape[1]) * 25.4 / damaged.DPI
            if off_by is None or abs(off_by) > 2:
                far[page.name] = off_by
    assert far == {}


def test_without_a_shadow_nothing_is_guessed() -> None:
    assert fold.fold_position(book(0.5, shadow=0)) is None
    assert fold.fold_position(np.full((20, 20), 200, dtype=np.uint8)) is None
