"""The real daemon as a process: started on a free port, watched as systemd watches it, asked as a browser asks."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.fork_server import Forked
from tests.ports import free_port
from tests.stations import Command
from tests.waiting import PATIENCE, eventually


@dataclass
class Systemd:
    """The socket that systemd listens on (sd_notify(3)), and what was said to it."""

    line: socket.socket
    said: list[str] = field(default_factory=list)

    def hears(self, state: str) -> bool:
        """Whether the daemon has said so by now."""
        with suppress(BlockingIOError):
            while True:
                self.said += self.line.recv(4096).decode().split("\n")
        return state in self.said


@dataclass
class Running:
    """A daemon that runs."""

    process: subprocess.Popen[str]
    address: str
    systemd: Systemd

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Ask for a path; gives status and body."""
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.address + path, headers=headers), timeout=PATIENCE
            ) as got:
                return got.status, got.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def health(self) -> tuple[int, Any]:
        status, body = self.get("/healthz")
        return status, json.loads(body)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; gives its exit status."""
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)


@contextmanager
def running(command: Command, folder: Path, *, through: tuple[str, ...] = (), **environment: str) -> Iterator[Running]:
    """Run the daemon of a station until the block ends; it is ready when the block begins."""
    port = free_port()
    command.settings.write_text(f"{command.settings.read_text()}\n[web]\nport = {port}\n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(folder / "notify"))
        line.setblocking(False)
        env = {**command.env(), "NOTIFY_SOCKET": str(folder / "notify"), **environment}
        with (folder / "daemon.log").open("w") as log:
            process = Forked([*through, *command.line("run")], env=env, stderr=log, text=True)
        daemon = Running(process, f"http://127.0.0.1:{port}", Systemd(line))
        try:
            eventually(lambda: daemon.systemd.hears("READY=1") or process.poll() is not None)
            assert process.poll() is None, (folder / "daemon.log").read_text()
            yield daemon
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


class Browser:
    """A browser without a screen that talks to a real daemon."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()

    def open(self, path: str) -> requests.Response:
        return self.session.get(self.address + path, timeout=PATIENCE)

    def send(self, path: str, *, origin: str = "/", **form: str) -> requests.Response:
        """Send a form from the page at ``origin`` and follow to where it leads."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.open(origin).text)
        assert token, self.open(origin).text
        headers = {"Referer": self.address + origin, "Origin": self.address}
        data = {"csrf_token": token[1], **form}
        return self.session.post(self.address + path, data=data, headers=headers, timeout=PATIENCE)

    def log_in(self, name: str, pin: str) -> None:
        answer = self.send("/login", name=name, pin=pin)
        assert answer.url == f"{self.address}/", answer.url
