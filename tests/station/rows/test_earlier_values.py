"""What was typed in a commune is proposed again there, the most frequent first, and nothing of other communes."""

from __future__ import annotations

from station.ledger import ledgers
from station.ledger.entries import Act
from station.rows import earlier_values, entry_rows
from tests.station.opened_station import BESIDE, HERE, WHO, OpenedStation


def proposed(desk: OpenedStation, ledger: str) -> dict[str, list[str]]:
    with desk.station.catalogue.reading() as session:
        row = ledgers.find(session, ledger)
        return dict(earlier_values.by_family(session, row, entry_rows.template_of(session, row)))


def key(desk: OpenedStation, ledger: str, number: str, **typed: str) -> None:
    entry_rows.set_values(desk.station, Act(ledger, WHO), number, None, typed)


def test_places_of_all_columns_and_types_are_one_list_the_most_frequent_first(desk: OpenedStation) -> None:
    births, deaths = desk.whole("KS.2007.01", 2), desk.whole("KT.2007.01", 1)
    key(desk, births, "1", nksNoiSinh="Trạm y tế", meNoiCuTru="Thôn Một")
    key(desk, births, "2", chaNoiCuTru="Thôn Một")
    key(desk, deaths, "1", nktNoiChet="Bệnh viện", nktNguyenNhanChet="Tuổi già")
    assert proposed(desk, births)["places"] == ["Thôn Một", "Bệnh viện", "Trạm y tế"]
    assert proposed(desk, deaths)["nktNguyenNhanChet"] == ["Tuổi già"]


def test_marks_and_persons_are_not_proposed_in_other_rows(desk: OpenedStation) -> None:
    ledger = desk.whole("KS.2007.01", 1)
    key(desk, ledger, "1", nksNoiSinh="?", meHoTen="Trần Thị Mẫu", meSoGiayToTuyThan="123456789", nguoiKy="Lê Văn Ký")
    known = proposed(desk, ledger)
    assert known["places"] == []
    assert known["nguoiKy"] == ["Lê Văn Ký"]
    assert not {"people", "numbers"} & known.keys()


def test_lists_names_follow_what_was_typed(desk: OpenedStation) -> None:
    ledger = desk.whole("KS.2007.01", 1)
    key(desk, ledger, "1", nksDanToc="Tà Ôi (Pa-co)", meDanToc="Vân Kiều")
    groups = proposed(desk, ledger)["ethnic-groups"]
    assert set(groups[:2]) == {"Tà Ôi (Pa-co)", "Vân Kiều"}
    assert (groups[2], len(groups)) == ("Kinh", 55)


def test_another_communes_words_stay_there(desk: OpenedStation) -> None:
    here = desk.whole("KS.2007.01", 1)
    desk.ledger("KS.2008.01", place=BESIDE)
    key(desk, f"{HERE}:{here}", "1", nksNoiSinh="Trạm y tế")
    assert proposed(desk, f"{BESIDE}:KS.2008.01")["places"] == []
