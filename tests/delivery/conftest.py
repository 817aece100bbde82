"""A province with its servers, and files to send to it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from station.delivery.destinations.contract import DeliveryFile
from tests.delivery.backings import Backing, EngineBacking, FolderBacking
from tests.delivery.engines import Postgres, S3Engine, SeaweedFS
from tests.delivery.province import Kind, Province
from tests.station import another_user


@dataclass
class Diary:
    """A transfer that remembers in memory what the catalogue remembers on disk."""

    upload_url: str | None = None
    offsets: list[int] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)

    def began(self, upload_url: str) -> None:
        self.upload_url = upload_url
        self.uploads.append(upload_url)

    def reached(self, sent: int) -> None:
        self.offsets.append(sent)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """An empty folder for a tus server's uploads."""
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture(params=list(Kind), ids=lambda kind: kind.name.lower())
def province(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Province]:
    """A province for each server that can run here."""
    yield from _province(tmp_path, request.param)


@pytest.fixture
def node_province(tmp_path: Path) -> Iterator[Province]:
    """A province with ``@tus/server``."""
    yield from _province(tmp_path, Kind.NODE)


def _province(tmp_path: Path, kind: Kind) -> Iterator[Province]:
    if kind.missing:
        pytest.skip(kind.missing)
    province = Province(tmp_path / "province", kind)
    try:
        province.start()
        yield province
    finally:
        province.stop()


@pytest.fixture
def delivery_file(tmp_path: Path) -> Callable[..., DeliveryFile]:
    """Make a delivery_file of so many bytes; another ``seed`` gives other bytes."""

    def make(size: int, seed: int = 0) -> DeliveryFile:
        content = random.Random(seed).randbytes(size)
        file = tmp_path / f"sổ-{seed}.zip"
        file.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        return DeliveryFile(file, Path("qt-thu-01", file.name), sha256, size, "19429:KH.2007.01/r1", "qt-thu-01")

    return make


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A cluster for all tests of this worker; each takes a database of its own."""
    if Postgres.missing:
        pytest.skip(Postgres.missing)
    with contextmanager(another_user.folder)() as folder, closing(Postgres(folder)) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def s3_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Engine]:
    """An S3 engine for all tests of this worker; each takes a place of its own in the bucket."""
    if SeaweedFS.missing:
        pytest.skip(SeaweedFS.missing)
    with closing(SeaweedFS(tmp_path_factory.mktemp("seaweed"))) as engine:
        yield engine


@pytest.fixture
def engines(request: pytest.FixtureRequest) -> EngineBacking:
    """Empty ones: PostgreSQL and S3."""
    return EngineBacking(request.getfixturevalue("s3_engine"), request.getfixturevalue("postgres"))


@pytest.fixture(params=["folder", "engines"])
def backing(request: pytest.FixtureRequest, tmp_path: Path) -> Backing:
    """SQLite and a folder, then PostgreSQL and S3: what a receiver promises holds over both."""
    return FolderBacking(tmp_path / "store") if request.param == "folder" else request.getfixturevalue("engines")
