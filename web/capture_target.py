"""The capture target on the page: printed from here, and what its newest scan told of each scanner, in words."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import login_required
from markupsafe import Markup

from station.scanning import target_measures
from web.texts import text
from web.view_context import station

blueprint = Blueprint("capture_target", __name__, url_prefix="/target")


@blueprint.get("")
@login_required
def sheet() -> ResponseReturnValue:
    """The sheet to print, below what is known of the scanners."""
    return render_template("capture_target.html", scanners=target_measures.newest(station()), drawing=_drawing())


def _drawing() -> Markup:
    """The sheet; the drawing escapes its own words."""
    from station.imaging import capture_target  # the page's server starts without OpenCV

    return Markup(capture_target.svg(text("target"), text("target-means")))
