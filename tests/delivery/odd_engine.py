"""An S3 engine that is not as it should be: it answers as it was told, and remembers what it was asked."""

from __future__ import annotations

import base64
import hashlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>as it was told</Message></Error>"


@dataclass
class OddEngine:
    """One bucket in memory. ``conditions`` and ``checksums``: whether it minds them; ``answers`` come before all."""

    conditions: bool = True
    checksums: bool = True
    #: Status and code of the next answers to PUT; what was put then is not kept.
    answers: list[tuple[int, str]] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    #: Method and condition of each question.
    asked: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/bucket"

    def put(self, name: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """The status and code of the answer to that."""
        if self.answers:
            return self.answers.pop(0)
        there = self.objects.get(name)
        if self.conditions:
            if headers.get("if-none-match") == "*" and there is not None:
                return 412, "PreconditionFailed"
            if "if-match" in headers and (there is None or headers["if-match"] != _tag(there)):
                return 412, "PreconditionFailed"
        if self.checksums and headers["x-amz-checksum-sha256"] != _checksum(body):
            return 400, "BadDigest"
        self.objects[name] = body
        return 200, ""


@contextmanager
def odd_engine(**what: object) -> Iterator[OddEngine]:
    """Such an engine, on a port of its own, until the block ends."""
    engine = OddEngine(**what)  # type: ignore[arg-type]

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            engine.asked.append(("PUT", headers.get("if-none-match", headers.get("if-match", ""))))
            status, code = engine.put(urlsplit(self.path).path, body, headers)
            self._answer(status, _ERROR.format(code=code).encode() if code else b"", _tag(body))

        def do_GET(self) -> None:
            engine.asked.append(("GET", ""))
            there = engine.objects.get(urlsplit(self.path).path)
            if there is None:
                self._answer(404, _ERROR.format(code="NoSuchKey").encode(), "")
            else:
                self._answer(200, there, _tag(there))

        def _answer(self, status: int, body: bytes, tag: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", tag)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        engine.port = listener.server_port
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        try:
            yield engine
        finally:
            listener.shutdown()
            thread.join()


def _tag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _checksum(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()
