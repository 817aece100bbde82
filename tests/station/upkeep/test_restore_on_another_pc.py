"""A backup on a second PC, where the package made the service's user: the service can read what root brought back."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.mounting import new_mounts
from tests.station import another_user
from tests.station.opened_station import write_settings

SETTINGS = Path("/etc/tramquet/station.toml")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root restores for the service")


def test_service_may_read_the_settings_and_owns_the_data_that_root_restored(tmp_path: Path) -> None:
    words, environment = another_user.world()
    file = write_settings(tmp_path, "")
    data = Path("/srv/tramquet")
    text = file.read_text(encoding="utf-8").replace('data = "data"', f'data = "{data}"')
    file.write_text(text, encoding="utf-8")
    assert str(data) in text
    mounts = new_mounts()

    def run(*line: object) -> None:
        through = [*mounts.through, *map(str, line)]
        done = subprocess.run(through, capture_output=True, text=True, timeout=120, env=environment, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        for folder in ("/srv", "/mnt"):
            run("mount", "-t", "tmpfs", "tmpfs", folder)
        run(*words, "--config", file, "backup", "/mnt/kept.zip")
        run("mkdir", "/mnt/etc")
        run("cp", "/etc/ld.so.cache", "/mnt/etc")
        run("sh", "-c", "cp /etc/passwd /etc/group /mnt/etc && rm -r /srv/tramquet")
        # What systemd-sysusers makes on a PC where the package is.
        run(
            "sh",
            "-c",
            "echo tramquet:x:990:990::/:/bin/false >> /mnt/etc/passwd; echo tramquet:x:990: >> /mnt/etc/group",
        )
        run("mount", "--bind", "/mnt/etc", "/etc")
        run(*words, "restore", "/mnt/kept.zip")
        restored = mounts.seen(SETTINGS).stat()
        assert (restored.st_uid, restored.st_gid, restored.st_mode & 0o777) == (0, 990, 0o640)
        owners = {path.stat().st_uid for path in (mounts.seen(data), *mounts.seen(data).rglob("*"))}
        assert owners == {990}
    finally:
        mounts.close()
