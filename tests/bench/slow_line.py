"""kbit/s of file over a line of 1 Mbit/s, sound and with 5 % of packets lost, in a network namespace of its own (root).

The peer is what the line itself carries: the same bytes over a bare TCP connection, in turn with ours. One direction of
loopback is slowed; mtu 1500 and no offloading, as on a real line.
"""

from __future__ import annotations

import hashlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.tus import TusSender
from tests.bench.rows import tell
from tests.delivery.conftest import Diary
from tests.delivery.province import Kind, Province

SIZE, LINE, ROUNDS = 3_000_000, 1000, 3
_SETUP = """
ip link set lo up mtu 1500
ethtool -K lo tso off gso off gro off
tc qdisc add dev lo root tbf rate 1mbit burst 16kb latency 400ms
"""
_LOSS = "nft add table t; nft add chain t c '{ type filter hook input priority 0; }'; nft add rule t c {rule}"


def main() -> None:
    """Enter the namespace, then measure."""
    if os.geteuid() != 0 or Kind.NODE.missing:
        sys.exit("bench slow_line: wants root and node")
    if "inside" not in sys.argv:
        sys.exit(subprocess.run(["unshare", "--net", sys.executable, __file__, "inside"], check=False).returncode)
    subprocess.run(["sh", "-ec", _SETUP], check=True)
    for percent in (0, 5):
        if percent:
            rule = f"numgen random mod 100 '<' {percent} drop"
            subprocess.run(["sh", "-ec", _LOSS.replace("{rule}", rule)], check=True)
        ours, peer = [], []
        for _ in range(ROUNDS):
            peer.append(SIZE * 8 / 1000 / _bare())
            with tempfile.TemporaryDirectory() as name:
                ours.append(SIZE * 8 / 1000 / _took(Path(name)))
        shape = {"bytes": SIZE, "line_kbit": LINE, "loss_percent": percent, "server": "@tus/server 2.4.5"}
        tell("deliver at 1 Mbit/s", ours, peer, unit="kbit/s", limit=0.9, settings=shape)


def _bare() -> float:
    """How long the bytes take over one connection, until the last has arrived (s)."""
    content = bytes(SIZE)
    with socket.create_server(("127.0.0.1", 0)) as server:
        sender = threading.Thread(target=_pour, args=(server.getsockname(), content))
        started = time.monotonic()
        sender.start()
        connection, _ = server.accept()
        with connection:
            remaining = SIZE
            while remaining:
                remaining -= len(connection.recv(65536))
        took = time.monotonic() - started
        sender.join()
    return took


def _pour(address: tuple[str, int], content: bytes) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(content)


def _took(folder: Path) -> float:
    content = random.Random(1).randbytes(SIZE)
    file = folder / "file.zip"
    file.write_bytes(content)
    delivery_file = DeliveryFile(
        file, Path(file.name), hashlib.sha256(content).hexdigest(), SIZE, "19429:KH.2007.01/r1", "qt"
    )
    province = Province(folder / "province")
    try:
        province.start()
        with TusSender(province.destination()) as sender:
            began = time.monotonic()
            sender.send(delivery_file, Diary())
            return time.monotonic() - began
    finally:
        province.stop()


if __name__ == "__main__":
    main()
