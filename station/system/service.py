"""The service that the package installs: its user, who may read the settings, and starting it."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
from pathlib import Path

from station.storage import durable

#: The user and group that the package makes, and its unit's name.
NAME = "tramquet"
UNIT = f"{NAME}.service"


def settings_group() -> int | None:
    """The group that reads the settings; None where the package made none."""
    try:
        return grp.getgrnam(NAME).gr_gid
    except KeyError:
        return None


def make_data_folder(data: Path) -> None:
    """Run as root, make a data folder that is not there yet, for the service's user where the package made one."""
    if os.geteuid() != 0 or data.exists():
        return
    durable.make_folders(data)
    try:
        service = pwd.getpwnam(NAME)
    except KeyError:
        return
    os.chown(data, service.pw_uid, service.pw_gid)


def start() -> None:
    """Run as root, have systemd start the installed service with the new settings, and wait until it is ready.

    One that a technician disabled stays as it is. Whether it runs then is for doctor to tell.
    """
    if os.geteuid() != 0 or not Path("/run/systemd/system").is_dir():  # sd_booted(3)
        return
    if subprocess.run(["systemctl", "is-enabled", "--quiet", UNIT], check=False).returncode == 0:
        subprocess.run(["systemctl", "restart", UNIT], check=False)
