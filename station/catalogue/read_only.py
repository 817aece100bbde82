"""How a catalogue is opened for reading without changing a byte in its folder.

In WAL mode even a reader wants files beside the catalogue: it makes them where it may, and leaves them where it may
not remove them again (https://www.sqlite.org/wal.html#readonly).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote


@contextmanager
def address(catalogue: Path) -> Iterator[str]:
    """The SQLite address (``file:...``) that the catalogue is to be read by until the block ends."""
    log, index = (catalogue.with_name(f"{catalogue.name}-{kind}") for kind in ("wal", "shm"))
    writable = os.access(catalogue.parent, os.W_OK)
    if log.exists():
        if index.exists() or writable:
            yield _uri(catalogue, "mode=ro")
            return
        # A kill left a log on a disk that takes no index for it: without the log, the newest acts would be missing.
        with tempfile.TemporaryDirectory(prefix="tramquet-") as folder:
            for file in (catalogue, log):
                shutil.copy(file, folder)
            yield _uri(Path(folder, catalogue.name), "mode=ro")
    elif writable:
        # Only a connection that may write removes the companions again that it makes; it is never asked to write.
        yield _uri(catalogue, "mode=rw")
    else:
        yield _uri(catalogue, "mode=ro&immutable=1")  # nobody has it open, and nobody can


def _uri(path: Path, options: str) -> str:
    return f"file:{quote(str(path.absolute()))}?{options}"
