"""Pages as pictures: reduced once, kept in the spool, only for people who are logged in."""

from __future__ import annotations

from flask import Blueprint, abort, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.imaging.preview_files import SIZES
from station.ledger.spreads import Box
from station.views import previews
from station.views.listed_rows import RowPicture
from web.view_context import station

blueprint = Blueprint("previews", __name__)


@blueprint.get("/image/<int:capture_id>/<size>")
@login_required
def preview(capture_id: int, size: str) -> ResponseReturnValue:
    """A capture, or with ``crop`` the part of it that is a page, turned upright, in one of the previews' sizes.

    Its bytes never change.
    """
    if size not in SIZES:
        abort(404)
    rotation = request.args.get("turn", 0, int)
    crop = request.args.get("crop", None, _box)
    file = previews.of_capture(station(), capture_id, SIZES[size], rotation, crop)
    if file is None:
        abort(404)
    return send_file(file, mimetype="image/jpeg")


@blueprint.get("/image/read/<int:value_id>")
@login_required
def read_value(value_id: int) -> ResponseReturnValue:
    """The place of a page where a value was read; with ``close`` little more than that."""
    file = previews.of_value(station(), value_id, close="close" in request.args)
    if file is None:
        abort(404)
    return send_file(file, mimetype="image/jpeg")


@blueprint.get("/image/doubt/<int:finding_id>/<side>")
@login_required
def doubtful_place(finding_id: int, side: str) -> ResponseReturnValue:
    """A place that may be hard to read, on the ``master`` or on its ``copy`` in the entry's PDF."""
    if side not in ("master", "copy"):
        abort(404)
    file = previews.of_doubt(station(), finding_id, copy=side == "copy")
    if file is None:
        abort(404)
    return send_file(file, mimetype="image/jpeg")


@blueprint.app_template_global()
def picture(row: RowPicture, size: str) -> str:
    """The address of a picture of a page, in that size."""
    crop = ",".join(map(str, row.crop)) if row.crop else None
    return url_for("previews.preview", capture_id=row.capture, size=size, turn=row.turn, crop=crop)


def _box(text: str) -> Box:
    left, top, right, bottom = map(int, text.split(","))
    return left, top, right, bottom
