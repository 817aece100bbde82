"""A page that was scanned twice is asked about, among the pages of its own ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers.drawn import draw_ledger
from station.domain.finding_limits import Limits
from station.imaging import findings
from station.imaging.findings import fingerprint
from station.scanning import acceptance
from station.views import listings
from tests.station.opened_station import OpenedStation, opened_station, origin, sheet

ASKING = '[[profile]]\nid = "asking"\n'


@pytest.fixture(scope="module")
def fingerprints(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What two drawn pages are known by."""
    folder = tmp_path_factory.mktemp("drawn")
    draw_ledger(folder, 4, dpi=150, type_code="KH")
    pictures = [np.asarray(Image.open(file).convert("RGB")) for file in sorted(folder.iterdir())[1:3]]
    return [findings.find_defects(picture, 150, limits=Limits(), paper_mm=None).fingerprint for picture in pictures]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, ASKING) as ready:
        yield ready


def scanned(desk: OpenedStation, ledger: str, fingerprint: str) -> list[str]:
    """Accept a page that is known by this; gives what it is asked about."""
    with desk.session(ledger) as (run, folder):
        desk.by_hand("UPDATE session SET profile = 'asking' WHERE id = ?", run)
        file = sheet(folder, desk.one_row("SELECT count(*) FROM capture"))
        looked = replace(desk.looked(file), defects=(), fingerprint=fingerprint)
        acceptance.accept(desk.station, run, looked, origin(file))
    return list(listings.page_rows(desk.station, ledger)[-1].findings)


def test_page_scanned_again_on_its_head_is_asked_about(desk: OpenedStation, fingerprints: list[str]) -> None:
    ledger = desk.ledger("KH.2007.01")
    assert [scanned(desk, ledger, one) for one in fingerprints] == [[], []]
    assert scanned(desk, ledger, fingerprint.turned_round(fingerprints[0])) == ["near-duplicate"]


def test_page_of_another_ledger_is_no_near_duplicate(desk: OpenedStation, fingerprints: list[str]) -> None:
    """The same printed form, filled in alike, lies in many books; only within one it is a page scanned twice."""
    one, other = desk.ledger("KH.2007.01"), desk.ledger("KH.2007.02")
    assert fingerprints[0] != ""
    assert scanned(desk, one, fingerprints[0]) == []
    assert scanned(desk, other, fingerprints[1]) == []
    assert scanned(desk, other, fingerprints[0]) == []
    assert scanned(desk, one, fingerprints[0]) == ["near-duplicate"]
