"""The real command in a station of its own: what all tests from outside are made with."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from PIL import Image

from station.domain.finding_limits import Limits
from tests import forked

REGISTERS = Path(__file__).parents[2] / "shared" / "data" / "registers"
TRAMQUET = Path(sys.executable).with_name("tramquet")
PATIENCE = 60.0  # seconds; whatever takes longer hangs

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


@dataclass
class Command:
    """The command ``tramquet`` on a station in ``folder``; each call is a process of its own, as for a person."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

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
        own = {key: value for key, value in os.environ.items() if key not in ("SANE_CONFIG_DIR", "LANG", "LC_ALL")}
        return {**own, **self.environment}

    def run(self, *words: object, exit_status: int = 0, through: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
        """Run the command (``through`` another one that changes its world) and insist on its exit status."""
        line, environment = [*through, *self.line(*words)], self.env()
        if through or not forked.can_fork(environment):
            done = subprocess.run(line, capture_output=True, text=True, env=environment, timeout=240, check=False)
        else:
            done = forked.run(line, environment, timeout=240)
        assert done.returncode == exit_status, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *words: object) -> subprocess.Popen:
        """Start the command and leave it running, its output in pipes; Ctrl-C reaches it as at a keyboard.

        A shell's background job ignores SIGINT, and so would everything that is started from it.
        """
        return subprocess.Popen(
            self.line(*words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.env(),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def json(self, *words: object) -> Any:
        """What the command prints with ``--json``."""
        return json.loads(self.run(*words, "--json").stdout)

    def scan(self, *words: object, exit_status: int = 0) -> list[Any]:
        """The captures that a scan tells, one JSON line each."""
        return [json.loads(line) for line in self.run(*words, "--json", exit_status=exit_status).stdout.splitlines()]

    def refused(self, *words: object, through: tuple[str, ...] = ()) -> str:
        """The one sentence that a refusal is."""
        done = self.run(*words, exit_status=1, through=through)
        assert "Traceback" not in done.stderr, done.stderr
        return done.stderr.strip()

    def copy(self, folder: Path) -> Command:
        """This station as it stands, once more in ``folder``: a test may change it and the next one starts afresh."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Command(folder, dict(self.environment))

    def stored(self) -> dict[str, str]:
        """Everything a person would miss: each page, PDF and package by its SHA-256, and each row of the catalogue."""
        with sqlite3.connect(self.catalogue) as catalogue:
            rows = {f"row {row}": "" for row in catalogue.iterdump()}
        catalogue.close()
        return {**hashes(self.data / "ledgers"), **hashes(self.stick), **rows}


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


def eventually(condition: Callable[[], bool], *, within: float = PATIENCE) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.02)


def new_station(
    folder: Path,
    pages: Path | None,
    *,
    faults: tuple[str, ...] = (),
    station: str = "",
    scanner: str = "",
    more: str = "",
) -> Command:
    """Write a station's settings into ``folder``: scanner "sim" feeds ``pages``, destination "stick" is a folder.

    ``station`` and ``scanner`` are more lines for these sections, ``more`` more sections.
    """
    command = Command(folder)
    command.stick.mkdir(exist_ok=True)
    feed = f'pages = "{pages}"' if pages else ""
    command.settings.write_text(
        f"""
[station]
id = "qt-thu-01"
data = "data"
{station}
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

{more}
""",
        encoding="utf-8",
    )
    return command
