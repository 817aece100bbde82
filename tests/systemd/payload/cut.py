#!/usr/bin/env python3
"""One turn of many: look at what the last power cut left, then scan without end until the power goes again.

``cut.by=page|command|nobody`` of the kernel's command line says who scans. What was accepted is told in lines, which
are on another machine before the cut.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from checks import active, check, end, eventually, healthy, journal, run, scanning
from office import DATA, LEDGER, SETTINGS, STATION, accepted, log_in, scan, settle


def look() -> None:
    errors = [line for line in run("dmesg").stdout.splitlines() if "EXT4-fs" in line and "error" in line.lower()]
    faults = int(Path("/sys/fs/ext4/vda/errors_count").read_text())
    check("the file system is mounted without an error", faults == 0 and errors == [], errors)
    check("the station comes up by itself", eventually(lambda: active() and healthy()), journal())
    with closing(sqlite3.connect(f"file:{DATA}/catalogue.sqlite3?mode=ro", uri=True)) as catalogue:
        whole = catalogue.execute("PRAGMA integrity_check").fetchall()
        broken = catalogue.execute("PRAGMA foreign_key_check").fetchall()
    check("the catalogue is whole", whole == [("ok",)] and broken == [], (whole, broken))
    verified = run("tramquet", "verify", exit_status=None, TRAMQUET_LANGUAGE="en")
    check("verify finds no difference", verified.returncode == 0, verified.stderr)
    for _, file in accepted():
        path = DATA / file
        print("have", hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "missing", file)


def by_command() -> None:
    with subprocess.Popen(
        ["tramquet", "scan", LEDGER, "--source", "adf", "--json"], stdout=subprocess.PIPE, text=True
    ) as scanning_on:
        assert scanning_on.stdout
        for line in scanning_on.stdout:
            page = json.loads(line)
            print("accepted", page["sha256"], page["file"], flush=True)


def by_page() -> None:
    told = len(accepted())
    scan(log_in())
    while scanning() or len(accepted()) > told:
        for digest, file in accepted()[told:]:
            print("accepted", digest, file, flush=True)
            told += 1
        time.sleep(0.02)


WAYS = {"command": by_command, "page": by_page}
who = next(word for word in Path("/proc/cmdline").read_text().split() if word.startswith("cut.by=")).split("=")[1]
if STATION not in SETTINGS.read_text(encoding="utf-8"):
    settle()
look()
if who not in WAYS:
    end()
print("scanning", flush=True)
while True:
    WAYS[who]()
