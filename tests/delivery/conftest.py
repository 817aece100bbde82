"""A province with its servers, and files to send to it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from station.delivery.destinations.contract import DeliveryFile
from tests.delivery.province import Kind, Province


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
