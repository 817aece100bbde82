"""Pairing a device of the office's network: codes that are good once, for ten minutes and five tries; devices."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from station.access import device_pairing
from station.catalogue.models import Device, Event, PairingCode
from station.errors import Refused
from tests.station.opened_station import OpenedStation, opened_station
from tests.stations import Command

ON = "[lan]\nenabled = true\n"
NAME = "Máy tính bảng phòng một cửa"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, ON) as ready:
        yield ready


def offered(desk: OpenedStation, name: str = NAME) -> str:
    return device_pairing.offer_code(desk.station, name, who="thử")


def refused(desk: OpenedStation, code: str) -> None:
    with pytest.raises(Refused) as told:
        device_pairing.redeem_code(desk.station, code)
    assert told.value.code == "pairing-code-wrong"


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


def drawn_before(desk: OpenedStation, age: timedelta) -> None:
    """As if the code had been drawn so long ago."""
    desk.by_hand("UPDATE pairing_code SET made_at = ?", (datetime.now(UTC) - age).isoformat())


def test_code_pairs_one_device_and_no_second(desk: OpenedStation) -> None:
    code = offered(desk)
    assert code.isdecimal()
    assert len(code) == 8
    token = device_pairing.redeem_code(desk.station, f"{code[:4]} {code[4:]}")
    device = device_pairing.device_of_token(desk.station, token)
    assert device is not None
    assert device.name == NAME
    refused(desk, code)
    assert [one.name for one in device_pairing.paired_devices(desk.station)] == [NAME]


@pytest.mark.parametrize("age", [timedelta(minutes=9, seconds=50), timedelta(minutes=-2)])
def test_code_is_valid_for_ten_minutes_also_when_the_clock_is_corrected(desk: OpenedStation, age: timedelta) -> None:
    code = offered(desk)
    drawn_before(desk, age)
    assert device_pairing.redeem_code(desk.station, code)


@pytest.mark.parametrize("age", [timedelta(minutes=10, seconds=1), timedelta(days=-400)])
def test_code_that_is_old_or_of_another_year_is_refused(desk: OpenedStation, age: timedelta) -> None:
    code = offered(desk)
    drawn_before(desk, age)
    refused(desk, code)


def test_code_is_void_after_five_wrong_ones(desk: OpenedStation) -> None:
    code = offered(desk)
    for _ in range(device_pairing.TRIES):
        refused(desk, another(code))
    refused(desk, code)
    assert device_pairing.paired_devices(desk.station) == []


def test_four_wrong_ones_leave_one_try(desk: OpenedStation) -> None:
    code = offered(desk)
    for wrong in (another(code), "", "x" * 5000, code[:7]):
        refused(desk, wrong)
    assert device_pairing.redeem_code(desk.station, code)


def test_new_code_ends_the_one_before(desk: OpenedStation) -> None:
    old, new = offered(desk), offered(desk, "Máy khác")
    if old != new:
        refused(desk, old)
    paired = device_pairing.device_of_token(desk.station, device_pairing.redeem_code(desk.station, new))
    assert paired is not None
    assert paired.name == "Máy khác"


def test_of_many_devices_at_once_one_is_paired(desk: OpenedStation) -> None:
    code = offered(desk)
    tokens: list[str] = []
    mistakes: list[Exception] = []

    def enter() -> None:
        try:
            tokens.append(device_pairing.redeem_code(desk.station, code))
        except Refused:
            pass
        except Exception as error:  # noqa: BLE001 (told by the test's own thread)
            mistakes.append(error)

    entering = [threading.Thread(target=enter) for _ in range(device_pairing.TRIES)]
    for thread in entering:
        thread.start()
    for thread in entering:
        thread.join()
    assert len(tokens) == len(device_pairing.paired_devices(desk.station)) == 1
    assert mistakes == [], "the others are told so"


def test_tries_at_once_do_not_slip_past_the_count(desk: OpenedStation) -> None:
    code = offered(desk)
    guessing = [threading.Thread(target=refused, args=(desk, another(code))) for _ in range(12)]
    for thread in guessing:
        thread.start()
    for thread in guessing:
        thread.join()
    assert desk.one_row("SELECT tries FROM pairing_code") == device_pairing.TRIES
    refused(desk, code)


def test_neither_code_nor_token_stands_in_the_catalogue_or_the_log(desk: OpenedStation) -> None:
    code = offered(desk)
    assert code not in dump(desk)
    assert desk.one(select(PairingCode.code_hash)).startswith("scrypt:")  # slow for whoever guesses eight digits
    token = device_pairing.redeem_code(desk.station, code)
    assert token not in dump(desk)
    assert desk.all(select(Event.what).where(Event.what.like("%pair%"))) == ["pairing-code-drawn", "device-paired"]


def dump(desk: OpenedStation) -> str:
    with desk.station.catalogue.reading() as session:
        connection = session.connection().connection.driver_connection
        assert connection is not None
        return "\n".join(connection.iterdump())


def test_revoked_device_is_known_no_more_and_its_name_is_free(desk: OpenedStation) -> None:
    token = device_pairing.redeem_code(desk.station, offered(desk))
    device_pairing.revoke(desk.station, NAME, who="thử")
    assert device_pairing.device_of_token(desk.station, token) is None
    assert device_pairing.redeem_code(desk.station, offered(desk)) != token
    with pytest.raises(Refused, match="no device named"):
        device_pairing.revoke(desk.station, "Máy lạ", who="thử")


def test_device_is_noted_to_be_here_every_ten_minutes(desk: OpenedStation) -> None:
    token = device_pairing.redeem_code(desk.station, offered(desk))
    paired = device_pairing.device_of_token(desk.station, token)
    assert paired is not None
    assert not device_pairing.note_visit(desk.station, paired)
    before = (datetime.now(UTC) - timedelta(minutes=11)).isoformat()
    desk.by_hand("UPDATE device SET seen_at = ?", before)
    paired = device_pairing.device_of_token(desk.station, token)
    assert paired is not None
    assert device_pairing.note_visit(desk.station, paired)
    assert datetime.now(UTC) - desk.one(select(Device.seen_at)) < timedelta(minutes=1)


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\x07b", "\u202e"])
def test_name_that_nobody_could_read_is_refused(desk: OpenedStation, name: str) -> None:
    with pytest.raises(Refused) as told:
        offered(desk, name)
    assert told.value.code == "device-name-wrong"


def test_name_of_a_paired_device_is_taken_in_whatever_spelling(desk: OpenedStation) -> None:
    device_pairing.redeem_code(desk.station, offered(desk))
    with pytest.raises(Refused) as told:
        offered(desk, f" {NAME.upper()} ")
    assert told.value.code == "device-exists"


def test_no_code_is_drawn_where_the_page_is_for_this_pc_only(tmp_path: Path) -> None:
    with opened_station(tmp_path) as off, pytest.raises(Refused) as told:
        offered(off)
    assert told.value.code == "lan-off"


# By the command line, which is another process


def test_command_draws_a_code_and_lists_devices(desk: OpenedStation, tmp_path: Path) -> None:
    command = Command(tmp_path, {"TRAMQUET_LANGUAGE": "en"})
    told = command.run("device", "pair", NAME)
    assert "within 10 minutes" in told.stderr or "no address of this PC" in told.stderr
    assert device_pairing.redeem_code(desk.station, told.stdout.strip())
    (listed,) = command.json("device", "list")
    assert listed["name"] == NAME
    assert datetime.fromisoformat(listed["seen_at"]).tzinfo is not None
