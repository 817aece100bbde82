"""A TCP proxy on loopback whose line breaks, hangs, loses answers or changes bits, and that counts what passed."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from enum import StrEnum
from typing import Self


class Fault(StrEnum):
    RESET = "rst"
    CLOSE = "fin"
    HANG = "hang"
    LOST_ANSWER = "lostresp"
    FLIP = "flip"


class BadLine:
    """Leads to ``target`` (a port); a connection that carried ``after`` bytes towards it breaks, ``times`` in all."""

    def __init__(self, target: int, fault: Fault = Fault.RESET, *, after: int = 0, times: int = 0) -> None:
        self._target, self._fault, self._after = target, fault, after
        self.left = times
        #: Bytes that reached the target.
        self.carried = 0
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                threading.Thread(target=self._connection, args=(near,), daemon=True).start()

    def _connection(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            near.close()
            return
        self._open += [near, far]
        mute = threading.Event()
        back = threading.Thread(target=self._backward, args=(far, near, mute), daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            self._forward(near, far, mute)

    def _forward(self, near: socket.socket, far: socket.socket, mute: threading.Event) -> None:
        passed = 0
        broken = False
        while data := near.recv(16384):
            passed += len(data)
            breaks = not broken and passed >= self._after and self._take()
            if breaks and self._fault is Fault.FLIP:
                data = bytes([data[0] ^ 1]) + data[1:]
            if breaks and self._fault is Fault.LOST_ANSWER:
                mute.set()
            far.sendall(data)
            with self._lock:
                self.carried += len(data)
            broken = broken or breaks
            if breaks and self._fault is Fault.HANG:
                return  # both ends stay open, and nobody reads or writes any more
            if breaks and self._fault in (Fault.RESET, Fault.CLOSE):
                for one in (near, far):
                    if self._fault is Fault.RESET:
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    with contextlib.suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR) if self._fault is Fault.CLOSE else one.close()
                return
        far.shutdown(socket.SHUT_WR)

    def _backward(self, far: socket.socket, near: socket.socket, mute: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(16384):
                if not mute.is_set():
                    near.sendall(data)
            near.shutdown(socket.SHUT_WR)

    def _take(self) -> bool:
        with self._lock:
            if self.left == 0:
                return False
            self.left -= 1
            return True
