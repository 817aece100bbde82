"""The thread in which a service does the one thing that was asked of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from station.errors import NoWorker


def start_thread(work: Callable[..., None], *facts: object, name: str, daemon: bool = False) -> threading.Thread:
    """Run ``work`` with these facts in a thread; with ``daemon`` the program does not wait for its end.

    :raises NoWorker: the PC has no room for another thread, and nothing was begun.
    """
    thread = threading.Thread(target=work, args=facts, name=name, daemon=daemon)
    try:
        thread.start()
    except RuntimeError as error:
        raise NoWorker("program-not-started", detail=str(error)) from error
    return thread
