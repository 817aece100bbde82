"""The pool of workers: child processes that make masters and analyse images, started when needed, ended together.

While one works on a sheet the scanner reads the next, and a second one starts when the first is behind. A worker that
dies or hangs over an image is replaced; an image that two of them died over is refused.
"""

from __future__ import annotations

import base64
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from drivers import Storing
from drivers.process.child_process import NotReady, Process
from station.errors import NoWorker, Refused
from station.imaging.image_facts import Analysis, AnalysisRequest
from station.storage import durable

#: As many as an old PC has cores, the scanner's reading among them.
MOST = 2
#: How long a worker may take to start, niced, on an old and busy PC, and over one image (s): a lossless A2 page at
#: 600 dpi.
START, LONGEST = 120.0, 180.0
#: Bytes of raw sheets that are worked on at the same time; one larger than that is worked on alone.
AT_ONCE = 192 * 1024**2

_TRIES = 2
_CLOSE = 5.0


#: What wants a preview before the master is made.
PreviewListener = Callable[[bytes], None]


class WorkerPool:
    """A pool of workers; a context manager that ends them."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(MOST, "worker")
        self._idle: queue.LifoQueue[Process] = queue.LifoQueue()
        self._starting: queue.SimpleQueue[Future[Process]] = queue.SimpleQueue()
        self._room = _Room(AT_ONCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start_ahead(self, count: int) -> None:
        """See that there are so many workers while the scanner is being opened; :meth:`wait_until_ready` waits."""
        self._drop_dead()
        for _ in range(count - self._idle.qsize()):
            self._starting.put(self._pool.submit(self._new_worker))

    def wait_until_ready(self) -> None:
        """Return when the workers that were warmed are ready: no paper is to move before somebody can take it.

        :raises NoWorker: one cannot be started.
        """
        while not self._starting.empty():
            self._idle.put(self._starting.get().result())

    def analyse(
        self, file: Path, request: AnalysisRequest, on_preview: PreviewListener | None = None
    ) -> Future[Analysis]:
        """Have ``file`` looked at; errors of :func:`station.imaging.analysis.analyse`, the disk's as ``StorageFailed``.

        Where no worker can be started it is ``NoWorker``: that says nothing of the image.

        ``on_preview`` is told as there, from a thread of the pool; without it no picture travels.
        """
        return self._pool.submit(self._analyse, file, request, on_preview)

    def follow(self, sheet: Path, storing: Storing) -> None:
        """Have an idle worker encode what will be the raw ``sheet`` while it is read; it is the next that analyses.

        Where none is idle the sheet is encoded when it is whole, as it is where the worker dies over it.
        """
        with suppress(queue.Empty):
            worker = self._idle.get_nowait()
            worker.send("follow", file=str(sheet), storing=asdict(storing))
            self._idle.put(worker)

    def close(self) -> None:
        """Wait for what is being worked on, then end the workers."""
        self._pool.shutdown(cancel_futures=True)
        while not self._starting.empty():
            with suppress(CancelledError, NoWorker):
                self._idle.put(self._starting.get().result())
        while not self._idle.empty():
            self._idle.get().close(_CLOSE)

    def _analyse(self, file: Path, request: AnalysisRequest, on_preview: PreviewListener | None) -> Analysis:
        with self._room.reserve(file):
            for _ in range(_TRIES):
                worker = self._idle_worker()
                worker.send("look", file=str(file), wanted=request.as_dict(), pictured=on_preview is not None)
                event = worker.next(LONGEST)
                while on_preview is not None and event is not None and event["event"] == "pictured":
                    on_preview(base64.b64decode(event["preview"]))
                    event = worker.next(LONGEST)
                if event is None:
                    worker.kill()
                    detail = f"no answer for {LONGEST:g} s"
                elif event["event"] == "ended":
                    detail = event["detail"]
                else:
                    self._idle.put(worker)
                    return _result(event, file)
        raise Refused("image-damaged", file=file.name, detail=f"worker: {detail}")

    def _drop_dead(self) -> None:
        """Forget workers that ended while nobody needed them."""
        alive = []
        with suppress(queue.Empty):
            while True:
                worker = self._idle.get_nowait()
                alive += [worker] if worker.next(0.0) is None else []
        for worker in reversed(alive):
            self._idle.put(worker)

    def _idle_worker(self) -> Process:
        """An idle worker that still lives, or a new one."""
        with suppress(queue.Empty):
            while (worker := self._idle.get_nowait()).next(0.0) is not None:
                pass
            return worker
        return self._new_worker()

    def _new_worker(self) -> Process:
        try:
            return Process("station.imaging.worker", {}).wait_until_ready(START)
        except NotReady as error:
            raise NoWorker("program-not-started", detail=str(error)) from error


class _Room:
    """How many bytes of raw sheets may be worked on at once; a larger sheet waits until it is alone."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._used = 0
        self._changed = threading.Condition()

    @contextmanager
    def reserve(self, file: Path) -> Iterator[None]:
        """Room for ``file`` while the block runs."""
        size = min(self._size, file.stat().st_size if file.exists() else 0)
        with self._changed:
            self._changed.wait_for(lambda: self._used + size <= self._size)
            self._used += size
        try:
            yield
        finally:
            with self._changed:
                self._used -= size
                self._changed.notify_all()


def _result(event: dict[str, Any], file: Path) -> Analysis:
    if event["event"] == "refused":
        raise Refused(event["code"], **event["facts"])
    if event["event"] == "failed":
        with durable.storage_failures(file):
            raise OSError(event["errno"], event["detail"])
    return Analysis.of(event)
