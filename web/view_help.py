"""The help of each view, in the view: what it is for, a picture of it, its keys, what to do next.

Words are those of ``texts/help.toml``; ``script/pictures`` takes the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request

from web.texts import language, table, text

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
    "covers.labels": "labels",
    "minutes": "minutes",
    "history": "history",
    "capture_target": "target",
    "paired_devices": "devices",
    "device_pairing": "pair",
    "login": "login",
}


@dataclass(frozen=True)
class ViewHelp:
    """What a view is for, its picture's file, words for the parts numbered there, its keys, and what to do next."""

    purpose: str
    picture: str
    parts: list[str]
    keys: list[tuple[str, str]]
    next: str


def view_help() -> ViewHelp | None:
    """The help of the view that is asked for; None where there is none."""
    name = NAMES.get(request.endpoint or "") or NAMES.get(request.blueprint or "")
    if name is None:
        return None
    keys = text(f"help-{name}-keys") if f"help-{name}-keys" in table() else ""
    lines = [line.partition(" | ") for line in keys.splitlines()]
    picture, parts = f"help/{language()}/{name}.webp", text(f"help-{name}-parts").splitlines()
    keys_in_words = [(key, words) for key, _, words in lines]
    return ViewHelp(text(f"help-{name}"), picture, parts, keys_in_words, text(f"help-{name}-next"))


def register(app: Flask) -> None:
    """Let the templates show it."""
    app.jinja_env.globals.update(view_help=view_help)
