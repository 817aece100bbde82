"""Giving entries their numbers and dates: the page on the left, the form on the right, everything by keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.domain.naming.keys import EntryNumber
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import PageState, ValueSource
from station.errors import Refused
from station.ledger import entries, entry_doubts
from station.ledger import pages as ledger_pages
from station.ledger.completeness import Totals
from station.ledger.entries import Act, ShownEntry
from station.ledger.entry_doubts import Printed
from station.messages import Message
from station.views import entry_form, listings, page_search
from station.views.entry_form import EntryForm
from web.ledger import frame, state_totals, totals_to_propose
from web.request_numbers import whole
from web.return_address import say
from web.session_user import current_person
from web.texts import language, text
from web.view_context import station

blueprint = Blueprint("entries", __name__, url_prefix="/ledger/<place>/<name>/entries")

#: Pages in the strip, and entries before and behind in the list: what fits at 1366x768.
STRIP, NEARBY = 9, 3
#: Of many numbers that would change so many are shown, from the first on and up to the last.
SHOWN = 6

#: The keys that say what a page holds that is no entry; letters are for writing, F1 and F5 are the browser's.
STATE_KEYS = {
    PageState.BLANK: "F2",
    PageState.COVER: "F3",
    PageState.CLOSING: "F4",
    PageState.CORRECTION: "F7",
    PageState.ILLEGIBLE: "F8",
    PageState.MISSING: "F9",
}


@dataclass(frozen=True)
class Fields:
    """What the form holds; ``entry`` is the id of the one to correct, empty for a new one.

    ``offered`` is what a new one began with where that is complete: number, date and where they come from, with spaces
    between; the grades are those of what was read.
    """

    number: str
    date: str
    pages: str
    suffix_reason: str = ""
    why: str = ""
    entry: str = ""
    revision: str = ""
    printed: str = ""
    offered: str = ""
    number_grade: str = ""
    date_grade: str = ""


@blueprint.get("")
@login_required
def edit(place: str, name: str) -> ResponseReturnValue:
    """The page ``page``, or the first that waits; with ``entry`` that one of its entries, with ``new`` one more.

    ``after`` is the page that waits next behind this one, to be loaded ahead. ``find`` leads to what a person asks for
    (:func:`station.views.page_search.page_for`), ``missing`` to where a number would stand that no entry has; ``year``
    says of which year.
    """
    if after := request.args.get("after"):
        return _form_page(place, name, entry_form.next_open(station(), f"{place}:{name}", after) or after)
    if asked := request.args.get("find", "").strip():
        return _jump(place, name, asked)
    if (missing := request.args.get("missing", None, int)) is not None:
        behind = page_search.page_behind(station(), f"{place}:{name}", missing, request.args.get("year", 0, int))
        return _form_page(place, name, entry_form.next_open(station(), f"{place}:{name}", behind) or behind)
    return _form_page(place, name, request.args.get("page"))


@blueprint.post("")
@login_required
def save(place: str, name: str) -> ResponseReturnValue:
    """Store what the form says and go on to the next page that waits; a refusal comes back with what was typed.

    So does a doubt, until the form says ``insist`` with the codes of all doubts that there are.
    """
    form = request.form
    page = form.get("page", "")
    fields = Fields(**{field: form.get(field, "").strip() for field in Fields.__dataclass_fields__})
    act = Act(f"{place}:{name}", current_person(), fields.why)
    try:
        date = PartialDate.from_person(fields.date)
        act = replace(act, source=_source(fields.offered, EntryNumber.parse(fields.number), date))
        printed = ledger_pages.printed(fields.printed)
        doubts = entry_doubts.doubts(
            station(),
            act.ledger,
            fields.pages,
            EntryNumber.parse(fields.number),
            date,
            printed=Printed(page, printed) if printed else None,
            entry_id=whole(fields.entry) if fields.entry else None,
        )
        if not fields.date and not fields.entry:  # who means that the page says none writes "?"
            doubts.append(Message("doubt-date-empty"))
        if not {doubt.code for doubt in doubts} <= set(form.get("insist", "").split(",")):
            return _form_page(place, name, page, fields, doubts=doubts)
        if fields.entry:
            shown_entry = ShownEntry(whole(fields.entry), whole(fields.revision))
            entries.correct(
                station(), act, shown_entry, fields.pages, fields.number, date, fields.suffix_reason or None
            )
        else:
            entries.add(station(), act, fields.pages, fields.number, date, fields.suffix_reason or None)
    except Refused as refused:
        return _form_page(place, name, page, fields, refused)
    if "printed" in form:
        _give_number(act, page, fields.pages)
    if form.get("then") == "again":
        return redirect(url_for(".edit", place=place, name=name, page=page, new=1))
    return _go_on(place, name, page)


@blueprint.post("/page/<label>")
@login_required
def mark(place: str, name: str, label: str) -> ResponseReturnValue:
    """Say that a page holds something else than an entry, and go on; or that it waits for one after all.

    A closing page whose totals are not known yet stays, to be asked for them.
    """
    state = request.form.get("state")
    if state not in list(PageState):
        raise Refused("request-wrong")
    act = Act(f"{place}:{name}", current_person())
    try:
        ledger_pages.change(station(), act.ledger, label, who=act.who, state=PageState(state))
    except Refused as refused:
        return _form_page(place, name, label, refusal=refused)
    if "printed" in request.form and state not in (PageState.UNSORTED, PageState.COVER):
        _give_number(act, label)
    here = redirect(url_for(".edit", place=place, name=name, page=label))
    if state != PageState.CLOSING:
        return here if state == PageState.UNSORTED else _go_on(place, name, label)
    head = listings.ledger_head(station(), act.ledger)
    if head.totals != Totals.UNSTATED:
        return _go_on(place, name, label, at_end="totals-to-compare")
    # Of several years no closing page states the totals for the whole ledger.
    return here if head.year == head.last_year else _go_on(place, name, label)


@blueprint.post("/page/<label>/totals")
@login_required
def totals(place: str, name: str, label: str) -> ResponseReturnValue:
    """Store the totals that the closing page shown states, and go on."""
    try:
        state_totals(place, name)
    except Refused as refused:
        return _form_page(place, name, label, refusal=refused)
    if "printed" in request.form:
        _give_number(Act(f"{place}:{name}", current_person()), label)
    return _go_on(place, name, label, then="totals-stored", at_end="totals-stored-last")


@blueprint.post("/<int:entry_id>/remove")
@login_required
def remove(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """Take an entry out; its pages wait again."""
    shown_entry = ShownEntry(entry_id, whole(request.form.get("revision", "")))
    entries.remove_shown(station(), Act(f"{place}:{name}", current_person()), shown_entry)
    say(text("entry-removed"), "done")
    return redirect(url_for(".edit", place=place, name=name, page=request.form.get("page")))


@blueprint.post("/swap")
@login_required
def swap(place: str, name: str) -> ResponseReturnValue:
    """Exchange the numbers of two entries of one year."""
    form = request.form
    first, second = form.get("first", "").strip(), form.get("second", "").strip()
    entries.swap(station(), Act(f"{place}:{name}", current_person()), first, second, whole(form.get("year", "")))
    numbers = {"first": EntryNumber.parse(first), "second": EntryNumber.parse(second)}  # as the ledger writes them
    say(text("entries-swapped", **numbers), "done")
    return redirect(url_for(".edit", place=place, name=name, page=form.get("page")))


@blueprint.post("/renumber/preview")
@login_required
def preview_renumbering(place: str, name: str) -> ResponseReturnValue:
    """What the numbers from one entry on would be; nothing is changed."""
    run = _Renumbering.of_form()
    changes = entries.shift_preview(station(), f"{place}:{name}", run.first, run.last, run.by, run.year)
    shown = [*changes[:SHOWN], None, *changes[-SHOWN:]] if len(changes) > 2 * SHOWN else changes
    return render_template("renumbering.html", **frame(place, name), run=run, count=len(changes), changes=shown)


@blueprint.post("/renumber")
@login_required
def renumber(place: str, name: str) -> ResponseReturnValue:
    """Give the numbers that were shown."""
    run, act = _Renumbering.of_form(), Act(f"{place}:{name}", current_person())
    shown = whole(request.form.get("count", ""))
    try:
        count = entries.shift(station(), act, run.first, run.last, run.by, run.year, shown_count=shown)
        say(text("renumber-is-done", count=count), "done")
    except Refused as refusal:
        say(refusal.sentence(language()), "refused")
    return redirect(url_for(".edit", place=place, name=name, page=run.page))


@dataclass(frozen=True)
class _Renumbering:
    """What the form asks for: which numbers of a year are to change so that the first one is ``to``."""

    page: str
    first: str
    to: str
    last: str
    year: int

    @classmethod
    def of_form(cls) -> _Renumbering:
        form = {field: request.form.get(field, "").strip() for field in ("page", "first", "to", "last")}
        return cls(**form, year=whole(request.form.get("year", "")))

    @property
    def by(self) -> int:
        """How far the numbers move."""
        return EntryNumber.parse(self.to).number - EntryNumber.parse(self.first).number


def _source(offered: str, number: EntryNumber, date: PartialDate) -> ValueSource:
    """Where a number and a date come from that a person sends, in a form that began with what it ``offered``."""
    match offered.split():
        case [first, day, ValueSource.PROPOSED | ValueSource.READ as source]:
            is_same = (EntryNumber.parse(first), PartialDate.from_person(day)) == (number, date)
            return ValueSource(source) if is_same else ValueSource.TYPED
    return ValueSource.TYPED


def _give_number(act: Act, label: str, run: str = "") -> None:
    """Store the printed number that stands in the form, which a person confirmed with the rest of it."""
    ledger_pages.give_number(station(), act.ledger, label, request.form["printed"], who=act.who, run=run)


def _jump(place: str, name: str, asked: str) -> ResponseReturnValue:
    page = request.args.get("page")
    try:
        page = page_search.page_for(station(), f"{place}:{name}", asked, request.args.get("year", None, int))
    except Refused as refused:
        say(refused.sentence(language()), "refused")
    view = "scanning.scan" if request.args.get("view") == "scan" else ".edit"
    return redirect(url_for(view, place=place, name=name, page=page))


def _go_on(
    place: str, name: str, page: str, then: str | None = None, at_end: str = "all-pages-done"
) -> ResponseReturnValue:
    """Lead to the next page that waits; ``then`` is what is said there, ``at_end`` where no page waits any more."""
    following = entry_form.next_open(station(), f"{place}:{name}", page)
    if words := at_end if following is None else then:
        say(text(words), "done")
    return redirect(url_for(".edit", place=place, name=name, page=following or page))


def _form_page(
    place: str,
    name: str,
    page: str | None,
    typed: Fields | None = None,
    refusal: Refused | None = None,
    doubts: Sequence[Message] = (),
) -> ResponseReturnValue:
    sheet = entry_form.entry_form(station(), f"{place}:{name}", page or None, strip=STRIP, nearby=NEARBY)
    context = {
        **frame(place, name),
        "sheet": sheet,
        "fields": typed or (_fields(sheet) if sheet else None),
        "refusal": refusal.sentence(language()) if refusal else None,
        "wrong": refusal.code if refusal else None,
        "doubts": doubts,
        "state_keys": STATE_KEYS,
        "read_totals": totals_to_propose(place, name) if sheet and sheet.page.state == PageState.CLOSING else {},
    }
    return render_template("entries.html", **context), 409 if refusal or doubts else 200


def _fields(sheet: EntryForm) -> Fields:
    """What the form begins with: the entry to correct, or the proposal for a new one."""
    label = sheet.page.seq
    entry_id = request.args.get("entry")
    entry = next((row for row in sheet.entries if str(row.id) == entry_id), None)
    missing = request.args.get("missing", None, int)
    if entry is None and sheet.entries and "new" not in request.args and missing is None:
        entry = sheet.entries[0]
    if entry is None:
        offer = sheet.proposal
        if missing is not None:
            number = str(EntryNumber(missing))
            return Fields(number, offer.date, label, printed=sheet.printed, date_grade=offer.date_grade)
        return Fields(
            offer.number,
            offer.date,
            label,
            printed=sheet.printed,
            offered=f"{offer.number} {offer.date} {offer.source}" if offer.source else "",
            number_grade=offer.number_grade,
            date_grade=offer.date_grade,
        )
    return Fields(
        number=entry.number,
        date=entry.written,
        pages=",".join(entry.pages),
        suffix_reason=entry.suffix_reason,
        entry=str(entry.id),
        revision=str(entry.revision),
        printed=sheet.printed,
    )
