"""A ledger is found by its name and by what people call it, with and without signs."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Ledger
from station.ledger import ledgers
from station.views import ledger_search
from tests.station.opened_station import OpenedStation

NAMES = ["KS.2007.01", "KS.2008.02", "KH.2007.01", "HN.2007.01"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("khai sinh", ["KS.2007.01", "KS.2008.02"]),
        ("KHAI SINH", ["KS.2007.01", "KS.2008.02"]),
        ("Kết hôn", ["KH.2007.01"]),
        ("ket hon", ["KH.2007.01"]),
        ("ke", ["KH.2007.01"]),
        ("khai sinh 2008", ["KS.2008.02"]),
        ("sổ khai sinh quyển 02", ["KS.2008.02"]),
        ("khai sinh 2009", []),
        ("marriage", ["KH.2007.01"]),
        ("ks.2007", ["KS.2007.01"]),
        ("2007.01", ["KS.2007.01", "KH.2007.01", "HN.2007.01"]),
        ("khai lung tung", []),
        ("%", []),
        ("KS-2007", []),
    ],
)
def test_text_finds_the_ledgers_that_a_person_means(desk: OpenedStation, text: str, names: list[str]) -> None:
    for name in NAMES:
        desk.ledger(name)
    with desk.station.catalogue.reading() as session:
        rows = session.scalars(select(Ledger).where(ledger_search.condition(text, desk.station.settings.types)))
        assert sorted(map(ledgers.name_of, rows)) == sorted(names)
