"""Sheets on their way from the scanner to whole masters: the scanner reads on while workers work."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager
from functools import partial

from drivers import Sheet
from station.imaging.analysis import Analysis, AnalysisRequest
from station.imaging.worker_pool import WorkerPool

#: Sheets that are looked at or wait for it, beside those that the scanner's child still holds.
AHEAD = 3

_Coming = tuple[Sheet, "Future[Analysis]"] | Exception | None


@contextmanager
def analysed_sheets(
    sheets: Generator[Sheet, None, None],
    workers: WorkerPool,
    wanted: AnalysisRequest,
    cancel: Callable[[], None],
    pictured: Callable[[int, bytes], None] | None,
) -> Iterator[Iterator[tuple[Sheet, Future[Analysis]]]]:
    """The sheets of a batch in their order, each with what a worker finds; errors come where they came in that order.

    ``pictured`` is told a sheet's number and its preview (JPEG) as soon as that is made, from other threads.

    When the block ends early the batch is stopped by ``cancel``, and what was on its way stays in the spool.
    """
    coming: queue.Queue[_Coming] = queue.Queue(AHEAD)
    begun: list[Future[Analysis]] = []
    given_up = threading.Event()

    def pull() -> None:
        try:
            with closing(sheets):
                for sheet in sheets:
                    told = partial(pictured, sheet.number) if pictured else None
                    begun.append(workers.look(sheet.path, wanted, told))
                    coming.put((sheet, begun[-1]))
                    if given_up.is_set():
                        break
        except Exception as error:  # noqa: BLE001  whatever it is, it is raised where the sheets are taken
            coming.put(error)
        coming.put(None)

    def taken() -> Iterator[tuple[Sheet, Future[Analysis]]]:
        while (item := coming.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    puller = threading.Thread(target=pull, name="pull")
    puller.start()
    try:
        yield taken()
    finally:
        given_up.set()
        if puller.is_alive():
            cancel()
        while puller.is_alive():
            _drain(coming)
            puller.join(0.05)
        wait(begun)  # a worker must not write into the spool of a session that is over


def _drain(coming: queue.Queue[_Coming]) -> None:
    while True:
        try:
            coming.get_nowait()
        except queue.Empty:
            return
