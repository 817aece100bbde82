"""A province that answers as no tus server should; a fake, for no real one can be told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from station.settings.tables import TusDestination


@dataclass
class OddProvince:
    """Behaves like a tus server beside a receiver, but for what a test puts in place of a method's answer."""

    #: By method: what writes the answer; the usual ones are in :class:`_Handler`.
    answers: dict[str, Callable[[_Handler], None]] = field(default_factory=dict)
    #: The methods asked with, in order.
    asked: list[str] = field(default_factory=list)
    #: How many bytes of the upload it holds, and has.
    offset: int = 0
    port: int = 0

    def destination(self, **more: object) -> TusDestination:
        here = f"http://127.0.0.1:{self.port}"
        table = {"id": "province", "kind": "tus", "url": f"{here}/files", "receipts": f"{here}/receipts"}
        return TusDestination.model_validate(table | more)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    province: OddProvince

    def log_message(self, *_: object) -> None:
        pass

    def parse_request(self) -> bool:
        """After this, ``do_...`` is called."""
        is_parsed = super().parse_request()
        if is_parsed:
            self.province.asked.append(self.command)
            self.content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            setattr(self, f"do_{self.command}", self._do)
        return is_parsed

    def _do(self) -> None:
        with suppress(OSError):
            self.province.answers.get(self.command, _Handler.usual)(self)

    def usual(self) -> None:
        """As a tus server and a receiver that has nothing yet."""
        if self.command == "GET":
            self.say(404, json.dumps({"sha256": "-"}).encode())
        elif self.command == "POST":
            self.say(201, Location="/files/1") if self.headers.get("Tus-Resumable") else self.say(412)
        elif self.command == "HEAD":
            self.say(200, Upload_Offset=str(self.province.offset))
        else:
            self.province.offset += len(self.content)
            self.say(204, Upload_Offset=str(self.province.offset))

    def head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.head(status, Content_Length=str(len(body)), **headers)
        self.wfile.write(body)

    def drip(self, content: bytes) -> None:
        """A byte each twentieth of a second; the last one for ever."""
        with suppress(OSError):
            while True:
                for byte in content or b"x":
                    self.connection.sendall(bytes([byte]))
                    time.sleep(0.05)
                content = b""


@contextmanager
def odd_province(**answers: Callable[[_Handler], None]) -> Iterator[OddProvince]:
    """Such a province, on a port of its own."""
    province = OddProvince(answers)
    handler = type("Handler", (_Handler,), {"province": province})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        province.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield province
        server.shutdown()
