"""The unit files, as systemd itself judges them without a boot."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "tramquet.service"

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")


def analyze(*words: str | Path) -> str:
    """What systemd-analyze says; it must be content."""
    done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_unit_has_no_mistake(tmp_path: Path) -> None:
    # systemd looks for the command, which is not installed here.
    text = UNIT.read_text(encoding="utf-8").replace("/usr/bin/tramquet run", "/bin/true")
    (tmp_path / UNIT.name).write_text(text, encoding="utf-8")
    assert UNIT.name not in analyze("verify", "--man=no", tmp_path / UNIT.name)


def test_sandbox_leaves_little_exposed() -> None:
    said = analyze("security", "--offline=yes", "--threshold=15", UNIT)
    exposure = re.search(r"exposure level for tramquet.service: ([\d.]+)", said)
    assert exposure, said
    assert float(exposure[1]) <= 1.5


def test_user_and_folders_are_those_of_the_unit() -> None:
    """`verify` does not notice a user or group that nobody makes."""
    unit = dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE))
    users = (SYSTEMD / "tramquet.sysusers").read_text(encoding="utf-8")
    folders = (SYSTEMD / "tramquet.tmpfiles").read_text(encoding="utf-8")
    assert re.search(rf"^u {unit['User']} ", users, re.MULTILINE)
    assert re.search(rf"^g {unit['SupplementaryGroups']} ", users, re.MULTILINE)
    assert f"d /var/lib/{unit['StateDirectory']} {unit['StateDirectoryMode']} {unit['User']}" in folders
