"""For programs that watch over the station: whether it can work, and figures; and what people must see in time."""

from __future__ import annotations

import ipaddress
from importlib.metadata import version

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from station.health import alerts, metrics
from station.messages import Message
from web.view_context import office, station

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 while the daemon can work, 503 with the reason when it cannot; tells nothing of ledgers."""
    reason = office().daemon.ill()
    told = {
        "status": "ok" if reason is None else "ill",
        "reason": reason,
        "warnings": [said.code for said in alerts.current_alerts(station())],
        "version": version("tramquet"),
    }
    return jsonify(told), 200 if reason is None else 503


@blueprint.get("/metrics", endpoint="metrics")
def figures() -> ResponseReturnValue:
    """Figures in Prometheus' text form; asked from this PC only."""
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:
        abort(404)
    told = metrics.text(station(), scanning=office().daemon.desk.bench.scanning)
    return Response(told, mimetype="text/plain; version=0.0.4")


@blueprint.app_template_global("alerts")
def _alerts() -> list[Message]:
    """What every view shows above everything else."""
    return alerts.current_alerts(station())
