"""Everything that takes part is killed in the middle: nothing is lost, and nothing arrives twice."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.tus import TusSender
from station.delivery.destinations.tus_chunks import PIECE
from station.delivery.destinations.tus_http import LineTimeouts
from station.errors import DeliveryStuck, DeliveryWaits
from tests.delivery.bad_line import BadLine, Fault
from tests.delivery.conftest import Diary
from tests.delivery.province import Province
from tests.delivery.queued import new_station, queue_files
from tests.waiting import eventually

MB = 1024 * 1024
QUICK = LineTimeouts(connect=5, read=10, receipt=10, failures=3)

#: The whole measure of the prototype takes minutes; without the variable a quarter of it runs.
FILES, KILLS = (400, 16) if "TRAMQUET_LONG_TESTS" in os.environ else (100, 4)

Make = Callable[..., DeliveryFile]


def send_until_receipted(sender: TusSender, delivery_file: DeliveryFile, diary: Diary) -> None:
    """Try again like the queue, without its waits."""
    while True:
        try:
            sender.send(delivery_file, diary)
            return
        except DeliveryStuck:
            raise
        except DeliveryWaits:
            continue


class Killer:
    """Kills server and receiver in turn and starts them again, each time ``progress()`` has grown by ``every``."""

    def __init__(self, province: Province, times: int, every: float, progress: Callable[[], float]) -> None:
        self._province, self._times, self._every, self._progress = province, times, every, progress
        self.kills = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._over.set()
        self._thread.join()
        assert kind or self.kills == 2 * self._times

    def keep_pace(self) -> None:
        """Wait where the senders are two kills ahead: starting a program takes longer than sending a file."""
        eventually(lambda: self.kills >= min(self._progress() / self._every - 2, 2 * self._times))

    def _run(self) -> None:
        while self.kills < 2 * self._times:
            while self._progress() < (self.kills + 1) * self._every:
                if self._over.wait(0.005):
                    return
            if self.kills % 2:
                self._province.kill("receiver")
                self._province.start_receiver()
            else:
                self._province.kill("server")
                self._province.start_server()
            self.kills += 1


@dataclass
class PacedDiary(Diary):
    """A transfer that keeps pace with who kills."""

    killer: Killer | None = None

    def reached(self, sent: int) -> None:
        super().reached(sent)
        if self.killer is not None:
            self.killer.keep_pace()


def test_server_and_receiver_are_killed_five_times_each(province: Province, delivery_file: Make) -> None:
    sent, diary = delivery_file(50 * MB), PacedDiary()
    with (
        BadLine(province.port) as line,
        TusSender(province.destination(files=line.port, limit_kbit=160_000), QUICK) as sender,
        Killer(province, 5, 4 * MB, lambda: max(diary.offsets, default=0)) as diary.killer,
    ):
        send_until_receipted(sender, sent, diary)
    assert province.rows() == province.stored() == [sent.sha256]
    assert len(diary.uploads) == 1
    assert line.carried - sent.bytes <= 5 * PIECE + 200 * 2048


def test_files_sent_twice_over_broken_lines_are_there_once(node_province: Province, delivery_file: Make) -> None:
    province, random_sizes = node_province, random.Random(1)
    delivery_files = [delivery_file(random_sizes.randrange(1000, 60_000), seed) for seed in range(FILES)]
    done: list[str] = []

    def station(order: list[DeliveryFile], port: int) -> None:
        with TusSender(province.destination(files=port), QUICK) as sender:
            for one in order:
                killer.keep_pace()
                send_until_receipted(sender, one, Diary())
                done.append(one.sha256)

    with (
        BadLine(province.port, Fault.RESET, after=150_000, times=-1) as first,
        BadLine(province.port, Fault.LOST_ANSWER, after=400_000, times=10) as second,
        Killer(province, KILLS, FILES / KILLS * 0.9, lambda: len(done)) as killer,
    ):
        # Both in the same order, so that both send the same file at the same time.
        threads = [threading.Thread(target=station, args=(delivery_files, line.port)) for line in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(done) == 2 * FILES
    eventually(lambda: not province.left_in_spool())
    assert province.rows() == province.stored() == sorted(one.sha256 for one in delivery_files)


def test_a_station_killed_in_mid_upload_goes_on_where_it_was(province: Province, tmp_path: Path) -> None:
    content = random.Random(5).randbytes(12 * MB)
    with BadLine(province.port) as line:
        # A second from one kill to the next, and as much to the end.
        station = new_station(tmp_path / "station", province, files=line.port, limit_kbit=16_000)
        queue_files(station, content)
        for number in range(1, 6):
            process = station.start("queue", "run", "--until-empty")
            carried = number * 2 * MB
            eventually(lambda: line.carried > carried)  # noqa: B023 (it is over before the next round)
            process.kill()
            process.communicate()
        station.run("queue", "run", "--until-empty")
    (item,) = station.json("queue", "list")
    assert (item["state"], item["attempts"]) == ("receipted", 6)
    (receipt,) = station.json("queue", "receipts")
    assert province.rows() == province.stored() == [receipt["sha256"]]
    assert line.carried - len(content) <= 5 * PIECE + 100 * 2048
