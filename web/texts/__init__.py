"""The page's own words, in both languages, beside the station's sentences: one TOML file per view."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import current_app, g, session

from station.messages import LANGUAGES, Message, SentenceTable, filled


@cache
def table() -> SentenceTable:
    """All texts of the page."""
    return SentenceTable(Path(__file__).parent)


def language() -> str:
    """The language of this request: what the person chose, else the application's (``LANGUAGE``)."""
    if "language" not in g:
        code = session.get("language")
        g.language = code if code in LANGUAGES else current_app.config["LANGUAGE"]
    return str(g.language)


def text(code: str, **facts: object) -> str:
    """A text of the page in the language of this request."""
    return filled(table()[code][language()], facts)


def message_text(message: Message) -> str:
    """A sentence of the station in the language of this request."""
    return message.sentence(language())
