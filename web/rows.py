"""Keying rows: the page on the left, the workbook's columns on the right, group by group, everything by keyboard."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.domain.naming.keys import LedgerKey
from station.errors import Refused, StationError
from station.ledger.entries import Act
from station.reconciliation import duplicates
from station.rows import entry_rows, values
from station.rows.entry_rows import KeyedRow
from station.views import row_form
from web.ledger import frame
from web.request_numbers import whole
from web.return_address import say
from web.session_user import current_person
from web.texts import language, message_text, text
from web.undo import newest_act
from web.view_context import station, view_context

blueprint = Blueprint("rows", __name__, url_prefix="/ledger/<place>/<name>/rows")


@blueprint.get("")
@login_required
def key(place: str, name: str) -> ResponseReturnValue:
    """The row of ``entry``, or the next behind ``after`` that is not complete; ``find`` leads to that number's."""
    ledger = f"{place}:{name}"
    if number := request.args.get("find", "").strip():
        return redirect(url_for(".key", place=place, name=name, entry=_entry_id(ledger, number)))
    if (after := request.args.get("after", None, int)) is not None:
        following = _lend_next(ledger, after)
        if following is None:
            say(_why_none_follows(ledger), "done")
        return redirect(url_for(".key", place=place, name=name, entry=following or after))
    form = row_form.row_form(station(), ledger, request.args.get("entry", None, int) or _lend_next(ledger, None))
    lent_to = None if form is None else view_context().daemon.row_loans.lend(form.entry.id, current_person())
    persons = duplicates.columns_of_persons(LedgerKey.parse(name).type)
    return render_template("rows.html", **frame(place, name), form=form, lent_to=lent_to, mode="key", persons=persons)


