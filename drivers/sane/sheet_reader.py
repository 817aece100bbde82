"""Reading a started sheet straight into a file, with one buffer of memory however large the sheet is.

python-sane's ``snap()`` holds a sheet three times and gives it when it is over. So ``sane_read`` (SANE standard 1.06,
4.3.10) is called here on the device that python-sane opened: what came is in the file while the next lines come.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from drivers import Mode
from drivers.errors import BackendMissing, Cancelled
from drivers.images.raw_sheet import SAMPLES
from drivers.sane.errors import typed_error

#: Bytes asked for at once: what a pipe holds, and a processor's nearest cache.
BUFFER = 64 * 1024

#: Each costs every view that is open a question; half a second is one of twenty steps of a flatbed's page.
_PROGRESS_SECONDS = 0.5
_GOOD, _END = 0, 5  # SANE_Status


@dataclass(frozen=True)
class SheetFormat:
    """What the device announces of a sheet: ``lines`` is -1 where the height is not known beforehand."""

    mode: Mode
    width: int
    lines: int

    @property
    def bytes_per_line(self) -> int:
        """Bytes of one line of the image."""
        return self.width * SAMPLES[self.mode]


class SheetReader:
    """Reads the sheets of one open device, python-sane's ``SaneDev``."""

    def __init__(self, handle: Any, library: str) -> None:
        """Find the device's handle and the functions of the very libsane that ``library``, python-sane's own, uses.

        :raises BackendMissing: it is not the python-sane whose objects we know.
        """
        self._opened = handle
        # _sane.c of python-sane 2.9: after the head that every object has comes the SANE_Handle, and nothing else.
        if type(handle.dev).__basicsize__ != object.__basicsize__ + ctypes.sizeof(ctypes.c_void_p):
            raise BackendMissing("python-sane keeps its devices in another way than version 2.9")
        self._handle = ctypes.c_void_p.from_address(id(handle.dev) + object.__basicsize__)
        self._libsane = ctypes.CDLL(library)
        self._libsane.sane_read.argtypes = (
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_int,
            ctypes.POINTER(ctypes.c_int),
        )
        self._libsane.sane_strstatus.restype = ctypes.c_char_p
        self._buffer = ctypes.create_string_buffer(BUFFER)

    def read(
        self,
        layout: SheetFormat,
        into: BinaryIO,
        cancelled: Callable[[], bool],
        progress: Callable[[int, int | None], None],
    ) -> int:
        """Write the pixels of the sheet that was started to ``into``; gives their number of bytes.

        ``progress`` is told the lines read and those announced, or None. A device that sends more than it announced is
        read no further than its next buffer.

        :raises Cancelled: ``cancelled`` said so between two buffers, or the device was cancelled otherwise.
        :raises DriverError: the device failed, typed by :mod:`drivers.sane.errors`.
        """
        announced = layout.lines if layout.lines > 0 else None
        most = None if announced is None else announced * layout.bytes_per_line
        window, got = memoryview(self._buffer), ctypes.c_int()
        count, last_sign = 0, 0.0
        while most is None or count <= most:
            if cancelled():
                self._opened.cancel()
                raise Cancelled
            status = self._libsane.sane_read(self._handle, self._buffer, BUFFER, ctypes.byref(got))
            if status == _END:
                break
            if status != _GOOD:
                raise typed_error(self._libsane.sane_strstatus(status).decode("ascii", "replace"))
            into.write(window[: got.value])
            count += got.value
            # Nothing is told of a device that answers without a line: its deadline is to run out.
            if got.value and (now := time.monotonic()) - last_sign >= _PROGRESS_SECONDS:
                last_sign = now
                progress(max(1, count // layout.bytes_per_line), announced)
        return count
