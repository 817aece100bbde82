"""Numbers in requests: digits, and no more of them than the catalogue can hold."""

from __future__ import annotations

import re

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter

from station.errors import Refused

_NUMBER = re.compile(r"[+-]?\d+")
#: Digits that are always within SQLite's 64 bits.
_MOST_DIGITS = 18


class _Number(IntegerConverter):
    """A number within an address; one that nothing is known by is told like any request that makes no sense."""

    def to_python(self, value: str) -> int:
        if not _fits(value):
            abort(400)
        return int(super().to_python(value))


def limit_numbers(app: Flask) -> None:
    """Answer 400 to every number in an address, a query or a form that is larger than the catalogue can hold."""
    app.url_map.converters["int"] = _Number

    @app.before_request
    def _numbers_fit() -> None:
        for _, text in (*request.args.items(multi=True), *request.form.items(multi=True)):
            if _NUMBER.fullmatch(text.strip()) and not _fits(text):
                abort(400)


def whole(text: str) -> int:
    """A number that the page itself wrote into its form; ``Refused`` ("request-wrong") where it is none."""
    if not (text.isascii() and text.isdecimal() and _fits(text)):
        raise Refused("request-wrong")
    return int(text)


def optional(text: str | None) -> int | None:
    """A number that a person may leave out; ``Refused`` ("number-wrong") where something else was typed."""
    typed = (text or "").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal()):
        raise Refused("number-wrong", text=typed)
    return int(typed)


def _fits(text: str) -> bool:
    return len(text.strip().lstrip("+-")) <= _MOST_DIGITS
