"""The minutes of a closed ledger on the page: one paper to be printed and signed."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_login import login_required
from markupsafe import Markup

from station.reports import minutes, minutes_paper
from web import texts
from web.ledger import frame
from web.view_context import station

blueprint = Blueprint("minutes", __name__, url_prefix="/ledger/<place>/<name>/minutes")


@blueprint.get("")
@login_required
def paper(place: str, name: str) -> ResponseReturnValue:
    """The paper, under the frame of the ledger's views."""
    body = minutes_paper.body(minutes.of_ledger(station(), f"{place}:{name}"), texts.language())
    return render_template("minutes.html", **frame(place, name), paper=Markup(body))  # its own template escapes it


@blueprint.get("/file")
@login_required
def file(place: str, name: str) -> ResponseReturnValue:
    """The same as a file that needs nothing beside it."""
    content = minutes_paper.page(minutes.of_ledger(station(), f"{place}:{name}"), texts.language())
    answer = Response(content, content_type="text/html; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="bien-ban_{place}_{name}.html"'
    return answer
