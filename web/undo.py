"""Undo: what the person who is logged in did last in a ledger is taken back, from every view of it."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.ledger.entries import Act
from station.review import questions
from station.undo import acts
from station.undo.acts import PastAct
from web.page_places import VIEWS
from web.request_numbers import whole
from web.return_address import KEPT, kept_place, say
from web.session_user import current_person
from web.texts import message_text, text
from web.view_context import station

blueprint = Blueprint("undo", __name__, url_prefix="/ledger/<place>/<name>/undo")


@blueprint.post("")
@login_required
def take_back(place: str, name: str) -> ResponseReturnValue:
    """Take back the act that the form shows, or the newest one where it shows none."""
    form = request.form
    act = Act(f"{place}:{name}", current_person(), text("undo-why"))
    past = acts.take_back(station(), act, whole(form["act"]) if form.get("act") else None)
    say(text("undo-done", act=message_text(past.message)), "done")
    shown = form.get("view", "")
    if shown == "rows":
        of_row = url_for("rows.key", place=place, name=name, entry=past.entry)
        return redirect(of_row if past.entry else kept_place(of_row))
    if shown == "asks":
        return redirect(url_for("questions.look", place=place, name=name, ask=_question(act.ledger, past.label)))
    page = None if shown == "pages" else past.label
    second = 1 if shown == "second" else None
    view = url_for(VIEWS.get(shown, VIEWS["entries"]), place=place, name=name, page=page, second=second)
    # No entry stands on the page where the one that did was what is taken back.
    return redirect(f"{view}&{KEPT}=1" if shown == "regions" and page else view)


def _question(ledger: str, label: str | None) -> str | None:
    """What is asked about a page, by its key."""
    asked = questions.questions_about(station(), ledger, label)
    return next((one.key for one in asked if one.doubts), None)


@blueprint.app_template_global()
def newest_act(place: str, name: str) -> PastAct | None:
    """What this person may take back."""
    return next(iter(acts.of_person(station(), f"{place}:{name}", who=current_person(), most=1)), None)
