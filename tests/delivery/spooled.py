"""Uploads as a tus server leaves them in its spool, and a receiver that takes them from there in a thread."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.receiver.receipts import StoredReceipt
from station.receiver.service import Receiver

CONTENT = b"sheet" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def lay(spool: Path, id_: str, content: bytes = CONTENT, size: int = len(CONTENT), **metadata: str) -> Path:
    """An upload as ``@tus/file-store`` leaves it."""
    told = {"sha256": SHA256, "package": "19429:KH.2007.01/r1", "station": "qt-thu-01", "filename": "a.zip"}
    info = {"id": id_, "size": size, "offset": 0, "metadata": told | metadata}
    (spool / id_).write_bytes(content)
    (spool / f"{id_}.json").write_text(json.dumps(info))
    return spool / id_


def lay_whole(spool: Path, id_: str, content: bytes, **metadata: str) -> str:
    """A finished upload of that content; gives its hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    lay(spool, id_, content, len(content), sha256=sha256, **metadata)
    return sha256


@contextmanager
def working(*receivers: Receiver) -> Iterator[None]:
    """Let them work until the block ends."""
    threads = [threading.Thread(target=receiver.run) for receiver in receivers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for receiver in receivers:
            receiver.stop()
        for thread in threads:
            thread.join()


def receipt(receiver: Receiver, sha256: str = SHA256) -> StoredReceipt:
    found = receiver.receipt(sha256, 5)
    assert isinstance(found, StoredReceipt), found
    return found
