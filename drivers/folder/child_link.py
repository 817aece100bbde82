"""The parent's side of the program that decodes dropped files (:mod:`drivers.folder.child`), and its deadlines."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from drivers import Identity, Mode, ScanSettings, Sheet
from drivers.errors import Cancelled, DiskFull, InputOutput, NotStarted, Unreadable
from drivers.folder.stable_files import Arrival
from drivers.process.child_process import NotReady, Process

#: How long the program may take to start, without a sign of life, and over one file in all (s).
_START, _SILENT, _LONGEST = 60.0, 180.0, 1800.0
#: How often it is seen whether the batch was cancelled (s).
_TICK = 0.5
#: So often may the program die over a file: the system may have killed it for another one's sake.
_TRIES = 2
_CLOSE = 2.0


class ArrivalChanged(Exception):
    """The file is gone, or is not the one any more that was seen."""


class _Died(Exception):
    """The program ended over the file, or gave no sign of life."""


@dataclass(frozen=True)
class Content:
    """What is in a file whose pages can all be decoded: its SHA-256 in hex, and by what each page is known again."""

    sha256: str
    digests: tuple[str, ...]


class FileReader:
    """Reads files, one at a time; the program is started when it is needed and anew when it died."""

    def __init__(self, folder: str, cancelled: threading.Event) -> None:
        """``folder`` is the device of pictures that tell no camera."""
        self._folder = folder
        self._cancelled = cancelled
        self._process: Process | None = None
        self._held: tuple[Arrival, Content] | None = None

    def read(self, arrival: Arrival) -> Content:
        """What is in a file.

        :raises Unreadable: it cannot be taken.
        :raises ArrivalChanged: look again.
        :raises Cancelled: the batch was.
        :raises NotStarted: the program cannot be started, which says nothing of the file.
        """
        detail = ""
        for _ in range(_TRIES):
            try:
                return self._open(arrival)
            except _Died as died:
                detail = str(died)
        raise Unreadable("deadly", detail=detail)

    def store(
        self,
        arrival: Arrival,
        index: int,
        token: str,
        stem: Path,
        settings: ScanSettings,
        extra_facts: Mapping[str, str],
    ) -> Sheet:
        """Write the master of a page (from 0) of a file that was read; ``extra_facts`` goes into its provenance.

        :raises Unreadable: it cannot be taken after all.
        :raises ArrivalChanged: look again.
        :raises DiskFull: there is no room for it.
        """
        detail = ""
        for _ in range(_TRIES):
            try:
                content = self._held[1] if self._held and self._held[0] == arrival else self._open(arrival)
                if not token.startswith(content.sha256):
                    raise ArrivalChanged
                return self._store(index, token, stem, settings, extra_facts)
            except _Died as died:
                detail = str(died)
        raise Unreadable("deadly", detail=detail)

    def close(self) -> None:
        """End the program."""
        process, self._process, self._held = self._process, None, None
        if process is not None:
            process.close(_CLOSE)

    def _open(self, arrival: Arrival) -> Content:
        self._held = None
        event = self._ask("open", file=str(arrival.path), signature=list(arrival.signature))
        content = Content(event["sha256"], tuple(event["digests"]))
        self._held = arrival, content
        return content

    def _store(
        self, index: int, token: str, stem: Path, settings: ScanSettings, extra_facts: Mapping[str, str]
    ) -> Sheet:
        sheet = {
            "folder": self._folder,
            "token": token,
            "paper_mm": settings.paper_mm,
            "own_dpi": settings.own_dpi,
            "storing": asdict(settings.storing),
            "provenance": {**settings.provenance, **extra_facts},
        }
        event = self._ask("page", index=index, stem=str(stem), sheet=sheet)
        x, y = event["dpi"]
        return Sheet(
            number=int(stem.name),
            path=Path(event["path"]),
            width=event["width"],
            height=event["height"],
            mode=Mode(event["mode"]),
            dpi_asked=None,
            dpi=(x, y),
            started_at=datetime.fromisoformat(event["started_at"]),
            identity=Identity(*event["identity"]),
            token=token,
            rotation=event["rotation"],
        )

    def _ask(self, do: str, **facts: object) -> dict[str, Any]:
        """Ask the program; gives its answer, or raises what it says."""
        process = self._running()
        process.send(do, **facts)
        start = time.monotonic()
        last_sign = start
        while True:
            event = process.next(_TICK)
            now = time.monotonic()
            if event is not None and event["event"] != "reading":
                break
            if event is not None:
                last_sign = now
            if self._cancelled.is_set():
                self._end(process)
                raise Cancelled
            if now - start > _LONGEST:
                self._end(process)
                raise Unreadable("slow", minutes=round(_LONGEST / 60))
            if now - last_sign > _SILENT:
                self._end(process)
                raise _Died(f"no answer for {_SILENT:g} s")
        return self._understood(event)

    def _understood(self, event: dict[str, Any]) -> dict[str, Any]:
        if event["event"] == "ended":
            self._process = self._held = None
            raise _Died(event["detail"])
        if event["event"] == "changed":
            self._held = None
            raise ArrivalChanged
        if event["event"] == "unreadable":
            raise Unreadable(event["code"], **event["facts"])
        if event["event"] == "failed":
            kind = DiskFull if event["errno"] in (errno.ENOSPC, errno.EDQUOT) else InputOutput
            raise kind(event["detail"])
        return event

    def _running(self) -> Process:
        if self._process is None:
            try:
                self._process = Process("drivers.folder.child", {}).wait_until_ready(_START)
            except NotReady as error:
                raise NotStarted(str(error)) from error
        return self._process

    def _end(self, process: Process) -> None:
        self._process = self._held = None
        process.kill()
