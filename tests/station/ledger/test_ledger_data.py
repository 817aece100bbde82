"""A ledger registered wrongly is put right while no name left it, and removed while it is empty."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Event, Ledger
from station.domain.naming.keys import LedgerKey
from station.errors import Refused
from station.ledger import ledger_data
from station.upkeep import verify
from tests.station.opened_station import BESIDE, HERE, WHO, OpenedStation


def refusal(act: object, *arguments: object, **named: object) -> str:
    with pytest.raises(Refused) as refused:
        act(*arguments, **named)  # type: ignore[operator]
    return refused.value.code


def test_ledger_without_an_image_gets_its_right_name_and_place(desk: OpenedStation) -> None:
    ledger = desk.ledger(closing_pages=3)
    right = ledger_data.correct(desk.station, ledger, who=WHO, key=LedgerKey.parse("KS.1999.02"), place=BESIDE)
    assert right == f"{BESIDE}:KS.1999.02"
    assert desk.all(select(Ledger.last_year)) == [2007], "the last year is none before the year opened"
    desk.lay("KS.1999.02")
    assert list(desk.data.rglob("KS.1999.02.001.jpg"))
    assert verify.verify(desk.station) == []


def test_name_that_another_ledger_has_is_refused(desk: OpenedStation) -> None:
    desk.ledger("KH.2007.02")
    wanted = {"who": WHO, "key": LedgerKey.parse("KH.2007.02")}
    assert refusal(ledger_data.correct, desk.station, desk.ledger(), **wanted) == "ledger-exists"
    assert sorted(desk.all(select(Ledger.book))) == ["01", "02"]


def test_name_of_a_ledger_with_an_image_stays_and_its_last_year_does_not(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    for wrong in ({"key": LedgerKey.parse("KH.2008.01")}, {"place": BESIDE}):
        assert refusal(ledger_data.correct, desk.station, ledger, who=WHO, **wrong) == "ledger-has-pages"
    assert ledger_data.correct(desk.station, ledger, who=WHO, place=HERE, last_year=2009) == f"{HERE}:{ledger}"
    desk.entry(ledger, "001", "1", "2009-01-01")
    assert refusal(ledger_data.correct, desk.station, ledger, who=WHO, last_year=2008) == "last-year-has-entries"
    assert desk.one(select(Ledger.last_year)) == 2009


def test_nothing_is_corrected_once_a_package_was_made(desk: OpenedStation) -> None:
    ledger = desk.whole()
    desk.package(ledger)
    assert refusal(ledger_data.correct, desk.station, ledger, who=WHO, last_year=2008) == "ledger-has-package"


def test_empty_ledger_is_removed_and_may_be_registered_again(desk: OpenedStation) -> None:
    ledger = desk.ledger(closing_pages=3)
    with desk.session(ledger):
        pass
    ledger_data.remove(desk.station, ledger, who=WHO)
    assert desk.all(select(Ledger.id)) == []
    assert desk.one(select(Event.ledger).where(Event.what == "ledger-removed")) == f"{HERE}:{ledger}"
    desk.lay(desk.ledger())
    assert verify.verify(desk.station) == []


def test_ledger_with_an_image_or_a_running_scan_is_not_removed(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    with desk.session(ledger):
        assert refusal(ledger_data.remove, desk.station, ledger, who=WHO) == "ledger-scanned-now"
    desk.lay(ledger)
    assert refusal(ledger_data.remove, desk.station, ledger, who=WHO) == "ledger-has-pages"
