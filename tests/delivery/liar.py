"""A province that answers as it likes: with one and the same words to whatever it is asked."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from station.settings.tables import TusDestination


@dataclass
class Liar:
    """Its address, what it answers (status, headers, JSON), and what it was asked."""

    port: int
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    told: Any = None
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def destination(self, **more: object) -> TusDestination:
        told = {"id": "province", "kind": "tus", "url": f"{self.address}/files", "receipts": f"{self.address}/receipts"}
        return TusDestination.model_validate(told | more)


@contextmanager
def lying(**answer: Any) -> Iterator[Liar]:
    """Such a province, on a port of its own, until the block ends."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            liar.asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.dumps(liar.told).encode()
            self.send_response(liar.status)
            for name, value in {"Content-Length": str(len(body)), **liar.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PATCH = answer  # noqa: N815 (http.server's own form)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        liar = Liar(server.server_port, **answer)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield liar
        finally:
            server.shutdown()
            thread.join()
