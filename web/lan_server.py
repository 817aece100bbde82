"""The page's server for the office's network: cheroot with TLS, for addresses that are allowed.

Beside waitress, which has no TLS. Four things are ours: who is not allowed is dropped before a byte is exchanged;
a client that says nothing costs no worker, and above all not the loop that accepts, where cheroot by itself waits for
its handshake (cherrypy/cheroot#748); one that lets its request or its answer drip holds a worker for a while only
(:mod:`web.slow_clients`); and whoever types the address without https is led there.
"""

from __future__ import annotations

import logging
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from cheroot import errors, wsgi
from cheroot.makefile import StreamReader, StreamWriter
from cheroot.server import HTTPConnection
from cheroot.ssl import Adapter
from flask import Flask

from station.access import tls_certificate
from station.access.tls_certificate import Certificate
from station.context import Station
from station.errors import Refused
from station.system import lan
from web.server import LONGEST_REQUEST
from web.slow_clients import ClientTurns, PatientSocket

log = logging.getLogger(__name__)

#: More than :data:`web.change_feed.HELD_AT_MOST`, so that some always answer.
THREADS = 24
#: The head of a request is never longer (bytes).
_LONGEST_HEAD = 64 * 1024
#: For how long nothing may come from a client that is to say something (s).
_SILENCE = 10
#: How often it is seen whether the certificate is still valid (s).
_LOOK_EVERY = 3600.0
#: So many addresses that are not allowed are named in the log, once each.
_MOST_TOLD = 100
_EVERYWHERE = "0.0.0.0"


class LanServer:
    """Listens from the start; ``Refused`` ("web-port-taken") where another program has the port."""

    def __init__(self, app: Flask, station: Station) -> None:
        settings = station.settings.lan
        self._server = _TlsServer(
            (_EVERYWHERE, settings.port),
            _without_proxies(app.wsgi_app),
            numthreads=THREADS,
            max=THREADS,
            server_name="tramquet",
            request_queue_size=64,
            timeout=_SILENCE,
        )
        tls = _TlsAdapter(station, self._server.turns)
        self._server.ssl_adapter = tls
        self._server.ConnectionClass = _TlsConnection
        self._server.max_request_header_size = _LONGEST_HEAD
        self._server.max_request_body_size = LONGEST_REQUEST
        self._server.keep_alive_conn_limit = 100
        try:
            self._server.prepare()
        except OSError as error:
            raise Refused(
                "web-port-taken", host=_EVERYWHERE, port=settings.port, detail=error.strerror or error
            ) from error
        log.info("the page is for the LAN too, with the certificate %s", tls.certificate.fingerprint)

    def run(self) -> None:
        """Answer until closed."""
        self._server.serve()

    def close(self) -> None:
        """Let :meth:`run` end; what is being answered has five seconds for it."""
        self._server.stop()


class _TlsServer(wsgi.Server):
    """Hands a connection to a worker when something came from it; what cheroot has to say goes to the log."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.turns = ClientTurns()

    def process_conn(self, conn: _TlsConnection) -> None:
        if conn.heard:
            super().process_conn(conn)
        else:
            conn.heard = True
            self.put_conn(conn)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        # What it calls information is each connection that broke off; some it calls mistakes, a hundred lines each.
        broken = isinstance(sys.exc_info()[1], OSError)
        log.log(logging.DEBUG if broken or level == logging.INFO else level, "%s", msg, exc_info=traceback)


class _TlsAdapter(Adapter):
    """Lets in who is allowed, by the station's certificate, which it renews in time."""

    def __init__(self, station: Station, turns: ClientTurns) -> None:
        self._station = station
        self._turns = turns
        self._looked = time.monotonic()
        self._dropped: set[str] = set()
        self.certificate = tls_certificate.station_certificate(station)
        self.context = _context(self.certificate)

    def bind(self, sock: socket.socket) -> socket.socket:
        return sock

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        try:
            address = sock.getpeername()[0]
            if lan.is_allowed(self._station.settings.lan, address):
                self._renew()
                tls = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
                if self._turns.admit(address, tls):
                    return tls, self.get_environ()
                tls.close()
                raise errors.FatalSSLAlert(address)
        except OSError as error:
            raise errors.FatalSSLAlert(*error.args) from error
        sock.close()
        if address not in self._dropped and len(self._dropped) < _MOST_TOLD:
            self._dropped.add(address)
            log.warning("%s is not in [lan] allowed: it gets no answer", address)
        raise errors.FatalSSLAlert(address)

    def get_environ(self) -> dict[str, str]:
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}

    def makefile(self, sock: ssl.SSLSocket, mode: str = "r", bufsize: int = -1) -> Any:
        return (StreamReader if "r" in mode else StreamWriter)(sock, mode, bufsize)

    def _renew(self) -> None:
        if time.monotonic() - self._looked < _LOOK_EVERY:
            return
        self._looked = time.monotonic()
        if not self.certificate.good():
            self.certificate = tls_certificate.station_certificate(self._station)
            self.context = _context(self.certificate)


class _TlsConnection(HTTPConnection):
    """A connection whose handshake is a worker's first turn; its first request is the next."""

    heard = False
    greeted = False

    def communicate(self) -> bool:
        with self.server.turns.turn(self.remote_addr, self.socket):
            if not self.greeted:
                self.greeted = True
                return self._greet(self.socket)
            return bool(super().communicate())  # type: ignore[no-untyped-call]

    def _greet(self, tls: PatientSocket) -> bool:
        tls.waiting = True
        try:
            tls.do_handshake()
        except ssl.SSLError as error:
            if error.reason == "HTTP_REQUEST":
                _lead_to_tls(tls)
            log.debug("%s: no TLS: %s", self.remote_addr, error)
            return False
        except OSError as error:
            log.debug("%s: gone before TLS: %s", self.remote_addr, error)
            return False
        finally:
            tls.waiting = False
        return True


def _context(own: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslsocket_class = PatientSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(own.file)
    return context


def _lead_to_tls(tls: ssl.SSLSocket) -> None:
    """Answer a plain request by the address it should have come to: browsers take http for a bare address."""
    address, port = tls.getsockname()[:2]
    head = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://{address}:{port}/\r\n"
    with suppress(OSError):
        # Past TLS; what was not read would have the kernel throw the answer away.
        socket.socket.recv(tls, _LONGEST_HEAD)
        socket.socket.sendall(tls, f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())


def _without_proxies(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Before this server is no proxy: what a request says about one is made up."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        for name in [name for name in environ if name.startswith(("HTTP_X_FORWARDED", "HTTP_FORWARDED"))]:
            del environ[name]
        return app(environ, start)

    return answer
