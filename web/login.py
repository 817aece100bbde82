"""Logging in by name and PIN, out again, the language, and the first start, which asks for the first technician."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.access import users
from station.errors import Refused
from station.messages import LANGUAGES
from web.return_address import back, say, way_back
from web.session_user import begin, end
from web.texts import language
from web.view_context import station, view_context

blueprint = Blueprint("login", __name__)

#: Where these views are, the next person goes on: they are everybody's.
_OF_LEDGERS = "/ledger/"
_STAY = "stay"


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    """The names to choose from and the PIN; at the first start, the form for the first technician.

    To a script that was led here, 401 and nothing else: a form would have a token of its own, and its cookie would make
    that of the form that somebody sees a foreign one.
    """
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return "", 401
    people = users.all_users(station())
    if not people:
        return render_template("first_technician.html")
    return render_template("login.html", people=people)


@blueprint.post("/login")
def enter() -> ResponseReturnValue:
    """Log a person in by name and PIN."""
    try:
        person = view_context().login_limiter.enter(request.form.get("name", ""), request.form.get("pin", ""))
    except Refused as refused:
        say(refused.sentence(language()), "refused")
        return redirect(url_for("login.login"))
    return _let_in(person)


@blueprint.post("/first")
def first() -> ResponseReturnValue:
    """Enter the first technician; only while nobody is known."""
    name, pin = request.form.get("name", ""), request.form.get("pin", "")
    if pin != request.form.get("again", ""):
        raise Refused("pin-not-repeated")
    users.add_first(station(), name, pin)
    return _let_in(view_context().login_limiter.enter(name, pin))


@blueprint.post("/logout")
@login_required
def leave() -> ResponseReturnValue:
    """Log out; with ``stay`` the next person who logs in here meets the ledger's view that was open."""
    view = way_back("") if "stay" in request.form else ""
    chosen = session.get("language")
    end()
    if view.startswith(_OF_LEDGERS):
        session[_STAY] = view
        session["language"] = chosen
    return redirect(url_for("login.login"))


@blueprint.post("/language/<chosen>")
def speak(chosen: str) -> ResponseReturnValue:
    """Choose the page's language for this browser."""
    if chosen in LANGUAGES:
        session["language"] = chosen
    return back(url_for("ledger_list.overview"))


def _let_in(person: users.Person) -> ResponseReturnValue:
    language, view = session.get("language"), session.get(_STAY)
    begin(person)
    if language:
        session["language"] = language
    return redirect(view or url_for("ledger_list.overview"))
