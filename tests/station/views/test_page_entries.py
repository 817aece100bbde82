"""The entries of a page with their parts: proposed by what was read there, then as a person said."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from drivers import Storing
from drivers.images import masters, raw_sheet
from station.domain.bands import Band
from station.errors import Refused
from station.ledger import entry_regions, page_readings, pages
from station.ledger.entries import Act
from station.ledger.page_readings import Unread
from station.reading.fields import Field, FieldKind, Grade, PageReading
from station.views import page_entries
from tests.station import drawn_registers
from tests.station.drawn_registers import COLUMNS, ROW, TOP
from tests.station.opened_station import GLASS, MOMENT, WHO, OpenedStation, opened_station

DPI, PAPER = 100, 297.0
#: Of three rows on the page, the first and the last are entries here: the second one is still to be entered.
ROWS = {"5": 0, "7": 2}


def register(office: OpenedStation) -> str:
    """A ledger with a page of three rows, of which two were entered and all numbers read."""
    ledger = office.ledger()
    with office.session(ledger) as (run, folder):
        content = io.BytesIO()
        drawn = drawn_registers.page([(5, 1), (6, 1), (7, 2)], dpi=DPI)
        masters.encode(drawn, content, raw_sheet.Origin(GLASS, MOMENT, (DPI, DPI), DPI), Storing())
        (folder / "0001.jpg").write_bytes(content.getvalue())
        office.accept(run, folder / "0001.jpg")
    for number in ROWS:
        office.entry(ledger, "001", number, "2007-01-02")
    with office.station.catalogue.writing() as session:
        page = pages.by_label(session, office.ledger_id(ledger), "001")
        fields = tuple(_number(number, row) for number, row in ROWS.items())
        page_readings.keep(session, Unread.of(page.regions[0]), PageReading(fields, ruled=True), 1)
    return ledger


def _number(number: str, row: int) -> Field:
    left, foot = COLUMNS[0] + 3, TOP + row * ROW + 4
    left, top, right, bottom = (round(edge / 25.4 * DPI) for edge in (left, foot - 6, left + 8, foot + 1))
    return Field(FieldKind.NUMBER, number, 0.99, Grade.SURE, (left, top, right, bottom))


def test_entries_are_proposed_by_their_numbers_and_then_as_a_person_said(tmp_path: Path) -> None:
    with opened_station(tmp_path) as office:
        ledger = register(office)
        shown = page_entries.page_entries(office.station, ledger, "001")
        assert [entry.number for entry in shown.entries] == ["005", "007"]
        assert not shown.confirmed
        last = shown.entries[1].band
        assert TOP + ROW + 4 < last.top * PAPER < TOP + 2 * ROW + 1  # not halfway down: its number was read there
        assert abs(last.head * PAPER - 34) < 1.5
        bands = shown.rows_of({"5": (12.0, 16.5), "07": (19.5, 24.0)}, head=11.5)
        entry_regions.confirm(office.station, Act(ledger, WHO), "001", bands, shown.shown_part)
        said = page_entries.page_entries(office.station, ledger, "001")
        assert said.confirmed
        assert [entry.band for entry in said.entries] == [
            Band(0.115, 0.12, 0.165, last.slant),
            Band(0.115, 0.195, 0.24, last.slant),
        ]
        with pytest.raises(Refused) as refused:
            said.rows_of({"8": (12.0, 16.5)})
        assert refused.value.code == "region-elsewhere"


def test_page_without_an_entry_is_told(tmp_path: Path) -> None:
    with opened_station(tmp_path) as office:
        ledger = office.ledger()
        office.lay(ledger, 1)
        with pytest.raises(Refused) as refused:
            page_entries.page_entries(office.station, ledger, "001")
        assert refused.value.code == "region-none"
