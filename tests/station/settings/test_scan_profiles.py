"""Which scan profile is the usual one for a ledger on a scanner, what it asks for, and which mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.domain.paper import Layout, area
from station.errors import Refused, SettingsRefused
from station.scanning import scanner_factory
from station.settings.tables import ScanProfile
from tests.station.opened_station import opened_station

GLASS = '[[scanner]]\nid = "glass"\ndriver = "sane"\ndevice = "test:0"\nprofile = "grey"\n'
FEEDER = '[[scanner]]\nid = "feeder"\ndriver = "sane"\ndevice = "test:1"\n'
HALVES = '[[profile]]\nid = "halves"\nlayout = "parts"\nturn = 270\npapers = ["a3"]\nscanners = ["glass"]\n'
MARRIAGES = '[[profile]]\nid = "marriages"\ntypes = ["KH"]\n'
LARGE_MARRIAGES = '[[profile]]\nid = "large-marriages"\ntypes = ["KH", "KS"]\npapers = ["A3"]\n'


@pytest.mark.parametrize(
    ("scanner", "ledger", "paper", "usual"),
    [
        ("glass", "KT.2007.01", "A4", "grey"),
        ("feeder", "KT.2007.01", "A4", "standard"),
        ("glass", "KT.2007.01", "A3", "halves"),
        ("feeder", "KT.2007.01", "A3", "standard"),
        ("glass", "KT.2007.01", "A2", "spread"),
        ("feeder", "KH.2007.01", "A4", "marriages"),
        ("feeder", "KH.2007.01", "A3", "large-marriages"),
        ("feeder", "KH.2007.01", "A2", "spread"),
    ],
)
def test_usual_profile_is_the_one_that_says_most_about_ledger_and_scanner(
    tmp_path: Path, scanner: str, ledger: str, paper: str, usual: str
) -> None:
    with opened_station(tmp_path, GLASS + FEEDER + HALVES + MARRIAGES + LARGE_MARRIAGES) as desk:
        name = desk.ledger(ledger, paper=paper)
        chosen = desk.station.settings.scanner(scanner)
        assert scanner_factory.profile_for(desk.station, name, chosen, None).id == usual


def test_profile_that_a_person_asks_for_wins(tmp_path: Path) -> None:
    with opened_station(tmp_path, GLASS) as desk:
        name = desk.ledger(paper="A2")
        chosen = desk.station.settings.scanner()
        assert scanner_factory.profile_for(desk.station, name, chosen, "lossless").id == "lossless"
        with pytest.raises(Refused) as refused:
            scanner_factory.profile_for(desk.station, name, chosen, "lossles")
        assert refused.value.code == "profile-unknown"


def test_ledgers_of_open_books_can_be_scanned_page_by_page_all_the_same(tmp_path: Path) -> None:
    with opened_station(tmp_path, GLASS + '[[profile]]\nid = "spread"\nlayout = "spread"\n') as desk:
        name = desk.ledger(paper="A2")
        assert scanner_factory.profile_for(desk.station, name, desk.station.settings.scanner(), None).id == "grey"


@pytest.mark.parametrize(
    ("paper", "layout", "turn", "mm"),
    [
        ("A4", Layout.PAGE, 0, (210, 297)),
        ("A4", Layout.PAGE, 270, (297, 210)),
        ("A2", Layout.SPREAD, 0, (594, 420)),
        ("A3", Layout.SPREAD, 90, (297, 420)),
        ("A3", Layout.PARTS, 90, (215, 297)),
        ("A3", Layout.PARTS, 0, (297, 215)),
    ],
)
def test_area_on_the_glass_follows_paper_layout_and_turn(
    paper: str, layout: Layout, turn: int, mm: tuple[int, int]
) -> None:
    assert area(paper, layout, turn) == mm
    profile = ScanProfile.model_validate({"id": "p", "layout": layout, "turn": turn})
    settings = scanner_factory.settings_for(profile, fixed=False, source=None, paper_size=paper, provenance={})
    assert (settings.width_mm, settings.height_mm) == mm


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('layout = "book"', 'layout: "book" is not possible; choose one of: page, spread, parts.'),
        ("turn = 45", 'turn: "45" is not possible'),
        ('types = ["KX"]', 'types: there is no "KX"; known are KS, KT, KH, CMC, HN, GH'),
        ('papers = ["A9"]', "papers 1: "),
        ('scanners = ["glas"]', 'scanners: there is no "glas"; known are glass'),
        ('types = "KH"', "types: "),
    ],
)
def test_mistakes_in_a_profile_are_told_at_their_place(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(SettingsRefused) as refused, opened_station(tmp_path, f'{GLASS}[[profile]]\nid = "x"\n{line}\n'):
        pass
    assert told in refused.value.sentence("en")