@blueprint.post("/<int:entry_id>")
@login_required
def save(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """Store what was typed: JSON with ``columns`` and the ``revision`` that was shown.

    Answers as JSON with the row as it is now, or with why it was refused and the column that it is about, if any. Not a
    form: a number that somebody types there is a text, however long.
    """
    ledger = f"{place}:{name}"
    typed, revision = sent_columns()
    act = Act(ledger, current_person())
    try:
        view_context().daemon.row_loans.renew(entry_id, act.who)
        row = entry_rows.set_values_of(station(), act, entry_id, typed, shown_revision=revision)
    except Refused as refused:
        return jsonify(error=refused.sentence(language()), column=refused.facts.get("name")), 409
    return _as_it_is_now(place, name, row)


@blueprint.post("/<int:entry_id>/as-on-page")
@login_required
def say_as_on_page(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """Somebody says that what is odd in the row stands so on the page: JSON with the marks of the ``doubts`` shown.

    Answers as :func:`save`. What is answered are the doubts that were shown, and so the values that raised them.
    """
    sent = request.get_json(silent=True)
    shown = sent.get("doubts") if isinstance(sent, dict) else None
    act = Act(f"{place}:{name}", current_person())
    try:
        if not isinstance(shown, list) or not all(isinstance(mark, str) for mark in shown):
            raise Refused("request-wrong")
        view_context().daemon.row_loans.renew(entry_id, act.who)
        row = entry_rows.say_as_on_page(station(), act, entry_id, frozenset(shown))
    except Refused as refused:
        return jsonify(error=refused.sentence(language())), 409
    return _as_it_is_now(place, name, row)


@blueprint.post("/<int:entry_id>/as-it-is")
@login_required
def leave_as_it_is(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """A row that somebody found not right is right as it is: it waits for another look."""
    act = Act(f"{place}:{name}", current_person())
    try:
        view_context().daemon.row_loans.renew(entry_id, act.who)
        entry_rows.leave_as_it_is(station(), act, entry_id, shown_revision=whole(request.form.get("revision", "")))
    except Refused as refused:
        say(refused.sentence(language()), "refused")
        return redirect(url_for(".key", place=place, name=name, entry=entry_id))
    return redirect(url_for(".key", place=place, name=name, after=entry_id))


@blueprint.post("/<int:entry_id>/loan")
@login_required
def hold(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """A sign of life of who types in a row: it stays with them, or is again if nobody took it meanwhile.

    Answers as JSON with the name of who has it instead, if any.
    """
    return jsonify(lent_to=view_context().daemon.row_loans.lend(entry_id, current_person()))


@blueprint.delete("/<int:entry_id>/loan")
@login_required
def give_back(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """The person has left the row."""
    view_context().daemon.row_loans.give_back(current_person(), entry_id)
    return "", 204


@blueprint.post("/<int:entry_id>/duplicates")
@login_required
def tell_duplicates(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """Where the entry may stand already, by its key and by what is typed of its person: JSON as :func:`save` takes it.

    Posted though nothing changes: an address with somebody's name in it would stand in the browser's history.
    """
    try:
        likely = duplicates.of_row(station(), f"{place}:{name}", entry_id, sent_columns()[0])
    except StationError as error:
        return jsonify(error=error.sentence(language())), 409
    return jsonify(duplicates=[_duplicate(one) for one in likely])


@blueprint.post("/<int:entry_id>/no-duplicate")
@login_required
def say_no_duplicate(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """Somebody says that the entry is another one than ``other``."""
    try:
        act = Act(f"{place}:{name}", current_person())
        duplicates.answer(station(), act, entry_id, request.form.get("other", ""))
    except StationError as error:
        return jsonify(error=error.sentence(language())), 409
    return "", 204


@blueprint.get("/words")
@login_required
def words(place: str, name: str) -> ResponseReturnValue:
    """A date as it is typed, in words, for the column that says it so."""
    return jsonify(text=values.words(request.args.get("date", "")))


def _lend_next(ledger: str, after: int | None) -> int | None:
    """Lend the person the next row that is free and not complete; gives its entry."""
    loans, who = view_context().daemon.row_loans, current_person()
    while (following := row_form.next_open(station(), ledger, after, loans.elsewhere(who))) is not None:
        if loans.lend(following, who) is None:
            return following
    return None


def _why_none_follows(ledger: str) -> str:
    """Why there is no next row for this person: others have what is left, they have it themselves, or all is done."""
    elsewhere = view_context().daemon.row_loans.elsewhere(current_person())
    if with_others := row_form.left(station(), ledger, among=elsewhere):
        return text("rows-with-others", count=with_others)
    return text("rows-only-this") if row_form.left(station(), ledger) else text("rows-all-done")


def _as_it_is_now(place: str, name: str, row: KeyedRow) -> ResponseReturnValue:
    """A row as the script shows it once something of it was stored."""
    left = row_form.left(station(), f"{place}:{name}")
    return jsonify(
        revision=row.revision,
        values=row.values,
        state=row.state,
        state_words=text(f"row-{row.state}"),
        doubts=render_template("part_row_doubts.html", doubts=row.doubts, lent_to=None),
        left=left,
        left_words=text("rows-left", count=left),
        undo=_undo(place, name),
    )


def _undo(place: str, name: str) -> dict[str, int | str] | None:
    """What the person may take back now: as the undo button shows it."""
    past = newest_act(place, name)
    return None if past is None else {"act": past.event, "words": message_text(past.message)}


def _duplicate(one: duplicates.Duplicate) -> dict[str, str | None]:
    """As the view shows it; with where to see it, if it is the station's own."""
    address = None
    if one.ledger is not None:
        place, _, name = one.ledger.partition(":")
        address = url_for(".key", place=place, name=name, entry=one.entry_id)
    return {"text": message_text(one.message), "other": one.other, "address": address}


def sent_columns() -> tuple[dict[str, str], int]:
    """What was sent as JSON: texts by column, and the revision that was shown. ``Refused`` where it makes no sense."""
    sent = request.get_json(silent=True)
    columns, revision = (sent.get("columns"), sent.get("revision")) if isinstance(sent, dict) else (None, None)
    if not isinstance(columns, dict) or not all(isinstance(text, str) for text in columns.values()):
        raise Refused("request-wrong")
    return columns, whole(str(revision))


def _entry_id(ledger: str, number: str) -> int | None:
    try:
        return row_form.entry_of(station(), ledger, number, request.args.get("year", None, int))
    except Refused as refused:
        say(refused.sentence(language()), "refused")
        return request.args.get("entry", None, int)
