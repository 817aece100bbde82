"""Ledgers, their types and places, and destinations, by the names that people say."""

from __future__ import annotations

from flask import Flask

from station.domain.naming.keys import PRACTICE, is_practice_book, parse_reference
from web.texts import language, text
from web.view_context import station


def type_name(code: str) -> str:
    """The name of a type: "Khai sinh"; its code where the settings know it no more."""
    return station().settings.type_name(code, language())


def full_name(code: str, year: int, book: str) -> str:
    """A ledger as people say it: "Khai sinh 2007, quyển 01", or "Sổ tập 1, Khai sinh"."""
    if is_practice_book(book):
        return text("ledger-practice-name", number=book.removeprefix(PRACTICE), kind=type_name(code))
    return text("ledger-full-name", kind=type_name(code), year=year, book=book)


def ledger_words(name: str) -> str:
    """The same of ``KH.2007.01``, with its place before it or without."""
    key = parse_reference(name)[1]
    return full_name(key.type, key.year, key.book)


def place_name(code: str | None) -> str:
    """The name of a place; None is the first of the settings."""
    return station().settings.place(code).commune


def destination_name(destination: str) -> str:
    """The name of a destination in the settings; its id where it has none, or the settings know it no more."""
    names = {table.id: table.name for table in station().settings.destinations}
    return names.get(destination) or destination


def register(app: Flask) -> None:
    """Let the templates say them."""
    app.jinja_env.globals.update(
        type_name=type_name,
        full_name=full_name,
        ledger_words=ledger_words,
        place_name=place_name,
        destination_name=destination_name,
    )
