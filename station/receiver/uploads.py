"""Where a tus server of the trade puts its uploads: finding them, and freeing them.

Two servers are known: ``@tus/server`` with ``@tus/file-store`` (each upload ``ID`` has a file ``ID.json``) and the
Python server ``resumable-upload`` (all uploads in one SQLite file). Both grow a file in order and take nothing beyond
its length, so a file of full length is finished.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Longest text taken over from a station (characters); what is longer was not written by one.
_LONGEST = 300
#: The database of ``resumable-upload`` in the spool folder, as its ``--db-path`` must say.
UPLOADS = "uploads.db"

_Told = tuple[int, Mapping[str, str]]


@dataclass(frozen=True)
class Upload:
    """An upload: its file, how many bytes of how many are there, and what the station said it is."""

    id: str
    path: Path
    there: int
    bytes: int
    sha256: str
    package: str
    station: str
    filename: str
    touched: float

    @property
    def finished(self) -> bool:
        """Whether all bytes are there."""
        return self.there == self.bytes


class Spool:
    """The folder in which a tus server keeps its uploads; which of the two servers it is may show later."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        #: What the JSON files said; they do not change once the length is known, and there may be thousands.
        self._known: dict[str, _Told] = {}

    def uploads(self) -> Iterator[Upload]:
        """All uploads of stations, in no order."""
        there = {path.stem for path in self._folder.glob("*.json")}
        self._known = {id_: told for id_, told in self._known.items() if id_ in there}
        for id_ in there:
            if told := self._known.get(id_) or self._read(id_):
                self._known[id_] = told
                yield from self._found(id_, *told)
        if self._uploads.exists():
            for id_, size, offset, metadata in self._sql(
                'SELECT upload_id, upload_length, "offset", metadata FROM uploads'
            ):
                # The database tells what counts: bytes beyond its offset are sent again.
                for upload in self._found(id_, size, json.loads(metadata or "{}")):
                    yield replace(upload, there=min(upload.there, offset))

    def free(self, upload: Upload) -> None:
        """Remove an upload, so that the server answers 404 or 410 for it; fine where it is gone already."""
        if self._uploads.exists():
            self._sql("DELETE FROM uploads WHERE upload_id = ?", upload.id)
        upload.path.unlink(missing_ok=True)
        self._json(upload.id).unlink(missing_ok=True)

    @property
    def _uploads(self) -> Path:
        return self._folder / UPLOADS

    def _json(self, id_: str) -> Path:
        return self._folder / f"{id_}.json"

    def _found(self, id_: str, size: int, metadata: Mapping[str, str]) -> Iterator[Upload]:
        """The upload, unless no station sent it: what others put there is left alone."""
        path = self._folder / id_
        told = {key: str(metadata.get(key) or "") for key in ("sha256", "package", "station", "filename")}
        try:
            there = path.stat()
        except FileNotFoundError:
            # Servers make the file first: it was freed, and a kill came before the rest of it went too.
            self._json(id_).unlink(missing_ok=True)
            return
        if _SHA256.fullmatch(told["sha256"]) and max(map(len, told.values())) <= _LONGEST:
            yield Upload(id_, path, there.st_size, size, touched=there.st_mtime, **told)

    def _read(self, id_: str) -> _Told | None:
        """Length and metadata; None while the server still writes them."""
        try:
            told: Any = json.loads(self._json(id_).read_text(encoding="utf-8"))
            return int(told["size"]), dict(told["metadata"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def _sql(self, statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self._uploads, timeout=10)) as uploads, uploads:
            return uploads.execute(statement, values).fetchall()
