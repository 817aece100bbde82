"""Labels are reserved before a file exists: a released one is given out again, one that had a file never."""

from __future__ import annotations

from station.catalogue.models import Reservation
from station.domain.states import ReservationState
from station.scanning import label_reservation
from tests.station.opened_station import OpenedStation


def settled(desk: OpenedStation, reservation: Reservation, state: ReservationState) -> None:
    with desk.station.catalogue.writing() as session:
        session.get_one(Reservation, reservation.id).state = state


def test_released_label_is_given_out_again_and_no_other(desk: OpenedStation) -> None:
    with desk.session(desk.ledger()) as (run, _folder):
        given = []
        for state in (ReservationState.USED, ReservationState.RELEASED, ReservationState.BLOCKED):
            reservation = label_reservation.reserve(desk.station, run, ".jpg")
            settled(desk, reservation, state)
            given.append(reservation.label)
        given.append(label_reservation.reserve(desk.station, run, ".jpg").label)
    assert given == ["001", "002", "002", "003"]


def test_name_under_which_a_strangers_file_lies_is_passed_over(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    with desk.session(ledger) as (run, folder):
        first = label_reservation.reserve(desk.station, run, ".jpg")
        settled(desk, first, ReservationState.RELEASED)
        stranger = desk.data / first.file
        stranger.parent.mkdir(parents=True, exist_ok=True)
        stranger.with_suffix(".tif").write_bytes(b"not ours")
        (folder / "0001.jpg").write_bytes(b"a sheet")
        reservation, file = label_reservation.give_name(desk.station, run, folder / "0001.jpg")
    assert reservation.label == "002"
    assert file.read_bytes() == b"a sheet"
    assert stranger.with_suffix(".tif").read_bytes() == b"not ours"
