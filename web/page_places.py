"""Where pages are: set aside, brought back, moved to another ledger, or shown by an earlier image of theirs."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.errors import Refused
from station.ledger import page_order, page_placement, page_turns
from station.ledger.entries import Act
from station.ledger.page_turns import Every
from station.scanning import page_transfer
from station.views import listings
from station.views.listings import OpenLedger
from web.ledger_names import ledger_words
from web.request_numbers import whole
from web.return_address import kept_place, say
from web.session_user import current_person
from web.texts import text
from web.view_context import station

blueprint = Blueprint("page_places", __name__, url_prefix="/ledger/<place>/<name>/places")

#: The views that these acts are on: where each leads back to where it cannot be told what was shown.
VIEWS = {
    "scan": "scanning.scan",
    "entries": "entries.edit",
    "runs": "entry_runs.look",
    "regions": "entry_regions.look",
    "rows": "rows.key",
    "pages": "ledger.pages",
    "checks": "checks.look",
    "second": "checks.look",
    "asks": "questions.look",
}


@blueprint.post("/aside")
@login_required
def aside(place: str, name: str) -> ResponseReturnValue:
    """Take the pages of the form out of the ledger, and out of their entries."""
    act = Act(f"{place}:{name}", current_person(), text("placing-aside"))
    spoken = listings.spoken_pages(station(), act.ledger)
    gone = page_order.set_pages_aside(station(), act, request.form.get("pages", ""))
    say(text("placing-is-aside", labels=", ".join(spoken.get(label, label) for label in gone)), "done")
    return _back(place, name)


@blueprint.post("/back")
@login_required
def bring_back(place: str, name: str) -> ResponseReturnValue:
    """Make an image that was set aside a page again, where its label would have it stand."""
    label = request.form.get("label", "")
    page_order.put_back(station(), f"{place}:{name}", label, None, who=current_person())
    say(text("placing-is-back", label=label), "done")
    return _back(place, name)


@blueprint.post("/other")
@login_required
def move(place: str, name: str) -> ResponseReturnValue:
    """Move the pages of the form to the ledger that it names."""
    form = request.form
    act = Act(f"{place}:{name}", current_person(), text("placing-move"))
    target = form.get("target", "")
    labels = page_transfer.move(station(), act, form.get("pages", ""), target)
    spoken = listings.spoken_pages(station(), target)
    names = ", ".join(spoken.get(label, label) for label in labels)
    say(text("placing-is-moved", ledger=ledger_words(target), labels=names), "done")
    return _back(place, name)


@blueprint.post("/turn")
@login_required
def turn(place: str, name: str) -> ResponseReturnValue:
    """Turn the pages of the form: all of them, or every second one."""
    form, act = request.form, Act(f"{place}:{name}", current_person())
    if (every := form.get("every")) not in set(Every):
        raise Refused("request-wrong")
    labels = page_turns.turn(station(), act, form.get("pages", ""), whole(form.get("degrees", "")), Every(every))
    say(text("turn-is-done", count=len(labels)), "done")
    return _back(place, name)


@blueprint.post("/image/<label>")
@login_required
def take_again(place: str, name: str, label: str) -> ResponseReturnValue:
    """Let an earlier image of a page take its place again."""
    revision = whole(request.form.get("revision", ""))
    page_placement.take_earlier(station(), f"{place}:{name}", label, revision, who=current_person())
    return redirect(url_for("scanning.scan", place=place, name=name, page=label))


@blueprint.app_template_global()
def other_ledgers(place: str, name: str) -> list[OpenLedger]:
    """The ledgers that pages of this one may be moved to."""
    return listings.open_ledgers(station(), f"{place}:{name}")


def _back(place: str, name: str) -> ResponseReturnValue:
    view = url_for(VIEWS.get(request.form.get("view", ""), VIEWS["scan"]), place=place, name=name)
    return redirect(kept_place(view))
