"""`tramquet doctor` of root where the station is no service; where it is one, script/test boot has it look as that."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.mounting import new_mounts
from tests.station import another_user
from tests.station.opened_station import write_settings
from tests.stations import TRAMQUET
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root looks as another")


def verdicts(folder: Path, *words: str) -> dict[str, tuple[str, str]]:
    """What doctor says."""
    done = as_installed(folder, "doctor", "--json", *words)
    assert done.stdout, done.stderr
    return {line["subject"]: (line["verdict"], line["said"]) for line in json.loads(done.stdout)}


#: systemd as doctor asks it: a unit without a sandbox, whose command runs here; $RUNS and $ENABLED tell how it stands.
SYSTEMCTL = """#!/bin/sh
case "$1" in
    cat) printf '[Service]\\nExecStart=%s run\\nUser=tramquet\\n' "$PROGRAM" ;;
    is-active) [ "$RUNS" = yes ] ;;
    is-enabled) [ "$ENABLED" = yes ] ;;
esac
"""
SYSTEMD_RUN = """#!/bin/sh
while [ "${1#--}" != "$1" ]; do shift; done
exec "$@"
"""


def as_installed(
    folder: Path, *words: str | Path, program: Sequence[str | Path] = (TRAMQUET,), inside: str = "true", **told: object
) -> subprocess.CompletedProcess[str]:
    """The command by the settings that the service would have, on a PC where these are in /etc."""
    file = write_settings(folder, "")
    mounts = new_mounts()
    try:
        mounts.run("mount", "-t", "tmpfs", "tmpfs", "/mnt")
        mounts.run("mkdir", "/mnt/tramquet")
        mounts.run("cp", file, "/mnt/tramquet")
        mounts.run("cp", "/etc/passwd", "/etc/group", "/etc/ld.so.cache", "/mnt")
        mounts.run("mount", "--move", "/mnt", "/etc")
        mounts.run("sh", "-c", inside)
        environment = [f"{name}={value}" for name, value in told.items()]
        line = [*mounts.through, "env", "TRAMQUET_LANGUAGE=en", *environment, *program, *words]
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


@pytest.mark.parametrize(
    ("runs", "enabled", "cure"),
    [("yes", "yes", None), ("no", "yes", "systemctl start tramquet"), ("no", "no", "systemctl enable --now tramquet")],
)
def test_service_that_does_not_run_is_a_failure_with_its_cure(
    tmp_path: Path, runs: str, enabled: str, cure: str | None
) -> None:
    shims = tmp_path / "shims"
    shims.mkdir()
    for name, script in (("systemctl", SYSTEMCTL), ("systemd-run", SYSTEMD_RUN)):
        (shims / name).write_text(script)
        (shims / name).chmod(0o755)
    systemd = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system"
    world: dict[str, Any] = {"PATH": f"{shims}:/usr/bin:/bin", "RUNS": runs, "ENABLED": enabled, "PROGRAM": TRAMQUET}
    done = as_installed(tmp_path, "doctor", "--json", inside=systemd, **world)
    told = {line["subject"]: (line["verdict"], line["said"]) for line in json.loads(done.stdout)}
    assert told["service"][0] == "ok"
    if cure is None:
        assert "running" not in told
    else:
        assert told["running"][0] == "failure"
        assert cure in told["running"][1]
        assert done.returncode == 1


def test_support_holds_the_journal_that_only_root_may_read(tmp_path: Path) -> None:
    """The file is written by the data folder's owner, who may not."""
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "journalctl").write_text('#!/bin/sh\n[ "$(id -u)" = 0 ] && echo "scanner on fire" || echo "No journal"\n')
    (shims / "journalctl").chmod(0o755)
    data = Path("/run/data")
    inside = f"mount -t tmpfs tmpfs /run && mkdir {data} && chown 65534:65534 {data}"
    program, environment = another_user.world()
    world = {"PATH": f"{shims}:/usr/bin:/bin", "PYTHONPATH": environment["PYTHONPATH"]}
    support = ("--data", data, "support", tmp_path / "help.zip")
    done = as_installed(tmp_path, *support, program=program, inside=inside, **world)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "help.zip") as pack:
        assert pack.read("journal.txt").decode().strip() == "scanner on fire"


def test_setup_has_the_service_try_what_it_was_told(tmp_path: Path) -> None:
    """Here the service's world is one in which the folder that root may write is not there."""
    shims = tmp_path / "shims"
    shims.mkdir()
    hides = SYSTEMD_RUN.replace("exec", f"mount -t tmpfs -o ro tmpfs {tmp_path}/stick; exec unshare -m")
    for name, script in (("systemctl", SYSTEMCTL), ("systemd-run", hides)):
        (shims / name).write_text(script)
        (shims / name).chmod(0o755)
    world: dict[str, Any] = {"PATH": f"{shims}:/usr/bin:/bin", "RUNS": "no", "ENABLED": "no", "PROGRAM": TRAMQUET}
    systemd = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && mkdir /etc/tramquet/data"
    told = ("--commune", "Xã Khác", "--scanner", "none", "--destination", tmp_path / "stick", "--replace", "--yes")
    done = as_installed(tmp_path, "setup", *told, inside=systemd, **world)
    assert done.returncode == 1
    assert "[setup-trial-failed]" in done.stderr
    assert "Read-only" in done.stderr
