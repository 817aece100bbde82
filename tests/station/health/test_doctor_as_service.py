"""`tramquet doctor` of root where the station is no service; where it is one, script/test boot has it look as that."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from desk import write_settings

from tests.e2e.mounting import new_mounts
from tests.stations import TRAMQUET
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root looks as another")


def verdicts(folder: Path, *words: str) -> dict[str, tuple[str, str]]:
    """What doctor says."""
    done = as_installed(folder, "doctor", "--json", *words)
    assert done.stdout, done.stderr
    return {line["subject"]: (line["verdict"], line["said"]) for line in json.loads(done.stdout)}


def as_installed(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """The command by the settings that the service would have, on a PC where these are in /etc."""
    file = write_settings(folder, "")
    mounts = new_mounts()
    try:
        mounts.run("mount", "-t", "tmpfs", "tmpfs", "/mnt")
        mounts.run("mkdir", "/mnt/tramquet")
        mounts.run("cp", file, "/mnt/tramquet")
        mounts.run("cp", "/etc/passwd", "/etc/group", "/etc/ld.so.cache", "/mnt")
        mounts.run("mount", "--move", "/mnt", "/etc")
        line = [*mounts.through, "env", "TRAMQUET_LANGUAGE=en", TRAMQUET, *words]
        return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, check=False)
    finally:
        mounts.close()


def test_station_that_is_no_service_is_told_and_looked_at_all_the_same(tmp_path: Path) -> None:
    told = verdicts(tmp_path)
    verdict, said = told.pop("service")
    assert verdict == "warning"
    assert "not installed as a service" in said
    assert told["catalogue"][0] == "ok"


def test_looking_from_here_asks_for_no_service(tmp_path: Path) -> None:
    assert "service" not in verdicts(tmp_path, "--here")


def test_support_tells_doctor_s_lines_and_whose_they_are(tmp_path: Path) -> None:
    done = as_installed(tmp_path, "support", tmp_path / "help.zip")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "help.zip") as pack:
        first, *others = pack.read("doctor.txt").decode().splitlines()
    assert first.startswith("warning  service: ")
    assert "not installed as a service" in first
    assert [line for line in others if line.startswith("ok       catalogue: ")]
