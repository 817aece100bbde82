"""What was keyed into a row is taken back: its columns hold what they held, and nothing that others keyed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from station.catalogue.models import EntryRow, Event
from station.domain.checks import CheckVerdict
from station.errors import Refused
from station.ledger import entries
from station.ledger.entries import Act
from station.rows import decisions, entry_rows
from station.undo import acts
from station.upkeep import verify
from station.views import history, row_list
from tests.station.opened_station import WHO, OpenedStation, opened_station
from tests.station.rows.keyed_births import FIRST, SECOND, key_first

OTHER = "người khác"
SIGNED = {"nguoiKy": "Lê Văn Ký", "chucVuNguoiKy": "Chủ tịch", "nguoiThucHien": "Hồ Thị Ghi"}


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Three births; of the first the signer is keyed."""
    name = desk.whole("KS.2007.01", 3)
    key(desk, name, "1", **SIGNED)
    return name


@pytest.fixture
def reviewing(tmp_path: Path) -> Iterator[OpenedStation]:
    """A station in which another person looks at each birth."""
    with opened_station(tmp_path, more='[rows]\nsecond_look = { KS = "review" }\n') as ready:
        yield ready


def key(desk: OpenedStation, ledger: str, number: str, who: str = WHO, **typed: str) -> None:
    entry_rows.set_values(desk.station, Act(ledger, who), number, None, typed)


def back(desk: OpenedStation, ledger: str, who: str = WHO) -> str:
    code = acts.take_back(desk.station, Act(ledger, who)).message.code
    assert list(verify.verify(desk.station)) == []
    return code


def refusal(desk: OpenedStation, ledger: str) -> str:
    before = columns(desk, ledger, "001")
    with pytest.raises(Refused) as refused:
        acts.take_back(desk.station, Act(ledger, WHO))
    assert columns(desk, ledger, "001") == before
    return refused.value.code


def columns(desk: OpenedStation, ledger: str, number: str) -> dict[str, str]:
    """What is keyed of an entry, by column."""
    shown = row_list.row_values(desk.station, ledger, number, None)
    return {one.column: one.value for one in shown if one.source == "keyed"}


def test_each_group_that_was_stored_is_taken_back_by_itself(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "1", nksHoTen="Nguyễn Văn Thử", meHoTen="Trần Thị Mẫu")
    key(desk, ledger, "1", meHoTen="Trần Thị Mâu", meNgaySinh="1985")
    assert back(desk, ledger) == "did-row-set"
    assert columns(desk, ledger, "001") == {**SIGNED, "nksHoTen": "Nguyễn Văn Thử", "meHoTen": "Trần Thị Mẫu"}
    back(desk, ledger)
    assert columns(desk, ledger, "001") == SIGNED
    back(desk, ledger)
    assert columns(desk, ledger, "001") == {}
    assert back(desk, ledger) == "did-entry-set", "and what was done before is next"


def test_row_that_was_taken_back_whole_is_as_if_nobody_had_keyed_it(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "2", nksHoTen="Nguyễn Văn Hai", **SIGNED)  # as who goes on from what is proposed
    back(desk, ledger)
    assert columns(desk, ledger, "002") == {}
    shown = {one.column: (one.value, one.source) for one in row_list.row_values(desk.station, ledger, "2", None)}
    assert {name: shown[name] for name in SIGNED} == {name: (text, "proposed") for name, text in SIGNED.items()}
    assert row_list.rows(desk.station, ledger)[1].state == "empty"
    key(desk, ledger, "2", nksHoTen="Nguyễn Văn Hai")
    assert columns(desk, ledger, "002") == {"nksHoTen": "Nguyễn Văn Hai"}


def test_it_is_a_revision_of_its_own_and_the_log_says_nothing_of_a_person(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "1", nksHoTen="Nguyễn Văn Thử")
    acts.take_back(desk.station, Act(ledger, WHO, "nhầm dòng"))
    assert [(one.who, one.why, one.changes) for one in row_list.row_changes(desk.station, ledger, "1", None)] == [
        (WHO, "", SIGNED),
        (WHO, "", {"nksHoTen": "Nguyễn Văn Thử"}),
        (WHO, "nhầm dòng", {"nksHoTen": ""}),
    ]
    assert "Thử" not in str(desk.all(select(Event.facts)))
    words = [line.words.sentence("vi") for line in history.of_ledger(desk.station, ledger, 1, 3).rows]
    assert words[-1] == "Đã nhập 1 cột của trường hợp số 001."


def test_what_somebody_else_keyed_since_stays(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "1", nksHoTen="Nguyễn Văn Thử")
    key(desk, ledger, "1", OTHER, meHoTen="Trần Thị Mẫu")
    back(desk, ledger)
    assert columns(desk, ledger, "001") == {**SIGNED, "meHoTen": "Trần Thị Mẫu"}
    key(desk, ledger, "1", OTHER, nguoiKy="Người Mới")
    assert refusal(desk, ledger) == "undo-changed"


def test_row_of_an_entry_that_is_gone_is_left(desk: OpenedStation, ledger: str) -> None:
    entries.remove(desk.station, Act(ledger, OTHER), "1", 2007)
    with pytest.raises(Refused) as refused:
        acts.take_back(desk.station, Act(ledger, WHO))
    assert refused.value.code == "undo-changed"
    acts.take_back(desk.station, Act(ledger, OTHER))
    back(desk, ledger)
    assert columns(desk, ledger, "001") == {}


def test_what_a_package_holds_is_not_taken_back(desk: OpenedStation, ledger: str) -> None:
    desk.package(ledger)
    assert refusal(desk, ledger) == "undo-packaged"


def test_row_whose_values_of_then_are_not_known_is_left(desk: OpenedStation, ledger: str) -> None:
    desk.by_hand("DELETE FROM row_revision")
    assert refusal(desk, ledger) == "undo-changed"


def test_correction_that_is_taken_back_is_looked_at_once_more(reviewing: OpenedStation) -> None:
    desk, ledger = reviewing, key_first(reviewing, reviewing.whole("KS.2007.01", 1))
    key(desk, ledger, "1", SECOND, nksNoiSinh="Bệnh viện")
    decisions.review(desk.station, Act(ledger, SECOND), 1, CheckVerdict.RIGHT, shown_revision=2)
    assert row_list.rows(desk.station, ledger)[0].state == "complete"
    assert back(desk, ledger, SECOND) == "did-row-set"
    assert row_list.rows(desk.station, ledger)[0].state == "keyed"
    assert columns(desk, ledger, "001")["nksNoiSinh"] == "Trạm y tế xã"


def test_that_a_row_is_right_as_it_is_changed_nothing_to_take_back(reviewing: OpenedStation) -> None:
    desk, ledger = reviewing, key_first(reviewing, reviewing.whole("KS.2007.01", 1))
    act = Act(ledger, SECOND, "xem lại")
    decisions.review(desk.station, act, 1, CheckVerdict.REJECTED, shown_revision=1)
    entry_rows.leave_as_it_is(desk.station, Act(ledger, FIRST), 1, shown_revision=1)
    assert desk.one(select(EntryRow.revision)) == 2
    past = acts.of_person(desk.station, ledger, who=FIRST)
    assert [(one.message.code, one.entry) for one in past] == [("did-row-set", 1)]
    back(desk, ledger, FIRST)
    assert columns(desk, ledger, "001") == {}
