"""What is odd between the values of a row, told to who keyed it: nothing here is refused."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from itertools import chain

from station.domain.naming.partial_dates import PartialDate
from station.messages import BilingualLabel, Message
from station.rows import built_in, values
from station.rows.columns import ColumnCheck, Rule, Template
from station.rows.row_checks import RowCheck
from station.spreadsheets.footers import plain

_DIGITS = 12
_DAY = 3  # year, month and day are known
_NEAR = 0.85  # so much of two names is the same where one is meant for the other


@dataclass(frozen=True)
class RowDoubt:
    """Something odd in a row: ``message`` asks about it, ``cells`` are the values that raised it, by column.

    ``answer`` is who said, and when, that it stands so on the page; None while nobody did.
    """

    message: Message
    cells: Mapping[str, str]
    answer: RowCheck | None = None

    @property
    def mark(self) -> str:
        """Stays as long as the same is odd for the same values; says nothing of them by itself."""
        content = json.dumps([self.message.code, self.cells], sort_keys=True).encode()
        return hashlib.sha256(content).hexdigest()[:16]


def doubts(template: Template, row: Mapping[str, str]) -> list[RowDoubt]:
    """What is odd in a row of values by column; what is not known, or marked, raises no doubt."""
    cells = {name: text for name, value in row.items() if (text := values.cell(value))}
    found = chain(
        _names(template, cells),
        (doubt for check in template.checks for doubt in _RULES[check.rule](template, check, cells)),
    )
    return list({doubt.mark: doubt for doubt in found}.values())  # two checks may see the same


def _names(template: Template, cells: Mapping[str, str]) -> Iterator[RowDoubt]:
    """Names of a list that were typed without their signs, or nearly; other names may be what the page says."""
    for column in template.columns.values():
        text = cells.get(column.name, "")
        if column.names_list and (name := _nearest_name(column.names_list, text)):
            facts = {"column": column.called, "value": text, "name": name}
            yield RowDoubt(Message("row-doubt-name", facts), {column.name: text})


@lru_cache(4096)  # most rows say the same few names
def _nearest_name(names_list: str, text: str) -> str | None:
    """The name of a list that a text without signs seems to mean; None where it is one, or none is near."""
    names = built_in.names_list(names_list)
    if not text.isascii() or _letters(text) in {_letters(one) for name in names for one in _spellings(name)}:
        return None
    by_letters = {_letters(plain(one)): name for name in names for one in _spellings(name)}
    near = get_close_matches(_letters(text), by_letters, n=1, cutoff=_NEAR)
    return by_letters[near[0]] if near else None


def _spellings(name: str) -> list[str]:
    """``Tà Ôi (Pa-co)`` is one name that may be written as each of the two."""
    return [name, *filter(None, re.split(r" \(|\)", name))]


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.casefold()))


def _order(template: Template, check: ColumnCheck, cells: Mapping[str, str]) -> Iterator[RowDoubt]:
    first, then = _dates(check, cells)
    known = min(_exactness(first), _exactness(then))
    if _parts(then)[:known] < _parts(first)[:known]:
        yield _of_dates("row-doubt-order", template, check, cells)


def _age(template: Template, check: ColumnCheck, cells: Mapping[str, str]) -> Iterator[RowDoubt]:
    first, then = _dates(check, cells)
    if first.year is None or then.year is None:
        return
    least = most = then.year - first.year
    known = min(_exactness(first), _exactness(then))
    in_year = _parts(first)[1:known], _parts(then)[1:known]
    if in_year[1] < in_year[0]:
        least = most = most - 1
    elif in_year[0] == in_year[1] and known < _DAY:
        least -= 1  # nobody knows whether the birthday was over
    if most < 0:
        yield _of_dates("row-doubt-order", template, check, cells)  # nobody is minus three years old
    elif most < check.least or least > check.most:
        facts = {"what": check.years, "years": most, "least": check.least, "most": check.most}
        yield _of_dates("row-doubt-age", template, check, cells, facts)


def _personal_number(template: Template, check: ColumnCheck, cells: Mapping[str, str]) -> Iterator[RowDoubt]:
    """Digit 4 of a personal number says sex and century, digits 5 and 6 the year of birth."""
    number = cells.get(check.number, "")
    if not number or (check.paper and cells.get(check.paper) != check.is_paper):
        return
    facts, of_number = {"column": called(template, check.number), "number": number}, {check.number: number}
    if len(number) != _DIGITS or not number.isdecimal():
        yield RowDoubt(Message("row-doubt-number-length", facts), of_number)
        return
    born = 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])
    birth = values.date_of(cells.get(check.birth, ""))
    if birth.year is not None and birth.year != born:
        of_birth = {"born": born, "birth": birth.year, "birthday": called(template, check.birth)}
        cells_of_both = of_number | {check.birth: cells[check.birth]}
        yield RowDoubt(Message("row-doubt-number-year", {**facts, **of_birth}), cells_of_both)
    sex = check.is_sex or cells.get(check.sex, "")
    of_sex = str(1 + int(number[3]) % 2)
    if sex in ("1", "2") and sex != of_sex:
        said = {} if check.is_sex else {check.sex: sex}
        yield RowDoubt(Message("row-doubt-number-sex", {**facts, "sex": Message(f"sex-{of_sex}")}), of_number | said)


_RULES = {Rule.ORDER: _order, Rule.AGE: _age, Rule.PERSONAL_NUMBER: _personal_number}


def called(template: Template, name: str) -> BilingualLabel:
    """What a sentence calls a column, also one that only later versions of the file have."""
    return (template.columns.get(name) or template.later[name]).called


def _of_dates(
    code: str,
    template: Template,
    check: ColumnCheck,
    cells: Mapping[str, str],
    facts: Mapping[str, object] | None = None,
) -> RowDoubt:
    first, then = _dates(check, cells)
    of_both = {
        "first": called(template, check.first),
        "first_date": first.for_people(),
        "then": called(template, check.then),
        "then_date": then.for_people(),
    }
    return RowDoubt(
        Message(code, {**of_both, **(facts or {})}), {name: cells[name] for name in (check.first, check.then)}
    )


def _dates(check: ColumnCheck, cells: Mapping[str, str]) -> tuple[PartialDate, PartialDate]:
    return values.date_of(cells.get(check.first, "")), values.date_of(cells.get(check.then, ""))


def _parts(date: PartialDate) -> tuple[int, int, int]:
    return date.year or 0, date.month or 0, date.day or 0


def _exactness(date: PartialDate) -> int:
    return sum(part is not None for part in (date.year, date.month, date.day))
