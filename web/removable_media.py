"""Ejecting a stick, from the view of the deliveries."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.delivery import removable_media
from station.messages import Message
from web.ledger_names import destination_name
from web.return_address import back, say
from web.session_user import current_person
from web.texts import message_text
from web.view_context import station

blueprint = Blueprint("removable_media", __name__, url_prefix="/sticks")


@blueprint.post("/<destination>/eject")
@login_required
def eject(destination: str) -> ResponseReturnValue:
    """Finish writing to the stick, so that it may be pulled out; says so."""
    removable_media.eject(station(), destination, who=current_person())
    say(message_text(Message("stick-ejected", {"destination": destination_name(destination)})), "done")
    return back(url_for("deliveries.queue"))
