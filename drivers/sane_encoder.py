"""The second thread of the scanner's child: raw images become masters in the spool while the next sheet is read."""

from __future__ import annotations

import errno
import io
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from drivers import ScanSettings
from drivers.errors import DiskFull, DriverError, InputOutput, OutOfMemory
from drivers.masters import Origin, encode, mode_of

#: Raw images waiting to be encoded; an A3 page in colour at 600 dpi is 200 MB.
_WAITING = 2
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Shot:
    """A sheet that was read completely and has no file yet."""

    number: int
    image: Image.Image
    origin: Origin


class Encoder:
    """Writes shots in their order; the first failure stops it, and :meth:`finish` raises it.

    ``report`` is called with each shot and its file as soon as the file is complete. It may block: the sheets that
    nobody took yet are bounded there.
    """

    def __init__(self, spool: Path, settings: ScanSettings, report: Callable[[Shot, Path], None]) -> None:
        self._spool = spool
        self._settings = settings
        self._report = report
        self._shots: queue.Queue[Shot | None] = queue.Queue(_WAITING)
        self._failure: DriverError | None = None
        self._thread = threading.Thread(target=self._work, name="encoder", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> DriverError | None:
        """What stopped the encoder."""
        return self._failure

    def put(self, shot: Shot) -> None:
        """Hand over one shot; blocks while two are waiting."""
        self._shots.put(shot)

    def finish(self) -> None:
        """Wait until every shot lies in the spool."""
        self._shots.put(None)
        self._thread.join()
        if self._failure:
            raise self._failure

    def _work(self) -> None:
        while shot := self._shots.get():
            if self._failure is None:
                try:
                    self._report(shot, self._store(shot))
                except DriverError as error:
                    self._failure = error

    def _store(self, shot: Shot) -> Path:
        final = self._spool / f"{shot.number:04d}.{self._settings.encoding}"
        part = final.with_suffix(".part")
        try:
            # Encoded in memory first: libtiff reports a full disk without its errno.
            master = io.BytesIO()
            encode(shot.image, master, shot.origin, self._settings.encoding, self._settings.quality)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(master.getbuffer())
            if final.exists():
                raise FileExistsError(errno.EEXIST, "is in the spool already", str(final))
            part.rename(final)
        except OSError as error:
            part.unlink(missing_ok=True)
            kind = DiskFull if error.errno in _NO_ROOM else InputOutput
            raise kind(str(error), shot.number) from error
        except MemoryError as error:
            raise OutOfMemory("encoding", shot.number) from error
        return final


def sheet_event(shot: Shot, path: Path) -> dict[str, object]:
    """The facts of a complete sheet for the parent."""
    return {
        "number": shot.number,
        "path": str(path),
        "width": shot.image.width,
        "height": shot.image.height,
        "mode": mode_of(shot.image).value,
        "dpi_asked": shot.origin.dpi_asked,
        "dpi": list(shot.origin.dpi),
        "started_at": shot.origin.started_at.isoformat(),
        "token": shot.origin.token,
    }
