"""The program that talks to the scanner: ``python -m drivers.sane.child``, JSON lines in and out.

A crash, a hang or a leak in a SANE backend stays in here. It needs nothing of the rest, so a technician can run it by
hand::

    {"do": "discover"}
    {"do": "open", "device": "test:0", "options": {}, "locks": "/tmp/locks", "lock": null}
    {"do": "close"}

It never outlives the process that started it: the kernel kills it with its parent, and it looks at once whether the
parent was gone already.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.process.child_startup import begin

if TYPE_CHECKING:
    from drivers.images.raw_sheet import Raw
    from drivers.sane.device import SaneDevice

_TICK_SECONDS = 0.2


class Wire:
    """The two ends of the talk with the parent; only the main thread takes commands."""

    def __init__(self, commands: int, events: int) -> None:
        self.commands: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._in = commands
        self._out = events
        self._writing = threading.Lock()
        self._cancelled = threading.Event()
        self._room = threading.Semaphore(0)
        threading.Thread(target=self._listen, name="wire", daemon=True).start()

    @classmethod
    def of_standard_streams(cls) -> Wire:
        """Take stdin and stdout away from everybody else: backends print, and one may read."""
        wire = cls(os.dup(0), os.dup(1))
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        return wire

    def emit(self, event: str, **facts: object) -> None:
        """Send one event. Never raises: a parent that does not listen any more counts as one that cancelled."""
        line = json.dumps({"event": event, **facts}, ensure_ascii=True).encode() + b"\n"
        with self._writing:
            try:
                while line:
                    line = line[os.write(self._out, line) :]
            except OSError:
                self._cancelled.set()

    def progress(self, number: int, lines: int, height: int | None) -> None:
        """Send how many lines of a sheet are read."""
        self.emit("progress", number=number, lines=lines, height=height)

    def tell_waiting(self, number: int) -> None:
        """Send that the button must be pressed, and pause a moment, at most until the batch is cancelled."""
        self.emit("waiting", number=number)
        self._cancelled.wait(_TICK_SECONDS)

    def tell_resting(self) -> None:
        """Emit that the scanner waits for the parent."""
        self.emit("resting")

    def sheet(self, sheet: Raw, path: Path) -> None:
        """Send a complete sheet once the parent has room for it."""
        while not self._room.acquire(timeout=_TICK_SECONDS):
            if self._cancelled.is_set():
                break
        self.emit("sheet", number=sheet.number, path=str(path))

    def cancelled(self) -> bool:
        """Whether the running batch was cancelled."""
        return self._cancelled.is_set()

    def _listen(self) -> None:
        from drivers.sane.protocol import UNTAKEN

        with os.fdopen(self._in, "rb") as lines:
            for line in lines:
                command = json.loads(line)
                if command["do"] == "cancel":
                    self._cancelled.set()
                elif command["do"] == "taken":
                    self._room.release()
                else:
                    if command["do"] == "scan":
                        self._cancelled.clear()
                        self._room = threading.Semaphore(UNTAKEN)
                    self.commands.put(command)
        self._cancelled.set()
        self.commands.put({"do": "close"})


def serve(wire: Wire) -> None:
    """Do what the parent says until it says close."""
    # Only now, with the death signal set: these imports and SANE itself take their time.
    from drivers.errors import DriverError
    from drivers.sane.device import SaneDevice
    from drivers.sane.library import Library
    from drivers.sane.network_peer import watch_peers
    from drivers.sane.protocol import Job

    library: Library | None = None
    device: SaneDevice | None = None
    wire.emit("ready")
    while (command := wire.commands.get())["do"] != "close":
        try:
            library = library or Library()
            if command["do"] == "discover":
                wire.emit("offers", offers=[_offer_facts(offer.name, offer) for offer in library.offers()])
            elif command["do"] == "open" and device is None:
                if command.get("folder"):
                    os.chdir(command["folder"])
                locks = Path(command["locks"])
                device = SaneDevice(library, command["device"], command["options"], locks, command.get("lock"))
                watch_peers(partial(_peer_gone, wire))
                wire.emit("opened", **_offer_facts(device.offer.name, device.offer))
            elif command["do"] == "scan" and device is not None:
                device.scan(Job.of(command), wire)
                wire.emit("done")
            elif command["do"] == "standby" and device is not None:
                if not _woken(wire, device):
                    break
            else:
                raise DriverError(f"unknown or untimely command {command['do']!r}")
        except DriverError as error:
            wire.emit("error", code=error.code, detail=error.detail, sheet=error.sheet)
    if device is not None:
        device.close()


def _woken(wire: Wire, device: SaneDevice) -> bool:
    """Wait until the parent needs the device again; False when another process asks for it first, or all is over."""
    from drivers.sane.device_lock import LOOK_EVERY

    while True:
        try:
            command = wire.commands.get(timeout=LOOK_EVERY)
        except queue.Empty:
            if device.is_asked_for():
                return False
        else:
            if command["do"] == "wake":
                wire.emit("awake")
            return bool(command["do"] == "wake")


def _offer_facts(name: str, offer: Any) -> Mapping[str, str]:
    identity = offer.identity
    return {
        "name": name,
        "vendor": identity.vendor,
        "model": identity.model,
        "serial": identity.serial,
        "kind": offer.kind,
    }


def _peer_gone(wire: Wire, host: str) -> None:
    """Tell it and end: the backend may be spinning on the closed connection, or crash on it next."""
    wire.emit("error", code="io-error", detail=f"{host} closed the connection", sheet=None)
    os._exit(os.EX_UNAVAILABLE)


def _die(arguments: threading.ExceptHookArgs) -> None:
    """End the process when one of its threads fails: a half-dead child would only be noticed by its deadline."""
    sys.excepthook(arguments.exc_type, arguments.exc_value or arguments.exc_type(), arguments.exc_traceback)
    os._exit(os.EX_SOFTWARE)


def main() -> None:
    """Run the program."""
    begin("drivers.sane.child", "Talks to one scanner.")
    threading.excepthook = _die
    serve(Wire.of_standard_streams())
    # No teardown: sane_exit() and the interpreter's own end may hang in a backend's threads.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
