"""The capture target on the page: printed whole, and what a scan of it told, in the words of the person's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from station.access import users
from station.domain.roles import Role
from station.imaging import capture_target
from station.scanning import target_measures
from tests.station.opened_station import OpenedStation, opened_station
from tests.station.scanning.test_target_measures import WELL
from tests.web.browsing import NAME, PIN, Browser

SCANNER = '[[scanner]]\nid = "glass"\ndriver = "simulated"\n'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    """A station with a scanner, opened, which knows one technician."""
    with opened_station(tmp_path, SCANNER) as ready:
        users.add(ready.station, NAME, Role.TECHNICIAN, who=NAME, pin=PIN)
        yield ready


def test_sheet_is_printed_with_all_its_shapes_at_its_true_size(page: Browser) -> None:
    page.open("/target")
    assert 'width="210mm" height="297mm"' in page.html
    assert len(re.findall("<polygon", page.html)) == len(list(capture_target.shapes()))
    assert "Chưa quét tờ này lần nào." in page.words
    page.open("/")
    assert 'href="/target"' in page.html


def test_newest_measure_of_each_scanner_is_told_in_words(page: Browser) -> None:
    for measures in (WELL, replace(WELL, light_spread=30.0, dust_mm=(67.9,))):
        with page.desk.station.catalogue.writing() as session:
            target_measures.keep(session, "glass", measures, 150)
    page.open("/target")
    assert page.words.count("độ phân giải thật 150.0 x 150.1 dpi") == 1
    assert "ánh sáng chênh 30.0 % thay vì 2.0 %" in page.words
    assert "vệt bụi cách mép trái 67.9 mm: hãy lau mặt kính" in page.words
