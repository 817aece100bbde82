"""Mistakes in the settings file, in the terms of the person who wrote it: where, what, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from typing import Self

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from station import messages
from station.domain.finding_limits import Limits
from station.settings.tables import SINGLE, TABLES, TAGS, SettingsTable

#: A place in the file as pydantic gives it: section, position in a repeated section, value of the tag, key ...
Location = tuple[str | int, ...]

Tables = Mapping[tuple[str, ...], type[SettingsTable | Limits]]

SECTIONS = tuple(dict.fromkeys(path[0] for path in TABLES))

#: What pydantic calls a mistake, and what we call it.
_CODES = {
    "missing": "settings-missing",
    "bool_type": "settings-truth-needed",
    "string_type": "settings-text-needed",
    "path_type": "settings-text-needed",
    "int_type": "settings-number-needed",
    "float_type": "settings-decimal-needed",
    "finite_number": "settings-decimal-needed",
    "date_type": "settings-date-needed",
    "tuple_type": "settings-list-needed",
    "dict_type": "settings-table-needed",
    "enum": "settings-choice",
    "literal_error": "settings-choice",
    "greater_than_equal": "settings-too-small",
    "less_than_equal": "settings-too-large",
}


@dataclass(frozen=True)
class SettingsMistake:
    """One mistake: its place, a message's code, and what fills the message."""

    location: Location
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """Place and sentence: ``[[scanner]] 2, devise: unknown key; did you mean "device"?``."""
        return f"{where(self.location)}: {messages.sentence(self.code, language, self.facts)}"

    def rank(self) -> tuple[int, int]:
        """Sorts mistakes by section, then by position in a repeated section; unknown sections come last."""
        section, position = (*self.location, 0)[:2]
        order = SECTIONS.index(str(section)) if section in SECTIONS else len(SECTIONS)
        return order, position if isinstance(position, int) else 0


class SettingsMistakes(str):
    """All mistakes of a file, one a line, in English; formatted with ``{mistakes:vi}`` in Vietnamese."""

    __slots__ = ("_mistakes",)
    _mistakes: list[SettingsMistake]

    def __new__(cls, mistakes: Iterable[SettingsMistake]) -> Self:
        """Sort the mistakes in the order of the sections."""
        ordered = sorted(mistakes, key=SettingsMistake.rank)
        lines = super().__new__(cls, _lines(ordered, "en"))
        lines._mistakes = ordered
        return lines

    def __format__(self, language: str) -> str:
        return _lines(self._mistakes, language or "en")


def _lines(mistakes: list[SettingsMistake], language: str) -> str:
    return "\n".join(mistake.sentence(language) for mistake in mistakes)


def section_form(section: str) -> str:
    """A section's head as it must be written: ``[web]``, ``[[scanner]]``."""
    return f"[{section}]" if section in SINGLE or section not in SECTIONS else f"[[{section}]]"


def where(location: Location) -> str:
    """A place in words of the file: ``[web] port``, ``[[scanner]] 2, device``; counted from 1."""
    section, *steps = (str(step + 1) if isinstance(step, int) else step for step in location)
    if section not in SECTIONS and not steps:
        return section
    if len(steps) > 1 and section not in SINGLE:
        steps[0] += ","
    return " ".join([section_form(section), *steps])


def from_pydantic(error: ValidationError, tables: Tables = TABLES) -> list[SettingsMistake]:
    """What pydantic found, with an unknown key and the missing one it was meant to be told as one mistake.

    ``tables`` are those of the file: a station's, or another's.
    """
    mistakes = [_mistake(item, tables) for item in error.errors()]
    suggestions = {
        (*mistake.location[:-1], mistake.facts["suggestion"]) for mistake in mistakes if "suggestion" in mistake.facts
    }
    return [
        mistake for mistake in mistakes if mistake.code != "settings-missing" or mistake.location not in suggestions
    ]


