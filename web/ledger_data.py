"""A ledger's own data put right on the page: how it was registered, or that it should not be there."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.domain.naming.keys import LedgerKey
from station.ledger import earlier_phase, ledger_data, practice
from web.ledger_names import ledger_words
from web.request_numbers import optional
from web.return_address import say
from web.session_user import current_person
from web.texts import text
from web.view_context import station

blueprint = Blueprint("ledger_data", __name__, url_prefix="/ledger/<place>/<name>/data")


@blueprint.post("")
@login_required
def correct(place: str, name: str) -> ResponseReturnValue:
    """Store what the form says of type, year, book, place and last year."""
    form = request.form
    key = LedgerKey.of(form.get("type", ""), form.get("year", ""), form.get("book", ""))
    changes = {"key": key, "place": form.get("place") or None, "last_year": optional(form.get("last_year"))}
    right = ledger_data.correct(station(), f"{place}:{name}", who=current_person(), **changes)  # type: ignore[arg-type]
    say(text("ledger-corrected", ledger=ledger_words(right)), "done")
    at, _, called = right.partition(":")
    return redirect(url_for("ledger.paper", place=at, name=called))


@blueprint.post("/remove")
@login_required
def remove(place: str, name: str) -> ResponseReturnValue:
    """Remove an empty ledger."""
    ledger_data.remove(station(), f"{place}:{name}", who=current_person())
    say(text("ledger-removed", ledger=ledger_words(name)), "done")
    return redirect(url_for("ledger_list.overview"))


@blueprint.post("/put-away")
@login_required
def put_away(place: str, name: str) -> ResponseReturnValue:
    """Put a practice ledger away with its pages."""
    count = practice.put_away(station(), f"{place}:{name}", who=current_person())
    say(text("practice-put-away", ledger=ledger_words(name), count=count), "done")
    return redirect(url_for("ledger_list.overview"))


@blueprint.post("/scan-after-all")
@login_required
def scan_after_all(place: str, name: str) -> ResponseReturnValue:
    """Have a ledger that was digitised in phase 1 be scanned here all the same."""
    earlier_phase.scan_after_all(station(), f"{place}:{name}", who=current_person())
    say(text("ledger-scanned-after-all", ledger=ledger_words(name)), "done")
    return redirect(url_for("scanning.scan", place=place, name=name))
