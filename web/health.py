"""Health and metrics for monitoring programs, and the alerts that people must see."""

from __future__ import annotations

import ipaddress
from importlib.metadata import version

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from station.health import alerts, metrics
from station.messages import Message
from web.view_context import station, view_context

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 while the daemon can work, 503 with the reason when it cannot; contains nothing about ledgers."""
    reason = view_context().daemon.fault()
    state = {
        "status": "ok" if reason is None else "ill",
        "reason": reason,
        "warnings": [alert.code for alert in alerts.current_alerts(station())],
        "version": version("tramquet"),
    }
    return jsonify(state), 200 if reason is None else 503


@blueprint.get("/metrics", endpoint="metrics")
def figures() -> ResponseReturnValue:
    """Figures in Prometheus' text form; asked from this PC only."""
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:
        abort(404)
    text = metrics.text(station(), scanning=view_context().daemon.scan_service.status.scanning)
    return Response(text, mimetype="text/plain; version=0.0.4")


@blueprint.app_template_global("alerts")
def _alerts() -> list[Message]:
    """What every view shows above everything else."""
    return alerts.current_alerts(station())
