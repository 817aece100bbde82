"""What dpkg calls before and after: sessions are waited for, and a technician's choices outlive a removal."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.scanning import spool
from tests.e2e.mounting import Mounts, new_mounts

DEBIAN = Path(__file__).parents[2] / "systemd" / "debian"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root installs")


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[Mounts]:
    """A PC with the station's settings in /etc and a systemd that writes down what it is asked."""
    mounts = new_mounts()
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    for name in ("systemd-sysusers", "systemd-tmpfiles", "systemd-hwdb", "udevadm"):
        (shims / name).write_text("#!/bin/sh\n")
    for shim in shims.iterdir():
        shim.chmod(0o755)
    for folder in ("/etc", "/run"):
        mounts.run("mount", "-t", "tmpfs", "tmpfs", folder)
    mounts.run("mkdir", "-p", "/run/systemd/system", "/etc/tramquet", "/etc/systemd/system/multi-user.target.wants")
    settings = tmp_path / "station.toml"
    settings.write_text(f'[station]\nid = "qt"\ndata = "{tmp_path}/data"   # everything lies here\n')
    mounts.run("cp", settings, "/etc/tramquet/")
    yield mounts
    mounts.close()


def begun(pc: Mounts, folder: Path, script: str, *words: str) -> subprocess.Popen[str]:
    """The package's script, as dpkg has it: alone."""
    whole = folder / script
    whole.write_text(subprocess.run([DEBIAN / "whole", DEBIAN / script], capture_output=True, text=True).stdout)
    path = f"PATH={folder}/shims:/usr/sbin:/usr/bin:/sbin:/bin"
    line: list[str | Path] = [*pc.through, "env", path, "sh", whole, *words]
    return subprocess.Popen(line, stderr=subprocess.PIPE, text=True)


def asked(folder: Path) -> list[str]:
    said = folder / "asked"
    return said.read_text().splitlines() if said.exists() else []


@pytest.mark.parametrize("act", ["upgrade", "remove"])
def test_session_that_runs_is_waited_for_before_the_station_is_stopped(pc: Mounts, tmp_path: Path, act: str) -> None:
    sessions = tmp_path / "data/spool/sessions"
    sessions.mkdir(parents=True)
    (sessions / "0123456789ab").mkdir()  # of a session that died: nobody holds it
    with spool.new_folder(sessions):
        prerm = begun(pc, tmp_path, "prerm", act)
        assert prerm.stderr
        said = prerm.stderr.readline() + prerm.stderr.readline()
        assert "somebody is scanning" in said
        assert "đang có người quét" in said
        assert prerm.poll() is None
        assert asked(tmp_path) == []
    assert prerm.wait(timeout=30) == 0
    assert [line.split()[0] for line in asked(tmp_path)] == ["stop"]


def test_without_a_session_nothing_is_waited_for_and_nothing_is_said(pc: Mounts, tmp_path: Path) -> None:
    prerm = begun(pc, tmp_path, "prerm", "upgrade")
    assert prerm.communicate(timeout=30) == (None, "")
    assert [line.split()[0] for line in asked(tmp_path)] == ["stop"]


def test_removal_leaves_the_service_enabled_as_it_was_and_purging_leaves_nothing_of_that(
    pc: Mounts, tmp_path: Path
) -> None:
    """Installed again, configure is told the version before and enables nothing: the link must still be there."""
    link = "/etc/systemd/system/multi-user.target.wants/tramquet.service"
    pc.run("ln", "-s", "/usr/lib/systemd/system/tramquet.service", link)
    for script, act in (("prerm", "remove"), ("postrm", "remove")):
        assert begun(pc, tmp_path, script, act).wait(timeout=30) == 0
    assert not [line for line in asked(tmp_path) if "disable" in line]
    assert pc.seen(Path(link)).is_symlink()
    assert begun(pc, tmp_path, "postrm", "purge").wait(timeout=30) == 0
    assert not pc.seen(Path(link)).is_symlink()


def test_first_command_of_the_manual_runs_from_a_stick_without_execute_rights() -> None:
    """A desktop mounts FAT with showexec: no file without .exe may be run."""
    manual = (DEBIAN.parents[1] / "docs/technician.md").read_text(encoding="utf-8")
    assert next(line.strip() for line in manual.splitlines() if line.endswith("/install.sh")).startswith("sudo sh ")
