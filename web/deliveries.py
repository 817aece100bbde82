"""The deliveries: packages on their way to each destination, what holds them up, and the proofs that they arrived."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.delivery import queue as delivery_queue
from station.delivery import removable_media
from station.views import delivery_board
from web import formatting
from web.return_address import back
from web.session_user import current_person, technician_required
from web.view_context import station

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")
formatting.register(blueprint)

#: Packages shown at once: two screens.
SHOWN = 10


@blueprint.get("")
@login_required
def queue() -> ResponseReturnValue:
    """All packages that are or were on their way, newest first; ``only=open`` leaves out what was received."""
    return render_template("deliveries.html", **_board())


@blueprint.get("/board")
@login_required
def board() -> ResponseReturnValue:
    """The live part of the view."""
    return render_template("deliveries_board.html", **_board())


@blueprint.post("/pause")
@technician_required
def pause() -> ResponseReturnValue:
    """Hold all deliveries."""
    delivery_queue.pause(station(), True, who=current_person())
    return back(url_for(".queue"))


@blueprint.post("/resume")
@technician_required
def resume() -> ResponseReturnValue:
    """Let all deliveries go on."""
    delivery_queue.pause(station(), False, who=current_person())
    return back(url_for(".queue"))


@blueprint.post("/<int:delivery_id>/retry")
@login_required
def retry(delivery_id: int) -> ResponseReturnValue:
    """Try one delivery now that waits or is stuck."""
    delivery_queue.retry(station(), delivery_id, who=current_person())
    return back(url_for(".queue"))


def _board() -> dict[str, object]:
    only = "open" if request.args.get("only") == "open" else None
    rows = delivery_board.board(
        station(), page=request.args.get("page", 1, int), size=SHOWN, only_open=only is not None
    )
    kinds = {table.id: table.kind for table in station().settings.destinations}
    return {"board": rows, "only": only, "kinds": kinds, "sticks": removable_media.all_sticks(station())}
