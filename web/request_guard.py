"""What every page of ours is held to: the host it may be asked for, and the headers of its answers."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, abort, request

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def guard(app: Flask, is_ours: Callable[[str], bool]) -> None:
    """Hold requests and answers of ``app`` to the rules; ``is_ours`` says whether a host name is this station's."""

    @app.before_request
    def _asked_for_us() -> None:
        # A page of elsewhere whose name was pointed at this PC (DNS rebinding) asks for another host.
        if not is_ours(_host(request.host)):
            abort(421)

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        # Registers stay out of the browser's cache, where the next person at this PC would find them.
        if request.endpoint not in ("static", "bootstrap.static"):
            response.headers["Cache-Control"] = "no-store"
        return response


def _host(header: str) -> str:
    name, _, port = header.rpartition(":")
    return (name if port.isdecimal() and name else header).strip("[]").lower()
