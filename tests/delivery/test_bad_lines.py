"""Files over lines that break: each arrives once, with the same bytes, and little is sent twice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.tus import TusSender
from station.delivery.destinations.tus_chunks import PIECE
from station.delivery.destinations.tus_http import LineTimeouts
from tests.delivery.bad_line import BadLine, Fault
from tests.delivery.conftest import Diary
from tests.delivery.province import Province
from tests.ports import free_port
from tests.waiting import PATIENCE

FAULTPROXY = Path(__file__).parents[3] / "shared" / "tools" / "faultproxy.py"
MB = 1024 * 1024
SIZE, CUTS = 50 * MB, 5
#: Longer than the three seconds for which @tus/server lets a question wait behind a silent client.
QUICK = LineTimeouts(connect=3, read=4, receipt=PATIENCE, failures=30)
#: Where the server has nothing left to wait for.
SHORT = LineTimeouts(connect=3, read=3, receipt=PATIENCE, failures=30)
#: What each request weighs beside its piece, at most (bytes).
HEADERS = 2048

Make = Callable[..., DeliveryFile]


def arrived_once(province: Province, *delivery_files: DeliveryFile) -> None:
    wanted = sorted({delivery_file.sha256 for delivery_file in delivery_files})
    assert province.rows() == wanted
    assert province.stored() == wanted


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.CLOSE, Fault.HANG, Fault.LOST_ANSWER])
def test_five_breaks_cost_at_most_a_piece_each(province: Province, delivery_file: Make, fault: Fault) -> None:
    sent = delivery_file(SIZE)
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


def test_an_answer_lost_after_the_last_byte_is_no_second_upload(province: Province, delivery_file: Make) -> None:
    sent = delivery_file(3 * PIECE)
    with (
        BadLine(province.port, Fault.LOST_ANSWER, after=3 * PIECE, times=1) as line,
        TusSender(province.destination(files=line.port), QUICK) as sender,
    ):
        diary = Diary()
        sender.send(sent, diary)
    assert line.left == 0
    assert len(diary.uploads) == 1
    arrived_once(province, sent)


def test_a_changed_bit_is_found_and_the_file_comes_again(province: Province, delivery_file: Make) -> None:
    sent = delivery_file(5 * MB)
    with (
        BadLine(province.port, Fault.FLIP, after=3 * MB, times=1) as line,
        TusSender(province.destination(files=line.port), SHORT) as sender,
    ):
        diary = Diary()
        sender.send(sent, diary)
    assert line.left == 0
    assert len(diary.uploads) == 2
    arrived_once(province, sent)


@pytest.mark.skipif(not FAULTPROXY.exists(), reason="the shared fault proxy is not here")
@pytest.mark.parametrize("how", ["rst", "fin", "lostresp"])
def test_the_shared_fault_proxy_finds_nothing_else(node_province: Province, delivery_file: Make, how: str) -> None:
    sent, port = delivery_file(SIZE), free_port()
    words = [FAULTPROXY, port, node_province.port, f"cut={8 * MB}", f"how={how}", f"times={CUTS}"]
    proxy = subprocess.Popen([sys.executable, "-u", *map(str, words)], stdout=subprocess.PIPE, text=True)
    assert proxy.stdout is not None
    try:
        assert proxy.stdout.readline().startswith("proxy")
        with BadLine(port) as line, TusSender(node_province.destination(files=line.port), SHORT) as sender:
            sender.send(sent, Diary())
            requests = SIZE // PIECE + 1 + 3 * CUTS + 10
            assert line.carried - SIZE <= CUTS * PIECE + requests * HEADERS
    finally:
        proxy.kill()
        told = proxy.communicate()[0]
    assert told.count("FAULT") == CUTS
    arrived_once(node_province, sent)
