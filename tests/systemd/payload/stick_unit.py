"""A stick from its coming to its going, by the units that have PID 1 mount it."""

from __future__ import annotations

import atexit
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from checks import Browser, check, eventually, journal, run, station
from office import LEDGER, SETTINGS, STATION

STICK = Path("/media/tramquet/QUET")
WITH_STICK = f"""
[[destination]]
id = "stick"
kind = "folder"
path = "{STICK}"
stick = true

[backup]
folder = "{STICK}"
stick = true
"""


def new_stick() -> str | None:
    """An ext4 stick, the one file system of sticks that this kernel must have; gives its device, None without."""
    made = run("losetup", "--find", exit_status=None)
    if made.returncode != 0 and not Path("/sys/class/misc/loop-control").exists():
        return None
    run("mknod", "/dev/loop-control", "c", "10", "237")
    # Debian 13's calls one without its node in /dev "lost".
    name = run("losetup", "--find").stdout.split()[0].removeprefix("/dev/")
    if not Path("/dev", name).exists():
        run("mknod", f"/dev/{name}", "b", "7", name.removeprefix("loop"))
    run("losetup", f"/dev/{name}", "/payload/stick")
    # The kernel is everybody's: it must not keep the device when we fail.
    atexit.register(subprocess.run, ["losetup", "--detach", f"/dev/{name}"], check=False)
    return name


def plugged_in(log_in: Callable[[], Browser]) -> None:
    """A stick from its coming to its going, in place of udev by its unit; the sandboxed station sees it all."""
    device = new_stick()
    if device is None:
        print("left out: no loop devices, no stick")
        return
    # Without udev there are no device units that it could wait for.
    text = Path("/usr/lib/systemd/system/tramquet-stick@.service").read_text(encoding="utf-8")
    alone = "".join(line for line in text.splitlines(keepends=True) if "dev-%i.device" not in line)
    Path("/run/systemd/system/tramquet-stick@.service").write_text(alone, encoding="utf-8")
    SETTINGS.write_text(STATION + WITH_STICK, encoding="utf-8")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "tramquet")
    station("package", LEDGER, "--masters")
    waits = eventually(lambda: "No stick is plugged in" in station("queue", "list", "--json"))
    check("without its stick a package waits", waits, station("queue", "list"))
    backup = run("systemctl", "start", "tramquet-backup", exit_status=None)
    check("without its stick no backup is made", backup.returncode == 1 and not STICK.exists())
    run("systemctl", "start", f"tramquet-stick@{device}")
    check("a stick that is plugged in is mounted by its label", STICK.is_mount())
    check("it belongs to the station's user", STICK.owner() == "tramquet", STICK.owner())
    station("queue", "resume")  # news: the station looks now, not within a minute
    there = eventually(lambda: len(list(STICK.rglob("manifest.json"))) == 1)
    check("the package that waited goes onto it by itself", there, station("queue", "list") + journal())
    backup = run("systemctl", "start", "tramquet-backup", exit_status=None)
    made = list(STICK.glob("tramquet-qt-thu-01-*.zip"))
    said = run("journalctl", "--unit", "tramquet-backup", "--output", "cat", "--no-pager").stdout
    check("the nightly backup goes onto it", backup.returncode == 0 and len(made) == 1, said)
    timers = run("systemctl", "list-timers", "--all", "--no-pager").stdout
    check("it is made every night", "tramquet-backup.timer" in timers, timers)
    said = log_in().post("/deliveries", "/sticks/stick/eject")
    ejected = "có thể rút USB stick" in said and not STICK.exists()
    check(
        "the page ejects it and says that it may be pulled out", ejected, re.findall(r'class="notice[^>]*>[^<]*', said)
    )
    run("systemctl", "start", f"tramquet-stick@{device}")
    twice = STICK.is_mount() and station("eject", "stick")
    check("the command ejects it too", twice and not STICK.exists(), twice)
    run("systemctl", "start", f"tramquet-stick@{device}")
    with (STICK / "open").open("wb"):
        run("systemctl", "stop", f"tramquet-stick@{device}")
        check("a stick that is pulled out in use is gone all the same", not STICK.exists())
