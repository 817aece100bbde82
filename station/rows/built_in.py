"""The ministry's import files as the station brings them along, read from the TOML files in ``import_files``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from station.messages import BilingualLabel
from station.rows.columns import Column, ColumnCheck, ColumnGroup, ColumnKind, Fill, Rule, Template

_FOLDER = Path(__file__).with_name("import_files")

#: The types that the ministry's software imports.
TYPES = ("KS", "KH", "KT", "CMC", "HN")


@cache
def template(ledger_type: str) -> Template:
    """The import file of a ledger type; for one that the ministry does not import, what the station itself knows."""
    data = _read(ledger_type if ledger_type in TYPES else "general")
    groups = tuple(_group(ledger_type, item) for item in data["group"])
    checks = tuple(map(_check, data.get("check", ())))
    return Template(ledger_type, data["version"], groups, checks, imported=ledger_type in TYPES)


@cache
def names_list(name: str) -> tuple[str, ...]:
    """The names that are proposed in columns with this list."""
    return tuple(_read("lists")[name])


def _group(ledger_type: str, item: Mapping[str, Any]) -> ColumnGroup:
    columns, later = (
        tuple(_column(ledger_type, item, part) for part in item.get(parts, ())) for parts in ("parts", "later")
    )
    return ColumnGroup(BilingualLabel(item["vi"], item["en"]), columns, later, item.get("usually_empty", False))


def _check(item: Mapping[str, Any]) -> ColumnCheck:
    years = BilingualLabel(**item["years"]) if "years" in item else None
    return ColumnCheck(**{**item, "rule": Rule(item["rule"]), "years": years})


def _column(ledger_type: str, group: Mapping[str, Any], part: str) -> Column:
    prefix = group.get("prefix", "")
    name = f"{prefix}{part}"
    parts = _read("parts")
    data = next(parts[key] for key in (f"{ledger_type}.{name}", name, part) if key in parts)
    label = BilingualLabel(data["vi"], data["en"])
    title = BilingualLabel(f"{group['vi']}: {label.vi}", f"{group['en']}: {label.en}") if prefix and part else label
    return Column(
        name=name,
        label=label,
        title=title,
        called=_called(data["called"], group) if "called" in data else title,
        kind=ColumnKind(data.get("kind", ColumnKind.TEXT)),
        codes=_codes(data["codes"]) if "codes" in data else None,
        fill=Fill(data["fill"]) if "fill" in data else None,
        keep=data.get("keep", False),
        required=part in group.get("required", ()),
        usually_empty=group.get("usually_empty", False) or data.get("usually_empty", False),
        names_list=data.get("list"),
        words_of=f"{prefix}{data['words_of']}" if "words_of" in data else None,
        detail_of=f"{prefix}{data['detail_of']}" if "detail_of" in data else None,
        persons=tuple(f"{person}{part}" for person in group.get("may_be", ())),
    )


def _called(words: Mapping[str, str], group: Mapping[str, Any]) -> BilingualLabel:
    vi, en = (words[language].format(group=group[language].lower()) for language in ("vi", "en"))
    return BilingualLabel(vi, en)


@cache
def _codes(name: str) -> Mapping[str, BilingualLabel]:
    return {code: BilingualLabel(meaning["vi"], meaning["en"]) for code, meaning in _read("codes")[name].items()}


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
