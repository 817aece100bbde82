"""A command starts with what it needs: what is heavy to import is imported by the act that works with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from station.cli.edge import COMMANDS
from tests.station.opened_station import opened_station
from tests.waiting import PATIENCE

#: What takes an old PC a quarter of a second and more, each, and no small command needs.
HEAVY = (
    "alembic",
    "cheroot",
    "cryptography",
    "cv2",
    "duckdb",
    "flask",
    "jinja2",
    "numpy",
    "openpyxl",
    "pi_heif",
    "pikepdf",
    "PIL",
    "requests",
    "sane",
    "simplejpeg",
    "waitress",
    "watchdog",
)
#: And what asks only what options there are does without the catalogue and the settings.
CATALOGUE = ("sqlalchemy", "sqlite3", "pydantic", "multiprocessing")

LEDGER = "KH.2007.01"
#: Commands that only look at the catalogue, or change some rows of it.
SMALL = (
    "answer 1 keep",
    "asks KH.2007.01",
    "check KH.2007.01 001 ok",
    "check KH.2007.01 list",
    "device list",
    "entry list KH.2007.01",
    "ledger add KH 2008 01",
    "ledger close KH.2007.01 --reason Thử",
    "ledger list",
    "ledger reopen KH.2007.01",
    "ledger show KH.2007.01",
    "ledger totals KH.2007.01 --closing-pages 3",
    "move KH.2007.01 003 001",
    "page KH.2007.01 001 --number 7",
    "pages KH.2007.01",
    "plan set pages --per-day 100",
    "plan show",
    "put-back KH.2007.01 001 000",
    "queue list",
    "queue pause",
    "report",
    "report --json",
    "row list KH.2007.01",
    "row set KH.2007.01 1 nguoiKy=Thử",
    "row show KH.2007.01 1",
    "set-aside KH.2007.01 001 --repeats 002",
    "template list",
    "template show KH",
    "user add Thử --role operator",
    "user list",
)
#: Commands that work with images, files, devices, the network or the whole station: they take the time that takes.
LARGE = {
    *("backup", "doctor", "eject", "key", "masters", "minutes", "nightly", "package", "province", "read", "rebuild"),
    *("receive", "reconcile", "restore", "run", "scan", "scanners", "setup", "support", "trial", "verify"),
}

_NAMES = """
import atexit, json, os, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=open(os.environ["NAMES"], "w")))
from station.cli import main
main()
"""


def _imported(folder: Path, *words: str) -> set[str]:
    """The names of all modules that a command had imported when it ended."""
    names = folder / "names.json"
    command = [sys.executable, "-c", _NAMES, "--config", str(folder / "station.toml"), *words]
    own = {**os.environ, "NAMES": str(names)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE, env=own)
    assert done.returncode in (0, 1), done.stderr  # some are refused, after all was imported
    assert "Traceback" not in done.stderr
    return set(json.loads(names.read_text()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("starting")
    with opened_station(folder) as desk:
        desk.whole(LEDGER)
    return folder


@pytest.mark.parametrize("words", SMALL)
def test_small_commands_import_nothing_heavy(folder: Path, words: str) -> None:
    imported = _imported(folder, *words.split())
    assert "sqlalchemy" in imported
    assert imported & {*HEAVY} == set()


def test_every_command_is_small_or_has_work_to_do() -> None:
    small = {words.split()[0] for words in SMALL}
    assert small.isdisjoint(LARGE)
    assert small | LARGE == set(COMMANDS)


@pytest.mark.parametrize(
    "words",
    [("--help",), ("--version",), ("ledger", "--help"), ("scan", "--help"), ("setup", "--help"), ("run", "--help")],
    ids=" ".join,
)
def test_help_imports_neither_the_catalogue_nor_anything_heavy(folder: Path, words: tuple[str, ...]) -> None:
    assert _imported(folder, *words).isdisjoint((*HEAVY, *CATALOGUE))


def test_settings_are_read_without_the_catalogue_and_what_drives_scanners(folder: Path) -> None:
    script = f"""
import json, sys
from pathlib import Path
from station import settings
settings.load(Path({str(folder / "station.toml")!r}))
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=PATIENCE)
    imported = set(json.loads(done.stdout))
    assert imported.isdisjoint((*HEAVY, "sqlalchemy", "multiprocessing", "subprocess", "drivers.sane.child_link"))
