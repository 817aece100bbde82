"""The inventory on the page: a list of ledgers is sent, looked at with its columns, registered by a second press."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.ledger import inventory_import
from station.ledger.inventory_columns import InventoryChoice, InventoryColumn
from station.spreadsheets import tables
from station.spreadsheets.headings import HEADING_ROWS
from web import uploaded_lists
from web.request_numbers import optional
from web.return_address import say
from web.session_user import current_person
from web.texts import text
from web.view_context import station

blueprint = Blueprint("inventory", __name__, url_prefix="/inventory")

#: Rows of each table that are shown; the second press takes all.
SHOWN = 100
_SAMPLES = 4


@blueprint.get("")
@login_required
def choose() -> ResponseReturnValue:
    """Where a list is chosen."""
    return render_template("inventory.html", columns=list(InventoryColumn))


@blueprint.post("")
@login_required
def send() -> ResponseReturnValue:
    """Keep the list that was sent, and lead to what it holds; nothing is registered."""
    before = _before(request.form)
    look = partial(inventory_import.look, station(), digitised_before=before)
    word = uploaded_lists.keep(request.files.get("list"), look)
    return redirect(url_for(".preview", word=word, before=1 if before else None))


@blueprint.get("/<word>")
@login_required
def preview(word: str) -> ResponseReturnValue:
    """What the list holds: its columns, the ledgers, and every row that is wrong."""
    path = uploaded_lists.path_of(word)
    before = _before(request.args)
    inventory = inventory_import.look(station(), path, _choice(request.args), digitised_before=before)
    headed = inventory.table.headed
    samples = headed.rows[:_SAMPLES]
    # Rows of a workbook are filled up with empty cells.
    rows = (headed.headings, *(cells for _, cells in samples))
    width = max(at + 1 for cells in rows for at, cell in enumerate(cells) if cell)
    return render_template(
        "inventory_preview.html",
        word=word,
        inventory=inventory,
        headed=headed,
        row=headed.table.rows[headed.start][0],
        by_place={at: column.value for column, at in headed.columns.items()},
        width=width,
        samples=samples,
        heading_rows=headed.table.rows[:HEADING_ROWS],
        sheets=tables.visible_sheets(path),
        columns=list(InventoryColumn),
        shown=SHOWN,
    )


@blueprint.post("/<word>")
@login_required
def take(word: str) -> ResponseReturnValue:
    """Look once more with what was chosen; where just that was shown and the button says so, register all of it."""
    path, form = uploaded_lists.path_of(word), request.form
    before, choice = _before(form), _choice(form)
    if "register" not in form or form.get("shown") != form_of(choice):
        if (form.get("sheet"), form.get("row")) != (form.get("shown_sheet"), form.get("shown_row")):
            choice = InventoryChoice(choice.sheet, choice.row if form.get("sheet") == form.get("shown_sheet") else None)
        address = url_for(".preview", word=word, **{**_arguments(choice), **({"before": "1"} if before else {})})  # type: ignore[arg-type]
        return redirect(address)
    taken = inventory_import.register(
        station(), path, who=current_person(), choice=choice, digitised_before=before, leave_known=True
    )
    uploaded_lists.drop()
    if before:
        say(text("inventory-marked", count=len(taken.rows) + len(taken.known)), "done")
        return redirect(url_for("ledger_list.overview", digitised="1"))
    say(text("inventory-registered", count=len(taken.rows)), "done")
    return redirect(url_for("ledger_list.overview"))


@blueprint.app_template_global()
def form_of(choice: InventoryChoice) -> str:
    """A choice as one text, by which a form tells what was shown."""
    return "&".join(f"{name}={value}" for name, value in sorted(_arguments(choice).items()))


@blueprint.app_template_global()
def shown_choice(sheet: str | None, row: int, columns: Mapping[InventoryColumn, int]) -> InventoryChoice:
    """The choice that a preview shows."""
    return InventoryChoice(sheet, row, columns)


def _before(values: Mapping[str, str]) -> bool:
    return values.get("before") == "1"


def _choice(values: Mapping[str, str]) -> InventoryChoice:
    columns = uploaded_lists.chosen_columns(values, InventoryColumn, "inventory")
    return InventoryChoice(values.get("sheet") or None, optional(values.get("row")), columns)


def _arguments(choice: InventoryChoice) -> dict[str, str]:
    """A choice in an address; where columns were chosen and none holds anything, that is said too."""
    columns = choice.columns
    said = {} if columns is None else {f"c{at}": column.value for column, at in columns.items()} or {"c0": ""}
    place = {"sheet": choice.sheet or "", "row": str(choice.row or "")}
    return {**{name: value for name, value in place.items() if value}, **said}
