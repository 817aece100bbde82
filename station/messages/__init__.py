"""Every sentence the station says, in both languages, by code.

The TOML files beside this module hold one table per code with ``en`` and ``vi``; placeholders are ``{name}`` as in
:meth:`str.format`. One file per subject.

Where words depend on a number, both forms stand in its placeholder: ``{count:page is|pages are}`` becomes "1 page is"
or "2 pages are". Commands and their options are for who sits at the command line: ``<<words>>`` are left out on the
page, and of ``<<words|others>>`` the page says the others (:func:`on_page`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter

LANGUAGES = ("vi", "en")

_HEADING = re.compile(r"^\[([\w-]+)\]$", re.MULTILINE)
_COMMANDS = re.compile(r"<<(.*?)(?:\|(.*?))?>>")
_on_page: ContextVar[bool] = ContextVar("on_page", default=False)


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


class SentenceTable(Mapping[str, dict[str, str]]):
    """The sentences in a folder's TOML files: code -> language -> template.

    A file is read at once and parsed when a sentence of it is first asked for: to parse all of them takes as long as
    opening the station. ``ValueError`` for a code that two files define, a mistake of ours.
    """

    def __init__(self, folder: Path) -> None:
        self._sources: dict[str, str] = {}
        for file in sorted(folder.glob("*.toml")):
            source = file.read_text(encoding="utf-8")
            codes = _HEADING.findall(source)
            if twice := self._sources.keys() & codes:
                raise ValueError(f"{file.name} defines again: {sorted(twice)}")
            self._sources |= dict.fromkeys(codes, source)

    def __getitem__(self, code: str) -> dict[str, str]:
        return _parsed(self._sources[code])[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)


@cache
def _parsed(source: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(source)


@cache
def table() -> SentenceTable:
    """All sentences of the station."""
    return SentenceTable(Path(__file__).parent)


def sentence(code: str, language: str, facts: Mapping[str, object] | None = None) -> str:
    """The sentence for ``code`` in ``language`` with its placeholders filled."""
    words = {name: _in_words(fact, language) for name, fact in (facts or {}).items()}
    return filled(_template(code, language, _on_page.get()), words)


def filled(template: str, facts: Mapping[str, object]) -> str:
    """The template with its placeholders filled, words of a number chosen by it."""
    return _COUNTED.vformat(template, (), facts) if "|" in template else template.format_map(facts)


class _CountedWords(Formatter):
    """Fills ``{count:page|pages}``: the number, and the words behind it for one or for another number."""

    def format_field(self, value: object, format_spec: str) -> str:
        one, chooses, more = format_spec.partition("|")
        return f"{value} {one if str(value) == '1' else more}" if chooses else format(value, format_spec)


_COUNTED = _CountedWords()


@contextmanager
def on_page() -> Iterator[None]:
    """Within it, sentences are for people at the page, who type no commands."""
    outside = _on_page.set(True)
    try:
        yield
    finally:
        _on_page.reset(outside)


@cache
def _template(code: str, language: str, is_on_page: bool) -> str:
    return _COMMANDS.sub(lambda words: (words[2] or "") if is_on_page else words[1], table()[code][language])


def _in_words(fact: object, language: str) -> object:
    """A fact may itself be a sentence, or several."""
    if isinstance(fact, Message | BilingualLabel):
        return fact.sentence(language)
    if isinstance(fact, list):
        return "; ".join(str(_in_words(item, language)) for item in fact)
    return fact
