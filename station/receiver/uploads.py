"""The uploads in a tus server's spool, finished or not: finding them, and freeing them.

Two servers are known: ``@tus/server`` with ``@tus/file-store`` (each upload ``ID`` has a file ``ID.json``) and the
Python server ``resumable-upload`` (all uploads in one SQLite file). Both grow a file in order and take nothing beyond
its length, so a file of full length is finished.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from station.storage.untrusted_folder import Folder, NotPlain

_LOG = logging.getLogger(__name__)
_ID = re.compile(r"[\w.-]{1,200}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Longest text taken over from a station (characters); what is longer was not written by one.
_LONGEST = 300
#: What no database takes in a text: nothing, and half of a character.
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
#: The longest JSON that is read (bytes): what a server writes of an upload of ours has some hundred.
_LARGEST = 64 * 1024
#: The database of ``resumable-upload`` in the spool folder, as its ``--db-path`` must say.
UPLOADS = "uploads.db"
#: How both servers name an upload: 32 hexadecimal digits, or a UUID.
_SERVER_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_Told = tuple[int, Mapping[str, str]]


@dataclass(frozen=True)
class Upload:
    """An upload: its name, how many bytes of how many are there, and what the station said it is."""

    id: str
    arrived_bytes: int
    bytes: int
    sha256: str
    package: str
    station: str
    filename: str
    touched: float

    @property
    def is_finished(self) -> bool:
        """Whether all bytes are there."""
        return self.arrived_bytes == self.bytes


class Spool:
    """The folder in which a tus server keeps its uploads; which of the two servers it is may show later.

    Only plain files there are uploads: a link, a FIFO or a socket was put there by somebody else.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder
        #: What the JSON files said; they do not change once the length is known, and there may be thousands.
        self._known: dict[str, _Told] = {}
        #: What is no plain file, or cannot be read, and was said to be so.
        self._odd: set[str] = set()

    def uploads(self) -> Iterator[Upload]:
        """All uploads of stations, in no order."""
        with Folder.at(self._path) as folder:
            there = {name.removesuffix(".json") for name in folder.names() if name.endswith(".json")}
            self._known = {id_: upload for id_, upload in self._known.items() if id_ in there}
            for id_ in there:
                if upload := self._known.get(id_) or self._read(folder, id_):
                    self._known[id_] = upload
                    yield from self._station_upload(folder, id_, *upload)
            if folder.is_plain(UPLOADS):
                columns = f'upload_id, upload_length, "offset", substr(metadata, 1, {_LARGEST})'
                for row in self._sql(f"SELECT {columns} FROM uploads"):
                    yield from self._entered(folder, *row)

    def open(self, upload: Upload) -> BinaryIO:
        """The upload's file, for reading. Raises ``NotPlain`` where it became something else."""
        with Folder.at(self._path) as folder:
            return folder.read(upload.id)

    def free(self, upload: Upload) -> None:
        """Remove an upload, so that the server answers 404 or 410 for it; fine where it is gone already."""
        with Folder.at(self._path) as folder:
            if folder.is_plain(UPLOADS):
                self._sql("DELETE FROM uploads WHERE upload_id = ?", upload.id)
            for name in (upload.id, f"{upload.id}.json"):
                with suppress(FileNotFoundError):
                    folder.unlink(name)

    def free_uncreated(self, before: float) -> None:
        """Remove what a server left that was killed while it created an upload: empty files without a description.

        No station knows their address, for the creation was never answered. ``before`` is a time (s since 1970); what
        was touched later may still be in the making.
        """
        with Folder.at(self._path) as folder:
            names = {*folder.names()}
            # After the names: that server makes its row before the file.
            rows = self._sql("SELECT upload_id FROM uploads") if folder.is_plain(UPLOADS) else []
            entered = {id_ for (id_,) in rows}
            ids = {name.removesuffix(".json") for name in names} - entered
            for id_ in filter(_SERVER_ID.fullmatch, ids):
                files = [(name, folder.find(name)) for name in (id_, f"{id_}.json")]
                if all(file is None or _is_empty(file, before) for _, file in files):
                    for name, file in files:
                        if file is not None:
                            folder.unlink(name)

    def _station_upload(self, folder: Folder, id_: str, size: int, metadata: Mapping[str, str]) -> Iterator[Upload]:
        """The upload, unless no station sent it: what others put there is left alone."""
        facts = {key: str(metadata.get(key) or "") for key in ("sha256", "package", "station", "filename")}
        there = folder.find(id_)
        if there is None:
            # Servers make the file first: it was freed, and a kill came before the rest of it went too.
            with suppress(FileNotFoundError):
                folder.unlink(f"{id_}.json")
        elif not stat.S_ISREG(there.st_mode):
            self._refuse(id_, NotPlain(folder.path / id_))
        elif _SHA256.fullmatch(facts["sha256"]) and all(map(_is_text, facts.values())):
            yield Upload(id_, there.st_size, size, touched=there.st_mtime, **facts)

    def _entered(self, folder: Folder, id_: object, size: object, offset: object, metadata: object) -> Iterator[Upload]:
        """An upload of the database, which tells what counts: bytes beyond its offset are sent again."""
        if isinstance(id_, str) and _ID.fullmatch(id_) and isinstance(size, int) and isinstance(offset, int):
            with suppress(ValueError, TypeError, RecursionError):
                for upload in self._station_upload(folder, id_, size, dict(json.loads(str(metadata or "{}")))):
                    yield replace(upload, arrived_bytes=min(upload.arrived_bytes, offset))

    def _read(self, folder: Folder, id_: str) -> _Told | None:
        """Length and metadata; None while the server still writes them."""
        name = f"{id_}.json"
        try:
            with folder.read(name) as file:
                content: Any = json.loads(file.read(_LARGEST))
            return int(content["size"]), dict(content["metadata"])
        except (FileNotFoundError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None
        except OSError as error:
            self._refuse(name, error)
            return None

    def _refuse(self, name: str, error: OSError) -> None:
        if name not in self._odd:
            _LOG.warning("%s in the spool is left alone: %s", name, error.strerror)
            self._odd.add(name)

    def _sql(self, statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self._path / UPLOADS, timeout=10)) as uploads, uploads:
            return uploads.execute(statement, values).fetchall()


def _is_text(text: str) -> bool:
    return len(text) <= _LONGEST and not _NO_TEXT.search(text)


def _is_empty(file: os.stat_result, before: float) -> bool:
    return stat.S_ISREG(file.st_mode) and file.st_size == 0 and file.st_mtime < before
