"""Scanners that are reached over the network, on loopback: a real ``saned``, and an eSCL scanner of our own.

The ``net`` backend knows no port but 6566, so each ``saned`` listens on a loopback address of its own.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.waiting import eventually

SANED = shutil.which("saned", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
AIRSCAN = next((path for root in ("/usr/lib", "/usr/lib64") for path in Path(root).rglob("libsane-airscan.so.1")), None)
needs_saned = pytest.mark.skipif(SANED is None, reason="saned is not installed (Debian: sane-utils)")
needs_airscan = pytest.mark.skipif(AIRSCAN is None, reason="sane-airscan is not installed")
PORT = 6566


class Saned:
    """A ``saned`` with SANE's test devices behind it; killed and stopped as a whole, as when a PC loses its power."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "dll.conf").write_text("test\n", encoding="ascii")
        (folder / "test.conf").write_text(
            "number_of_devices 1\nresolution 50.0\ngeometry_max 432.0\n", encoding="ascii"
        )
        (folder / "saned.conf").write_text("127.0.0.0/8\n", encoding="ascii")
        self.host = ".".join(("127", *(str(1 + secrets.randbelow(250)) for _ in range(3))))
        self._folder = folder
        self.start()

    @property
    def device(self) -> str:
        return f"net:{self.host}:test:0"

    def start(self) -> None:
        """Start it, or start it again after a kill; returns when it listens."""
        assert SANED
        self._process = subprocess.Popen(
            [SANED, "-l", "-b", self.host, "-e", "-d", "0"],
            env={**os.environ, "SANE_CONFIG_DIR": str(self._folder)},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        eventually(self._listens)

    def signal(self, number: signal.Signals) -> None:
        """To the server, its connections and the readers of its backends."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """End it without a word to its clients."""
        self.signal(signal.SIGKILL)
        self._process.wait()

    def _listens(self) -> bool:
        assert self._process.poll() is None, "saned ended"
        with socket.socket() as probe:
            return probe.connect_ex((self.host, PORT)) == 0


class Escl:
    """The eSCL scanner of ``escl_server.py`` as a process; ``options`` are its own."""

    def __init__(self, **options: int) -> None:
        self.port = free_port()
        self.options = options
        self.start()

    @property
    def device(self) -> str:
        return f"airscan:escl:Upstairs:http://127.0.0.1:{self.port}/eSCL"

    def start(self, **options: int) -> None:
        """Start it, or start it again on the same port with other ``options``."""
        words = {"port": self.port, **(options or self.options)}
        self._process = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("escl_server.py")),
                *(word for name, value in words.items() for word in (f"--{name.replace('_', '-')}", str(value))),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.told() == str(self.port)

    def told(self) -> str:
        """The next line it prints."""
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        """End it without a word to its clients."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
