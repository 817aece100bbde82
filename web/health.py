"""For programs that watch over the station: whether it can work, and figures in Prometheus' text form."""

from __future__ import annotations

import ipaddress
from importlib.metadata import version

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from station import durable, shelf
from web.office import office, station

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 while the daemon can work, 503 with the reason when it cannot; tells nothing of ledgers."""
    reason = office().daemon.ill()
    told = {"status": "ok" if reason is None else "ill", "reason": reason, "version": version("tramquet")}
    return jsonify(told), 200 if reason is None else 503


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Counts of ledgers, pages, entries and deliveries, free room; asked from this PC only."""
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:
        abort(404)
    lines = [f"tramquet_free_bytes {durable.free_bytes(station().folders.data)}"]
    lines += [f"tramquet_scanning {int(office().daemon.desk.bench.scanning)}"]
    for what, counted in shelf.totals(station()).items():
        lines += [f'tramquet_{what}{{state="{state}"}} {count}' for state, count in sorted(counted.items())]
    return Response("\n".join(lines) + "\n", mimetype="text/plain; version=0.0.4")
