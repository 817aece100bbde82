"""What an import file is made of: columns in groups, the kind of value that each takes, and checks between columns.

Columns are known by name, never by position: versions of the ministry's file differ in their order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property

from station.errors import Refused
from station.messages import BilingualLabel


class ColumnKind(StrEnum):
    """What a column's values are; it decides how a value is read and whether it is refused."""

    TEXT = "text"
    NAME = "name"
    DATE = "date"
    CODE = "code"
    PAPER_NUMBER = "paper-number"
    PERSONAL_NUMBER = "personal-number"


class Fill(StrEnum):
    """What the station fills in. Place and note are proposed, the others stand in the entry and are corrected there."""

    NUMBER = "number"
    BOOK = "book"
    PAGE = "page"
    DATE = "date"
    PLACE = "place"
    NOTE = "note"


#: Filled in by the station and never keyed.
OF_THE_ENTRY = frozenset({Fill.NUMBER, Fill.BOOK, Fill.PAGE, Fill.DATE})


#: Families of one person: no two entries share these, and of a row only what may be the same person's is proposed.
OF_ONE_PERSON = frozenset({"people", "numbers"})


class Rule(StrEnum):
    """What a check compares: two dates' order, the years between them, a personal number with birth and sex."""

    ORDER = "order"
    AGE = "age"
    PERSONAL_NUMBER = "personal-number"


@dataclass(frozen=True)
class Column:
    """One column of an import file.

    ``title`` tells it from those of other groups, ``label`` within its group; a sentence has it as ``called``.
    ``codes`` are the values of a code column with their meaning, ``names_list`` the list whose names are proposed while
    a person types. ``keep`` is whether the value of the row before is proposed until it is changed, ``words_of`` the
    date column that this one says in words, ``detail_of`` the code column of which it tells more, nothing where that
    says that there is no information. ``persons`` are the columns of the same row that may tell the same person,
    the likeliest first: an applicant is a parent, and no wife her own husband.
    """

    name: str
    label: BilingualLabel
    title: BilingualLabel
    called: BilingualLabel
    kind: ColumnKind = ColumnKind.TEXT
    codes: Mapping[str, BilingualLabel] | None = None
    fill: Fill | None = None
    keep: bool = False
    required: bool = False
    usually_empty: bool = False
    names_list: str | None = None
    words_of: str | None = None
    detail_of: str | None = None
    persons: tuple[str, ...] = ()

    @property
    def is_keyed(self) -> bool:
        """Whether people key it; what stands in the entry itself is corrected there."""
        return self.fill not in OF_THE_ENTRY

    @property
    def is_of_one_person(self) -> bool:
        """Whether it tells who somebody is: such a value is proposed for nobody else."""
        return self.family in OF_ONE_PERSON

    @property
    def family(self) -> str | None:
        """Columns of one family hold the same things, so what was typed in one is proposed in another.

        None for dates and codes.
        """
        if self.names_list is not None:
            return self.names_list
        match self.kind:
            case ColumnKind.DATE | ColumnKind.CODE:
                return None
            case ColumnKind.NAME if not self.keep:
                return "people"
            case ColumnKind.PAPER_NUMBER | ColumnKind.PERSONAL_NUMBER:
                return "numbers"
            case _:
                return self.name


@dataclass(frozen=True)
class ColumnGroup:
    """Columns that belong together, in the order of the import file; on the page, keyed and saved together.

    ``later`` are columns that only later versions of the file have.
    """

    label: BilingualLabel
    columns: tuple[Column, ...]
    later: tuple[Column, ...] = ()
    usually_empty: bool = False


@dataclass(frozen=True)
class ColumnCheck:
    """What is plausible between columns of a row, by their names; see :class:`Rule`.

    ``least`` and ``most`` are years, which ``years`` calls by what they are. The number of an identity paper is a
    personal number only where ``paper`` is ``is_paper``.
    """

    rule: Rule
    first: str = ""
    then: str = ""
    least: int = 0
    most: int = 0
    years: BilingualLabel | None = None
    number: str = ""
    paper: str = ""
    is_paper: str = ""
    birth: str = ""
    sex: str = ""
    is_sex: str = ""


@dataclass(frozen=True)
class Template:
    """An import file's columns; ``version`` says which file it is.

    ``imported`` is whether the ministry's software takes such a file: ledgers of other types go without keyed rows.
    """

    type: str
    version: str
    groups: tuple[ColumnGroup, ...]
    checks: tuple[ColumnCheck, ...] = ()
    imported: bool = True

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """Its columns by name, in the order of the file."""
        return {column.name: column for group in self.groups for column in group.columns}

    @cached_property
    def later(self) -> Mapping[str, Column]:
        """The columns of later versions that this one lacks, by name."""
        return {column.name: column for group in self.groups for column in group.later}

    def of_columns(self, names: Collection[str], version: str) -> Template:
        """The version of the file that has these of all columns known, and no others."""
        groups = []
        for group in self.groups:
            known = (*group.columns, *group.later)
            there = tuple(column for column in known if column.name in names)
            lacking = tuple(column for column in known if column.name not in names)
            if there:
                groups.append(replace(group, columns=there, later=lacking))
        return replace(self, version=version, groups=tuple(groups))

    def column(self, name: str) -> Column:
        """The column of that name, however it is written; ``Refused`` where there is none, with the nearest one."""
        by_name = {normal_name(one): column for one, column in self.columns.items()}
        if (column := by_name.get(normal_name(name))) is not None:
            return column
        if near := get_close_matches(normal_name(name), by_name, n=1):
            raise Refused("row-column-typo", column=name, type=self.type, suggestion=by_name[near[0]].name)
        raise Refused("row-column-unknown", column=name, type=self.type)


#: What the ministry's headings say beside the name: the codes that are allowed, and how a place is written.
_HINT = re.compile(r"\bi\s*=\s*\[[^\]]*\]?|\bUBND\b.*", re.IGNORECASE | re.DOTALL)


def normal_name(heading: str) -> str:
    """A heading without hints, case, spaces and signs: ``loaiDangKy i=[1,2,3]`` is ``loaidangky``."""
    text = unicodedata.normalize("NFKD", _HINT.sub("", heading).replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in text.casefold() if letter.isascii() and letter.isalnum())
