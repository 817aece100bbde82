"""The history of a ledger, of one of its pages or of its entries on the page: who did what, and when, in words."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.views import history
from web.ledger import frame
from web.view_context import station

blueprint = Blueprint("history", __name__, url_prefix="/ledger/<place>/<name>/history")

#: Lines in a part of it.
PART = 50
_LONGEST = 20


@blueprint.get("")
@login_required
def told(place: str, name: str) -> ResponseReturnValue:
    """The history of the ledger; of its page with the label ``page``, or of its ``entry`` (``2007/001``)."""
    page, entry = (request.args.get(word, "").strip()[:_LONGEST] for word in ("page", "entry"))
    page = page.partition(".")[0]  # both pages of an open book have one image
    of = {"page": page} if page else {"entry": entry} if entry else {}
    part = history.of_ledger(station(), f"{place}:{name}", request.args.get("part", 1, int), PART, **of)
    called = history.page_words(station(), f"{place}:{name}", page) if page else ""
    shown = {"part": part, "called": called, "entry": entry, "narrowed": of}
    return render_template("history.html", **frame(place, name), **shown)
