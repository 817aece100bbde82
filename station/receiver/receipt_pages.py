"""The receiver over HTTP, for stations with a token: ``GET /receipts/SHA256``, ``POST /receipts/heartbeat``."""

from __future__ import annotations

import base64
import logging
import re
from dataclasses import asdict
from http import HTTPStatus

from flask import Flask, Response, g, jsonify, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from station.errors import Refused
from station.receiver.database import DatabaseFailed
from station.receiver.heartbeats import Heartbeat, Heartbeats
from station.receiver.service import Receiver
from station.receiver.tokens import Tokens

_LOG = logging.getLogger(__name__)
_STATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_WAIT = re.compile(r"\bwait=(\d)\b")


def application(receiver: Receiver, tokens: Tokens, heartbeats: Heartbeats) -> Flask:
    """The WSGI application; where there are tokens, nobody gets an answer without one.

    A receipt is answered with 200, 404 where there is none (with the hash asked for, so that no other server's 404 is
    taken for it), 507 where the store is full. ``Prefer: wait=N`` (RFC 7240, seconds, below 10) lets it look at the
    spool first. A heartbeat is answered with 204, 400 where it is none, 403 where the token is another station's, 507
    where there are too many stations. Where the database cannot be asked, either is answered with 503.
    ``GET /receipts/token`` tells whether a token is good, and for an upload whether it is its station's.
    """
    app = Flask("tramquet-receiver")

    @app.before_request
    def _authorize() -> tuple[Response, HTTPStatus] | None:
        g.owner = tokens.owner(request.headers.get("Authorization", ""))
        if g.owner is None:
            return jsonify(error="token"), HTTPStatus.UNAUTHORIZED
        return None

    @app.get("/receipts/token")
    def _token() -> tuple[Response, HTTPStatus] | tuple[str, HTTPStatus]:
        """For the web server before the tus server: whether a request may pass (nginx, auth_request)."""
        claimed = _claimed_station(request.headers.get("Upload-Metadata", ""))
        if g.owner and claimed not in (None, g.owner):
            heartbeats.refuse(str(claimed), g.owner)
            return jsonify(error="station", owner=g.owner), HTTPStatus.FORBIDDEN
        return "", HTTPStatus.NO_CONTENT

    @app.post("/receipts/heartbeat")
    def _heartbeat() -> tuple[Response, HTTPStatus] | tuple[str, HTTPStatus]:
        try:
            heartbeat = Heartbeat.model_validate_json(request.get_data())
        except ValidationError as error:
            return jsonify(error=error.errors(include_input=False)[0]["msg"]), HTTPStatus.BAD_REQUEST
        if g.owner not in ("", heartbeat.station):
            heartbeats.refuse(heartbeat.station, g.owner)
            return jsonify(error="station", owner=g.owner), HTTPStatus.FORBIDDEN
        if not heartbeats.keep(heartbeat):
            return jsonify(error="stations"), HTTPStatus.INSUFFICIENT_STORAGE
        return "", HTTPStatus.NO_CONTENT

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

    @app.errorhandler(DatabaseFailed)
    def _unanswered(error: DatabaseFailed) -> tuple[Response, HTTPStatus]:
        _LOG.error("no question can be answered: %s", error)
        return jsonify(error="database"), HTTPStatus.SERVICE_UNAVAILABLE

    @app.errorhandler(Refused)
    def _unusable(error: Refused) -> tuple[Response, HTTPStatus]:
        _LOG.error("%s", error)
        return jsonify(error=error.code), HTTPStatus.SERVICE_UNAVAILABLE

    return app


def _claimed_station(metadata: str) -> str | None:
    """The station that an upload says it is of, by the tus protocol's header; None where it does not say."""
    for pair in metadata.split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "station":
            try:
                name = base64.b64decode(value, validate=True).decode()
            except ValueError:
                name = ""
            return name if _STATION.fullmatch(name) else "?"
    return None
