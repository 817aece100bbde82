from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from drivers.drawn import PageKind, draw_page
from station.domain.finding_codes import FindingCode
from station.domain.finding_limits import Limits
from station.domain.image_places import ImagePlace
from station.imaging.decoding import reduced_view
from station.imaging.findings import CODES, PageDefects, find_defects, fingerprint
from station.imaging.findings.ruled_lines import likeness
from station.imaging.image_facts import RuledLines
from tests.station import covered_parts, damaged, damaged_parts, registers
from tests.station.damaged import DPI, DRAWN, Picture

A4 = (210.0, 297.0)
LIMITS = Limits()

#: One page of each way the registers were photographed: a film with a dark border, a page in colour on a pale table.
REAL = [page for page in registers.PAGES if page.name.endswith(("MIC07645_L-0", "0025_1350_L-0"))]


def drawn(number: int = 4, *, seed: int = 1, kind: PageKind = PageKind.ENTRY, type_code: str = "KH") -> Picture:
    """As a worker sees it: reduced from what a scanner reads."""
    return reduced_view(np.array(draw_page(number, seed=seed, dpi=300, type_code=type_code, kind=kind)), 300)


@pytest.fixture(scope="module")
def page() -> Picture:
    return drawn()


def seen(picture: Picture, limits: Limits = LIMITS, paper: tuple[float, float] | None = A4) -> PageDefects:
    return find_defects(picture, DPI, limits=limits, paper_mm=paper)


def codes(picture: Picture, limits: Limits = LIMITS, paper: tuple[float, float] | None = A4) -> set[str]:
    return {found.code for found in seen(picture, limits, paper).defects}


def overlap(one: ImagePlace, other: ImagePlace) -> float:
    """How much of ``one`` lies within ``other``, 0-1."""
    (left, top, right, bottom), area = one, (one[2] - one[0]) * (one[3] - one[1])
    wide, high = min(right, other[2]) - max(left, other[0]), min(bottom, other[3]) - max(top, other[1])
    return max(0.0, wide) * max(0.0, high) / area


def again(picture: Picture, seed: int = 1) -> Picture:
    return damaged.again(picture, seed)


@pytest.mark.parametrize("kind", [PageKind.COVER, PageKind.ENTRY, PageKind.CLOSING])
def test_a_good_page_has_no_findings(kind: PageKind) -> None:
    picture = drawn(kind=kind)
    assert codes(picture) == set()
    assert codes(again(picture)) == set()


@pytest.mark.parametrize("ground", [damaged.PALE_LID, damaged.DARK_GROUND])
def test_a_page_smaller_than_the_glass_is_told_from_what_lies_around_it(
    page: Picture, ground: tuple[int, int, int]
) -> None:
    on_glass = damaged.on_ground(page, ground, 25)
    assert codes(on_glass) == set()
    assert "wrong-size" in codes(on_glass, paper=(148.0, 210.0))


def test_an_unused_page_and_a_white_sheet_are_blank_and_have_no_fingerprint(page: Picture) -> None:
    sheet = damaged.noisy(np.full((1754, 1240, 3), 244, np.uint8), 1.5, seed=1)
    for picture in (drawn(kind=PageKind.BLANK), sheet, damaged.emptied(page, 0.12, seed=1)):
        looked = seen(picture)
        assert [found.code for found in looked.defects] == ["blank"]
        assert looked.fingerprint == ""


@pytest.mark.parametrize("left", [0.15, 0.08])
def test_faded_writing_is_not_blank(page: Picture, left: float) -> None:
    assert codes(damaged.faded(page, left, seed=1)) == {"faded"}


def test_every_damage_is_found_by_its_code(page: Picture) -> None:
    missed = [
        f"{code}: {what}" for code, what, picture in damaged.damaged(page, DRAWN, seed=3) if code not in codes(picture)
    ]
    assert missed == []


def test_damage_to_a_part_is_found_where_it_lies(page: Picture) -> None:
    wrong = []
    for code, what, picture, place in damaged_parts.damaged_in_part(page, seed=3):
        places = [found.place for found in seen(picture).defects if found.code == code]
        if not places or places[0] is None or overlap(places[0], place) < 0.6:
            wrong.append(f"{code}: {what} at {place}: {places}")
    assert wrong == []


