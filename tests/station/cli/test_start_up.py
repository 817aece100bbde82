"""A command starts with what it needs: what is heavy to import is imported by the act that works with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from station.cli.command import COMMANDS
from tests.ports import free_port
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
    "kept-lists",
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
    *("receive", "reconcile", "restore", "run", "scan", "scanners", "setup", "support", "target", "trial", "verify"),
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


_ONE_AFTER_THE_OTHER = """
import json, sys
from click.testing import CliRunner
from station.cli import tramquet
settings, heavy, small = json.load(sys.stdin)
loaded = {}
for words in small:
    done = CliRunner().invoke(tramquet, ["--config", settings, *words.split()], prog_name="tramquet")
    loaded[words] = [name for name in heavy if name in sys.modules], done.exit_code
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
assert "sqlalchemy" in sys.modules
print(json.dumps(loaded))
"""


def _loaded_after_each(folder: Path) -> dict[str, tuple[list[str], int]]:
    """The heavy modules that are imported when each small command has ended, and its exit status."""
    done = subprocess.run(
        [sys.executable, "-c", _ONE_AFTER_THE_OTHER],
        input=json.dumps([str(folder / "station.toml"), HEAVY, SMALL]),
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return {words: (names, exit_status) for words, (names, exit_status) in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("starting")
    with opened_station(folder) as desk:
        desk.whole(LEDGER)
    return folder


def test_small_commands_import_nothing_heavy(folder: Path) -> None:
    """One after the other in one process: what one of them imports is there from then on, and the first is named."""
    loaded = _loaded_after_each(folder)
    assert [words for words, (_, exit_status) in loaded.items() if exit_status not in (0, 1)] == []
    assert [(words, names) for words, (names, _) in loaded.items() if names][:1] == []


_AT_WORK = """
import gc, json, sys, tomllib
parsed = []
tomllib.loads = lambda text, loads=tomllib.loads: parsed.append(text) or loads(text)
from station.cli import main
from station.cli.command import tramquet, with_station
@tramquet.command()
@with_station
def at_work(station):
    print(json.dumps([len(parsed), gc.get_freeze_count(), gc.isenabled()]))
main()
"""


def test_a_command_begins_its_work_with_the_settings_parsed_alone_and_no_garbage_sought_in_its_imports(
    folder: Path,
) -> None:
    command = [sys.executable, "-c", _AT_WORK, "--config", str(folder / "station.toml"), "at-work"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    parsed, frozen, collects = json.loads(done.stdout)
    assert parsed == 1, "sentences that nobody reads were parsed, or errors that nobody sees were put into words"
    assert frozen > 50_000
    assert collects


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


_RECEIVER = """
import json, sys
from station.cli import main
from station.receiver.service import Receiver
Receiver.run = lambda receiver: print(json.dumps(sorted(sys.modules)))
main()
"""


def test_the_receiver_starts_without_the_settings_and_the_catalogue_of_a_station(tmp_path: Path) -> None:
    for name in ("spool", "store"):
        (tmp_path / name).mkdir()
    where = ["--spool", tmp_path / "spool", "--store", tmp_path / "store", "--listen", f"127.0.0.1:{free_port()}"]
    command = [sys.executable, "-c", _RECEIVER, "receive", *map(str, where)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    imported = set(json.loads(done.stdout.splitlines()[-1]))
    assert "station.receiver.uploads" in imported
    unneeded = {*HEAVY, "station.settings", "station.catalogue", "sqlalchemy.orm"} - {"flask", "jinja2", "waitress"}
    assert imported & unneeded == set()


_DAEMON = """
import json, sys
from station.cli import main
from station.daemon.supervisor import Daemon
def ready(daemon, *pages):
    print(json.dumps(sorted(sys.modules)))
    return True
Daemon.run = ready
main()
"""


def test_the_daemon_is_ready_without_what_scans_reads_and_sends(folder: Path) -> None:
    command = [sys.executable, "-c", _DAEMON, "--config", str(folder / "station.toml"), "run"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    imported = set(json.loads(done.stdout))
    assert "web.app" in imported
    assert imported & set(HEAVY) == {"flask", "jinja2", "waitress", "watchdog"}


@pytest.mark.parametrize(
    ("program", "needed"),
    [
        ("drivers.sane.child", ()),
        ("drivers.folder.child", ()),
        ("station.copies.worker", ("cv2", "numpy")),
        ("station.imaging.worker", ("PIL", "cv2", "numpy", "simplejpeg")),
        ("station.reading.worker", ("PIL", "cv2", "numpy", "simplejpeg")),
    ],
    ids=str,
)
def test_children_start_with_the_image_libraries_they_need_and_no_catalogue(
    program: str, needed: tuple[str, ...]
) -> None:
    script = f"""
import gc, importlib, json, os, sys
program = importlib.import_module({program!r})
sys.argv = ["child", "--parent", str(os.getppid())]
os._exit = sys.exit
try:
    program.main()
finally:
    print(json.dumps([gc.get_freeze_count() > 0, sorted(sys.modules)]), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, input="", text=True)
    is_frozen, imported = json.loads(done.stderr.splitlines()[-1])
    assert {*HEAVY, *CATALOGUE, "importlib.metadata"}.intersection(imported) == set(needed)
    assert is_frozen == bool(needed), "no worker is to look for garbage in what it imported"


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
