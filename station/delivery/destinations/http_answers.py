"""HTTP answers read within limits of size and time: none fills this PC's memory or holds a delivery for ever.

A proxy that packs what it passes on, a portal that answers with a film, a server that sends a byte a minute: a timeout
between two bytes notices none of them.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

#: The longest answer to anything but a question for a receipt (bytes): a server's page about an error.
PAGE = 64 * 1024
#: The longest receipt (bytes); ours have 400.
RECEIPT = 1024 * 1024
_BLOCK = 16 * 1024


class TooLong(Exception):
    """The answer has more bytes than its limit."""


class Packed(Exception):
    """The answer is packed, though nothing packed was asked for; small ones may hold gigabytes."""


@dataclass(frozen=True)
class Answer:
    """An answer as it was sent: ``body`` is whole, and not longer than its limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """What the body says; None where it is no JSON."""
        with suppress(ValueError, RecursionError):  # also UnicodeDecodeError, and numbers of 4301 digits
            return json.loads(self.body)
        return None


class AnswerWatch:
    """Ends the connection from which an answer is read when that takes longer than ``within`` (s)."""

    def __init__(self, within: float) -> None:
        self.within = within
        self._timer: threading.Timer | None = None
        #: Whether the connection was cut.
        self.over = False

    def begin(self, line: socket.socket | None) -> None:
        """An answer is awaited on this connection."""
        self.end()
        self._timer = threading.Timer(self.within, self._cut, [line])
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """It was read, or nobody waits for it any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        self._timer, self.over = None, False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _cut(self, line: socket.socket | None) -> None:
        self.over = True
        with suppress(OSError):
            if line is not None:
                line.shutdown(socket.SHUT_RDWR)


class _Watched(HTTPConnection):
    def __init__(self, watch: AnswerWatch, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self._watch = watch

    def getresponse(self) -> Any:
        self._watch.begin(self.sock)
        return super().getresponse()


class _WatchedTls(_Watched, HTTPSConnection):
    pass


class _Adapter(HTTPAdapter):
    def __init__(self, watch: AnswerWatch) -> None:
        self._watch = watch
        super().__init__()

    def get_connection_with_tls_context(self, *words: Any, **more: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*words, **more)
        pool.ConnectionCls = partial(_WatchedTls if pool.scheme == "https" else _Watched, self._watch)
        return pool


def session(watch: AnswerWatch) -> requests.Session:
    """A session whose answers are watched; they must be streamed, and :func:`read`."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(watch))
    return session


def read(response: requests.Response, limit: int, watch: AnswerWatch) -> Answer:
    """Read a streamed answer to its end, after which its connection serves again.

    Raises ``TooLong``, ``Packed``, and requests' ConnectionError where the connection broke or was cut.
    """
    packed = response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity")
    body = bytearray()
    try:
        while piece := response.raw.read1(_BLOCK, decode_content=False):
            if packed:
                raise Packed
            body += piece
            if len(body) > limit:
                raise TooLong
    except (HTTPError, OSError) as error:
        raise requests.ConnectionError(error) from error
    if watch.over:  # an answer without a length ends with its connection
        raise requests.ConnectionError
    return Answer(response.status_code, response.headers, bytes(body))
