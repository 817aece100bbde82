"""Runs of entries: rows of what stands on the paper beside what was read of it, accepted by one key when looked at."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.domain.states import ValueSource
from station.errors import Refused
from station.ledger import entry_runs
from station.ledger.entries import Act
from station.ledger.entry_runs import OpenRow, RunAnswer, RunRow
from station.messages import Message
from web.ledger import frame
from web.request_numbers import whole
from web.return_address import say
from web.session_user import current_person
from web.texts import text
from web.view_context import station

blueprint = Blueprint("entry_runs", __name__, url_prefix="/ledger/<place>/<name>/runs")


@blueprint.get("")
@login_required
def look(place: str, name: str) -> ResponseReturnValue:
    """The next run from ``page`` on, or behind ``after``, else from the start; where nothing is sure, the entries."""
    after = request.args.get("after")
    try:
        rows = entry_runs.next_run(station(), f"{place}:{name}", after or request.args.get("page"), behind=bool(after))
    except Refused as refused:
        if refused.code != "page-unknown":
            raise
        rows = entry_runs.next_run(station(), f"{place}:{name}")  # it was set aside meanwhile
    if not rows:
        say(text("runs-none"), "done")
        return redirect(url_for("entries.edit", place=place, name=name))
    return _view(place, name, rows)


@blueprint.post("")
@login_required
def accept(place: str, name: str) -> ResponseReturnValue:
    """Store the rows that were looked at, but for those left out, and go on; a row that was not stored comes back.

    ``seen`` are the labels of the rows that were on the screen with their pictures, ``out`` those left out, ``after``
    is that of the run's last page. ``offered`` is what a row began with.
    """
    form = request.form
    rows = [_row(label) for label in _labels("labels")]
    seen, out = set(_labels("seen")), set(_labels("out"))
    wanted = [row for row in rows if row.label not in out]
    unseen = [
        OpenRow(row.label, Message("run-row-unseen", {"label": row.label})) for row in wanted if row.label not in seen
    ]
    answers = [
        RunAnswer(row.label, row.image, row.number, row.date, _source(row, form.get(f"offered-{row.label}", "")))
        for row in wanted
        if row.label in seen
    ]
    left = [*unseen, *entry_runs.accept(station(), Act(f"{place}:{name}", current_person()), answers)]
    if left:
        why = {row.label: row.why for row in left}
        return _view(place, name, [row for row in rows if row.label in why], why), 409
    return redirect(url_for(".look", place=place, name=name, after=form.get("after") or None))


def _view(place: str, name: str, rows: Sequence[RunRow], why: dict[str, Message] | None = None) -> str:
    return render_template("entry_runs.html", **frame(place, name), rows=rows, why=why or {})


def _labels(field: str) -> list[str]:
    return [label for label in request.form.get(field, "").split(",") if label]


def _row(label: str) -> RunRow:
    form = request.form
    image, number_place, date_place = (
        whole(form.get(f"{key}-{label}", "")) for key in ("image", "number_place", "date_place")
    )
    number, date = (form.get(f"{key}-{label}", "").strip() for key in ("number", "date"))
    return RunRow(label, form.get(f"printed-{label}") or None, image, number, date, number_place, date_place)


def _source(row: RunRow, offered: str) -> ValueSource:
    """Read, where a person left both as they were."""
    return ValueSource.READ if offered == f"{row.number} {row.date}" else ValueSource.TYPED
