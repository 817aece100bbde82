"""The devices of the office's network that may use the page: new ones by a code, revoking. For technicians, at the
station itself only.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from station.access import device_pairing, tls_certificate
from station.system import lan
from web.session_user import current_person, technician_required
from web.view_context import station

blueprint = Blueprint("paired_devices", __name__, url_prefix="/devices")


@blueprint.get("")
@technician_required
def listed() -> ResponseReturnValue:
    """Every device, where the page is for them, and the form for one more."""
    return _view()


@blueprint.post("")
@technician_required
def offer() -> ResponseReturnValue:
    """Draw a code for a device; it is in this answer alone."""
    name = request.form.get("name", "")
    code = device_pairing.offer_code(station(), name, who=current_person())
    return _view(shown=name.strip(), code=code, minutes=device_pairing.LIFE.seconds // 60)


@blueprint.post("/revoke")
@technician_required
def revoke() -> ResponseReturnValue:
    """Let the device ``name`` in no more."""
    device_pairing.revoke(station(), request.form.get("name", ""), who=current_person())
    return redirect(url_for("paired_devices.listed"))


def _view(**context: object) -> ResponseReturnValue:
    own = tls_certificate.station_certificate(station())
    pages = lan.pages(station().settings.lan)
    return render_template(
        "paired_devices.html", devices=device_pairing.paired_devices(station()), own=own, pages=pages, **context
    )
