"""Name templates and the profiles made of them: how pages, entries, packages and folders are called outside.

A template is text with fields in braces, ``{type}.{year}.{book}.{seq}``; a section in square brackets is used only
when every field in it has a value, ``[{entry_year}.]``. Every name reads back into the fields it was made of. That
holds by construction, which is checked when a template is made:

* no field's value holds a separator (dot, underscore, in folders the slash), and between two fields stands at least
  one, so a name cut at its separators has at most one field in each piece;
* each choice of optional sections gives another sequence of separators, so the name tells which sections were used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from itertools import product
from typing import NamedTuple, Self

from station.domain.naming.keys import EntryNumber, file_word, ledger_book, place_code, small_word, type_code, year_code
from station.domain.naming.labels import Label
from station.domain.naming.partial_dates import PartialDate
from station.domain.paper import iso_name
from station.errors import Refused

#: Each field with the function that gives a value's valid spelling or refuses it.
FIELDS: dict[str, Callable[[str], str]] = {
    "type": type_code,
    "year": year_code,
    "place": place_code,
    "book": ledger_book,
    "paper": iso_name,
    "commune": file_word,
    "district": file_word,
    "province": file_word,
    "ward": small_word,
    "district_letters": small_word,
    "province_letters": small_word,
    "entry_year": year_code,
    "date": lambda text: PartialDate.from_placeholder(text).placeholder(),
    "number": lambda text: str(EntryNumber.parse(text)),
    "seq": lambda text: str(Label.parse(text)),
}

_LEDGER_FIELDS = (
    *("type", "year", "place", "book", "paper", "commune", "district", "province"),
    *("ward", "district_letters", "province_letters"),
)
_SEPARATORS = "._/"
_TOKEN = re.compile(r"(?P<field>\{[^{}]*\})|(?P<bracket>[\[\]])|(?P<literal>[^{}\[\]]+)|(?P<brace>[{}])")
_LITERAL = re.compile(r"[A-Za-z0-9._-]+")
_FOLDER_LITERAL = re.compile(r"[A-Za-z0-9._/-]+")
_SAFE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


class Purpose(StrEnum):
    """What a template names; it decides which fields are known and which may not be missing."""

    PAGE = "page"
    ENTRY = "entry"
    PACKAGE = "package"
    FOLDERS = "folders"


_KNOWN: dict[Purpose, tuple[str, ...]] = {
    Purpose.PAGE: (*_LEDGER_FIELDS, "seq"),
    Purpose.ENTRY: (*_LEDGER_FIELDS, "entry_year", "date", "number"),
    Purpose.PACKAGE: _LEDGER_FIELDS,
    Purpose.FOLDERS: (*_LEDGER_FIELDS, "entry_year"),
}

#: Of each group one field must be there. Numbers restart every year: without date or entry year, one real ledger of
#: two years clashed 147 times. Packages of different places meet in one folder, and places share ledger names.
_NEEDED: dict[Purpose, tuple[tuple[str, ...], ...]] = {
    Purpose.PAGE: (("type",), ("year",), ("book",), ("seq",)),
    Purpose.ENTRY: (("type",), ("year",), ("book",), ("number",), ("date", "entry_year")),
    Purpose.PACKAGE: (("type",), ("year",), ("book",), ("place", "commune", "ward")),
    Purpose.FOLDERS: (),
}


class _TemplateSection(NamedTuple):
    """A run of literals and fields; a field is kept with its braces."""

    optional: bool
    pieces: tuple[str, ...]

    @property
    def fields(self) -> list[str]:
        return [piece[1:-1] for piece in self.pieces if piece.startswith("{")]


class NameTemplate:
    """A checked template; making one raises ``Refused`` with a ``template-...`` code that says what is wrong."""

    def __init__(self, text: str, purpose: Purpose) -> None:
        self.text = text
        self.purpose = purpose
        self._sections = tuple(self._read())
        self._check_fields()
        self._check_choices()
        self._regex = re.compile("".join(map(_section_regex, self._sections)))

    def __repr__(self) -> str:
        return f"NameTemplate({self.text!r}, {self.purpose})"

    def render(self, fields: Mapping[str, str | None]) -> str:
        """The name for ``fields``; those that the template does not use are ignored.

        Refused are a field without a value outside of optional sections, and a value not in its one valid spelling, so
        nothing hostile gets into a name.
        """
        rendered = []
        for section in self._sections:
            if not section.optional or all(fields.get(field) for field in section.fields):
                rendered += [self._value(piece[1:-1], fields) if piece[0] == "{" else piece for piece in section.pieces]
        return "".join(rendered)

    def parse(self, name: str) -> dict[str, str]:
        """The fields that :meth:`render` made ``name`` of; any other text is refused."""
        if not (match := self._regex.fullmatch(name)):
            raise Refused("name-malformed", text=name, template=self.text)
        fields = {field: value for field, value in match.groupdict().items() if value is not None}
        try:
            valid = all(FIELDS[field](value) == value for field, value in fields.items())
        except Refused as error:
            raise Refused("name-malformed", text=name, template=self.text) from error
        if not valid:
            raise Refused("name-malformed", text=name, template=self.text)
        return fields

    def _value(self, field: str, fields: Mapping[str, str | None]) -> str:
        value = fields.get(field)
        if not value:
            raise Refused("name-field-missing", field=field, template=self.text)
        if FIELDS[field](value) != value:
            raise Refused("name-field-invalid", field=field, text=value)
        return value

    def _read(self) -> Iterator[_TemplateSection]:
        literal = _FOLDER_LITERAL if self.purpose is Purpose.FOLDERS else _LITERAL
        optional, pieces = False, list[str]()
        for token in _TOKEN.finditer(self.text):
            if token["bracket"]:
                if optional == (token["bracket"] == "["):
                    raise self._refusal("template-brackets")
                yield _TemplateSection(optional, tuple(pieces))
                optional, pieces = not optional, []
            elif token["brace"]:
                raise self._refusal("template-brackets")
            elif token["literal"] and not literal.fullmatch(token["literal"]):
                raise self._refusal("template-characters", part=token["literal"])
            else:
                pieces.append(token[0])
        if optional:
            raise self._refusal("template-brackets")
        yield _TemplateSection(optional, tuple(pieces))

    def _check_fields(self) -> None:
        field_names = _KNOWN[self.purpose]
        names: set[str] = set()
        for section in self._sections:
            if section.optional and not section.fields:
                raise self._refusal("template-section-empty")
            for field in section.fields:
                if field not in field_names:
                    raise self._unknown(field)
                if field in names:
                    raise self._refusal("template-field-twice", field=field)
                names.add(field)
        # A needed field beside another one in an optional section would vanish with it.
        always = {field for section in self._sections if not section.optional for field in section.fields}
        always |= {section.fields[0] for section in self._sections if len(section.fields) == 1}
        for group in _NEEDED[self.purpose]:
            if always.isdisjoint(group):
                raise self._refusal("template-field-needed", field=" / ".join(f"{{{field}}}" for field in group))

    def _check_choices(self) -> None:
        """Check each way the optional sections can be used or left out."""
        if not self.text and self.purpose is Purpose.FOLDERS:
            return
        signatures: set[str] = set()
        for presence in product(*((False, True) if section.optional else (True,) for section in self._sections)):
            sections = (section for section, is_used in zip(self._sections, presence, strict=True) if is_used)
            pieces = [piece for section in sections for piece in section.pieces]
            skeleton = "".join("{}" if piece[0] == "{" else piece for piece in pieces)
            between = skeleton.split("{}")[1:-1]
            if not all(any(sign in literal for sign in _SEPARATORS) for literal in between):
                raise self._refusal("template-no-separator")
            parts = skeleton.replace("{}", "x").split("/")
            if not all(_SAFE_NAME.fullmatch(part) for part in parts):
                raise self._refusal("template-edge")
            signature = "".join(sign for sign in skeleton if sign in _SEPARATORS)
            if signature in signatures:
                raise self._refusal("template-ambiguous")
            signatures.add(signature)

    def _unknown(self, field: str) -> Refused:
        field_names = _KNOWN[self.purpose]
        if field in FIELDS:
            return self._refusal("template-field-not-here", field=field, purpose=str(self.purpose))
        if near := get_close_matches(field.lower(), field_names, n=1):
            return self._refusal("template-field-typo", field=field, suggestion=near[0])
        return self._refusal("template-field-unknown", field=field, known=", ".join(field_names))

    def _refusal(self, code: str, **facts: str) -> Refused:
        return Refused(code, template=self.text, **facts)


def _section_regex(section: _TemplateSection) -> str:
    regex = "".join(
        f"(?P<{piece[1:-1]}>[0-9A-Za-z-]+)" if piece[0] == "{" else re.escape(piece) for piece in section.pieces
    )
    return f"(?:{regex})?" if section.optional else regex


@dataclass(frozen=True)
class NameProfile:
    """A named set of templates. ``folders`` (perhaps empty) is where entries lie inside a package."""

    id: str
    page: NameTemplate
    entry: NameTemplate
    package: NameTemplate
    folders: NameTemplate

    @classmethod
    def of(cls, profile_id: str, *, page: str, entry: str, package: str, folders: str = "") -> Self:
        """A profile from templates as they are written in the settings; refused as :class:`NameTemplate` says."""
        return cls(
            profile_id,
            NameTemplate(page, Purpose.PAGE),
            NameTemplate(entry, Purpose.ENTRY),
            NameTemplate(package, Purpose.PACKAGE),
            NameTemplate(folders, Purpose.FOLDERS),
        )


#: The two ways of naming that were seen in use (docs/registers.md): the ministry's and that of another province.
BUILT_IN: dict[str, NameProfile] = {
    profile.id: profile
    for profile in (
        NameProfile.of(
            "ministry",
            page="{type}.{year}.{book}.{seq}",
            entry="{type}.{year}.{book}.{date}.{number}",
            package="{ward}_[{district_letters}_]{province_letters}.{type}.{year}.{book}",
        ),
        NameProfile.of(
            "placecode",
            page="{type}.{year}.{place}.{book}.{seq}",
            entry="{type}.{year}.{place}.{book}.{paper}.[{entry_year}.]{number}",
            package="{type}.{year}.{place}.{book}",
            folders="{type}/{year}/{place}/{book}/{paper}",
        ),
    )
}
