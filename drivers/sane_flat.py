"""Very large sheets, read by SANE's own program ``scanimage`` straight into the spool, in a few megabytes of memory.

python-sane holds a sheet three times while it reads it. ``scanimage --batch`` writes under a temporary name of its own
and renames what is whole; never ``-o``, which leaves a cut file under the final name when it is ended by SIGTERM.
"""

from __future__ import annotations

import itertools
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO

from drivers import Source, raw
from drivers.errors import (
    AccessDenied,
    Busy,
    Cancelled,
    CoverOpen,
    DriverError,
    EarlyEnd,
    InputOutput,
    Jammed,
    NoDocuments,
    OutOfMemory,
    WrongImage,
)
from drivers.raw import Origin, Raw
from drivers.sane_wire import Job, Talk

#: Bytes of pixels from which on a sheet goes this way; A3 in colour at 600 dpi has 209 million.
LARGE = 128 * 1024**2

_LOOK_SECONDS = 0.1
# scanimage's exit status is SANE's (sane.h).
_FAILURES: dict[int, type[DriverError]] = {
    3: Busy,
    5: EarlyEnd,
    6: Jammed,
    7: NoDocuments,
    8: CoverOpen,
    9: InputOutput,
    10: OutOfMemory,
    11: AccessDenied,
}
_END_OF_FEEDER = 7


def scan(device: str, arguments: Sequence[str], job: Job, origin: Origin, lines: int, talk: Talk) -> None:
    """Read a batch of sheets of ``lines`` lines from ``device``, set by ``arguments``; as :meth:`Device.scan`."""
    one = job.settings.source is Source.FLATBED
    limit = 1 if one else job.limit
    counted = [] if limit is None else [f"--batch-count={limit}"]
    # The kernel ends it with this program: nobody would wait for its sheets.
    command = ["setpriv", "--pdeathsig", "KILL", "scanimage", "--device-name", device, *arguments, "--format=pnm"]
    command += [f"--batch={job.spool}/%04d{raw.PART}", f"--batch-start={job.first}", *counted]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            number = _follow(process, job, origin, lines, talk)
        finally:
            process.terminate()
            process.wait()
        ended_well = process.returncode == 0 or (
            process.returncode == _END_OF_FEEDER and not one and number > job.first
        )
        if talk.cancelled():
            raise Cancelled(sheet=number)
        if not ended_well:
            raise _FAILURES.get(process.returncode, DriverError)(_last_line(said), number)


def _follow(process: subprocess.Popen[bytes], job: Job, origin: Origin, lines: int, talk: Talk) -> int:
    """Report sheets until the program has ended; gives the number of the sheet that did not come."""
    for number in itertools.count(job.first):
        whole = raw.name_of(job.spool, number).with_suffix(raw.PART)
        growing = whole.with_name(f"{whole.name}.part")  # scanimage's own name for what it has not finished
        origin = replace(origin, started_at=datetime.now().astimezone())
        talk.progress(number, 0, None)
        seen = 0
        while not whole.exists():
            if process.poll() is not None and not whole.exists():
                return number
            if talk.cancelled():
                return number
            time.sleep(_LOOK_SECONDS)
            grown = _size(growing)
            if grown > seen:
                seen = grown
                talk.progress(number, *_lines(growing, grown))
        sheet = _checked(whole, number, job, origin, lines)
        talk.resting()
        talk.sheet(sheet, raw.name_of(job.spool, number))
    raise AssertionError("unreachable")


def _checked(whole: Path, number: int, job: Job, origin: Origin, lines: int) -> Raw:
    whole.chmod(0o600)
    with whole.open("rb") as file:
        found = raw.parse_header(file.read(1024))
    if found is None:
        raise WrongImage("scanimage wrote no PNM with 8 bits a sample", number)
    mode, width, height, start = found
    if height != lines or _size(whole) != start + width * height * raw.SAMPLES[mode]:
        raise WrongImage(f"{lines} lines announced, {height} lines in {_size(whole)} bytes read", number)
    sheet = job.raw(number, mode, width, height, origin)
    raw.complete(sheet, raw.name_of(job.spool, number))
    return sheet


def _lines(part: Path, size: int) -> tuple[int, int | None]:
    try:
        with part.open("rb") as file:
            found = raw.parse_header(file.read(1024))
    except FileNotFoundError:  # whole meanwhile
        return 1, None
    if found is None:
        return 1, None
    mode, width, height, start = found
    return max(1, (size - start) // (width * raw.SAMPLES[mode])), height


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _last_line(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode("ascii", "replace").strip().splitlines()
    return lines[-1] if lines else ""
