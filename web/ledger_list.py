"""The list of ledgers with their progress, and registering new ones."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.domain.naming.keys import LedgerKey
from station.domain.paper import SIZES
from station.errors import Refused
from station.ledger import ledgers, practice
from station.ledger.ledgers import Registration
from station.reports import own_day
from station.views import listings, paging
from station.views.listed_rows import ListedLedger
from web.request_numbers import optional
from web.session_user import current_person
from web.view_context import station, view_context

blueprint = Blueprint("ledger_list", __name__)

#: Ledgers in a part of the list: as many as a screen of 1366x768 shows.
PART = 12
_LONGEST_SEARCH = 100


@blueprint.get("/")
@login_required
def overview() -> ResponseReturnValue:
    """All ledgers, those at work first, by place; ``find`` keeps those whose name holds it, a cover sheet's code opens.

    Those that were digitised in phase 1 are shown by ``digitised`` alone, or where they are sought.
    """
    search = request.args.get("find", "").strip()[:_LONGEST_SEARCH]
    if (ledger := _ledger_of_code(search)) is not None:
        return redirect(url_for("scanning.scan", place=ledger.place, name=ledger.ledger))
    digitised = request.args.get("digitised") == "1"
    part = paging.ledger_part(station(), search, request.args.get("part", 1, int), PART, digitised=digitised)
    settings = station().settings
    places = [(place, [row for row in part.rows if row.place == place.code]) for place in settings.places]
    scan_status = view_context().daemon.scan_service.status
    return render_template(
        "ledger_list.html",
        places=places,
        part=part,
        settings=settings,
        find=search,
        digitised=digitised,
        digitised_count=paging.digitised_count(station()),
        narrowed={**({"find": search} if search else {}), **({"digitised": 1} if digitised else {})},
        scan_status=scan_status,
        own_day=own_day.of_person(station(), current_person()),
        practice_ledgers=[] if digitised else paging.practice_ledgers(station()),
        papers=list(SIZES),
    )


@blueprint.post("/ledgers/practice")
@login_required
def practise() -> ResponseReturnValue:
    """Begin a practice ledger, and go to it."""
    place, _, name = practice.start(station(), who=current_person()).partition(":")
    return redirect(url_for("scanning.scan", place=place, name=name))


def _ledger_of_code(text: str) -> ListedLedger | None:
    """The ledger of a cover sheet's code (``19429:KH.2007.01``), which a reader of codes types."""
    if ":" not in text:
        return None
    try:
        return listings.ledger_row(station(), text.upper())
    except Refused:
        return None


@blueprint.post("/ledgers")
@login_required
def add() -> ResponseReturnValue:
    """Register a ledger."""
    form = request.form
    registration = Registration(
        LedgerKey.of(form.get("type", ""), form.get("year", ""), form.get("book", "")),
        place=form.get("place") or None,
        last_year=optional(form.get("last_year")),
        paper=form.get("paper") or None,
        closing_pages=optional(form.get("closing_pages")),
        closing_entries=optional(form.get("closing_entries")),
    )
    name = ledgers.add(station(), [registration], who=current_person())[0]
    place = registration.place or station().settings.places[0].code
    return redirect(url_for("scanning.scan", place=place, name=name))
