"""Every sentence the station says, in both languages, by code.

The TOML files beside this module hold one table per code with ``en`` and ``vi``; placeholders are ``{name}`` as in
:meth:`str.format`. One file per subject.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

LANGUAGES = ("vi", "en")


@dataclass(frozen=True)
class Message:
    """A sentence not yet put into a language: its code and the facts it names."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """The sentence in that language."""
        return sentence(self.code, language, self.facts)


@dataclass(frozen=True)
class BilingualLabel:
    """Words in both languages that data brings along, such as a column's name; a fact of a sentence may be one."""

    vi: str
    en: str

    def sentence(self, language: str) -> str:
        """The words in that language."""
        return self.vi if language == "vi" else self.en


@cache
def table() -> dict[str, dict[str, str]]:
    """All sentences: code -> language -> template."""
    return read(Path(__file__).parent)


def read(folder: Path) -> dict[str, dict[str, str]]:
    """The sentences in a folder's TOML files. A code that two files define is a mistake of ours."""
    sentences: dict[str, dict[str, str]] = {}
    for file in sorted(folder.glob("*.toml")):
        subject = tomllib.loads(file.read_text(encoding="utf-8"))
        if twice := sentences.keys() & subject.keys():
            raise ValueError(f"{file.name} defines again: {sorted(twice)}")
        sentences |= subject
    return sentences


def sentence(code: str, language: str, facts: Mapping[str, object] | None = None) -> str:
    """The sentence for ``code`` in ``language`` with its placeholders filled."""
    words = {name: _in_words(fact, language) for name, fact in (facts or {}).items()}
    return table()[code][language].format_map(words)


def _in_words(fact: object, language: str) -> object:
    """A fact may itself be a sentence, or several."""
    if isinstance(fact, Message | BilingualLabel):
        return fact.sentence(language)
    if isinstance(fact, list):
        return "; ".join(str(_in_words(item, language)) for item in fact)
    return fact
