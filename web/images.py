"""Pages as pictures: reduced once, kept in the spool, only for people who are logged in."""

from __future__ import annotations

from flask import Blueprint, abort, request, send_file
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station import previews
from web.office import station

blueprint = Blueprint("images", __name__)


@blueprint.get("/image/<int:capture_id>/<size>")
@login_required
def preview(capture_id: int, size: str) -> ResponseReturnValue:
    """A capture, turned upright, in one of the sizes of :mod:`station.previews`. Its bytes never change."""
    if size not in previews.SIZES:
        abort(404)
    rotation = request.args.get("turn", 0, int)
    file = previews.of_capture(station(), capture_id, previews.SIZES[size], rotation)
    if file is None:
        abort(404)
    return send_file(file, mimetype="image/jpeg")
