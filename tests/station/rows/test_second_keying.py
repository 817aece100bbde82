"""Double keying: a second person keys the short columns blind, a machine compares, a third decides the differences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from station.catalogue.models import Check, Event, SecondKeying
from station.domain.checks import CheckVerdict, SecondLook
from station.errors import Refused
from station.ledger.entries import Act
from station.rows import built_in, comparison, decisions, due_looks, entry_rows, second_keying
from station.rows.due_looks import LookKind
from station.upkeep import verify
from station.views import row_list, row_second_look
from station.views.row_list import ListedRow
from tests.station.opened_station import OpenedStation, opened_station
from tests.station.rows.keyed_births import FIRST, SECOND, THIRD, another_day, birth, key_first

SLIPS: dict[int, dict[str, Any]] = {
    1: {},
    2: {"nksHoTen": "Nguyễn Văn Hoàng", "nksGioiTinh": "2"},
    3: {"nksHoTen": "Nguyễn Văn Bà"},  # a sign alone: Ba
    4: {"nksNgaySinh": "4/7/2007", "meSoGiayToTuyThan": "191000040"},
    5: {"meHoTen": "TRẦN THỊ MẪU", "nguoiKy": "Lê Văn Ký"},  # capitals, and the same
}
TOLD = {
    ("002", "nksHoTen", "value"),
    ("002", "nksGioiTinh", "value"),
    ("003", "nksHoTen", "signs"),
    ("004", "nksNgaySinh", "value"),
    ("004", "meSoGiayToTuyThan", "value"),
}

BIRTHS = built_in.template("KS")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, more='[rows]\nsecond_look = { KS = "double" }\n') as ready:
        yield ready


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Five births, keyed whole by one person."""
    return key_first(desk, desk.whole("KS.2007.01", 5))


def again(desk: OpenedStation, ledger: str, entry: int, who: str = SECOND, shown: Any = 0, **typed: Any) -> Any:
    act = Act(ledger, who)
    short = {one.name for one in second_keying.short_columns(BIRTHS)}
    values = {name: text for name, text in {**birth(entry), **typed}.items() if name in short}
    return second_keying.key(desk.station, act, entry, values, shown_revision=shown, done=True)


def listed(desk: OpenedStation, ledger: str) -> list[ListedRow]:
    return row_list.rows(desk.station, ledger)


def decide(desk: OpenedStation, ledger: str, entry: int, who: str = THIRD, shown: Any = 1, **typed: Any) -> Any:
    return decisions.decide(desk.station, Act(ledger, who), entry, typed, shown_revision=shown)


def told(desk: OpenedStation, ledger: str) -> set[tuple[str, str, str]]:
    return {(one.number, one.column, str(one.kind)) for one in comparison.between_keyings(desk.station, ledger)}


def test_short_set_is_names_dates_codes_and_numbers_and_no_text_of_a_place() -> None:
    short = {one.name for one in second_keying.short_columns(BIRTHS)}
    assert {"nksHoTen", "nksGioiTinh", "nksNgaySinh", "meSoGiayToTuyThan", "loaiDangKy", "nguoiKy"} <= short
    assert not {"nksNoiSinh", "noiDangKy", "nksNgaySinhBangChu", "so", "ngayDangKy", "ghiChu"} & short


def test_all_planted_slips_are_told_and_none_else(desk: OpenedStation, ledger: str) -> None:
    assert {(one, column) for one, column, _ in told(desk, ledger)} == {(f"{n:03}", "") for n in SLIPS}
    for entry, slips in SLIPS.items():
        again(desk, ledger, entry, **slips)
    assert told(desk, ledger) == TOLD


def test_row_in_which_both_agree_is_complete_and_the_others_wait_for_a_third_person(
    desk: OpenedStation, ledger: str
) -> None:
    assert {one.state for one in listed(desk, ledger)} == {"keyed"}
    for entry, slips in SLIPS.items():
        again(desk, ledger, entry, **slips)
    assert [one.state for one in listed(desk, ledger)] == ["complete", "keyed", "complete", "keyed", "complete"]
    first = listed(desk, ledger)[0]
    assert (first.keyed_by, first.checked_by, first.checked_alone) == (FIRST, SECOND, False)
    waiting = due_looks.counts(desk.station, ledger)
    assert waiting == {LookKind.DECISION: 2, LookKind.SIGNS: 1}


