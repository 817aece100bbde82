"""A settings file with some answers changed, and everything else in it left as somebody wrote it."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

import tomlkit

from station.setup import first_run
from station.setup.first_run import NONE, Answers

#: What stays of a scanner or destination that another one takes the place of.
_STAYS = ("id", "profile")
#: What setup does not ask about a line, and holds for another server too.
_OF_A_LINE = ("limit_kbit", "hours")


def changed_text(text: str, before: Answers, now: Answers) -> str:
    """The settings file's ``text``, which stood for ``before``, with what ``now`` says differently; comments stay."""
    document: MutableMapping[str, Any] = tomlkit.parse(text)
    for section, key, name in (
        ("station", "id", "station_id"),
        ("station", "data", "data"),
        ("web", "language", "language"),
        ("web", "port", "port"),
    ):
        if getattr(now, name) != getattr(before, name):
            document.setdefault(section, tomlkit.table())[key] = getattr(now, name)
    place = document["place"][0]
    for key in ("code", "commune", "district", "province"):
        name = "place_code" if key == "code" else key
        if getattr(now, name) != getattr(before, name):
            _put(place, key, getattr(now, name))
    if now.scanner != before.scanner:
        _exchange(document, "scanner", [] if now.scanner == NONE else first_run.scanner(now.scanner))
    if _line(now) != _line(before):
        _exchange(document, "destination", [] if now.destination == NONE else first_run.destination(now))
    return tomlkit.dumps(document)


def _line(answers: Answers) -> tuple[str, ...]:
    return answers.destination, answers.receipts, answers.token_file, answers.ca_file


def _put(table: MutableMapping[str, Any], key: str, value: str) -> None:
    """Set a key; an empty value takes it out."""
    if value:
        table[key] = value
    else:
        table.pop(key, None)


def _exchange(document: MutableMapping[str, Any], section: str, lines: Iterable[str]) -> None:
    """Let the first table of a repeated section be what ``lines`` say; without any, it goes."""
    new = tomlkit.parse("\n".join(lines)).get(section)
    there = document.get(section)
    if not new:
        if there and len(there) > 1:
            del there[0]
        else:
            document.pop(section, None)
    elif not there:
        document[section] = new
    else:
        first = there[0]
        same = _kind(first) == _kind(new[0])
        for key in list(first):
            if key not in new[0] and key not in _STAYS and not (same and _kind(first) == "tus" and key in _OF_A_LINE):
                del first[key]
        for key, value in new[0].items():
            if key != "id":
                first[key] = value


def _kind(table: MutableMapping[str, Any]) -> object:
    return table.get("driver") or table.get("kind")
