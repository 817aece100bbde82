"""The help of each view, in the view: what it is for, its keys, what to do next; all from ``texts/help.toml``."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request

from web.texts import table, text

#: The name of its help by a view's endpoint, or by its blueprint.
NAMES = {
    "ledger_list": "ledgers",
    "scanning": "scan",
    "questions": "look",
    "entries": "entries",
    "entries.preview_renumbering": "renumber",
    "entry_runs": "runs",
    "entry_regions": "regions",
    "rows": "rows",
    "second_looks.look": "rows",
    "second_looks": "decide",
    "checks": "checks",
    "ledger.pages": "pages",
    "ledger.finish": "finish",
    "ledger.paper": "paper",
    "downloads": "files",
    "folder_intake": "folder",
    "deliveries": "queue",
    "plan": "plan",
    "reports": "report",
    "users": "people",
    "inventory": "inventory",
    "reconciliation": "reconciliation",
    "covers": "covers",
    "minutes": "minutes",
    "history": "history",
    "login": "login",
}


@dataclass(frozen=True)
class ViewHelp:
    """What a view is for, what each of its keys does, and what to do next."""

    purpose: str
    keys: list[tuple[str, str]]
    next: str


def view_help() -> ViewHelp | None:
    """The help of the view that is asked for; None where there is none."""
    name = NAMES.get(request.endpoint or "") or NAMES.get(request.blueprint or "")
    if name is None:
        return None
    keys = text(f"help-{name}-keys") if f"help-{name}-keys" in table() else ""
    lines = [line.partition(" | ") for line in keys.splitlines()]
    return ViewHelp(text(f"help-{name}"), [(key, words) for key, _, words in lines], text(f"help-{name}-next"))


def register(app: Flask) -> None:
    """Let the templates show it."""
    app.jinja_env.globals.update(view_help=view_help)
