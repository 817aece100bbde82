"""Encoding of a sheet while it is still being read: when its last line is in the spool its master is nearly made."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np

from drivers import Mode, Storing
from drivers.images import raw_sheet
from drivers.images.jpeg_strips import STRIP, StripEncoder
from station.storage.checkpoints import Checkpoint, reach

#: How often the file is looked at (s).
LOOK_EVERY = 0.05


class SheetFollower:
    """Follows one raw sheet as it grows, in a thread of its own.

    It only runs ahead: what nobody followed, or not to its end, is encoded when the sheet is whole.
    """

    def __init__(self, sheet: Path, storing: Storing) -> None:
        """Begin with what will be the raw ``sheet``; OSError where it is not being read."""
        # Held open, so that no other file can be taken for it: numbers of files come again.
        self._file = sheet.with_suffix(raw_sheet.PART).open("rb", buffering=0)
        self._name = sheet.name
        self._storing = storing
        self._encoder: StripEncoder | None = StripEncoder(storing)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follow", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Follow no more."""
        self._stopped.set()
        self._thread.join()
        self._file.close()

    def encoder_of(self, sheet: Path, storing: Storing) -> StripEncoder | None:
        """Stop; what has the first lines of the raw ``sheet``, None where it has none, or those of another."""
        self._stopped.set()
        self._thread.join()
        is_it = not self._file.closed and os.path.samestat(os.fstat(self._file.fileno()), sheet.stat())
        self._file.close()
        encoder = self._encoder if is_it and storing == self._storing else None
        return encoder if encoder is not None and encoder.lines else None

    def _follow(self) -> None:
        try:
            while not self._stopped.wait(LOOK_EVERY):
                if not os.fstat(self._file.fileno()).st_nlink:
                    self._file.close()  # given up: its room on the disk is free only now
                    return
                self._catch_up()
        except (OSError, ValueError, MemoryError):
            self._encoder = None

    def _catch_up(self) -> None:
        """Encode the strips that are whole."""
        file, encoder = self._file.fileno(), self._encoder
        header = raw_sheet.parse_header(os.pread(file, raw_sheet.HEADER_BYTES, 0))
        if header is None or encoder is None:
            return
        mode, width, _announced, start = header
        samples = raw_sheet.SAMPLES[mode]
        shape = (STRIP, width, samples) if mode is Mode.COLOUR else (STRIP, width)
        strip_bytes = STRIP * width * samples
        while not self._stopped.is_set():
            data = os.pread(file, strip_bytes, start + encoder.lines * width * samples)
            if len(data) < strip_bytes:
                return
            reach(Checkpoint.FOLLOWING, self._name)
            encoder.add(np.frombuffer(data, np.uint8).reshape(shape))
