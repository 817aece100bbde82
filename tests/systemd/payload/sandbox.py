"""The doctor of root, inside the service's own sandbox: what only the sandbox forbids, it finds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

from checks import check, eventually, run


def as_the_service(settings: Path, text: str) -> None:
    """`tramquet doctor` of root sees what the service sees, with a technician's drop-ins, and nothing else."""
    folder = Path("/srv/nhận")
    folder.mkdir()
    shutil.chown(folder, "tramquet", "tramquet")
    token = Path("/etc/tramquet/token")
    token.write_text("token")
    token.chmod(0o600)
    line = f'[[destination]]\nid = "folder"\nkind = "folder"\npath = "{folder}"\n'
    line += '[[destination]]\nid = "line"\nkind = "tus"\nurl = "http://127.0.0.1:9/files"\n'
    line += f'receipts = "http://127.0.0.1:9/receipts"\ntoken_file = "{token}"\n'
    settings.write_text(text + line, encoding="utf-8")

    told = doctor()
    check("doctor of root looks as the service's user", "tramquet" in told["service"][1], told)
    check("it opens the scanner and reads from it", told["scanner feeder"][0] == "ok", told["scanner feeder"])
    check("a folder that only the sandbox forbids is told", told["destination folder"][0] == "failure", told)
    check("a token that only root may read is handed over", told["destination line"][0] == "warning", told)
    run("tramquet", "support", "/root/help.zip")
    with zipfile.ZipFile("/root/help.zip") as pack:
        lines = pack.read("doctor.txt").decode().splitlines()
        journal = pack.read("journal.txt").decode()
    check("support holds the journal", "systemd" in journal and len(journal.splitlines()) > 20, journal[:500])
    subjects = [re.split(r":? ", line.split(maxsplit=1)[1])[0] for line in lines]
    check("support tells the same of the same", subjects == [subject.split()[0] for subject in told], lines)
    forbidden = [line for line in lines if line.startswith("failure  destination folder: ")]
    check("support too looks from inside of the sandbox", len(forbidden) == 1, lines)
    by_hand = doctor("--here")
    check("outside of the sandbox that folder is well", by_hand["destination folder"][0] == "ok", by_hand)
    check("outside of it the token cannot be read", by_hand["destination line"][0] == "failure", by_hand)

    local = Path("/run/systemd/system/tramquet.service.d/local.conf")
    local.parent.mkdir(parents=True, exist_ok=True)
    local.write_text(f"[Service]\nReadWritePaths={folder}\n")
    run("systemctl", "daemon-reload")
    told = doctor()
    check("with a technician's drop-in it is well for doctor too", told["destination folder"][0] == "ok", told)

    looking = subprocess.Popen(["tramquet", "doctor", "--json"], stdout=subprocess.PIPE, text=True)
    eventually(lambda: transient() is not None)
    own, station_s = world(transient() or "-"), world("tramquet.service")
    looking.communicate()
    differ = {key: (own.get(key), value) for key, value in station_s.items() if own.get(key) != value}
    check("its sandbox is the station's, setting by setting", len(station_s) > 30 and differ == {}, differ)

    local.write_text("[Service]\nInaccessiblePaths=/usr/lib/tramquet\n")
    run("systemctl", "daemon-reload")
    told = doctor()
    check("a sandbox in which nothing can run is a failure", told["service"][0] == "failure", told)
    local.unlink()
    token.unlink()
    run("systemctl", "daemon-reload")


def doctor(*words: str) -> dict[str, tuple[str, str]]:
    """What it says of each thing."""
    said = run("tramquet", "doctor", "--json", *words, exit_status=None, TRAMQUET_LANGUAGE="en")
    lines = json.loads(said.stdout) if said.stdout else []
    check("doctor tells", lines, said.stderr)
    return {line["subject"]: (line["verdict"], line["said"]) for line in lines}


def transient() -> str | None:
    """The unit that systemd made for doctor, while it runs."""
    units = run("systemctl", "list-units", "--plain", "--no-legend", "--state=running", "run-*.service").stdout.split()
    return units[0] if units else None


def world(name: str) -> dict[str, str]:
    """What the unit file sets for the station's world, as systemd understood it."""
    text = Path("/usr/lib/systemd/system/tramquet.service").read_text(encoding="utf-8").split("[Service]")[1]
    keys = set(re.findall(r"^(\w+)=", text, re.MULTILINE))
    life = {"Type", "ExecStart", "Restart", "RestartSec", "OOMPolicy", "WatchdogSec", "Environment", "WantedBy"}
    wanted = ",".join(sorted(key for key in keys - life if not key.startswith("Timeout")))
    shown = run("systemctl", "show", f"--property={wanted}", name).stdout.splitlines()
    return dict(line.split("=", 1) for line in shown)
