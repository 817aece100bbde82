"""The unit files, as systemd itself judges them without a boot."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "tramquet.service"

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")


def analyze(*words: str | Path) -> str:
    """What systemd-analyze says; it must be content."""
    done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_no_unit_has_a_mistake(tmp_path: Path) -> None:
    # systemd looks for the commands, which are not installed here.
    for unit in sorted(SYSTEMD.rglob("*tramquet*.[spt]*")):
        text = re.sub(r"^(Exec\w+)=\S+.*$", r"\1=/bin/true", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (tmp_path / unit.name.replace("@.", "@sdb1.")).write_text(text, encoding="utf-8")
    units = sorted(path for path in tmp_path.iterdir() if path.suffix in (".service", ".path", ".timer"))
    assert len(units) == 9
    assert "tramquet" not in analyze("verify", "--man=no", *units)


@pytest.mark.parametrize("unit", sorted(SYSTEMD.rglob("*.service")), ids=lambda path: path.name)
def test_sandbox_leaves_little_exposed(unit: Path) -> None:
    said = analyze("security", "--offline=yes", "--threshold=15", unit)
    exposure = re.search(rf"exposure level for {unit.name.replace('@.', '@i.')}: ([\d.]+)", said)
    assert exposure, said
    assert float(exposure[1]) <= 1.5


def test_every_file_beside_the_program_is_installed() -> None:
    listed = [line.split() for line in (SYSTEMD / "files").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    assert {name for _, name, _ in listed} <= {path.name for path in SYSTEMD.iterdir()}
    left = {path.name for path in SYSTEMD.iterdir() if path.is_file()} - {name for _, name, _ in listed}
    assert left == {"README.md", "files", "checks.sh", "sessions.sh", "install.sh"}


def test_user_and_folders_are_those_of_the_unit() -> None:
    """`verify` does not notice a user or group that nobody makes."""
    unit = dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE))
    users = (SYSTEMD / "tramquet.sysusers").read_text(encoding="utf-8")
    folders = (SYSTEMD / "tramquet.tmpfiles").read_text(encoding="utf-8")
    assert re.search(rf"^u {unit['User']} ", users, re.MULTILINE)
    assert re.search(rf"^g {unit['SupplementaryGroups']} ", users, re.MULTILINE)
    assert f"d /var/lib/{unit['StateDirectory']} {unit['StateDirectoryMode']} {unit['User']}" in folders


def test_services_make_files_for_their_own_user_alone() -> None:
    """Whatever they run: the settings are a technician's, and so may be a program's umask."""
    units = [unit.read_text(encoding="utf-8") for unit in SYSTEMD.rglob("*.service")]
    own = [dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE)) for unit in units if "\nUser=tramquet" in unit]
    assert len(own) == 5
    assert {unit.get("UMask") for unit in own} == {"0077"}
    assert {unit.get("NoNewPrivileges") for unit in own} == {"yes"}
