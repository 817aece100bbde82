"""The real command in a station of its own: what all tests from outside are made with."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from PIL import Image

from station.cli import tramquet
from station.cli.command import COMMANDS
from station.domain.finding_limits import Limits
from tests.fork_server import Forked, run

REGISTERS = Path(__file__).parents[2] / "shared" / "data" / "registers"
TRAMQUET = Path(sys.executable).with_name("tramquet")

PLACES = """
[[place]]
code = "19429"
commune = "Xã Thử Nghiệm"
district = "Huyện Ví Dụ"
province = "Tỉnh Mẫu"

[[place]]
code = "19430"
commune = "Xã Bên Cạnh"
province = "Tỉnh Mẫu"
"""

#: Limits, for a scan profile, at which nothing is found: noise and forms without content are no pages, so no questions
#: are asked of them.
UNASKED = "[profile.limits]\n" + "".join(f"{limit.name} = 0\n" for limit in fields(Limits))

#: What whoever runs the tests has set for himself does not count.
_OF_THE_PERSON = ("SANE_CONFIG_DIR", "LANG", "LC_ALL")
#: What a command reads while it runs; any other variable may strike the whole process.
_READ_LATER = {*_OF_THE_PERSON, "TRAMQUET_LANGUAGE"}
#: Commands that make a process their own by signals and a log, or fork from it to become the data folder's owner.
_PROCESSES = {"run", "receive", "setup", "backup", "nightly", "support"}


@dataclass
class Command:
    """The command ``tramquet`` on a station in ``folder``.

    A call runs in this process, which is fifty times cheaper. It is a process of its own where ``apart`` says so, and
    where it must be: a server or what forks, under another command, in an environment that strikes whole processes, as
    another user.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    apart: bool = False

    @property
    def settings(self) -> Path:
        return self.folder / "station.toml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def catalogue(self) -> Path:
        return self.data / "catalogue.sqlite3"

    @property
    def stick(self) -> Path:
        return self.folder / "stick"

    def line(self, *words: object) -> list[str]:
        """The command line, for those who start it themselves."""
        return [str(TRAMQUET), "--config", str(self.settings), *map(str, words)]

    def env(self) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if key not in _OF_THE_PERSON}
        return {**own, **self.environment}

    def run(
        self, *words: object, exit_status: int = 0, through: tuple[str, ...] = (), typed: str | None = None
    ) -> subprocess.CompletedProcess:
        """Run the command (``through`` another one that changes its world) and insist on its exit status.

        ``typed`` is what a person answers to its questions.
        """
        if through or self.apart or self._needs_a_process(words):
            process = run([*through, *self.line(*words)], env=self.env(), typed=typed)
        else:
            process = self._run_here(self.line(*words), typed)
        assert process.returncode == exit_status, f"{words}: {process.returncode}\n{process.stdout}\n{process.stderr}"
        return process

    def _needs_a_process(self, words: tuple[object, ...]) -> bool:
        command = next((word for word in words if word in COMMANDS), None)
        owner = self.data.stat().st_uid if self.data.exists() else os.geteuid()
        forks = command in _PROCESSES or words[:2] == ("ledger", "hand-over")
        return forks or owner != os.geteuid() or not self.environment.keys() <= _READ_LATER

    def _run_here(self, line: list[str], typed: str | None) -> subprocess.CompletedProcess:
        environment = dict.fromkeys(_OF_THE_PERSON) | self.environment
        umask = os.umask(0o022)
        # A program that sets up no log tells warnings on stderr; here pytest has set one up.
        assert logging.lastResort
        logging.getLogger().addHandler(logging.lastResort)
        try:
            result = CliRunner().invoke(
                tramquet, line[1:], env=environment, input=typed, catch_exceptions=False, prog_name=Path(line[0]).name
            )
        finally:
            logging.getLogger().removeHandler(logging.lastResort)
            os.umask(umask)
        return subprocess.CompletedProcess(line, result.exit_code, result.stdout, result.stderr)

    def start(self, *words: object) -> subprocess.Popen:
        """Start the command and leave it running, its output in pipes; Ctrl+C reaches it as at a keyboard."""
        return Forked(
            self.line(*words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.env(),
            preexec_fn=heed_interrupts,
        )

    def json(self, *words: object) -> Any:
        """What the command prints with ``--json``."""
        return json.loads(self.run(*words, "--json").stdout)

    def scan(self, *words: object, exit_status: int = 0) -> list[Any]:
        """The captures that a scan tells, one JSON line each."""
        return [json.loads(line) for line in self.run(*words, "--json", exit_status=exit_status).stdout.splitlines()]

    def refused(self, *words: object, through: tuple[str, ...] = ()) -> str:
        """The one sentence that a refusal is."""
        process = self.run(*words, exit_status=1, through=through)
        assert "Traceback" not in process.stderr, process.stderr
        return process.stderr.strip()

    def copy(self, folder: Path) -> Command:
        """This station as it stands, once more in ``folder``: a test may change it and the next one starts afresh."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return replace(self, folder=folder, environment=dict(self.environment))

    def stored(self) -> dict[str, str]:
        """Everything a person would miss: each page, PDF and package by its SHA-256, and each row of the catalogue."""
        with sqlite3.connect(self.catalogue) as catalogue:
            rows = {f"row {row}": "" for row in catalogue.iterdump()}
        catalogue.close()
        return {**hashes(self.data / "ledgers"), **hashes(self.stick), **rows}


def heed_interrupts() -> None:
    """Let Ctrl+C reach a process that is about to start (a ``preexec_fn``), as at a keyboard.

    A shell's background job ignores SIGINT, and so does everything that is started from it: a run of the tests in CI.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def hashes(folder: Path) -> dict[str, str]:
    """All files below ``folder`` with their SHA-256."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder.parent)): sha256(file) for file in files}


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def pixels(file: Path) -> tuple[str, tuple[int, int], bytes]:
    """An image decoded: mode, size, pixels."""
    with Image.open(file) as image:
        return image.mode, image.size, image.tobytes()


def sane_config(folder: Path, more: str) -> str:
    """A line for ``[station]``: SANE has no backend where ``more`` names none of its devices.

    With its stock list of seventy it searches the USB and the network for seconds, on whatever machine this is.
    """
    if 'driver = "sane"' in more:
        return ""
    (folder / "no-backends").mkdir(exist_ok=True)
    (folder / "no-backends/dll.conf").touch()
    return 'sane_config = "no-backends"\n'


def new_station(
    folder: Path,
    pages: Path | None,
    *,
    faults: tuple[str, ...] = (),
    station: str = "",
    scanner: str = "",
    more: str = "",
    reading: bool = False,
) -> Command:
    """Write a station's settings into ``folder``: scanner "sim" feeds ``pages``, destination "stick" is a folder.

    ``station`` and ``scanner`` are more lines for these sections, ``more`` more sections. Pages are read with
    ``reading`` only, which would take the processor from all other tests; and masters go as they are unless ``more``
    says how large upload copies are.
    """
    if "[upload_copy]" not in more:
        more += "\n[upload_copy]\nenabled = false\n"
    command = Command(folder)
    command.stick.mkdir(exist_ok=True)
    feed = f'pages = "{pages}"' if pages else ""
    command.settings.write_text(
        f"""
[station]
id = "qt-thu-01"
data = "data"
{sane_config(folder, more)}{station}
{PLACES}
[[scanner]]
id = "sim"
driver = "simulated"
{feed}
faults = {json.dumps(list(faults))}
{scanner}

[[destination]]
id = "stick"
kind = "folder"
path = "stick"

[reading]
enabled = {json.dumps(reading)}

{more}
""",
        encoding="utf-8",
    )
    return command
