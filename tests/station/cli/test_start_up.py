"""A command starts with what it needs: what is heavy to import is imported by the act that works with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.station.opened_station import write_settings

#: What takes an old PC a quarter of a second and more, each, and no small command needs.
HEAVY = (
    "alembic",
    "cheroot",
    "cryptography",
    "cv2",
    "flask",
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
    subprocess.run(command, check=True, capture_output=True, timeout=60, env={**os.environ, "NAMES": str(names)})
    return set(json.loads(names.read_text()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("starting")
    write_settings(folder)
    _imported(folder, "ledger", "add", "KH", "2007", "01")
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("ledger", "list"),
        ("ledger", "show", "KH.2007.01"),
        ("pages", "KH.2007.01"),
        ("entry", "list", "KH.2007.01"),
        ("queue", "list"),
        ("asks", "KH.2007.01"),
        ("device", "list"),
    ],
    ids=" ".join,
)
def test_small_commands_import_nothing_heavy(folder: Path, words: tuple[str, ...]) -> None:
    imported = _imported(folder, *words)
    assert "sqlalchemy" in imported
    assert imported.isdisjoint(HEAVY)


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
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    imported = set(json.loads(done.stdout))
    assert imported.isdisjoint((*HEAVY, "sqlalchemy", "multiprocessing", "subprocess", "drivers.sane.child_link"))