def test_what_covers_the_page_or_is_missing_of_it_is_found_where_it_lies(page: Picture) -> None:
    """But where the leaf below shows: it is paper of the same colour."""
    wrong = []
    for what, picture, place in covered_parts.covered(page, damaged.on_ground(page, damaged.DARK_GROUND, 0) // 9, 3):
        places = [found.place for found in seen(picture).defects if found.code == "covered"]
        if not places or places[0] is None or overlap(places[0], place) < 0.4:
            wrong.append(f"{what} at {place}: {places}")
    assert [one for one in wrong if not one.startswith(("a corner folded, 30", "torn, 12"))] == []


def test_skin_that_is_not_sharp_is_told_as_what_covers_and_no_second_time(page: Picture) -> None:
    for _, picture, _ in covered_parts.hand(page, seed=3):
        told = codes(picture)
        assert "covered" in told
        assert "unreadable-part" not in told


def test_coffee_on_the_page_is_nothing_to_ask_about(page: Picture) -> None:
    assert [codes(picture) for _, picture in covered_parts.stained(page, seed=3)] == [set()] * 2


@pytest.mark.parametrize(("wide", "strength", "light"), [(0.15, 0.5, False), (0.6, 0.12, False), (0.6, 0.6, True)])
@pytest.mark.parametrize("turned", [False, True])
def test_streak_along_the_whole_sheet_is_seen_in_its_column(
    page: Picture, wide: float, strength: float, light: bool, turned: bool
) -> None:
    worse = covered_parts.streaked(page, 61.0, wide, strength, light=light)
    if turned:
        worse = np.ascontiguousarray(np.rot90(worse, -1))
    looked = find_defects(worse, DPI, limits=LIMITS, paper_mm=A4, upright=not turned)
    (place,) = looked.streaks
    middle = (place[1] + place[3]) / 2 if turned else (place[0] + place[2]) / 2
    assert middle == pytest.approx(61.0 / 210, abs=0.004)
    assert find_defects(worse, DPI, limits=replace(LIMITS, streaks=0), paper_mm=A4).streaks == ()


def test_print_writing_and_what_lies_around_the_page_are_no_streaks(page: Picture) -> None:
    pictures = [page, again(page), damaged.on_ground(page, damaged.DARK_GROUND, 12), drawn(kind=PageKind.BLANK)]
    assert [seen(picture).streaks for picture in pictures] == [()] * 4


def test_lines_that_repeat_are_columns_where_the_page_was_turned(page: Picture) -> None:
    _, worse, (_, top, _, bottom) = next(damaged_parts.feeder_stopped(page, seed=3))
    turned = np.ascontiguousarray(np.rot90(worse, -1))
    defects = find_defects(turned, DPI, limits=LIMITS, paper_mm=A4, upright=False).defects
    assert [found.code for found in defects] == ["lines-lost"]
    assert defects[0].place is not None
    left, _, right, _ = defects[0].place
    assert (left, right) == pytest.approx((1 - bottom, 1 - top), abs=0.005)
    assert codes(turned) == set()


@pytest.mark.parametrize("degrees", [-8.0, -1.6, 1.6, 4.0])
def test_a_page_laid_askew_is_found_and_the_angle_told(page: Picture, degrees: float) -> None:
    looked = seen(damaged.turned(page, degrees, damaged.PALE_LID))
    told = {found.code: found.detail for found in looked.defects}
    assert float(told[FindingCode.SKEW].split()[0]) == pytest.approx(degrees, abs=0.3)


def test_an_open_book_is_two_pages_unless_the_ledger_is_kept_as_open_books(page: Picture) -> None:
    book = damaged.laid_open(page, drawn(5))
    assert codes(book) == {"two-pages"}
    assert codes(book, paper=(297.0, 420.0)) == set()


def test_an_open_book_that_throws_no_shadow_is_told_by_its_size(page: Picture) -> None:
    bare = page[:, page.shape[1] // 10 :]
    book = damaged.laid_open(np.ascontiguousarray(bare[:, ::-1]), bare, shadow=0.0)
    assert "two-pages" in codes(book, paper=(189.0, 297.0))
    assert "two-pages" not in codes(book, paper=None)


def test_a_page_that_lies_on_its_side_is_one_page(page: Picture) -> None:
    assert codes(np.ascontiguousarray(np.rot90(page))) == set()


def test_paper_of_another_size_than_the_ledgers_is_found(page: Picture) -> None:
    assert codes(page, paper=(148.0, 210.0)) == {"wrong-size"}
    assert codes(page[: page.shape[0] * 2 // 3]) >= {"wrong-size"}
    assert codes(page, paper=None) == set()


def test_the_stamp_across_two_pages_is_not_a_cut_edge() -> None:
    # The drawn ledgers have it on the edge of every page, as the real ones have.
    page = drawn(7, type_code="KS", seed=0)
    grey = np.repeat(page.mean(axis=2).astype(np.uint8)[:, :, None], 3, axis=2)
    assert "cut-edge" not in codes(page) | codes(grey)


def test_strip_of_the_facing_page_and_a_dirty_fold_are_no_cut_edge() -> None:
    page, facing = drawn(4), drawn(5)
    neighbours = list(damaged_parts.good_with_neighbours(page, facing, seed=1))
    assert [what for what, picture in neighbours if "cut-edge" in codes(picture)] == []
    # The same strip without a fold between is the page's own writing, cut.
    beside = np.hstack([page[:, :-260], facing[:, 300:380]])
    assert "cut-edge" in codes(beside)


@pytest.fixture(scope="module")
def ledger() -> dict[int, str]:
    """The fingerprints of six pages on one printed form, by their numbers."""
    return {number: seen(drawn(number)).fingerprint for number in range(2, 8)}


def test_the_same_page_is_known_again_in_its_ledger(page: Picture, ledger: dict[int, str]) -> None:
    assert fingerprint.near_duplicate(seen(again(page)).fingerprint, ledger, LIMITS) == 4
    moved = damaged.turned(damaged.moved(page, 3, -3), 1.0)
    assert fingerprint.near_duplicate(seen(moved).fingerprint, ledger, LIMITS) == 4


def test_the_same_page_is_known_again_on_its_head(page: Picture, ledger: dict[int, str]) -> None:
    turned = np.ascontiguousarray(np.rot90(again(page), 2))
    assert fingerprint.near_duplicate(seen(turned).fingerprint, ledger, LIMITS) == 4


def test_other_pages_of_a_form_on_their_head_are_no_twins(ledger: dict[int, str]) -> None:
    for number, its in ledger.items():
        others = {other: other_print for other, other_print in ledger.items() if other != number}
        assert fingerprint.near_duplicate(fingerprint.turned_round(its), others, LIMITS) is None


@pytest.mark.parametrize("known", [1, 2, 3, 5])
def test_pages_that_share_only_the_printed_form_are_no_twins(ledger: dict[int, str], known: int) -> None:
    for number in ledger:
        others = {other: its for other, its in ledger.items() if other != number}
        assert fingerprint.near_duplicate(ledger[number], dict(list(others.items())[:known]), LIMITS) is None


def test_nothing_is_like_a_page_without_a_fingerprint(ledger: dict[int, str]) -> None:
    assert fingerprint.near_duplicate(ledger[4], {9: ""}, LIMITS) is None
    assert fingerprint.near_duplicate("", ledger, LIMITS) is None
    assert fingerprint.near_duplicate(ledger[4], {}, LIMITS) is None


def test_ruled_lines_are_those_of_the_form_however_it_lies_and_whoever_filled_it_in(page: Picture) -> None:
    def lines(picture: Picture) -> RuledLines:
        looked = seen(picture).appearance
        assert looked is not None
        return looked.lines

    same = [again(page), drawn(5, seed=2), damaged.faded(page, 0.5, seed=1), damaged.on_ground(page, (18, 18, 18), 9)]
    columns, rows = likeness([lines(page)], [lines(one) for one in (*same, drawn(type_code="KT"))])[:, 0]
    assert min(*columns[:-1], *rows[:-1]) > 0.9
    assert rows[-1] < 0.8, "two forms in one frame, whose rows stand elsewhere"


def test_ink_and_sharpness_are_measured_by_themselves(page: Picture) -> None:
    def measured(picture: Picture) -> tuple[float, float]:
        looked = seen(picture).appearance
        assert looked is not None
        assert looked.sharpness is not None
        return looked.ink, looked.sharpness

    ink, sharpness = measured(page)
    paler, as_sharp = measured(damaged.faded(page, 0.6, seed=1))
    assert (paler / ink, as_sharp / sharpness) == (pytest.approx(0.6, abs=0.1), pytest.approx(1, abs=0.15))
    assert measured(damaged_parts.defocused_disc(page, 0.8))[1] / sharpness == pytest.approx(0.65, abs=0.12)
    assert seen(drawn(kind=PageKind.BLANK)).appearance is None


def test_a_limit_of_0_switches_its_finding_off(page: Picture) -> None:
    names = [field.name for field in fields(Limits)]
    off = Limits(**dict.fromkeys(names, 0.0))
    assert set(names) == {code.replace("-", "_") for code in CODES}
    first = seen(page).fingerprint
    assert fingerprint.near_duplicate(first, {4: first}, LIMITS) == 4
    assert fingerprint.near_duplicate(first, {4: first}, off) is None
    pictures = [picture for _, _, picture in list(damaged.damaged(page, DRAWN, seed=3))[::4]]
    pictures += [picture for _, _, picture, _ in damaged_parts.damaged_in_part(page, seed=3)]
    pictures += [picture for _, picture, _ in covered_parts.covered(page, page, seed=3)]
    pictures += [damaged.turned(page, 5, damaged.PALE_LID), damaged.laid_open(page, page), page[:900]]
    assert [codes(picture, off) for picture in pictures] == [set()] * len(pictures)


def test_pictures_of_any_size_and_content_are_looked_at_without_fail() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 200, 3)).astype(np.uint8)
    shapes = [(1, 1), (2, 900), (72, 72), (73, 500), (900, 75), (75, 74)]
    pictures = [np.full((*shape, 3), level, np.uint8) for shape in shapes for level in (0, 128, 255)]
    for picture in (noise, *pictures):
        for dpi in (1.0, 12.0, 36.0, DPI, 1200.0):
            find_defects(picture, dpi, limits=LIMITS, paper_mm=A4)


def test_a_black_picture_is_dark_and_blank() -> None:
    assert codes(np.zeros((1754, 1240, 3), np.uint8)) == {"blank", "dark"}


@pytest.mark.skipif(not registers.FOLDER.is_dir(), reason="no real registers beside the project")
@pytest.mark.parametrize("real", REAL, ids=lambda page: page.volume)
def test_a_real_page_is_good_and_what_is_done_to_it_is_found(real: registers.Real) -> None:
    picture = real.picture()
    assert codes(picture, paper=real.paper) == set()
    assert codes(again(picture), paper=real.paper) == set()
    missed = [
        f"{code}: {what}"
        for code, what, worse in list(damaged.damaged(picture, real.frame, seed=1))[::3]
        if code not in codes(worse, paper=real.paper)
    ]
    missed += [
        f"{code}: {what}"
        for code, what, worse, _ in damaged_parts.damaged_in_part(picture, seed=1)
        if code not in codes(worse, paper=real.paper)
    ]
    assert missed == []
    assert "skew" in codes(damaged.turned(picture, 3), paper=real.paper)
    assert "two-pages" in codes(damaged.laid_open(picture, picture), paper=real.paper)
    known = {
        number: seen(other.picture(), paper=other.paper).fingerprint for number, other in enumerate(registers.PAGES)
    }
    found = fingerprint.near_duplicate(seen(again(picture), paper=real.paper).fingerprint, known, LIMITS)
    assert found == registers.PAGES.index(real)
