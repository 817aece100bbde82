"""A province that answers whatever it likes, right or wrong, and remembers what it was asked."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from station.settings.tables import TusDestination


@dataclass(frozen=True)
class Answer:
    """Status, headers and a body of JSON."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    told: Any = None


@dataclass
class ScriptedServer:
    """Where it listens, what it answers to a method and a path, and what it was asked."""

    port: int
    answer: Callable[[str, str], Answer]
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def destination(self, **more: object) -> TusDestination:
        settings = {
            "id": "province",
            "kind": "tus",
            "url": f"{self.address}/files",
            "receipts": f"{self.address}/receipts",
        }
        return TusDestination.model_validate(settings | more)


@contextmanager
def scripted_server(answer: Callable[[str, str], Answer] | Answer) -> Iterator[ScriptedServer]:
    """Such a province, on a port of its own, until the block ends."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answered(self) -> None:
            server.asked.append(self.command)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            given = server.answer(self.command, self.path)
            body = b"" if self.command == "HEAD" else json.dumps(given.told).encode()
            self.send_response(given.status)
            for name, value in {"Content-Length": str(len(body)), **given.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PATCH = answered  # noqa: N815 (http.server's own form)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        server = ScriptedServer(listener.server_port, (lambda *_: answer) if isinstance(answer, Answer) else answer)
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()
