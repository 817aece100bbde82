"""Cover sheets on the page: one A4 paper for each ledger, with its name in large letters and a code that opens it."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_required
from markupsafe import Markup

from station.views import listings, paging
from station.views.listings import LedgerHead
from web.texts import text
from web.view_context import station

blueprint = Blueprint("covers", __name__, url_prefix="/covers")

#: Sheets that are printed at once: a code takes hundredths of a second.
PART = 50


@blueprint.get("")
@login_required
def sheets() -> ResponseReturnValue:
    """The sheets of one ``ledger`` (``19429:KH.2007.01``), or of all that the list shows for ``find``."""
    ledger = request.args.get("ledger")
    search = request.args.get("find", "").strip()
    part = None if ledger else paging.ledger_part(station(), search, request.args.get("part", 1, int), PART)
    rows = [listings.ledger_head(station(), ledger)] if ledger else part.rows if part else []
    return render_template("covers.html", sheets=[(row, _code(row)) for row in rows], part=part, find=search)


def _code(row: LedgerHead) -> Markup:
    """The code that a reader types into the list's search field; the drawing escapes its own words."""
    from station.reports import qr_code  # the page's server starts without OpenCV

    return Markup(qr_code.svg(f"{row.place}:{row.ledger}", text("cover-code")))
