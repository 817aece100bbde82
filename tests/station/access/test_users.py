from __future__ import annotations

import logging
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from station.access import login_limiter, users
from station.access.login_limiter import LoginLimiter
from station.catalogue.models import Event, User
from station.domain.roles import Role
from station.errors import Refused
from station.upkeep import verify
from tests.station.opened_station import OpenedStation

NAME, PIN = "Nguyễn Thị Hoa", "135790"


class Clock:
    """A clock that a test turns on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(desk: OpenedStation, clock: Clock) -> LoginLimiter:
    """The door of a station that knows one person."""
    users.add(desk.station, NAME, Role.OPERATOR, who="thử", pin=PIN)
    return LoginLimiter(desk.station, clock)


@pytest.fixture
def quick_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check a PIN in no time: only how often is at stake."""
    monkeypatch.setattr(login_limiter, "check_password_hash", lambda _kept, pin: pin == PIN)


def refusal(door: LoginLimiter, name: str, pin: str) -> str:
    with pytest.raises(Refused) as refused:
        door.enter(name, pin)
    return refused.value.code


def test_drawn_pin_lets_in_and_is_stored_nowhere(desk: OpenedStation) -> None:
    pin = users.add(desk.station, NAME, Role.CHECKER, who="thử")
    assert len(pin) == 6
    assert pin.isdecimal()
    assert LoginLimiter(desk.station).enter(NAME, pin).role == Role.CHECKER
    kept = desk.one(select(User.pin_hash))
    assert pin not in kept
    assert kept.startswith("scrypt:")  # slow for whoever guesses
    assert not [facts for facts in desk.all(select(Event.facts)) if pin in str(facts)]


def test_who_added_and_who_entered_stands_in_the_log(desk: OpenedStation) -> None:
    pin = users.add(desk.station, NAME, Role.OPERATOR, who="thử")
    LoginLimiter(desk.station).enter(NAME, pin)
    users.reset_pin(desk.station, NAME, who="kỹ thuật")
    with desk.station.catalogue.reading() as session:
        assert [(line.who, line.what) for line in session.scalars(select(Event).order_by(Event.id))] == [
            ("thử", "person-added"),
            (NAME, "logged-in"),
            ("kỹ thuật", "pin-reset"),
        ]


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\x00b", "a\u202eb"])
def test_what_is_no_name_is_refused(desk: OpenedStation, name: str) -> None:
    with pytest.raises(Refused, match="is no name"):
        users.add(desk.station, name, Role.OPERATOR, who="thử")
    assert users.all_users(desk.station) == []


@pytest.mark.parametrize("same", ["nguyễn thị HOA", "  Nguyễn   Thị Hoa ", unicodedata.normalize("NFD", NAME)])
def test_name_that_looks_the_same_is_the_same_person(desk: OpenedStation, door: LoginLimiter, same: str) -> None:
    with pytest.raises(Refused, match="already"):
        users.add(desk.station, same, Role.OPERATOR, who="thử")
    assert door.enter(same, PIN).name == NAME


@pytest.mark.parametrize("pin", ["", "12345", "1" * 6, "1234567890123", "12345a", "١٢٣٤٥٦"])
def test_weak_pin_is_refused(desk: OpenedStation, pin: str) -> None:
    with pytest.raises(Refused, match="at least 6 digits"):
        users.add_first(desk.station, NAME, pin)


def test_first_technician_can_be_entered_once(desk: OpenedStation) -> None:
    def enter(number: int) -> str:
        try:
            users.add_first(desk.station, f"Người {number}", PIN)
        except Refused as refused:
            return refused.code
        return "entered"

    with ThreadPoolExecutor(4) as together:
        answers = sorted(together.map(enter, range(4)))
    assert answers == ["entered"] + ["person-first-known"] * 3
    (only,) = users.all_users(desk.station)
    assert only.role == Role.TECHNICIAN


def test_after_five_wrong_pins_the_right_one_must_wait_too(door: LoginLimiter, clock: Clock) -> None:
    assert [refusal(door, NAME, "000001") for _ in range(5)] == ["pin-wrong"] * 5
    assert refusal(door, NAME, PIN) == "pin-wait"
    clock.now += LoginLimiter.FIRST_WAIT
    assert door.enter(NAME, PIN).name == NAME


