"""The province in the tests: a real tus server, the real receiver beside it, nginx in front where wanted."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from station.settings.tables import TusDestination
from tests.delivery.backings import Backing, FolderBacking, words_of
from tests.ports import free_port
from tests.stations import TRAMQUET
from tests.waiting import PATIENCE, eventually

HERE = Path(__file__).parent
NODE, NGINX = shutil.which("node"), shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
RESUMABLE_UPLOAD = Path(sys.executable).with_name("resumable-upload")

_NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1; {user}
events {{ worker_connections 1024; }}
http {{
  access_log off; client_max_body_size 0; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port}{tls};
    proxy_request_buffering off; proxy_buffering off; proxy_http_version 1.1;
    location /files {{ {auth} proxy_pass http://127.0.0.1:{files}; }}
    location = /receipts/token {{
      proxy_pass http://127.0.0.1:{receipts}; proxy_pass_request_body off; proxy_set_header Content-Length "";
    }}
    location /receipts {{ proxy_pass http://127.0.0.1:{receipts}; }}
  }}
}}
"""


class Kind(StrEnum):
    NODE = "@tus/server"
    PYTHON = "resumable-upload"
    NGINX = "@tus/server behind nginx"

    @property
    def missing(self) -> str | None:
        """Why it cannot run here; None where it can."""
        if self is Kind.PYTHON:
            return None if RESUMABLE_UPLOAD.exists() else "resumable-upload is not installed"
        if NODE is None or not (HERE / "node_modules").is_dir():
            return "node or tests/delivery/node_modules is missing"
        return "nginx is missing" if self is Kind.NGINX and NGINX is None else None


@dataclass
class Province:
    """Servers on ports of their own, each of which can be killed and started again at any moment."""

    folder: Path
    kind: Kind = Kind.NODE
    token: str | None = None
    #: Each station's own token.
    station_tokens: dict[str, str] = field(default_factory=dict)
    store: Path = field(default_factory=Path)
    #: Where files and receipts stay; by itself in ``store``.
    backing: Backing | None = None
    certificate: tuple[Path, Path] | None = None
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.spool = self.folder / "spool"
        self.spool.mkdir(parents=True)
        self.store = self.folder / "store" if self.store == Path() else self.store
        self.kept: Backing = self.backing or FolderBacking(self.store)
        self.files, self.receipts, self.front = free_port(), free_port(), free_port()

    @property
    def port(self) -> int:
        """Where files go in."""
        return self.front if self.kind is Kind.NGINX else self.files

    def destination(self, *, files: int | None = None, receipts: int | None = None, **more: object) -> TusDestination:
        """What a station's settings say, with other ports where a line leads to ours."""
        tls = "https" if self.certificate else "http"
        table = {
            "id": "province",
            "kind": "tus",
            "url": f"{tls}://127.0.0.1:{files or self.port}/files",
            "receipts": f"{tls}://127.0.0.1:{receipts or (self.front if self.certificate else self.receipts)}/receipts",
        }
        return TusDestination.model_validate(table | more, context={"folder": self.folder})

    def start(self) -> None:
        self.start_server()
        self.start_receiver()
        if self.kind is Kind.NGINX:
            self.start_front()

    def start_front(self) -> None:
        tls = ""
        if self.certificate:
            tls = f" ssl; ssl_certificate {self.certificate[0]}; ssl_certificate_key {self.certificate[1]}"
        config = self.folder / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        auth = "auth_request /receipts/token;" if self.station_tokens else ""
        ports = {"port": self.front, "files": self.files, "receipts": self.receipts}
        config.write_text(_NGINX.format(folder=self.folder, tls=tls, user=user, auth=auth, **ports))
        self.start_program("nginx", self.front, str(NGINX), "-c", str(config), "-e", str(self.folder / "nginx.log"))

    def start_server(self) -> None:
        if self.kind is Kind.PYTHON:
            where = ("--host", "127.0.0.1", "--port", str(self.files))
            what = ("--upload-dir", str(self.spool), "--db-path", str(self.spool / "uploads.db"))
            self.start_program(
                "server", self.files, str(RESUMABLE_UPLOAD), "serve", *where, *what, "--lock-backend", "memory"
            )
        else:
            script = str(HERE / "tus-server.js")
            self.start_program(
                "server", self.files, str(NODE), script, str(self.files), str(self.spool), self.token or ""
            )

    def start_receiver(self) -> None:
        where = ["--spool", self.spool, "--listen", f"127.0.0.1:{self.receipts}"]
        line = ["receive", *where, *words_of(self.kept)]
        if self.token:
            file = self.folder / "receiver-token"
            file.write_text(self.token)
            file.chmod(0o600)
            line += ["--token-file", file]
        if self.station_tokens:
            file = self.folder / "station-tokens"
            lines = (
                f"{one} {hashlib.sha256(token.encode()).hexdigest()}\n" for one, token in self.station_tokens.items()
            )
            file.write_text("".join(lines))
            line += ["--station-tokens", file]
        self.start_program("receiver", self.receipts, str(TRAMQUET), *map(str, line))

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        process = self.running.pop(name)
        process.send_signal(number)
        process.wait(timeout=PATIENCE)

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name, signal.SIGTERM if name in ("nginx", "door") else signal.SIGKILL)

    def rows(self) -> list[str]:
        """The hashes in the ledger of receipts."""
        return self.kept.rows()

    def stored(self) -> list[str]:
        """The hashes of the files in the store, counted again from their bytes."""
        return self.kept.stored()

    def left_in_spool(self) -> list[str]:
        """Files of the tus server that still lie in its spool; what a kill left of a creation goes after a minute."""
        return [file.name for file in self.spool.iterdir() if not file.name.startswith("uploads.db")]

    def start_program(self, name: str, port: int, *line: str) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self.running[name] = process = subprocess.Popen(line, stdout=log, stderr=log, cwd=self.folder)
        log.close()

        def listens() -> bool:
            assert process.poll() is None, (self.folder / f"{name}.log").read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
            return False

        eventually(listens)
