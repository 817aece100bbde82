"""A trace of system calls proves that the province receipts nothing before it lies on its disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.receiver.receipts import LEDGER
from tests.delivery.province import free_port
from tests.e2e.strace_reading import Durability, needs_strace, read, through_strace
from tests.stations import TRAMQUET
from tests.waiting import eventually

pytestmark = needs_strace

CONTENT = b"sheet" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """A tus server's spool with one upload that is finished."""
    folder = tmp_path / "spool"
    folder.mkdir()
    told = {"sha256": SHA256, "package": "19429:KH.2007.01/r1", "station": "qt-thu-01", "filename": "a.zip"}
    (folder / "a").write_bytes(CONTENT)
    (folder / "a.json").write_text(json.dumps({"id": "a", "size": len(CONTENT), "offset": 0, "metadata": told}))
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than the spool's."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def receipted(store: Path) -> bool:
    if not (store / LEDGER).exists():
        return False
    with contextlib.closing(sqlite3.connect(f"file:{store / LEDGER}?mode=ro", uri=True)) as ledger:
        try:
            return ledger.execute("SELECT count(*) FROM receipt").fetchone() == (1,)
        except sqlite3.OperationalError:  # the table is still to come
            return False


def traced(spool: Path, store: Path, trace: Path) -> Durability:
    """What the receiver did until its receipt was there, and then a power cut came."""
    line = ["receive", "--spool", spool, "--store", store, "--listen", f"127.0.0.1:{free_port()}"]
    process = subprocess.Popen([*through_strace(trace), str(TRAMQUET), *map(str, line)], stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: receipted(store))
    finally:
        # The receiver itself: strace writes its trace to the end, and nothing is tidied up that a power cut would not.
        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        process.wait(60)
    return Durability(read(trace), store / LEDGER)


def test_upload_is_durable_under_its_name_before_its_row(spool: Path, tmp_path: Path) -> None:
    durability = traced(spool, tmp_path / "store", tmp_path / "trace")
    durability.prove(tmp_path / "store" / SHA256[:2] / SHA256, SHA256)


def test_upload_is_durable_before_its_row_where_it_must_be_copied(spool: Path, elsewhere: Path, tmp_path: Path) -> None:
    durability = traced(spool, elsewhere / "store", tmp_path / "trace")
    durability.prove(elsewhere / "store" / SHA256[:2] / SHA256, SHA256, exclusive=False)