def test_wait_grows_up_to_a_quarter_of_an_hour(door: LoginLimiter, clock: Clock) -> None:
    for _ in range(5):
        refusal(door, NAME, "000001")
    waits = []
    for _ in range(7):
        with pytest.raises(Refused) as refused:
            door.enter(NAME, PIN)
        waits.append(int(str(refused.value.facts["seconds"])) - 1)
        clock.now += waits[-1]
        assert refusal(door, NAME, "000001") == "pin-wrong"
    assert waits == [30, 60, 120, 240, 480, 900, 900]


@pytest.mark.usefixtures("quick_check")
def test_thousands_of_failures_leave_the_wait_at_a_quarter_of_an_hour(door: LoginLimiter, clock: Clock) -> None:
    for _ in range(1100):
        clock.now += LoginLimiter.LONGEST_WAIT
        assert refusal(door, NAME, "000001") == "pin-wrong"
    with pytest.raises(Refused) as refused:
        door.enter(NAME, PIN)
    assert refused.value.facts["seconds"] == 901
    clock.now += LoginLimiter.LONGEST_WAIT
    assert door.enter(NAME, PIN).name == NAME


@pytest.mark.usefixtures("quick_check")
def test_invented_names_are_forgotten_again_and_do_not_open_the_door_of_a_person(
    door: LoginLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LoginLimiter, "MOST_NAMES", 20, raising=False)
    for name in (NAME, "Ai Đó"):
        for _ in range(5):
            refusal(door, name, "000001")
        assert refusal(door, name, "000001") == "pin-wait"
    for number in range(20):
        refusal(door, f"Kẻ Lạ {number}", PIN)
    assert refusal(door, "Ai Đó", PIN) == "pin-wrong"
    assert refusal(door, NAME, PIN) == "pin-wait"


def test_right_pin_forgets_the_wrong_ones_before(door: LoginLimiter) -> None:
    for _ in range(3):
        for _ in range(4):
            assert refusal(door, NAME, "000001") == "pin-wrong"
        door.enter(NAME, PIN)


def test_unknown_name_is_answered_like_a_known_one(door: LoginLimiter) -> None:
    assert [refusal(door, "Ai Đó", PIN) for _ in range(6)] == ["pin-wrong"] * 5 + ["pin-wait"]
    assert door.enter(NAME, PIN).name == NAME


def test_another_spelling_of_the_name_gives_no_more_tries(door: LoginLimiter) -> None:
    spellings = [NAME, NAME.upper(), f" {NAME}", NAME.replace(" ", "   "), unicodedata.normalize("NFD", NAME)]
    assert [refusal(door, name, "000001") for name in spellings] == ["pin-wrong"] * 5
    assert refusal(door, NAME.lower(), "000001") == "pin-wait"


def test_many_tries_at_once_are_five_tries(door: LoginLimiter) -> None:
    with ThreadPoolExecutor(20) as together:
        refusals = list(together.map(lambda number: refusal(door, NAME, f"{number:06}"), range(40)))
    assert refusals.count("pin-wrong") == 5
    assert refusals.count("pin-wait") == 35


def test_new_pin_opens_a_closed_door_and_ends_the_old_pin(desk: OpenedStation, door: LoginLimiter) -> None:
    for _ in range(6):
        refusal(door, NAME, "000001")
    new = users.reset_pin(desk.station, NAME.lower(), who="kỹ thuật")
    before = users.all_users(desk.station)[0]
    assert door.enter(NAME, new) == before
    assert refusal(door, NAME, PIN) == "pin-wrong"


def test_pin_of_a_stranger_cannot_be_reset(desk: OpenedStation) -> None:
    with pytest.raises(Refused, match="no person named"):
        users.reset_pin(desk.station, "Ai Đó", who="kỹ thuật")


def test_new_pin_changes_the_stamp(desk: OpenedStation) -> None:
    users.add(desk.station, NAME, Role.OPERATOR, who="thử")
    (before,) = users.all_users(desk.station)
    users.reset_pin(desk.station, NAME, who="thử")
    (after,) = users.all_users(desk.station)
    assert before.stamp != after.stamp
    assert before.id == after.id


