"""What a device of the office's network sees before it is paired: a form for the code alone."""

from __future__ import annotations

import logging

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from station.access import device_pairing
from station.errors import StorageFailed
from web.session_user import forget
from web.view_context import station

log = logging.getLogger(__name__)

#: Browsers send a cookie of this prefix to nobody but this host, by TLS, and let no other page set it.
COOKIE = "__Host-tramquet-device"
#: The longest that browsers keep a cookie (s): 400 days; it begins anew whenever the device is noted to be here.
_KEPT = 400 * 24 * 3600
#: What a device that is not paired may ask for.
_FOR_STRANGERS = frozenset({"device_pairing.ask", "device_pairing.enter", "login.speak"})
#: What looks the same for everybody.
_FOR_ALL = frozenset({"static", "bootstrap.static"})

blueprint = Blueprint("device_pairing", __name__, url_prefix="/pair")


def guard(app: Flask) -> None:
    """Let only paired devices see anything of ``app`` but the form for the code; a login ends with its pairing."""

    @app.before_request
    def _paired() -> ResponseReturnValue | None:
        g.stranger = True
        if request.endpoint in _FOR_ALL:
            return None
        token = request.cookies.get(COOKIE, "")
        device = device_pairing.device_of_token(station(), token) if token else None
        g.stranger = device is None
        if device is None:
            if current_user.is_authenticated:  # here by a device that was revoked meanwhile
                forget()
            return None if request.endpoint in _FOR_STRANGERS else redirect(url_for("device_pairing.ask"))
        try:
            g.keep = token if device_pairing.note_visit(station(), device) else None
        except StorageFailed as error:  # the next request may note it
            log.warning("that %s is here could not be noted: %s", device.name, error)
        return None

    @app.after_request
    def _keep(response: Response) -> Response:
        if token := g.get("keep"):
            response.set_cookie(COOKIE, token, max_age=_KEPT, secure=True, httponly=True, samesite="Strict")
        return response


@blueprint.get("")
def ask() -> ResponseReturnValue:
    """The form for the code."""
    return (
        render_template("device_pairing.html", digits=device_pairing.CODE_DIGITS)
        if g.stranger
        else redirect(url_for("ledger_list.overview"))
    )


@blueprint.post("")
def enter() -> ResponseReturnValue:
    """Pair this device, where the code is right."""
    g.keep = device_pairing.redeem_code(station(), request.form.get("code", ""))
    return redirect(url_for("login.login"))
