"""The paper of a ledger: learned from its own first pages, told once, set right by a person once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import select

from station.catalogue.models import Event, Finding
from station.domain.paper_fit import common_size
from station.errors import Refused
from station.ledger import ledger_paper
from station.review import answers
from station.scanning import scanner_factory
from station.settings.tables import ScanProfile
from station.views import listings
from tests.station import registers
from tests.station.damaged import DPI
from tests.station.laid_sheets import OPEN_BOOK, SIZES_ONLY, asked, lay, lay_pictures
from tests.station.opened_station import WHO, OpenedStation, opened_station

SCANNER = '[[scanner]]\nid = "glass"\ndriver = "sane"\ndevice = "test:0"\nprofile = "sizes"\n'
PAGE, HALF = (252.0, 341.0), (252.0, 170.0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, SIZES_ONLY + OPEN_BOOK + SCANNER) as ready:
        yield ready


def known(desk: OpenedStation, ledger: str) -> tuple[str | None, str]:
    row = listings.ledger_row(desk.station, ledger)
    return row.paper, row.paper_source


def near(paper: str | None, size: tuple[float, float], mm: float = 4) -> bool:
    sides = [int(side) for side in (paper or "0x0").split("x")]
    return all(abs(side - wanted) <= mm for side, wanted in zip(sides, size, strict=True))


def notice(desk: OpenedStation, ledger: str) -> str | None:
    said = ledger_paper.notice_of(desk.station, ledger)
    return said.code if said else None


def test_paper_that_nobody_declared_is_learned_from_the_first_pages_and_told(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    assert known(desk, ledger) == (None, "unknown")
    lay(desk, ledger, PAGE, (250, 338))
    assert known(desk, ledger) == (None, "unknown")
    assert notice(desk, ledger) is None
    lay(desk, ledger, (253, 343), PAGE)
    paper, source = known(desk, ledger)
    assert near(paper, PAGE)
    assert source == "learned"
    assert asked(desk, ledger) == {}
    said = ledger_paper.notice_of(desk.station, ledger)
    assert said is not None
    assert all(str(paper) in said.sentence(language) for language in ("vi", "en"))
    assert said in listings.questions(desk.station, ledger)


@pytest.mark.parametrize(("size", "name"), [((297, 420), "A3"), ((208, 295), "A4"), ((420, 297), "A3")])
def test_paper_that_is_nearly_an_iso_size_is_called_so(
    desk: OpenedStation, size: tuple[float, float], name: str
) -> None:
    ledger = desk.ledger()
    lay(desk, ledger, *[size] * 3)
    assert known(desk, ledger) == (name, "learned")
    assert asked(desk, ledger) == {}


def test_sheet_of_another_size_is_told_before_and_after_the_paper_is_learned(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    labels = lay(desk, ledger, PAGE, HALF, PAGE, PAGE, (148, 210), PAGE, (297, 420), (504, 341))
    assert asked(desk, ledger) == {
        labels[1]: {"wrong-size"},
        labels[4]: {"wrong-size"},
        labels[6]: {"wrong-size"},
        labels[7]: {"two-pages"},
    }


def test_loose_sheets_at_the_front_are_outvoted_by_the_pages(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    loose = lay(desk, ledger, *[(148, 210)] * 3)
    assert known(desk, ledger) == ("A5", "learned")
    lay(desk, ledger, *[PAGE] * 3)
    assert known(desk, ledger)[0] == "A5"
    lay(desk, ledger, PAGE)
    assert near(known(desk, ledger)[0], PAGE)
    assert asked(desk, ledger) == {label: {"wrong-size"} for label in loose}


def test_pages_that_do_not_agree_teach_nothing_and_a_person_is_asked_which_size_it_is(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    (good, half) = lay(desk, ledger, PAGE, HALF)
    assert known(desk, ledger) == (None, "unknown")
    assert asked(desk, ledger) == {}
    assert notice(desk, ledger) == "paper-unsure"
    first, second = ledger_paper.choices(desk.station, ledger)
    assert near(first, PAGE)
    assert near(second, HALF[::-1])
    ledger_paper.declare(desk.station, ledger, first, who=WHO)
    assert asked(desk, ledger) == {half: {"wrong-size"}}
    assert good


def test_pages_that_differ_at_first_are_asked_about_no_more_once_others_agree(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    (half, *_) = lay(desk, ledger, HALF, PAGE)
    assert notice(desk, ledger) == "paper-unsure"
    lay(desk, ledger, PAGE, PAGE)
    assert notice(desk, ledger) == "paper-learned"
    assert ledger_paper.choices(desk.station, ledger) == [known(desk, ledger)[0]]
    assert asked(desk, ledger) == {half: {"wrong-size"}}


def test_person_says_once_what_the_paper_is_and_is_not_told_again(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    lay(desk, ledger, *[PAGE] * 3)
    assert notice(desk, ledger) == "paper-learned"
    assert ledger_paper.declare(desk.station, ledger, "25,2 x 34,1 cm", who=WHO) == "252x341"
    assert known(desk, ledger) == ("252x341", "confirmed")
    lay(desk, ledger, *[(300, 400)] * 4)
    assert notice(desk, ledger) is None
    assert known(desk, ledger) == ("252x341", "confirmed")
    assert len(asked(desk, ledger)) == 4
    told = desk.all(select(Event.what).where(Event.what.like("paper-%")))
    assert told == ["paper-learned", "paper-declared"]


def test_paper_declared_wrongly_is_one_question_and_its_answer_settles_the_pages(desk: OpenedStation) -> None:
    ledger = desk.ledger(paper="A3")
    labels = lay(desk, ledger, PAGE, PAGE)
    assert notice(desk, ledger) is None
    labels += lay(desk, ledger, PAGE, HALF, PAGE)
    assert notice(desk, ledger) == "paper-differs"
    assert set(asked(desk, ledger)) == set(labels)
    ledger_paper.declare(desk.station, ledger, "252x341", who=WHO)
    assert asked(desk, ledger) == {labels[3]: {"wrong-size"}}
    assert notice(desk, ledger) is None
    settled = desk.all(select(Finding.resolution).where(Finding.resolved_at.is_not(None)))
    assert settled == ["paper"] * 4


def test_answer_about_a_page_stays_when_the_paper_is_set_right(desk: OpenedStation) -> None:
    ledger = desk.ledger(paper="252x341")
    (half, *_) = lay(desk, ledger, HALF, *[PAGE] * 3)
    answers.keep(desk.station, desk.all(select(Finding.id)), who=WHO)
    ledger_paper.declare(desk.station, ledger, "A4", who=WHO)
    assert half not in asked(desk, ledger)


@pytest.mark.parametrize("told", [60, 150])
def test_resolution_that_files_tell_wrongly_costs_one_answer_and_no_page(desk: OpenedStation, told: int) -> None:
    ledger = desk.ledger()
    lay(desk, ledger, *[PAGE] * 4, dpi=told)
    paper, source = known(desk, ledger)
    assert not near(paper, PAGE, 20)
    assert source == "learned"
    ledger_paper.declare(desk.station, ledger, "252x341", who=WHO)
    (_, half) = lay(desk, ledger, PAGE, HALF, dpi=told)
    assert asked(desk, ledger) == {half: {"wrong-size"}}


def test_resolution_that_is_only_supposed_teaches_nothing(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    lay(desk, ledger, *[PAGE] * 3, HALF, supposed=True)
    assert known(desk, ledger) == (None, "unknown")
    assert asked(desk, ledger) == {}


def test_open_books_are_learned_as_such_and_scanned_as_spreads_from_then_on(desk: OpenedStation) -> None:
    ledger, chosen = desk.ledger(), desk.station.settings.scanner()
    assert scanner_factory.profile_for(desk.station, ledger, chosen, None).id == "sizes"
    lay(desk, ledger, *[(504, 341)] * 3)
    assert near(known(desk, ledger)[0], (341, 504))
    assert scanner_factory.profile_for(desk.station, ledger, chosen, None).id == "spread"
    lay(desk, ledger, (504, 341), profile="sizes-of-books")
    assert {code for codes in asked(desk, ledger).values() for code in codes} <= {"fold-unsure", "two-pages"}


def test_area_on_the_glass_is_all_of_it_until_the_paper_is_known() -> None:
    def asked_for(paper: str, *, measured: bool = False) -> tuple[object, ...]:
        settings = scanner_factory.settings_for(
            ScanProfile(id="p"), fixed=False, source=None, paper_size=paper, measured=measured, provenance={}
        )
        return settings.width_mm, settings.height_mm, settings.whole, settings.slack_mm, settings.own_dpi

    assert asked_for("") == (None, None, True, 0, True)
    assert asked_for("A4") == (210, 297, False, 0, False)
    assert asked_for("252x341", measured=True) == (252, 341, False, 6, True)


@pytest.mark.parametrize(
    ("paper", "usual"),
    [("252x341", "halves"), ("246x355", "halves"), ("A4", "sizes"), ("341x504", "spread"), ("170x245", "small")],
)
def test_layout_follows_the_sides_of_the_paper(tmp_path: Path, paper: str, usual: str) -> None:
    halves = '[[profile]]\nid = "halves"\nlayout = "parts"\nturn = 90\npapers = ["A3"]\n'
    small = (
        '[[profile]]\nid = "other"\npapers = ["A4"]\ntypes = ["KT"]\n[[profile]]\nid = "small"\npapers = ["170x245"]\n'
    )
    with opened_station(tmp_path, SIZES_ONLY + SCANNER + halves + small) as desk:
        ledger = desk.ledger(paper=paper)
        assert scanner_factory.profile_for(desk.station, ledger, desk.station.settings.scanner(), None).id == usual


def test_paper_that_cannot_be_is_refused_and_nothing_changes(desk: OpenedStation) -> None:
    ledger = desk.ledger(paper="A3")
    with pytest.raises(Refused) as refused:
        ledger_paper.declare(desk.station, ledger, "341x252", who=WHO)
    assert refused.value.code == "paper-on-its-side"
    assert known(desk, ledger) == ("A3", "declared")


def test_ledgers_of_earlier_versions_keep_their_paper(desk: OpenedStation) -> None:
    ledger = desk.ledger(paper="A4")
    lay(desk, ledger, *[(210, 297)] * 3)
    assert known(desk, ledger) == ("A4", "declared")
    assert notice(desk, ledger) is None


def test_pages_vary_by_some_millimetres_and_agree_all_the_same() -> None:
    assert near(common_size([(239, 346), (260, 348), (241, 347), (259, 350)]), (250, 348))
    assert common_size([(239, 346), (260, 348)]) == ""
    assert common_size([(252, 341)] * 3 + [(148, 210)] * 3) == ""
    assert common_size([(5, 7)] * 3) == ""
    assert common_size([]) == ""


@pytest.mark.skipif(not registers.FOLDER.is_dir(), reason="no real registers beside the project")
@pytest.mark.parametrize("volume", sorted({page.volume for page in registers.PAGES}))
@pytest.mark.parametrize("declared", [True, False])
def test_real_volumes_ask_about_no_good_page_and_about_every_other_sheet(
    tmp_path: Path, volume: str, declared: bool
) -> None:
    pages = [page for page in registers.PAGES if page.volume == volume]
    width, height = (round(side) for side in pages[0].paper)
    with opened_station(tmp_path, SIZES_ONLY) as desk:
        ledger = desk.ledger(paper=f"{width}x{height}" if declared else None)
        lay_pictures(desk, ledger, [page.picture() for page in pages], dpi=DPI)
        assert asked(desk, ledger) == {}
        if declared or len(pages) >= 3:
            whole = pages[0].picture()
            half = np.ascontiguousarray(whole[: whole.shape[0] // 2])
            larger = cv2.resize(whole, None, fx=1.19, fy=1.19)
            others = lay_pictures(desk, ledger, [half, larger], dpi=DPI) + lay(desk, ledger, (148, 210))
            assert set(asked(desk, ledger)) == set(others)
