"""The pipeline of sheets from the scanner to whole masters: the scanner reads on while workers work."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from drivers import Progress, Sheet, Storing
from drivers.images import raw_sheet
from station.imaging.image_facts import Analysis, AnalysisRequest
from station.imaging.worker_pool import WorkerPool

#: Sheets that are looked at or wait for it, beside those that the scanner's child still holds.
AHEAD = 3

_Coming = tuple[Sheet, "Future[Analysis]"] | Exception | None


@contextmanager
def analysed_sheets(
    sheets: Generator[Sheet, None, None],
    workers: WorkerPool,
    request: AnalysisRequest,
    cancel: Callable[[], None],
    on_preview: Callable[[int, bytes], None] | None,
) -> Iterator[Iterator[tuple[Sheet, Future[Analysis]]]]:
    """The sheets of a batch in their order, each with what a worker finds; errors come where they came in that order.

    ``on_preview`` is told a sheet's number and its preview (JPEG) as soon as that is made, from other threads.

    When the block ends early the batch is stopped by ``cancel``, and what was on its way stays in the spool.
    """
    analyses: queue.Queue[_Coming] = queue.Queue(AHEAD)
    futures: list[Future[Analysis]] = []
    given_up = threading.Event()

    def pull() -> None:
        try:
            with closing(sheets):
                for sheet in sheets:
                    on_sheet_preview = partial(on_preview, sheet.number) if on_preview else None
                    futures.append(workers.analyse(sheet.path, request, on_sheet_preview))
                    analyses.put((sheet, futures[-1]))
                    if given_up.is_set():
                        break
        except Exception as error:  # noqa: BLE001  whatever it is, it is raised where the sheets are taken
            analyses.put(error)
        analyses.put(None)

    def results() -> Iterator[tuple[Sheet, Future[Analysis]]]:
        while (item := analyses.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    puller = threading.Thread(target=pull, name="pull")
    puller.start()
    try:
        yield results()
    finally:
        given_up.set()
        if puller.is_alive():
            cancel()
        while puller.is_alive():
            _drain(analyses)
            puller.join(0.05)
        wait(futures)  # a worker must not write into the spool of a session that is over


def followed(
    listener: Callable[[Progress], None], workers: WorkerPool, folder: Path, storing: Storing
) -> Callable[[Progress], None]:
    """The ``listener`` of a batch, which now has a worker follow each sheet from its first lines into ``folder``."""
    newest = 0

    def hear(progress: Progress) -> None:
        nonlocal newest
        if progress.lines and progress.number > newest:
            newest = progress.number
            workers.follow(raw_sheet.name_of(folder, newest), storing)
        listener(progress)

    return hear


def _drain(analyses: queue.Queue[_Coming]) -> None:
    while True:
        try:
            analyses.get_nowait()
        except queue.Empty:
            return
