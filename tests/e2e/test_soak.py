"""Thirty random faults (or TRAMQUET_FAULTS_COUNT): nothing is lost, doubled, misnamed or unexplained."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.waiting import eventually

BENCH = Path(__file__).parents[1] / "bench" / "faults.py"
COUNT = int(os.environ.get("TRAMQUET_FAULTS_COUNT", "30"))


def test_whatever_fails_in_whatever_order_every_accepted_page_is_there_once_under_its_name(tmp_path: Path) -> None:
    environment = {**os.environ, "TRAMQUET_FAULTS_COUNT": str(COUNT), "TMPDIR": str(tmp_path)}
    told, said = tmp_path / "told", tmp_path / "said"
    with told.open("w") as out, said.open("w") as err:
        line: list[str | Path] = [sys.executable, BENCH]
        soak = subprocess.Popen(line, env=environment, stdout=out, stderr=err, start_new_session=True)
        try:
            eventually(lambda: soak.poll() is not None, progress=lambda: said.stat().st_size, every=0.5)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(soak.pid, signal.SIGKILL)  # its daemon too
            soak.wait()
    assert soak.returncode == 0, said.read_text()
    rows = {row["bench"]: row for row in map(json.loads, told.read_text().splitlines())}
    print(rows)
    account = rows["faults"]["settings"]
    assert {kind: account[kind] for kind in ("lost", "doubled", "misnamed", "unexplained")} == {
        "lost": 0,
        "doubled": 0,
        "misnamed": 0,
        "unexplained": 0,
    }
    assert account["faults"] == sum(account["by_kind"].values()) >= COUNT
    assert account["captures"] > COUNT
    assert rows["hang noticed"]["n"] == 3
