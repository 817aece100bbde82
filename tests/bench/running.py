"""A station for a benchmark: the real command, the real daemon, an officer who is logged in."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import requests

from tests.ports import free_port
from tests.waiting import PATIENCE, eventually

TRAMQUET = Path(sys.executable).with_name("tramquet")
NAME, PIN = "Đo Lường", "271828"

#: What the settings of all benchmarks begin with; ``more`` are keys of the station's own section.
STATION = """
[station]
id = "qt-bench"
data = "data"
{more}
[[place]]
code = "19429"
commune = "Xã Thử Nghiệm"
province = "Tỉnh Mẫu"

[web]
port = {port}
"""


@dataclass(frozen=True)
class Station:
    """A station in a folder of its own; ``address`` is its page's."""

    folder: Path
    port: int

    @classmethod
    def in_folder(cls, folder: Path, more: str, *, sane_config: str = "") -> Self:
        """Write the settings: what all begin with, and ``more``."""
        port = free_port()
        begin = STATION.format(port=port, more=f'sane_config = "{sane_config}"\n' if sane_config else "")
        (folder / "station.toml").write_text(begin + more, encoding="utf-8")
        return cls(folder, port)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def catalogue(self) -> Path:
        return self.folder / "data" / "catalogue.sqlite3"

    def run(self, *words: str) -> None:
        """One command, to its good end."""
        line: list[str | Path] = [TRAMQUET, "--config", self.folder / "station.toml", *words]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)

    @contextmanager
    def running(self, before: Sequence[str] = ()) -> Iterator[int]:
        """The daemon, until the block ends; gives its process id when the page answers.

        The words ``before`` its command become it in the end.
        """
        line: list[str | Path] = [*before, TRAMQUET, "--config", self.folder / "station.toml", "run"]
        with subprocess.Popen(line, stderr=subprocess.DEVNULL) as process:
            try:
                eventually(lambda: self._answers() or process.poll() is not None)
                assert process.poll() is None, "the daemon ended"
                yield process.pid
            finally:
                process.terminate()
                process.wait(PATIENCE)

    @contextmanager
    def officer(self) -> Iterator[requests.Session]:
        """The first person at the page, logged in."""
        with requests.Session() as officer:
            page = officer.get(f"{self.address}/login").text
            facts = {"csrf_token": token_in(page), "name": NAME, "pin": PIN, "again": PIN}
            assert officer.post(f"{self.address}/first", data=facts).url == f"{self.address}/"
            yield officer

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.address}/healthz", timeout=PATIENCE).ok
        except requests.ConnectionError:
            return False


def token_in(page: str) -> str:
    """The token that a form of the page must bring back."""
    match = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert match
    return match[1]


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        tasks = [(task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except FileNotFoundError:
        return []
    return [pid, *(one for children in tasks for child in children.split() for one in family(int(child)))]
