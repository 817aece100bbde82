"""A province of two nodes behind one door: stations go on while a part of it is dead, and all arrives once."""

from __future__ import annotations

import hashlib
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.tus import TusSender
from station.delivery.destinations.tus_http import LineTimeouts
from tests.delivery.backings import EngineBacking
from tests.delivery.conftest import Diary
from tests.delivery.nodes import Nodes
from tests.delivery.province import Kind
from tests.delivery.test_kills import send_until_receipted
from tests.waiting import PATIENCE, eventually

QUICK = LineTimeouts(connect=5, read=10, receipt=10, failures=3)
STATIONS = {f"qt-thu-{number:02d}": f"token-{number}" for number in range(6)}
FILES = 5


@pytest.fixture
def nodes(tmp_path: Path, engines: EngineBacking) -> Iterator[Nodes]:
    """Both of them at work."""
    if Kind.NGINX.missing:
        pytest.skip(Kind.NGINX.missing)
    nodes = Nodes(tmp_path / "nodes", engines, STATIONS)
    try:
        nodes.start()
        yield nodes
    finally:
        nodes.stop()


def files_of(folder: Path, station: str) -> list[DeliveryFile]:
    """Some of its own, and one that all stations have."""
    chance = random.Random(station)
    contents = [
        b"the same notice for all" * 500,
        *(chance.randbytes(chance.randrange(1, 300_000)) for _ in range(FILES)),
    ]
    chance.shuffle(contents)
    files = []
    for number, content in enumerate(contents):
        file = folder / f"{station}-{number}.zip"
        file.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        files.append(DeliveryFile(file, Path(station, file.name), sha256, len(content), "19429:KH.2007.01/r1", station))
    return files


def test_all_arrives_once_while_a_receiver_and_a_tus_server_die(
    nodes: Nodes, engines: EngineBacking, tmp_path: Path
) -> None:
    files = {station: files_of(tmp_path, station) for station in STATIONS}
    count = sum(map(len, files.values()))
    done: list[str] = []
    go_on = threading.Semaphore(count // 3)

    def send(station: str) -> None:
        with TusSender(nodes.destination(station), QUICK) as sender:
            for one in files[station]:
                go_on.acquire()
                send_until_receipted(sender, one, Diary())
                done.append(one.sha256)

    threads = [threading.Thread(target=send, args=(station,)) for station in STATIONS]
    for thread in threads:
        thread.start()
    first, second = nodes.each
    eventually(lambda: len(done) >= count // 6)
    first.kill("receiver")
    before = len(done)
    go_on.release(count // 3)
    eventually(lambda: len(done) > before)  # the other node's stations go on
    first.start_receiver()
    eventually(lambda: len(done) >= count // 3)
    second.kill("server")
    second.kill("nginx", signal.SIGTERM)
    go_on.release(count)
    eventually(lambda: len(done) >= count // 2)  # the first node takes the second one's stations
    second.start_server()
    second.start_front()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(done) == count
    eventually(lambda: not first.left_in_spool() and not second.left_in_spool(), progress=lambda: engines.rows())
    assert engines.rows() == engines.stored() == sorted(set(done))
    assert len(set(done)) == count - len(STATIONS) + 1
    assert nodes.stored_by(0) > 0
    assert nodes.stored_by(1) > 0


def test_receipts_and_tokens_are_answered_while_one_node_is_dead(nodes: Nodes) -> None:
    nodes.each[0].kill("receiver")
    for station, token in STATIONS.items():
        url = nodes.destination(station).receipts
        headers, verify = {"Authorization": f"Bearer {token}"}, str(nodes.authority.certificate)
        answer = requests.get(f"{url}/{'0' * 64}", headers=headers, verify=verify, timeout=PATIENCE)
        assert (answer.status_code, answer.json()["sha256"]) == (404, "0" * 64)
    nodes.each[0].kill("nginx", signal.SIGTERM)
    for station in STATIONS:
        with TusSender(nodes.destination(station), QUICK) as sender:
            sender.check()
    strange = requests.post(nodes.destination("qt-thu-00").url, verify=verify, timeout=PATIENCE)
    assert strange.status_code == 401
