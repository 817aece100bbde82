#!/usr/bin/env python3
"""USB as a station meets it: scanners and sticks, there before the station or later, pulled out, ejected, full."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from checks import active, check, end, eventually, healthy, journal, run, scanning, station, unit
from gadgets import plug_scanner, plug_stick, pull
from office import LEDGER, accepted, log_in, scan, settle

#: Canon CanoScan LiDE 300, as SANE's hwdb knows it; some future Plustek, as ours does; something that nobody knows.
LIDE, YOUNGER, UNKNOWN = ("0x04a9", "0x1913"), ("0x07b3", "0xffff"), ("0x1234", "0xabcd")
STICKS = Path("/media/tramquet")
STICK, EARLIER = STICKS / "QUET", STICKS / "TRUOC"
IMAGE = Path("/payload/stick.img")
MORE = f"""
[[scanner]]
id = "lide"
driver = "sane"
device = "pixma:04A91913"

[[destination]]
id = "stick"
kind = "folder"
path = "{STICK}"
stick = true

[backup]
folder = "{STICK}"
stick = true
"""


def opened_by_the_service(node: Path, user: str = "tramquet") -> str:
    """What opening a device gives in the running station's own device policy and files; "ok" or the error's name."""
    cgroup = f"/sys/fs/cgroup{unit('ControlGroup')}/cgroup.procs"
    opening = "import errno, os, sys\ntry: os.open(sys.argv[1], os.O_RDWR)\n"
    opening += "except OSError as error: sys.exit(errno.errorcode[error.errno])"
    into = f'echo $$ > {cgroup}; exec nsenter --mount=/proc/{unit("MainPID")}/ns/mnt "$@"'
    become = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups")
    done = run("sh", "-c", into, "sh", *become, "python3", "-c", opening, str(node), exit_status=None)
    return "ok" if done.returncode == 0 else done.stderr.strip()


def doctor() -> dict[str, dict[str, str]]:
    said = run("tramquet", "doctor", "--json", exit_status=None, TRAMQUET_LANGUAGE="en").stdout
    return {line["subject"]: line for line in json.loads(said)}


def offered() -> tuple[bool, list[dict[str, str]]]:
    """Whether SANE finds the scanner, and all that it finds."""
    rows = json.loads(station("scanners", "--json"))
    return any("pixma" in row["device"] and row["identity"] for row in rows), rows


def scanner_is_the_station_s(when: str) -> None:
    node = plug_scanner("lide", *LIDE)
    seen = (node.group(), oct(node.stat().st_mode & 0o777))
    check(f"a scanner plugged in {when} belongs to the group scanner", seen == ("scanner", "0o664"), seen)
    if not active():
        run("systemctl", "start", "tramquet")
        check(f"with a scanner plugged in {when} it starts", eventually(lambda: active() and healthy()), journal())
    opened = opened_by_the_service(node)
    check(f"the running station may open a scanner plugged in {when}", opened == "ok", opened)
    check(f"SANE offers a scanner plugged in {when}", *offered())
    rights = doctor().get("rights", {})
    check(f"doctor counts a scanner plugged in {when}", rights.get("verdict") == "ok", rights)


def scanner_is_gone() -> None:
    pull("lide")
    there, rows = offered()
    check("a scanner that is pulled out is offered no more", not there, rows)
    told = doctor()
    check("doctor says that it is not there", "not found" in told["scanner lide"]["said"], told["scanner lide"])
    check("doctor has no rights to speak of then", "rights" not in told, told)


def scanners() -> None:
    run("systemctl", "stop", "tramquet")
    scanner_is_the_station_s("before the start")
    disk = opened_by_the_service(Path("/dev/vda"), "root")
    check("other devices are closed there, to root too", disk == "EPERM", disk)
    scanner_is_gone()
    scanner_is_the_station_s("after the start")
    before = len(accepted())
    scan(log_in(), limit="2", scanner="feeder")
    done = eventually(lambda: len(accepted()) == before + 2 and not scanning())
    check("beside it the other scanner scans", done, journal())
    tried = run("tramquet", "scan", LEDGER, "--scanner", "lide", exit_status=None, TRAMQUET_LANGUAGE="en")
    sentence = tried.returncode == 1 and len(tried.stderr.splitlines()) == 1
    check("a scanner that answers nonsense is told in one sentence", sentence, tried.stderr)
    print(f"  {tried.stderr.strip()}")
    scanner_is_gone()
    node = plug_scanner("unknown", *UNKNOWN)
    opened = opened_by_the_service(node)
    check("what is no scanner stays closed to the station", opened == "EACCES", opened)
    pull("unknown")
    node = plug_scanner("younger", *YOUNGER)
    opened = opened_by_the_service(node)
    check("a scanner that only our hwdb knows is the station's", opened == "ok", opened)
    pull("younger")
    # As docs/technician.md tells a technician.
    Path("/etc/udev/hwdb.d/60-scanner.hwdb").write_text("usb:v1234pABCD*\n libsane_matched=yes\n")
    run("systemd-hwdb", "--usr", "update")
    node = plug_scanner("unknown", *UNKNOWN)
    opened = opened_by_the_service(node)
    check("with a line of the technician's in the hwdb it is the station's", opened == "ok", opened)
    pull("unknown")


def mounted() -> bool:
    return eventually(STICK.is_mount)


def dirty() -> bool:
    """Whether FAT says that it was not unmounted (EFI FAT32 spec., 3.1; Linux, fs/fat: BS_Reserved1, bit 0)."""
    head = IMAGE.read_bytes()[:512]
    return bool(head[0x41 if head[0x52:0x55] == b"FAT" else 0x25] & 1)


def backup() -> tuple[int, str]:
    done = run("systemctl", "start", "tramquet-backup", exit_status=None)
    said = run("journalctl", "--unit", "tramquet-backup", "--output", "cat", "--no-pager").stdout
    return done.returncode, said


def sticks() -> None:
    check(
        "a stick that was plugged in before the start is mounted", eventually(EARLIER.is_mount), list(STICKS.iterdir())
    )
    plug_stick("stick", IMAGE)
    check("a stick of FAT is mounted by its label when it comes", mounted(), journal())
    kind = run("findmnt", "--noheadings", "--output", "FSTYPE,OPTIONS", str(STICK)).stdout
    check("it is FAT, where nothing can be started", "vfat" in kind and "noexec" in kind and "nosuid" in kind, kind)
    check("and no link leads off it", "nosymfollow" in kind, kind)
    check("it belongs to the station", STICK.owner() == "tramquet")
    station("package", LEDGER, "--masters")
    there = eventually(lambda: list(STICK.rglob("manifest.json")))
    check("the running station writes a package to it", there, station("queue", "list"))
    status, said = backup()
    made = list(STICK.glob("tramquet-qt-thu-01-*.zip"))
    check("the backup goes onto it", status == 0 and len(made) == 1, said)
    said = station("eject", "stick")
    check("it is ejected, clean", not STICK.exists() and not dirty(), said)
    pull("stick")
    plug_stick("stick", IMAGE)
    check("plugged in again it is back, with what was written", mounted() and made[0].stat().st_size > 0)

    rest = os.statvfs(STICK)
    with (STICK / "photos").open("wb") as file:
        file.write(bytes((rest.f_bavail - 1) * rest.f_frsize))
    status, said = backup()
    left = sorted(path.name for path in STICK.glob("*.zip*"))
    check(
        "a full stick is told, and nothing halved is left on it", status == 1 and left == [made[0].name], (said, left)
    )
    print("\n".join(f"  {line}" for line in said.splitlines() if not line.startswith("tramquet-backup"))[-300:])
    (STICK / "photos").unlink()
    run("sync", "--file-system", str(STICK))  # or it is there again, and the stick full, after it was pulled out

    # What is still to be written fails when the file is closed.
    with suppress(OSError), (STICK / "open").open("wb") as file:
        file.write(b"half")
        pull("stick")
        check("a stick that is pulled out in use is gone all the same", eventually(lambda: not STICK.exists()))

    def told() -> str:
        return run("journalctl", "--unit", "tramquet-stick@*", "--output", "cat", "--no-pager").stdout

    check("that it was not ejected is told", eventually(lambda: f"{STICK} was pulled out" in told()), told())
    refused = run("tramquet", "eject", "stick", exit_status=1, TRAMQUET_LANGUAGE="en").stderr
    check("there is nothing to eject then", "not plugged in" in refused, refused)
    status, said = backup()
    check("without it no backup is made, and that is told", status == 1 and not STICK.exists(), said)
    station("scan", LEDGER, "--source", "adf", "--pages", "1", "--scanner", "feeder")
    station("package", LEDGER, "--masters")
    waits = eventually(
        lambda: "No stick is plugged in" in run("tramquet", "queue", "list", "--json", TRAMQUET_LANGUAGE="en").stdout
    )
    check("without it a package waits, and says for what", waits, station("queue", "list"))
    plug_stick("stick", IMAGE)
    check("plugged in again it is mounted, though it was not ejected", mounted(), journal())
    there = eventually(lambda: len(list(STICK.rglob("manifest.json"))) == 2)
    check("what waited goes onto it by itself", there, station("queue", "list") + journal())
    station("eject", "stick")
    check("the station is well after all this", active() and healthy(), journal())


settle(MORE)
scanners()
sticks()
end()
