"""Where a receiver in the tests keeps files and receipts: a folder with SQLite, or an S3 engine with PostgreSQL."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from station.receiver import stores
from station.receiver.heartbeats import Heartbeats
from station.receiver.receipts import LEDGER, Receipts
from station.receiver.service import Receiver
from station.receiver.stores import s3_client
from station.receiver.stores.contract import place_of
from station.receiver.uploads import Spool
from tests.delivery.engines import Postgres, S3Engine
from tests.stations import sha256


class Backing(Protocol):
    """The places, and what lies there, seen without the receiver's own code."""

    store: str
    store_key: Path | None
    receipts: str

    def lay(self, name: str, content: bytes) -> None:
        """Have something under the final name of a file with that hash."""

    def content(self, name: str) -> bytes | None:
        """What lies under the name of that hash."""

    def stored(self) -> list[str]:
        """The hashes of all files, counted again from their bytes."""

    def rows(self) -> list[str]:
        """The hashes in the ledger of receipts."""


@dataclass
class FolderBacking:
    """A folder, with SQLite in it."""

    folder: Path
    store_key: Path | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.store = self.receipts = str(self.folder)

    def lay(self, name: str, content: bytes) -> None:
        file = self.folder / place_of(name)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)

    def content(self, name: str) -> bytes | None:
        file = self.folder / place_of(name)
        return file.read_bytes() if file.exists() else None

    def stored(self) -> list[str]:
        return sorted(sha256(file) for file in self.folder.glob("??/*"))

    def rows(self) -> list[str]:
        with contextlib.closing(sqlite3.connect(self.folder / LEDGER)) as ledger:
            return [row[0] for row in ledger.execute("SELECT sha256 FROM receipt ORDER BY sha256")]


class EngineBacking:
    """A place of its own in the bucket of an S3 engine, and a database of PostgreSQL."""

    def __init__(self, engine: S3Engine, postgres: Postgres) -> None:
        self._postgres = postgres
        self.store_key: Path | None = engine.key
        self.before = f"{secrets.token_hex(4)}/"
        self.store = f"{engine.address()}/{self.before}"
        self.receipts = postgres.new_database()
        self.client: Any = s3_client.client(self.store, engine.key)

    def lay(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket=S3Engine.bucket, Key=self.before + place_of(name), Body=content)

    def content(self, name: str) -> bytes | None:
        try:
            answer = self.client.get_object(Bucket=S3Engine.bucket, Key=self.before + place_of(name))
        except self.client.exceptions.NoSuchKey:
            return None
        return answer["Body"].read()

    def stored(self) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=S3Engine.bucket, Prefix=self.before)
        names = [one["Key"] for page in pages for one in page.get("Contents", ()) if "probe" not in one["Key"]]
        bodies = [self.client.get_object(Bucket=S3Engine.bucket, Key=name)["Body"].read() for name in names]
        return sorted(hashlib.sha256(body).hexdigest() for body in bodies)

    def rows(self) -> list[str]:
        return [row[0] for row in self._postgres.ask(self.receipts, "SELECT sha256 FROM receipt ORDER BY sha256")]


def receiver_of(spool: Path, backing: Backing) -> Receiver:
    """A receiver over them."""
    return Receiver(Spool(spool), stores.open_store(backing.store, backing.store_key), Receipts(backing.receipts))


def heartbeats_of(backing: Backing) -> Heartbeats:
    """The heartbeats beside them."""
    return Heartbeats(backing.receipts)


def words_of(backing: Backing) -> list[str]:
    """The options of ``tramquet receive``."""
    words = ["--store", backing.store]
    if backing.receipts != backing.store:
        words += ["--receipts", backing.receipts]
    return [*words, "--store-key", str(backing.store_key)] if backing.store_key else words
