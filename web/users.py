"""The people of the station: who may log in, new ones, new PINs, who leaves. For technicians only."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from station.access import users
from station.domain.roles import Role
from station.errors import Refused
from web.session_user import current_person, technician_required
from web.view_context import station

blueprint = Blueprint("users", __name__, url_prefix="/people")


@blueprint.get("")
@technician_required
def listed() -> ResponseReturnValue:
    """Everybody, and the form for one more."""
    return _view()


@blueprint.post("")
@technician_required
def add() -> ResponseReturnValue:
    """Enter a person; the answer shows the PIN, which is in no other answer, no address and no cookie."""
    name, role = request.form.get("name", ""), request.form.get("role", "")
    if role not in list(Role):
        raise Refused("request-wrong")
    pin = users.add(station(), name, Role(role), who=current_person())
    return _view(shown=name.strip(), pin=pin)


@blueprint.post("/pin")
@technician_required
def reset_pin() -> ResponseReturnValue:
    """Draw a new PIN for the person ``name``, and show it in the answer; the old one ends, with its logins."""
    name = request.form.get("name", "")
    pin = users.reset_pin(station(), name, who=current_person())
    return _view(shown=name, pin=pin)


@blueprint.post("/leave")
@technician_required
def leave() -> ResponseReturnValue:
    """Take the person ``name`` off the list."""
    users.leave(station(), request.form.get("name", ""), who=current_person())
    return redirect(url_for(".listed"))


def _view(**context: str) -> ResponseReturnValue:
    return render_template("users.html", people=users.all_users(station()), roles=list(Role), **context)