def _mistake(item: ErrorDetails, tables: Tables) -> SettingsMistake:
    kind, context = item["type"], item.get("ctx", {})
    location, table = _without_tag(item["loc"])
    section = str(location[0])
    if kind in ("model_type", "dataclass_type") and len(location) > 2:
        return SettingsMistake(location, "settings-table-needed")
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return _unknown_key(
            location, _keys(tables[table]) if table in tables else list(dict.fromkeys(path[0] for path in tables))
        )
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        location = (*location, TAGS[section])
        if kind == "union_tag_not_found":
            return SettingsMistake(location, "settings-missing")
        return SettingsMistake(location, "settings-choice", _choice(context["tag"], context["expected_tags"]))
    if kind in ("model_type", "model_attributes_type") or (kind == "tuple_type" and len(location) == 1):
        return SettingsMistake(location, "settings-section-form", {"form": section_form(section)})
    if kind in ("enum", "literal_error"):
        return SettingsMistake(location, _CODES[kind], _choice(item["input"], context["expected"]))
    if kind in _CODES:
        return SettingsMistake(location, _CODES[kind], {"limit": context.get("ge", context.get("le"))})
    if kind in messages.table():
        return SettingsMistake(location, kind, context)
    return SettingsMistake(location, "settings-value-wrong", {"detail": item["msg"]})


def _without_tag(location: Location) -> tuple[Location, tuple[str, ...]]:
    """The location without the union's tag, which is no key of the file, and the key of its table in TABLES."""
    section, *inner = (step for step in location if step != "[key]")  # of a table whose keys are a choice
    table: tuple[str, ...] = (str(section),) if inner else ()
    if section in TAGS and len(inner) > 1 and (section, inner[1]) in TABLES:
        table = (str(section), str(inner.pop(1)))
    if len(inner) > 1 and (section, inner[1]) in TABLES:  # a table within a table is found in the file by its key
        table = (str(section), str(inner[1]))
    return (section, *inner), table


def _unknown_key(location: Location, keys: list[str]) -> SettingsMistake:
    if near := get_close_matches(str(location[-1]).lower(), keys, n=1):
        return SettingsMistake(location, "settings-key-typo", {"suggestion": near[0]})
    return SettingsMistake(location, "settings-key-unknown", {"known": ", ".join(keys)})


def _keys(table: type[SettingsTable | Limits]) -> list[str]:
    return [one.name for one in fields(table)] if is_dataclass(table) else list(table.model_fields)


def _choice(value: object, expected: str) -> dict[str, object]:
    return {"value": value, "allowed": expected.replace("'", "").replace(" or ", ", ")}


def across_tables(
    document: Mapping[str, object], references: Mapping[tuple[str, str], Iterable[str]]
) -> Iterator[SettingsMistake]:
    """Mistakes between tables, found in the file as it was read, so that they are told beside those within a table.

    ``references``: for (section, key) that names a table elsewhere, the names that are there.
    """
    for section in SECTIONS:
        first: dict[str, Location] = {}
        for location, table in _tables(document, section):
            key = "code" if section in ("place", "type") else "id"
            value = table.get(key)
            if not isinstance(value, str):
                continue
            # Names become folders, also on USB sticks, where capitals make no difference.
            if (folded := value.casefold()) in first:
                facts = {"value": value, "first": where(first[folded])}
                yield SettingsMistake((*location, key), "settings-twice", facts)
            first.setdefault(folded, location)
    for (section, key), ids in references.items():
        for location, table in _tables(document, section):
            value = table.get(key)
            for name in value if isinstance(value, list | dict) else [value]:
                if isinstance(name, str) and name not in ids:
                    facts = {"value": name, "known": ", ".join(ids)}
                    yield SettingsMistake((*location, key), "settings-reference-unknown", facts)


def listed_values(document: Mapping[str, object], section: str, key: str) -> list[str]:
    """The texts under ``key`` in all tables of a repeated section."""
    values = (table.get(key) for _, table in _tables(document, section))
    return [value for value in values if isinstance(value, str)]


def _tables(document: Mapping[str, object], section: str) -> Iterator[tuple[Location, dict[str, object]]]:
    content = document.get(section)
    if isinstance(content, dict):
        yield (section,), content
    elif isinstance(content, list):
        yield from (((section, n), table) for n, table in enumerate(content) if isinstance(table, dict))
