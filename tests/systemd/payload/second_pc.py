"""Removed and installed again, and a second PC by the very lines of the technician's manual."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from checks import active, check, eventually, healthy, journal, pages, run
from office import DATA, LEDGER, SETTINGS
from sandbox import doctor

MANUAL = Path("/payload/technician.md")
KEPT, TOKEN = Path("/root/kept.zip"), Path("/root/token")


def removed_and_back(install: Callable[[], str]) -> None:
    """A removal keeps a technician's choice, and the next installation goes by it."""
    run("apt-get", "-qq", "-y", "remove", "tramquet")
    check("removed, its service is gone", not active())
    said = install()
    check("removed and installed again, the station runs", active() and eventually(healthy), said + journal())
    run("systemctl", "disable", "--now", "--quiet", "tramquet")
    told = doctor()
    cure = "systemctl enable --now tramquet"
    check("a stopped and disabled service is a failure", told["running"][0] == "failure", told)
    check("doctor says how to enable it", cure in told["running"][1], told["running"])
    run("apt-get", "-qq", "-y", "remove", "tramquet")
    said = install()
    check("a service that was disabled stays so, and that is said", not active() and cure in said, said)
    run("systemctl", "enable", "--now", "--quiet", "tramquet")
    # A smallest system has dpkg leave out what only people read; it still knows what was in the package.
    listed = run("dpkg-query", "--listfiles", "tramquet").stdout
    read = ("man/man1/tramquet.1.gz", "man/vi/man1/tramquet.1.gz", "doc/tramquet/manual/index.html")
    check(
        "manual page and manual are in the package",
        all(f"/usr/share/{name}\n" in listed for name in read),
        listed[-2000:],
    )
    check("what bash completes is there", Path("/usr/share/bash-completion/completions/tramquet").exists())


def second_pc(install: Callable[[], str]) -> None:
    """A backup, a PC without anything, and the manual's commands in their order."""
    before = pages(LEDGER)
    TOKEN.write_text("mã")
    old, new = _commands()
    for command in old:
        run(*command)
    with zipfile.ZipFile(KEPT) as pack:
        check("the backup of the first PC is there", "catalogue.sqlite3" in " ".join(pack.namelist()))
    run("dpkg", "--purge", "tramquet")
    shutil.rmtree(DATA)
    install()
    for command in new:
        run(*command, exit_status=None)
    mode = SETTINGS.stat()
    rights = (mode.st_uid, SETTINGS.group(), oct(mode.st_mode & 0o777))
    check("on the second PC the service may read the settings", rights == (0, "tramquet", "0o640"), rights)
    check("on the second PC the station runs after the manual's lines", active() and eventually(healthy), journal())
    check("on the second PC every page is there", [page["sha256"] for page in pages(LEDGER)] == _hashes(before))
    told = doctor()
    failures = {subject for subject, (verdict, _) in told.items() if verdict == "failure"}
    check(
        "on the second PC doctor finds the service well", failures <= {"destination line", "destination folder"}, told
    )
    SETTINGS.chmod(0o600)
    told = doctor()
    cure = f"chmod 640 {SETTINGS}"
    check("settings the service may not read are told with their cure", cure in told["settings"][1], told)
    SETTINGS.chmod(0o640)
    ledgers = DATA / "ledgers"
    shutil.chown(ledgers, "root", "root")
    told = doctor()
    check("a folder that belongs to root is told", told["ownership"][0] == "failure", told["ownership"])
    check("with its path", str(ledgers) in told["ownership"][1], told["ownership"])
    shutil.chown(ledgers, "tramquet", "tramquet")


def _hashes(rows: list[dict[str, object]]) -> list[object]:
    return [row["sha256"] for row in rows]


def _commands() -> tuple[list[list[str]], list[list[str]]]:
    """The commands of "Replace a PC": on the old one, and on the new one once the package is there."""
    section = MANUAL.read_text(encoding="utf-8").split("## Replace a PC")[1].split("\n## ")[0]
    first, *others = re.split(r"^\d\. ", section, flags=re.MULTILINE)[1:]

    def written(text: str) -> list[list[str]]:
        lines = re.findall(r"`sudo ([^`]+)`", text.replace("\n", " "))
        known = {"FILE": str(KEPT), "TOKEN": str(TOKEN)}
        return [[known.get(word, word) for word in line.split()] for line in lines]

    return written(first), [command for text in others for command in written(text)]
