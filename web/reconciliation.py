"""Reconciliation on the page: a list of entries is sent, its columns are looked at, then it is compared or kept."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.daemon.reconciliation_service import ListOrder
from station.domain.naming.keys import EntryNumber, parse_reference
from station.errors import Refused, StationError
from station.reconciliation import kept_lists, lines, list_columns
from station.reconciliation.list_columns import ListField, MappedList
from station.reconciliation.reconcile import Reconciliation, ReconciliationKind, ReconciliationLine
from station.rows import built_in
from station.views import paging
from station.views.paging import ListPart
from web import uploaded_lists
from web.return_address import say
from web.session_user import current_person
from web.texts import language, text
from web.view_context import station, view_context

blueprint = Blueprint("reconciliation", __name__, url_prefix="/reconciliation")

#: Entries that show whether the columns are the right ones.
_SAMPLES = 5
#: Differences on one part of the work list.
_PART = 100
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("")
@login_required
def choose() -> ResponseReturnValue:
    """Where a list is chosen; the lists that are kept, and how the last one that was read ended."""
    try:
        kept, trouble = kept_lists.kept(station()), None
    except StationError as error:
        kept, trouble = [], error.sentence(language())
    return render_template("reconciliation.html", kept=kept, trouble=trouble, **_work_list())


@blueprint.get("/board")
@login_required
def board() -> ResponseReturnValue:
    """The part of the view that changes when a list was read."""
    return render_template("reconciliation_board.html", **_work_list())


@blueprint.post("")
@login_required
def send() -> ResponseReturnValue:
    """Keep the list that was sent, and lead to its columns; nothing is compared."""
    word = uploaded_lists.keep(request.files.get("list"), lambda path: list_columns.look(station(), path, {}))
    return redirect(url_for(".preview", word=word))


@blueprint.get("/list/<word>")
@login_required
def preview(word: str) -> ResponseReturnValue:
    """What each column of the list holds, and its first entries as they are read."""
    mapped = list_columns.look(station(), uploaded_lists.path_of(word), _columns(request.args))
    return render_template(
        "reconciliation_preview.html",
        word=word,
        mapped=mapped,
        width=min(len(mapped.headings), uploaded_lists.MOST_COLUMNS),
        fields=list(ListField),
        by_place={at: field for field, at in mapped.columns.items()},
        samples=[cells for number, cells in mapped.table.head if number > mapped.heading][:_SAMPLES],
        places=station().settings.places,
        types=[kind for kind in station().settings.types if kind.code in built_in.TYPES],
        chosen_type=request.args.get("type", ""),
        chosen_place=request.args.get("place", ""),
    )


@blueprint.post("/list/<word>")
@login_required
def read(word: str) -> ResponseReturnValue:
    """Look once more with what was chosen; where just that was shown and a button says so, compare or keep the list."""
    path, form = uploaded_lists.path_of(word), request.form
    columns = _columns(form)
    about = {"type": form.get("type", ""), "place": form.get("place", "")}
    codes = [place.code for place in station().settings.places]
    if about["type"] not in ("", *built_in.TYPES) or about["place"] not in ("", *codes):
        raise Refused("request-wrong")
    if form.get("act") not in ("compare", "keep") or form.get("shown") != form_of_columns(columns):
        chosen = {name: value for name, value in form.items() if name[:1] == "c" and name[1:].isdecimal()}
        return redirect(url_for(".preview", word=word, **about, **chosen))  # type: ignore[arg-type]
    list_columns.read(station(), path, columns)
    order = ListOrder(path, current_person(), columns, about["type"], about["place"], keep=form["act"] == "keep")
    view_context().daemon.reconciliation_service.start(order)
    return redirect(url_for(".choose"))


@blueprint.get("/file.xlsx")
@login_required
def file() -> ResponseReturnValue:
    """The whole work list as a workbook."""
    status = view_context().daemon.reconciliation_service.status
    if status.result is None:
        raise Refused("reconcile-none")
    with tempfile.TemporaryDirectory(dir=station().folders.spool) as folder:
        path = Path(folder, "list.xlsx")
        lines.write(path, status.result, language())
        name = f"doi-chieu_{Path(status.file or '').stem}.xlsx"
        return send_file(path.open("rb"), as_attachment=True, download_name=name, mimetype=_XLSX)


@blueprint.post("/attached")
@login_required
def mark_attached() -> ResponseReturnValue:
    """Say that the entries are attached which the list tells with their file."""
    count, listed = view_context().daemon.reconciliation_service.mark_attached(who=current_person())
    say(text("reconciliation-attached", count=count, others=listed - count), "done")
    return redirect(url_for(".choose"))


@blueprint.post("/kept")
@login_required
def forget() -> ResponseReturnValue:
    """Forget a list that is kept."""
    name = request.form.get("name", "")
    kept_lists.remove(station(), name, who=current_person())
    say(text("reconciliation-forgotten", name=name), "done")
    return redirect(url_for(".choose"))


@blueprint.app_template_global()
def form_of_columns(columns: Mapping[str, str]) -> str:
    """What is said of the columns as one text, by which a form tells what was shown."""
    return "&".join(f"{name}={letter}" for name, letter in sorted(columns.items()) if letter)


@blueprint.app_template_global()
def shown_columns(mapped: MappedList) -> dict[str, str]:
    """By field the letter of its column, as a preview shows them."""
    return {str(name): list_columns.letter(at) for name, at in mapped.columns.items()}


@blueprint.app_template_global()
def address_of(line: ReconciliationLine) -> str | None:
    """The view in which a difference is settled; None where it is of no ledger of the station's."""
    if not line.ledger:
        return None
    place, key = parse_reference(line.ledger)
    number = EntryNumber.parse(line.number)
    asked = {"missing": number.number} if line.kind == ReconciliationKind.NOT_HERE else {"find": str(number)}
    return url_for("entries.edit", place=place or station().settings.place(None).code, name=key.name, **asked)


@blueprint.app_template_global()
def difference(line: ReconciliationLine) -> str:
    """What differs, in words."""
    return lines.sentence(line, language())


def _work_list() -> dict[str, object]:
    status = view_context().daemon.reconciliation_service.status
    kind = request.args.get("kind", "")
    result = status.result or Reconciliation()
    shown = [line for line in result.lines if not kind or line.kind == kind]
    number, parts = paging.bounds(request.args.get("part", 1, int), _PART, len(shown))
    return {
        "status": status,
        "counts": result.counts(),
        "kinds": list(ReconciliationKind),
        "kind": kind,
        "part": ListPart(shown[(number - 1) * _PART : number * _PART], number, parts),
    }


def _columns(values: Mapping[str, str]) -> dict[str, str]:
    """By field the letter of the column chosen for it, "" where none holds it; empty where nothing was chosen."""
    columns = uploaded_lists.chosen_columns(values, ListField, "list")
    if columns is None:
        return {}
    return {str(name): list_columns.letter(columns[name]) if name in columns else "" for name in ListField}