def test_third_person_decides_the_differences_alone(desk: OpenedStation, ledger: str) -> None:
    again(desk, ledger, 2, **SLIPS[2])
    left = decide(desk, ledger, 2, nksHoTen="Nguyễn Văn Hoàng")
    assert [one.column.name for one in left] == ["nksGioiTinh"]
    assert decide(desk, ledger, 2, shown=2, nksGioiTinh="1") == []
    row = listed(desk, ledger)[1]
    assert (row.columns["nksHoTen"], row.columns["nksGioiTinh"]) == ("Nguyễn Văn Hoàng", "1")
    assert (row.state, row.checked_by, row.checked_alone) == ("complete", THIRD, False)
    newest = row_list.row_changes(desk.station, ledger, "2", None)[-1]
    assert (newest.who, newest.changes) == (THIRD, {"nksHoTen": "Nguyễn Văn Hoàng"})
    with pytest.raises(Refused) as refused:
        decide(desk, ledger, 2, shown=2, meHoTen="Người khác")
    assert refused.value.code == "row-nothing-to-decide"


@pytest.mark.parametrize("who", [FIRST, SECOND])
def test_nobody_decides_about_their_own_keying_on_the_same_day(desk: OpenedStation, ledger: str, who: str) -> None:
    again(desk, ledger, 2, **SLIPS[2])
    with pytest.raises(Refused) as refused:
        decide(desk, ledger, 2, who, nksGioiTinh="1")
    assert refused.value.code == "row-look-own"
    assert due_looks.next_for(desk.station, ledger, [LookKind.DECISION], who) is None
    another_day(desk, timedelta(days=1))
    decide(desk, ledger, 2, who, nksGioiTinh="1", nksHoTen="Nguyễn Văn Hai")
    row = listed(desk, ledger)[1]
    assert (row.state, row.checked_by, row.checked_alone) == ("complete", who, True)


def test_first_person_keys_again_on_another_day_only_and_the_row_says_so(desk: OpenedStation, ledger: str) -> None:
    with pytest.raises(Refused) as refused:
        again(desk, ledger, 1, FIRST)
    assert refused.value.code == "row-look-own"
    assert desk.all(select(SecondKeying.id)) == []
    another_day(desk, timedelta(days=1))
    again(desk, ledger, 1, FIRST)
    row = listed(desk, ledger)[0]
    assert (row.state, row.checked_by, row.checked_alone) == ("complete", FIRST, True)


def test_row_that_is_set_right_by_the_first_person_agrees_of_itself(desk: OpenedStation, ledger: str) -> None:
    again(desk, ledger, 2, nksGioiTinh="2")
    assert listed(desk, ledger)[1].state == "keyed"
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "2", None, {"nksGioiTinh": "2"})
    assert (listed(desk, ledger)[1].state, listed(desk, ledger)[1].checked_by) == ("complete", SECOND)


def test_value_that_is_changed_behind_the_look_differs_again(desk: OpenedStation, ledger: str) -> None:
    again(desk, ledger, 1)
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "1", None, {"nksNoiSinh": "Bệnh viện"})
    assert listed(desk, ledger)[0].state == "complete"
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "1", None, {"nksHoTen": "Người khác"})
    assert listed(desk, ledger)[0].state == "keyed"
    assert ("001", "nksHoTen", "value") in told(desk, ledger)


def test_what_was_decided_is_not_asked_again_until_it_is_changed(desk: OpenedStation, ledger: str) -> None:
    again(desk, ledger, 3, **SLIPS[3])
    decide(desk, ledger, 3, nksHoTen="Nguyễn Văn Ba")
    assert not any(one.number == "003" and one.column for one in comparison.between_keyings(desk.station, ledger))
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "3", None, {"nksHoTen": "Nguyễn Văn Bốn"})
    assert ("003", "nksHoTen", "value") in told(desk, ledger)


def test_what_was_rejected_by_the_decision_is_asked_again_where_the_first_person_takes_it(
    desk: OpenedStation, ledger: str
) -> None:
    again(desk, ledger, 2, nksGioiTinh="2")
    decide(desk, ledger, 2, nksGioiTinh="1")
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "2", None, {"nksGioiTinh": "2"})
    assert ("002", "nksGioiTinh", "value") in told(desk, ledger)
    assert (listed(desk, ledger)[1].state, listed(desk, ledger)[1].checked_by) == ("keyed", None)
    assert due_looks.next_for(desk.station, ledger, [LookKind.DECISION], "người thứ tư") == 2


def test_look_that_holds_on_behind_a_change_is_of_the_day_on_which_it_was_done(
    desk: OpenedStation, ledger: str
) -> None:
    again(desk, ledger, 2, nksGioiTinh="2")
    again(desk, ledger, 3, nksHoTen="Nguyễn Văn Bảy")
    decide(desk, ledger, 3, nksHoTen="Nguyễn Văn Ba")
    decided = desk.one(select(Check.at).where(Check.entry_id == 3))
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "2", None, {"nksGioiTinh": "2"})
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "3", None, {"nksNoiSinh": "Bệnh viện"})
    keyed = desk.one(select(SecondKeying.done_at).where(SecondKeying.entry_id == 2))
    assert desk.all(select(Check.at).where(Check.entry_id == 2)) == [keyed]
    assert desk.all(select(Check.at).where(Check.entry_id == 3)) == [decided, decided]


