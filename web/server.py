"""The page's server: waitress, with an end that waits for what is being answered and for nothing else."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from station.errors import Refused
from station.settings.tables import Web

#: Two people with eight tabs each hold four threads with waiting for news; the rest answers.
THREADS = 32
#: More than the page takes, which says so in words; what is longer still is not even read (bytes).
LONGEST_REQUEST = 16 * 1024**2
#: Browsers and other programs may keep so many connections open; half of the files a process may open.
MOST_CONNECTIONS = 512
#: One on which nothing was asked for so long is closed (s): a browser opens another without a word.
_SILENCE = 15
#: How often they are looked through (s).
_LOOK_EVERY = 5
#: How soon a server that was closed notices (s).
_NOTICE = 0.5


class Server:
    """Listens from the start; ``Refused`` ("web-port-taken") where another program has the port."""

    def __init__(self, app: Flask, settings: Web) -> None:
        self._sockets: dict[int, Any] = {}
        self._closed = threading.Event()
        try:
            self._server = create_server(
                app,
                map=self._sockets,
                host=settings.host,
                port=settings.port,
                threads=THREADS,
                max_request_body_size=LONGEST_REQUEST,
                connection_limit=MOST_CONNECTIONS,
                channel_timeout=_SILENCE,
                cleanup_interval=_LOOK_EVERY,
                ident="tramquet",
                clear_untrusted_proxy_headers=True,
            )
        except OSError as error:
            raise Refused("web-port-taken", host=settings.host, port=settings.port, detail=error.strerror) from error

    def run(self) -> None:
        """Answer until closed. Waitress' own ``run`` goes on as long as any browser keeps its connection open."""
        while not self._closed.is_set():
            wasyncore.loop(timeout=_NOTICE, use_poll=True, map=self._sockets, count=1)
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._sockets, ignore_all=True)

    def close(self) -> None:
        """Let :meth:`run` end; called from another thread."""
        self._closed.set()
