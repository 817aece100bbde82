"""Files over lines that break: each arrives once, with the same bytes, and little is sent twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from station.parcels import Parcel
from station.tus_destination import TusSender
from station.tus_line import Patience
from station.tus_pieces import PIECE
from tests.delivery.bad_line import BadLine, Fault
from tests.delivery.conftest import Diary
from tests.delivery.province import Province

MB = 1024 * 1024
SIZE, CUTS = 50 * MB, 5
#: Longer than the three seconds for which @tus/server lets a question wait behind a silent client.
QUICK = Patience(connect=1, read=3.5, receipt=60, failures=6)
#: Where the server has nothing left to wait for.
SHORT = Patience(connect=1, read=1, receipt=60, failures=6)
#: What each request weighs beside its piece, at most (bytes).
HEADERS = 2048

Make = Callable[..., Parcel]


def arrived_once(province: Province, *parcels: Parcel) -> None:
    wanted = sorted({parcel.sha256 for parcel in parcels})
    assert province.rows() == wanted
    assert province.stored() == wanted


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.CLOSE, Fault.HANG, Fault.LOST_ANSWER])
def test_five_breaks_cost_at_most_a_piece_each(province: Province, parcel: Make, fault: Fault) -> None:
    sent = parcel(SIZE)
    with (
        BadLine(province.port, fault, after=8 * MB, times=CUTS) as line,
        TusSender(province.destination(files=line.port), SHORT if fault is Fault.LOST_ANSWER else QUICK) as sender,
    ):
        diary = Diary()
        store = sender.send(sent, diary)
    assert line.left == 0
    assert store.endswith(sent.sha256)
    arrived_once(province, sent)
    assert len(diary.uploads) == 1
    requests = SIZE // PIECE + 1 + 3 * CUTS + 10
    assert line.carried - SIZE <= CUTS * PIECE + requests * HEADERS


def test_an_answer_lost_after_the_last_byte_is_no_second_upload(province: Province, parcel: Make) -> None:
    sent = parcel(3 * PIECE)
    with (
        BadLine(province.port, Fault.LOST_ANSWER, after=3 * PIECE, times=1) as line,
        TusSender(province.destination(files=line.port), SHORT) as sender,
    ):
        diary = Diary()
        sender.send(sent, diary)
    assert line.left == 0
    assert len(diary.uploads) == 1
    arrived_once(province, sent)


def test_a_changed_bit_is_found_and_the_file_comes_again(province: Province, parcel: Make) -> None:
    sent = parcel(5 * MB)
    with (
        BadLine(province.port, Fault.FLIP, after=3 * MB, times=1) as line,
        TusSender(province.destination(files=line.port), SHORT) as sender,
    ):
        diary = Diary()
        sender.send(sent, diary)
    assert line.left == 0
    assert len(diary.uploads) == 2
    arrived_once(province, sent)
