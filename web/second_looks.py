"""The second look at rows: another person's review, keying again without seeing the first values, and deciding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.domain.checks import CheckVerdict, SecondLook
from station.errors import Refused
from station.ledger.entries import Act
from station.rows import decisions, due_looks, second_keying
from station.rows.due_looks import LookKind
from station.views import row_form, row_second_look
from web.ledger import frame
from web.return_address import say
from web.rows import sent_columns
from web.session_user import current_person
from web.texts import language, text
from web.view_context import station, view_context

blueprint = Blueprint("second_looks", __name__, url_prefix="/ledger/<place>/<name>/second")

#: What a person goes through in one view, the first before the last.
_LOOKS = (LookKind.REVIEW, LookKind.KEYING)
_DECISIONS = (LookKind.DECISION, LookKind.SIGNS)


@blueprint.get("")
@login_required
def look(place: str, name: str) -> ResponseReturnValue:
    """The row of ``entry``, or the next that waits for this person behind ``after``: reviewed, or keyed again."""
    ledger = f"{place}:{name}"
    entry = _asked_entry(ledger) or _lend_next(ledger, _LOOKS)
    if entry is None:
        if _waits(ledger, _DECISIONS):
            return redirect(url_for(".decide", place=place, name=name))
        return _nothing(place, name)
    review = station().settings.second_look(name.partition(".")[0]) == SecondLook.REVIEW
    form = (row_form.row_form if review else row_second_look.blind_form)(station(), ledger, entry)
    shown = {"form": form, "mode": "review" if review else "again", "lent_to": _lend(entry)}
    return render_template("rows.html", **frame(place, name), **shown)


@blueprint.post("/<int:entry_id>")
@login_required
def key(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """Store what was typed a second time: JSON as for :func:`web.rows.save`; with ``done`` the row is keyed."""
    ledger, typed, revision = f"{place}:{name}", *sent_columns()
    done = bool((request.get_json(silent=True) or {}).get("done"))
    try:
        view_context().daemon.row_loans.renew(entry_id, current_person())
        act = Act(ledger, current_person())
        second = second_keying.key(station(), act, entry_id, typed, shown_revision=revision, done=done)
    except Refused as refused:
        return _refusal(refused)
    state = {"state": "begun", "state_words": text("row-begun"), "doubts": "", "left_words": _left(ledger)}
    return jsonify(revision=second.revision, values=second.values, **state)


@blueprint.post("/<int:entry_id>/review")
@login_required
def review(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """Say that the row is right, or with a ``note`` what is not: JSON with the ``revision`` that was shown."""
    sent = request.get_json(silent=True) or {}
    typed, revision = sent_columns()
    note = str(sent.get("note", "")).strip()
    verdict = CheckVerdict.REJECTED if note else CheckVerdict.RIGHT
    try:
        view_context().daemon.row_loans.renew(entry_id, current_person())
        act = Act(f"{place}:{name}", current_person(), note)
        decisions.review(station(), act, entry_id, verdict, typed, shown_revision=revision)
    except Refused as refused:
        return _refusal(refused)
    return jsonify(revision=revision)


@blueprint.get("/decide")
@login_required
def decide(place: str, name: str) -> ResponseReturnValue:
    """What two keyings say differently in the row of ``entry``, or in the next that waits for this person."""
    ledger = f"{place}:{name}"
    entry = _asked_entry(ledger) or _lend_next(ledger, _DECISIONS[:1]) or _lend_next(ledger, _DECISIONS[1:])
    if entry is None:
        return _nothing(place, name)
    form = row_second_look.decision_form(station(), ledger, entry)
    return render_template("second_decide.html", **frame(place, name), form=form, lent_to=_lend(entry))


@blueprint.post("/decide/<int:entry_id>")
@login_required
def settle(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """Store what was decided: JSON as for :func:`web.rows.save`."""
    typed, revision = sent_columns()
    try:
        view_context().daemon.row_loans.renew(entry_id, current_person())
        act = Act(f"{place}:{name}", current_person())
        decisions.decide(station(), act, entry_id, typed, shown_revision=revision)
    except Refused as refused:
        return _refusal(refused)
    return jsonify(revision=revision)


@blueprint.app_template_global()
def look_counts(place: str, name: str) -> Counter[LookKind]:
    """How many rows of a ledger wait for which second look."""
    return due_looks.counts(station(), f"{place}:{name}")


@blueprint.app_template_global()
def second_look_of(ledger_type: str) -> SecondLook:
    """What second look the rows of a type get."""
    return station().settings.second_look(ledger_type)


def _asked_entry(ledger: str) -> int | None:
    """The entry that the address names: by ``entry``, or by the number in ``find``."""
    if number := request.args.get("find", "").strip():
        try:
            return row_form.entry_of(station(), ledger, number, request.args.get("year", None, int))
        except Refused as refused:
            say(refused.sentence(language()), "refused")
    return request.args.get("entry", None, int)


def _lend_next(ledger: str, kinds: Collection[LookKind]) -> int | None:
    """Lend the person the next row that waits for one of these."""
    loans, who, after = view_context().daemon.row_loans, current_person(), request.args.get("after", None, int)
    while True:
        elsewhere = loans.elsewhere(who)
        following = due_looks.next_for(station(), ledger, kinds, who, after=after, elsewhere=elsewhere)
        if following is None or loans.lend(following, who) is None:
            return following


def _lend(entry: int) -> str | None:
    return view_context().daemon.row_loans.lend(entry, current_person())


def _waits(ledger: str, kinds: Collection[LookKind]) -> bool:
    return due_looks.next_for(station(), ledger, kinds, current_person()) is not None


def _nothing(place: str, name: str) -> ResponseReturnValue:
    view_context().daemon.row_loans.give_back(current_person())
    counts = due_looks.counts(station(), f"{place}:{name}")
    return render_template("second_nothing.html", **frame(place, name), counts=counts)


def _left(ledger: str) -> str:
    counts = due_looks.counts(station(), ledger)
    return text("second-left", count=counts[LookKind.REVIEW] + counts[LookKind.KEYING])


def _refusal(refused: Refused) -> ResponseReturnValue:
    return jsonify(error=refused.sentence(language()), column=refused.facts.get("name")), 409
