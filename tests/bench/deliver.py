"""MB/s to ``@tus/server``: the station's queue with catalogue and receiver, a bare ``requests`` loop, and tuspy.

All three send the same files in pieces of 1 MiB. Ours counts from the queue's start to the last byte at the server
("upload"), and to the last stored receipt ("receipted"), which no peer has. Rounds alternate.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from tusclient.client import TusClient

from station import context, settings
from station.delivery import queue as delivery_queue
from station.delivery.destinations.tus import TusSender
from station.delivery.destinations.tus_chunks import PIECE
from tests.bench.rows import tell
from tests.delivery.province import Kind, Province
from tests.delivery.queued import new_station, queue_files

ROUNDS = 3
MB = 1_000_000


def main() -> None:
    """Print the rows for small and for large files."""
    if Kind.NODE.missing:
        sys.exit(f"bench deliver: {Kind.NODE.missing}")
    for count, size in ((100, MB), (8, 40 * MB)):
        with tempfile.TemporaryDirectory() as name:
            _measure(Path(name), count, size)


def _measure(folder: Path, count: int, size: int) -> None:
    rates: dict[str, list[float]] = {"upload": [], "receipted": [], "requests": [], "tuspy": []}
    for number in range(ROUNDS):
        contents = [random.Random(f"{number} {file}").randbytes(size) for file in range(count)]
        files = [folder / f"{file}.bin" for file in range(count)]
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content)
        volume = count * size / MB
        rates["requests"].append(volume / _alone(folder / f"requests{number}", files, _requests))
        upload, receipted = _ours(folder / f"ours{number}", contents)
        rates["upload"].append(volume / upload)
        rates["receipted"].append(volume / receipted)
        rates["tuspy"].append(volume / _alone(folder / f"tuspy{number}", files, _tuspy))
    shape = {"files": count, "megabytes": size // MB, "piece": PIECE, "server": "@tus/server 2.4.5"}
    tell("deliver upload against requests", rates["upload"], rates["requests"], limit=0.9, unit="MB/s", settings=shape)
    tell("deliver upload against tuspy", rates["upload"], rates["tuspy"], limit=None, unit="MB/s", settings=shape)
    tell(
        "deliver receipted against requests",
        rates["receipted"],
        rates["requests"],
        limit=None,
        unit="MB/s",
        settings=shape,
    )


def _ours(folder: Path, contents: list[bytes]) -> tuple[float, float]:
    """Seconds in which the bytes went over, and seconds until the last receipt was in the catalogue."""
    province = Province(folder / "province")
    proving = 0.0
    proof = TusSender._proof

    def timed(sender: TusSender, upload: Any) -> str | None:
        nonlocal proving
        began = time.monotonic()
        try:
            return proof(sender, upload)
        finally:
            proving += time.monotonic() - began

    try:
        province.start()
        command = new_station(folder / "station", province)
        queue_files(command, *contents)
        TusSender._proof = timed  # type: ignore[assignment,method-assign]
        with context.open_station(settings.load(command.settings)) as station:
            began = time.monotonic()
            states = [item.state for item in delivery_queue.run(station)]
            took = time.monotonic() - began
        assert states == ["receipted"] * len(contents), states
        return took - proving, took
    finally:
        TusSender._proof = proof  # type: ignore[method-assign]
        province.stop()


def _alone(folder: Path, files: list[Path], send: Callable[[str, list[Path]], None]) -> float:
    province = Province(folder)
    try:
        province.start_server()
        began = time.monotonic()
        send(f"http://127.0.0.1:{province.files}/files", files)
        return time.monotonic() - began
    finally:
        province.stop()


def _requests(url: str, files: list[Path]) -> None:
    """What nobody can leave out: create, then piece after piece."""
    with requests.Session() as session:
        for path in files:
            headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(path.stat().st_size)}
            answer = session.post(url, headers=headers)
            place = requests.compat.urljoin(url, answer.headers["Location"])
            offset = 0
            with path.open("rb") as file:
                while piece := file.read(PIECE):
                    headers = {
                        "Tus-Resumable": "1.0.0",
                        "Upload-Offset": str(offset),
                        "Content-Type": "application/offset+octet-stream",
                    }
                    answer = session.patch(place, data=piece, headers=headers)
                    assert answer.status_code == 204
                    offset += len(piece)


def _tuspy(url: str, files: list[Path]) -> None:
    client = TusClient(url)
    for path in files:
        client.uploader(str(path), chunk_size=PIECE, metadata={"filename": path.name}).upload()


if __name__ == "__main__":
    main()