def test_row_that_is_to_be_keyed_twice_cannot_be_said_to_be_right(desk: OpenedStation, ledger: str) -> None:
    with pytest.raises(Refused) as refused:
        decisions.review(desk.station, Act(ledger, SECOND), 1, CheckVerdict.RIGHT)
    assert refused.value.code == "row-review-not-set"
    assert listed(desk, ledger)[0].state == "keyed"


@pytest.mark.parametrize(
    ("typed", "code"), [({"nksNoiSinh": "x"}, "row-second-column"), ({"nksGioiTinh": "7"}, "row-value")]
)
def test_what_cannot_be_stored_changes_nothing(
    desk: OpenedStation, ledger: str, typed: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        second_keying.key(desk.station, Act(ledger, SECOND), 1, typed, shown_revision=0)
    assert refused.value.code == code
    assert desk.all(select(SecondKeying.id)) == []


def test_row_is_keyed_again_when_it_is_complete_and_once(desk: OpenedStation) -> None:
    ledger = desk.whole("KS.2007.01", 1)
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "1", None, {"nksHoTen": "Một"})
    with pytest.raises(Refused, match="not complete"):
        again(desk, ledger, 1)
    key_first(desk, ledger)
    again(desk, ledger, 1)
    with pytest.raises(Refused, match="twice already"):
        again(desk, ledger, 1, shown=1)


def test_type_that_the_settings_do_not_name_is_keyed_once(desk: OpenedStation) -> None:
    ledger = desk.whole("KH.2007.01", 1)
    assert desk.station.settings.second_look("KH") == SecondLook.NONE
    with pytest.raises(Refused, match="not keyed twice"):
        second_keying.key(desk.station, Act(ledger, SECOND), 1, {}, shown_revision=0)


def test_second_person_types_over_nobody(desk: OpenedStation, ledger: str) -> None:
    begun = second_keying.key(desk.station, Act(ledger, SECOND), 1, {"nksHoTen": "Một"}, shown_revision=0)
    assert begun.revision == 1
    with pytest.raises(Refused, match=SECOND):
        second_keying.key(desk.station, Act(ledger, THIRD), 1, {"nksHoTen": "Hai"}, shown_revision=0)
    assert desk.one(select(SecondKeying.values))["nksHoTen"] == "Một"


def test_signer_is_kept_from_the_second_keying_before_and_not_from_the_first(desk: OpenedStation, ledger: str) -> None:
    second_keying.key(desk.station, Act(ledger, SECOND), 1, {"nguoiKy": "Lê Văn Kỳ"}, shown_revision=0)
    second_keying.key(desk.station, Act(ledger, SECOND), 2, {"nksHoTen": "Hai"}, shown_revision=0)
    shown = row_second_look.blind_form(desk.station, ledger, 2)
    kept = {one.column.name: (one.value, one.stored) for group in shown.groups for one in group.fields if one.value}
    assert kept == {"nksHoTen": ("Hai", "Hai"), "nguoiKy": ("Lê Văn Kỳ", "")}


def test_others_rows_come_first_and_ones_own_on_another_day_at_the_end(desk: OpenedStation, ledger: str) -> None:
    assert due_looks.next_for(desk.station, ledger, [LookKind.KEYING], FIRST) is None
    entry_rows.set_values(desk.station, Act(ledger, FIRST), "1", None, dict.fromkeys(birth(1), ""))
    desk.by_hand("UPDATE entry_row SET keyers = json_array(?) WHERE entry_id = 3", SECOND)
    following = due_looks.next_for(desk.station, ledger, [LookKind.KEYING], FIRST)
    assert following == 3
    another_day(desk, timedelta(days=1))
    order = []
    elsewhere: set[int] = set()
    while due := due_looks.next_for(desk.station, ledger, [LookKind.KEYING], FIRST, elsewhere=elsewhere):
        order.append(due)
        elsewhere.add(due)
    assert order == [3, 2, 4, 5]


def test_log_names_who_looked_and_no_persons_data_and_all_is_proven(desk: OpenedStation, ledger: str) -> None:
    again(desk, ledger, 1)
    facts = desk.all(select(Event.facts).where(Event.what.in_(["row-keyed-again", "row-checked"])).order_by(Event.id))
    assert (facts[0]["done"], facts[1]["by"], facts[1]["verdict"]) == (True, SECOND, "right")
    assert "Văn" not in str(facts)
    assert list(verify.verify(desk.station)) == []
