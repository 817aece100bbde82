"""A claimed device, held in a child process: the parent's side, which all SANE drivers use.

The child has a deadline for every phase; the parent owns them. After a stall, a death or an error that leaves a device
in doubt, the next batch gets a fresh child: no state is remembered, "try again" is all a person has to do.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from drivers import Identity, Listener, Offer, Progress, Sheet
from drivers.deadlines import Deadlines, Phase
from drivers.errors import (
    BY_CODE,
    Busy,
    Cancelled,
    ChildDied,
    CoverOpen,
    DiskFull,
    DriverError,
    InputOutput,
    Jammed,
    NoButton,
    NoDocuments,
    NotDrawn,
    SettingRefused,
    Stalled,
)
from drivers.images import raw_sheet
from drivers.process.child_process import Process
from drivers.sane.protocol import Job, OptionValue

log = logging.getLogger(__name__)

#: A child that stood by answers within this time (s), or another takes its place.
_WAKING = 3.0
#: After these the device is as good as before and the child may go on.
_HARMLESS = (NoDocuments, NotDrawn, Jammed, CoverOpen, SettingRefused, NoButton, DiskFull, Cancelled)


class Link:
    """One device, opened through a child; see :func:`drivers.sane.scanner.open_scanner` for the arguments.

    ``lock`` names the device's lock where the identity must not, ``folder`` is the child's working directory.
    """

    def __init__(
        self,
        device: str,
        *,
        options: Mapping[str, OptionValue],
        sane_config: Path | None,
        locks: Path,
        deadlines: Deadlines,
        lock: str | None = None,
        folder: Path | None = None,
    ) -> None:
        self._open_command = {
            "device": device,
            "options": dict(options),
            "locks": str(locks.absolute()),
            "lock": lock,
            "folder": str(folder.absolute()) if folder else None,
        }
        self._sane_config = sane_config
        self._deadlines = deadlines
        self._process: Process | None = None
        self._running = threading.Lock()
        self._active: Process | None = None
        self._cancelled = False
        self._stands_by = False
        self.identity = self._open(self._fresh())

    def run(self, job: Job, listener: Listener | None = None) -> Iterator[Sheet]:
        """Yield the sheets of one batch; errors as :meth:`drivers.Scanner.scan` has them."""
        if self._active:
            raise Busy("an earlier batch of this scanner is still running")
        process = self._woken() if self._stands_by else self._process
        if process is None:
            process = self._fresh()
            self.identity = self._open(process)
        with self._running:
            if self._cancelled:
                self._cancelled = False
                raise Cancelled(sheet=1)
            self._active = process
            process.send(**job.command())
        ended = False
        try:
            yield from self._sheets(process, job, listener)
            ended = True
        except DriverError as error:
            ended = True
            if not isinstance(error, _HARMLESS):
                self.close()
            raise
        finally:
            with self._running:
                self._active, self._cancelled = None, False
            if not ended:
                self._abandon(process)

    def cancel(self) -> None:
        """Stop the running batch or, where none runs, the next one; see :meth:`drivers.Scanner.cancel`."""
        with self._running:
            self._cancelled = True
            if self._active:
                self._active.send("cancel")
                self._active.remark("cancelling")

    def forget_cancel(self) -> None:
        """A cancel that came when the batch was over is not for the next one."""
        with self._running:
            self._cancelled = False

    def stand_by(self) -> None:
        """Have the child keep the device until another process asks for it."""
        self.forget_cancel()
        if self._process is not None and not self._stands_by:
            self._stands_by = True
            self._process.send("standby")

    def close(self) -> None:
        """End the child."""
        process, self._process = self._process, None
        self._stands_by = False
        if process:
            process.close(self._deadlines.close)

    def _woken(self) -> Process | None:
        """The child that stood by; None where it let the device go meanwhile, died, or does not answer any more."""
        self._stands_by = False
        process = self._process
        if process is None:
            return None
        process.send("wake")
        until = time.monotonic() + _WAKING
        while (left := until - time.monotonic()) > 0 and (event := process.next(left)):
            if event["event"] == "awake":
                return process
            if event["event"] != "cancelling":  # the batch before was over when it was cancelled
                log.info("the child that stood by let its device go: %s", event)
                self.close()
                return None
        log.warning("the child that stood by does not answer; another takes its place")
        self._process = None
        process.kill()
        return None

    def _fresh(self) -> Process:
        self._process = sane_child(self._sane_config)
        return self._process

    def _open(self, process: Process) -> Identity:
        try:
            expect(process, "ready", self._deadlines.open)
            process.send("open", **self._open_command)
            return _identity(expect(process, "opened", self._deadlines.open))
        except DriverError:
            self.close()
            raise

    def _sheets(self, process: Process, job: Job, listener: Listener | None) -> Iterator[Sheet]:
        phase, number, awaited = Phase.START, job.first, 0
        while True:
            event = process.next(self._deadlines.of(phase))
            if event is None:
                self._process = None
                process.kill()
                if phase is Phase.CLOSE:
                    raise Cancelled("the device did not obey and was dropped", number)
                raise Stalled(f"{phase}: no sign of life for {self._deadlines.of(phase):g} s", number)
            name = event["event"]
            if name == "progress":
                number = event["number"]
                phase = self._unless_cancelled(Phase.READ if event["lines"] else Phase.START)
                if listener:
                    listener(Progress(number, event["lines"], event["height"]))
            elif name == "waiting":
                number = event["number"]
                phase = self._unless_cancelled(Phase.REST)
                if listener and number != awaited:
                    listener(Progress(number, 0, None, waiting=True))
                awaited = number
            elif name == "resting":
                phase = self._unless_cancelled(Phase.REST)
            elif name == "cancelling":
                phase = Phase.CLOSE
            elif name == "sheet":
                yield _sheet(Path(event["path"]), event["number"])
                process.send("taken")
            elif name == "done":
                # Between two presses no sheet is on its way: to stop there is how such a batch ends.
                if self._cancelled and not job.by_button:
                    raise Cancelled(sheet=number + 1)
                return
            else:
                self._raise(event, number)

    def _unless_cancelled(self, phase: Phase) -> Phase:
        return Phase.CLOSE if self._cancelled else phase

    def _raise(self, event: Mapping[str, Any], number: int) -> None:
        if event["event"] == "ended":
            self._process = None
            raise (Cancelled if self._cancelled else ChildDied)(event["detail"], number)
        raise error_of(event)

    def _abandon(self, process: Process) -> None:
        """The caller went away in mid-batch: stop the device and be ready for the next batch."""
        process.send("cancel")
        until = time.monotonic() + self._deadlines.close
        while (left := until - time.monotonic()) > 0 and (event := process.next(left)):
            if event["event"] in ("done", "error"):
                return
            if event["event"] == "ended":
                break
        self._process = None
        process.kill()


def sane_child(sane_config: Path | None) -> Process:
    """A new child, with ``SANE_CONFIG_DIR`` set to ``sane_config`` unless that is None."""
    return Process("drivers.sane.child", {"SANE_CONFIG_DIR": str(sane_config.absolute())} if sane_config else {})


def expect(process: Process, name: str, timeout: float) -> dict[str, Any]:
    """The event ``name``, or the error that came in its place."""
    event = process.next(timeout)
    if event is None:
        process.kill()
        raise Stalled(f"{name}: no answer for {timeout:g} s")
    if event["event"] == "ended":
        raise ChildDied(event["detail"])
    if event["event"] != name:
        raise error_of(event)
    return event


def error_of(event: Mapping[str, Any]) -> DriverError:
    """The typed error in an ``error`` event."""
    return BY_CODE.get(event["code"], DriverError)(event["detail"], event["sheet"])


def offer_of(facts: Mapping[str, str]) -> Offer:
    """One offer, from the child's message."""
    return Offer(facts["name"], _identity(facts), facts["kind"])


def _identity(facts: Mapping[str, Any]) -> Identity:
    return Identity(facts["vendor"], facts["model"], facts["serial"])


def _sheet(path: Path, number: int) -> Sheet:
    try:
        return raw_sheet.read(path).sheet(path)
    except ValueError as error:
        raise InputOutput(str(error), number) from error
