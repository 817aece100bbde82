"""Paper with a ledger's name and a code that opens it: cover sheets, an A4 page each, and labels to stick on."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_required
from markupsafe import Markup

from station.views import listings, paging
from station.views.listings import LedgerHead
from station.views.paging import ListPart
from web.texts import text
from web.view_context import station

blueprint = Blueprint("covers", __name__, url_prefix="/covers")

#: Sheets that are printed at once: a code takes hundredths of a second.
PART = 50
#: Labels of a sheet as offices buy it, 3 x 8 of 70 x 37 mm, and how many are shown at once.
ON_A_SHEET = 24
LABELS = 2 * ON_A_SHEET


@blueprint.get("")
@login_required
def sheets() -> ResponseReturnValue:
    """The sheets of one ``ledger`` (``19429:KH.2007.01``), or of all that the list shows for ``find``."""
    rows, part = _asked_for(PART)
    return render_template("covers.html", sheets=[(row, _code(row)) for row in rows], part=part, find=_search())


@blueprint.get("/labels")
@login_required
def labels() -> ResponseReturnValue:
    """The labels of the same ledgers; ``first`` is the label to begin with, of a sheet that others were taken from."""
    rows, part = _asked_for(LABELS)
    first = min(max(request.args.get("first", 1, int), 1), ON_A_SHEET)
    places = [None] * (first - 1) + [(row, _code(row)) for row in rows]
    sheets = [places[start : start + ON_A_SHEET] for start in range(0, len(places), ON_A_SHEET)] if rows else []
    shown = {"sheets": sheets, "count": len(rows), "first": first, "on_a_sheet": ON_A_SHEET}
    return render_template("labels.html", **shown, part=part, find=_search(), ledger=request.args.get("ledger"))


def _search() -> str:
    return request.args.get("find", "").strip()


def _asked_for(size: int) -> tuple[list[LedgerHead], ListPart[LedgerHead] | None]:
    """One ledger, or a part of the list that has ``size`` of them."""
    if ledger := request.args.get("ledger"):
        return [listings.ledger_head(station(), ledger)], None
    part = paging.ledger_part(station(), _search(), request.args.get("part", 1, int), size)
    return part.rows, part


def _code(row: LedgerHead) -> Markup:
    """The code that a reader types into the list's search field; the drawing escapes its own words."""
    from station.reports import qr_code  # the page's server starts without OpenCV

    return Markup(qr_code.svg(f"{row.place}:{row.ledger}", text("cover-code")))
