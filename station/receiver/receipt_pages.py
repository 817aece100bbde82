"""The receipts over HTTP, for stations: ``GET /receipts/SHA256`` with their token."""

from __future__ import annotations

import hmac
import re
from dataclasses import asdict
from http import HTTPStatus

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from station.receiver.service import Receiver

_WAIT = re.compile(r"\bwait=(\d)\b")


def application(receiver: Receiver, token: str | None) -> Flask:
    """The WSGI application; with a ``token`` nobody gets an answer without it.

    Answers 200 with the receipt, 404 where there is none (with the hash asked for, so that no other server's 404 is
    taken for it), 507 where the store is full. ``Prefer: wait=N`` (RFC 7240, seconds, below 10) lets it look at the
    spool first.
    """
    app = Flask("tramquet-receiver")
    expected_header = f"Bearer {token}".encode()

    @app.before_request
    def _authorize() -> tuple[Response, HTTPStatus] | None:
        header = request.headers.get("Authorization", "").encode()
        if token is not None and not hmac.compare_digest(header, expected_header):
            return jsonify(error="token"), HTTPStatus.UNAUTHORIZED
        return None

    @app.get("/receipts/<sha256>")
    def _receipt(sha256: str) -> tuple[Response, HTTPStatus]:
        wait = _WAIT.search(request.headers.get("Prefer", ""))
        receipt = receiver.receipt(sha256, float(wait[1]) if wait else 0.0)
        if isinstance(receipt, HTTPStatus):
            return jsonify(error=receipt.phrase, sha256=sha256), receipt
        return jsonify(asdict(receipt)), HTTPStatus.OK

    @app.errorhandler(HTTPException)
    def _in_json(error: HTTPException) -> tuple[Response, int]:
        return jsonify(error=error.name), error.code or HTTPStatus.INTERNAL_SERVER_ERROR

    return app
