"""What of a page belongs to each of the entries on it: lines across the page, moved and confirmed by a person."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.domain.bands import Band
from station.domain.states import Neighbours
from station.errors import Refused
from station.ledger import entry_regions
from station.ledger.entries import Act
from station.views import page_entries
from station.views.page_entries import PageEntries
from web.ledger import frame
from web.request_numbers import whole
from web.return_address import say
from web.session_user import current_person
from web.texts import language, text
from web.view_context import station

blueprint = Blueprint("entry_regions", __name__, url_prefix="/ledger/<place>/<name>/regions")

#: Per cent of the page's height, as people write it.
_PER_CENT = re.compile(r"-?\d{1,3}([.,]\d{1,4})?")


@blueprint.get("")
@login_required
def look(place: str, name: str) -> ResponseReturnValue:
    """The page ``page``, or the first of those that several entries share and that nobody divided among them."""
    ledger = f"{place}:{name}"
    label = request.args.get("page") or entry_regions.next_undivided(station(), ledger)
    return _view(place, name, page_entries.page_entries(station(), ledger, label) if label else None)


@blueprint.post("")
@login_required
def confirm(place: str, name: str) -> ResponseReturnValue:
    """Store what the form says belongs to each entry, or that each has the whole page, and go on to the next page."""
    form, ledger = request.form, f"{place}:{name}"
    label, is_whole = form.get("page", ""), "whole" in form
    typed: dict[int, Band] = {}
    try:
        typed = _typed()
        bands: Mapping[int, Band | None] = dict.fromkeys(typed) if is_whole else typed
        entry_regions.confirm(station(), Act(ledger, current_person()), label, bands, form.get("part"))
    except Refused as refused:
        page = page_entries.page_entries(station(), ledger, label, typed)
        return _view(place, name, page, refused.sentence(language()))
    say(text("regions-are-whole" if is_whole else "regions-are-kept", label=label), "done")
    if is_whole:
        return redirect(url_for("entries.edit", place=place, name=name, page=label))
    following = entry_regions.next_undivided(station(), ledger, label)
    return redirect(url_for(".look", place=place, name=name, page=following or label))


def _typed() -> dict[int, Band]:
    """What the form says, by entry; ``Refused`` ("region-number") where that is no per cent."""
    head, slant = _share("head"), _share("slant")
    ids = [whole(field.removeprefix("top-")) for field in request.form if field.startswith("top-")]
    return {entry: Band(head, _share(f"top-{entry}"), _share(f"bottom-{entry}"), slant) for entry in ids}


def _share(field: str) -> float:
    typed = request.form.get(field, "").strip()
    if not _PER_CENT.fullmatch(typed):
        raise Refused("region-number", text=typed)
    return float(typed.replace(",", ".")) / 100


def _view(place: str, name: str, page: PageEntries | None, refusal: str | None = None) -> str:
    following = None if page is None else entry_regions.next_undivided(station(), f"{place}:{name}", page.seq)
    is_hidden = station().settings.upload_copy.neighbours == Neighbours.WHITE
    shown = {"page": page, "following": following, "refusal": refusal, "is_hidden": is_hidden}
    return render_template("entry_regions.html", **frame(place, name), **shown)
