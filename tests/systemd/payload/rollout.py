#!/usr/bin/env python3
"""New versions by unattended-upgrades: one that is broken reaches a station of the first tenth, and none behind it.

The folders of two stations, the repository and the tokens lie beside this file, as the province's commands made them.
At the end the heartbeats that the province had are printed: the test that booted this asks what comes of them.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from checks import (
    Browser,
    active,
    captured,
    check,
    end,
    eventually,
    healthy,
    journal,
    run,
    scanning,
    station,
)
from office import LEDGER, PLACE, SETTINGS

PAYLOAD, STORE = Path("/payload"), Path("/tmp/store")
GOOD, BROKEN = (PAYLOAD / "versions").read_text().split()
NAME, PIN = "Nguyễn Văn Mẫu", "135792"
UPGRADES = Path("/var/log/unattended-upgrades/unattended-upgrades-dpkg.log")
#: Each read of the test backend's waits so long (µs): the session lasts longer than an upgrade takes to begin.
SLOWLY = 'profile = "small"\noptions = { read-delay = true, read-delay-duration = 100000 }'


def installed() -> str:
    return run("dpkg-query", "-W", "-f", "${Version}", "tramquet").stdout


def heard(name: str) -> list[dict[str, object]]:
    """The province's heartbeats of a station."""
    with closing(sqlite3.connect(f"file:{STORE}/heartbeats.sqlite3?mode=ro", uri=True)) as kept:
        kept.row_factory = sqlite3.Row
        return [dict(row) for row in kept.execute("SELECT * FROM heartbeat WHERE station = ? ORDER BY id", (name,))]


def setup(name: str) -> None:
    """As a technician does it; doctor's verdict is another test's."""
    words = ("--untested", "--replace", "--technician", NAME, "--pin", PIN)
    run("tramquet", "setup", "--from", str(PAYLOAD / "stations" / name), *words, exit_status=None)


# A PC's PID 1 does so at start; here it believes to be in a container, where credentials would never arrive.
run("mount", "--make-rshared", "/")
run("sh", str(PAYLOAD / "old" / "install.sh"), TRAMQUET_LANGUAGE="en")
for sources in (Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").iterdir()):
    sources.unlink(missing_ok=True)  # nobody is there to answer
served = ["--bind", "127.0.0.1", "--directory", PAYLOAD / "repository", "8180"]
subprocess.Popen(["python3", "-m", "http.server", *served], stderr=subprocess.DEVNULL)
receiver = ["tramquet", "receive", "--spool", "/tmp/spool", "--store", STORE, "--listen", "127.0.0.1:8159"]
Path("/tmp/spool").mkdir()
STORE.mkdir()
subprocess.Popen([*receiver, "--station-tokens", PAYLOAD / "station-tokens"])
check("the receiver is there", eventually((STORE / "heartbeats.sqlite3").exists))

setup("qt-01")
check("set up from its folder, the station runs", active() and eventually(healthy), journal())
check("and the province hears it with its version", eventually(lambda: heard("qt-01")), journal())
named = Path("/etc/apt/sources.list.d/tramquet.sources").read_text()
check(
    "its apt is told of the suite of the first tenth for this Debian", re.search(r"Suites: [a-z]+-first/", named), named
)

text = re.sub(r'^device = "test:0".*', rf'device = "test:0"\n{SLOWLY}', SETTINGS.read_text(), flags=re.MULTILINE)
SETTINGS.write_text(text + '\n[[profile]]\nid = "small"\ndpi = 100\n')
run("systemctl", "restart", "tramquet")
station("ledger", "add", "KH", "2007", "01", "--paper", "A4")
run("apt-get", "-qq", "update")
run("apt-get", "-qq", "-y", "--download-only", "upgrade")  # a slow line is no matter here
browser = Browser()
browser.post("/login", "/login", name=NAME, pin=PIN)
where = f"/ledger/{PLACE}/{LEDGER}/scan"
browser.post(where, f"{where}/start", source="adf")
check("a session runs", eventually(lambda: captured() > 0 and scanning()), journal())
with subprocess.Popen(
    ["unattended-upgrade", "--debug"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
) as upgrade:
    waits = eventually(lambda: UPGRADES.exists() and "somebody is scanning" in UPGRADES.read_text())
    check("an unattended upgrade waits for a session", waits and installed() == GOOD, f"{installed()} {captured()}")
    said = upgrade.communicate()[0]
check("and cuts none", captured() == 10, f"{captured()}; {journal()}")
check("then the broken version is there", installed() == BROKEN, said)
check("with which the station does not run", not active(), journal())
check("but what it scanned is there", captured() == 10)
words_of_first = len(heard("qt-01"))

run("apt-get", "-qq", "-y", "--allow-downgrades", "install", f"tramquet={GOOD}")
setup("qt-02")
check("a station behind the first tenth runs", active() and eventually(healthy), journal())
check("and is heard", eventually(lambda: heard("qt-02")), journal())
run("apt-get", "-qq", "update")
said = run("unattended-upgrade", "--debug").stdout
check("it is offered nothing", installed() == GOOD, said)
check("and goes on running", active() and healthy(), journal())
# The downgraded PC was qt-01 for a moment once more; what counts is what the broken one said: nothing.
print("heartbeats " + json.dumps(heard("qt-01")[:words_of_first] + heard("qt-02")))
end()