def test_try_counts_before_its_pin_is_checked(door: LoginLimiter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else as many tries as come while the first is checked, slowly, would be free."""
    counted: list[int] = []

    def check(_kept: str, _pin: str) -> bool:
        counted.extend(count for count, _until in door._failures.values())
        return False

    monkeypatch.setattr(login_limiter, "check_password_hash", check)
    refusal(door, NAME, "000001")
    assert counted == [1]


def test_unknown_name_is_checked_against_a_hash_as_slow_as_a_known_one(
    door: LoginLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the time tells who works here."""
    checked: list[str] = []

    def check(kept: str, _pin: str) -> bool:
        checked.append(kept)
        return False

    monkeypatch.setattr(login_limiter, "check_password_hash", check)
    refusal(door, NAME, PIN)
    refusal(door, "Ai Đó", PIN)
    known, unknown = (kept.partition("$")[0] for kept in checked)
    assert known == unknown


def test_what_was_typed_for_a_name_is_not_logged(door: LoginLimiter, caplog: pytest.LogCaptureFixture) -> None:
    """People type their PIN into the wrong field."""
    with caplog.at_level(logging.DEBUG):
        refusal(door, "246813", "Hoa")
        refusal(door, NAME, "975310")
        door.enter(NAME, PIN)
    assert "unknown name" in caplog.text
    assert NAME in caplog.text
    assert [one for one in ("246813", "975310", PIN) if one in caplog.text] == []


def test_new_pin_is_hashed_as_slowly_as_the_first(desk: OpenedStation) -> None:
    users.add(desk.station, NAME, Role.OPERATOR, who="thử")
    first = desk.one(select(User.pin_hash))
    users.reset_pin(desk.station, NAME, who="thử")
    second = desk.one(select(User.pin_hash))
    assert first != second
    assert first.partition("$")[0] == second.partition("$")[0]


def test_person_who_may_not_log_in_any_more_is_known_and_let_in_no_more(
    desk: OpenedStation, door: LoginLimiter
) -> None:
    person = door.enter(NAME, PIN)
    assert users.active_user(desk.station, person.id) == person
    desk.by_hand('UPDATE "user" SET active = 0')
    assert users.active_user(desk.station, person.id) is None
    assert users.all_users(desk.station) == []
    assert refusal(door, NAME, PIN) == "pin-wrong"


def test_person_who_left_is_let_in_no_more_and_keeps_the_name(desk: OpenedStation, door: LoginLimiter) -> None:
    users.add(desk.station, "Lan", Role.TECHNICIAN, who="thử")
    person = door.enter(NAME, PIN)
    users.leave(desk.station, NAME, who="Lan")
    assert users.active_user(desk.station, person.id) is None
    assert refusal(door, NAME, PIN) == "pin-wrong"
    assert [one.name for one in users.all_users(desk.station)] == ["Lan"]
    for act in (users.leave, users.reset_pin):
        with pytest.raises(Refused) as refused:
            act(desk.station, NAME, who="Lan")
        assert refused.value.code == "person-unknown"
    assert list(verify.verify(desk.station)) == []


def test_person_who_comes_back_has_a_new_pin_and_role_and_the_old_name(desk: OpenedStation, door: LoginLimiter) -> None:
    users.add(desk.station, "Lan", Role.TECHNICIAN, who="thử")
    users.leave(desk.station, NAME, who="Lan")
    pin = users.add(desk.station, unicodedata.normalize("NFD", NAME.upper()), Role.CHECKER, who="Lan")
    assert refusal(door, NAME, PIN) == "pin-wrong"
    assert (door.enter(NAME, pin).name, door.enter(NAME, pin).role) == (NAME, Role.CHECKER)
    assert len(desk.all(select(User.id))) == 2
    assert list(verify.verify(desk.station)) == []


def test_last_technician_stays(desk: OpenedStation, door: LoginLimiter) -> None:
    users.add(desk.station, "Lan", Role.TECHNICIAN, who="thử")
    with pytest.raises(Refused) as refused:
        users.leave(desk.station, "Lan", who="Lan")
    assert refused.value.code == "person-last-technician"
    users.add(desk.station, "Minh", Role.TECHNICIAN, who="Lan")
    users.leave(desk.station, "Lan", who="Minh")
    assert [one.name for one in users.all_users(desk.station)] == ["Minh", NAME]


def test_that_somebody_left_cannot_be_undone_behind_the_log(desk: OpenedStation, door: LoginLimiter) -> None:
    users.add(desk.station, "Lan", Role.TECHNICIAN, who="thử")
    users.leave(desk.station, NAME, who="Lan")
    desk.by_hand("UPDATE user SET active = 1")
    assert [one.code for one in verify.verify(desk.station)] == ["verify-person"]
