"""What is odd between the values of a row, told to who keyed it: nothing here is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from station.domain.naming.partial_dates import PartialDate
from station.messages import Message
from station.rows import values
from station.rows.columns import Column, ColumnCheck, Rule, Template

_DIGITS = 12
_DAY = 3  # year, month and day are known


def doubts(template: Template, row: Mapping[str, str]) -> list[Message]:
    """What is odd in a row of values by column; what is not known, or marked, raises no doubt."""
    cells = {name: text for name, value in row.items() if (text := values.cell(value))}
    return [doubt for check in template.checks for doubt in _RULES[check.rule](template, check, cells)]


def _order(template: Template, check: ColumnCheck, cells: Mapping[str, str]) -> Iterator[Message]:
    first, then = _dates(check, cells)
    known = min(_exactness(first), _exactness(then))
    if _parts(then)[:known] < _parts(first)[:known]:
        yield Message("row-doubt-order", _two_dates(template, check, cells))


def _age(template: Template, check: ColumnCheck, cells: Mapping[str, str]) -> Iterator[Message]:
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
    if most < check.least or least > check.most:
        facts = {**_two_dates(template, check, cells), "years": most}
        yield Message("row-doubt-age", {**facts, "least": check.least, "most": check.most})


def _personal_number(template: Template, check: ColumnCheck, cells: Mapping[str, str]) -> Iterator[Message]:
    """Digit 4 of a personal number says sex and century, digits 5 and 6 the year of birth."""
    number = cells.get(check.number, "")
    if not number or (check.paper and cells.get(check.paper) != check.is_paper):
        return
    facts = {"column": title(template, check.number), "number": number}
    if len(number) != _DIGITS or not number.isdecimal():
        yield Message("row-doubt-number-length", facts)
        return
    born = 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])
    birth = values.date_of(cells.get(check.birth, ""))
    if birth.year is not None and birth.year != born:
        yield Message("row-doubt-number-year", {**facts, "born": born, "birth": birth.year})
    sex = check.is_sex or cells.get(check.sex, "")
    if sex in ("1", "2") and sex != str(1 + int(number[3]) % 2):
        yield Message("row-doubt-number-sex", facts)


_RULES = {Rule.ORDER: _order, Rule.AGE: _age, Rule.PERSONAL_NUMBER: _personal_number}


def title(template: Template, name: str) -> object:
    """What a column is called, also one that only later versions of the file have."""
    return column_of(template, name).title


def column_of(template: Template, name: str) -> Column:
    """The column that a check names."""
    return template.columns.get(name) or template.later[name]


def _dates(check: ColumnCheck, cells: Mapping[str, str]) -> tuple[PartialDate, PartialDate]:
    return values.date_of(cells.get(check.first, "")), values.date_of(cells.get(check.then, ""))


def _two_dates(template: Template, check: ColumnCheck, cells: Mapping[str, str]) -> dict[str, object]:
    return {
        "first": title(template, check.first),
        "first_date": cells[check.first],
        "then": title(template, check.then),
        "then_date": cells[check.then],
    }


def _parts(date: PartialDate) -> tuple[int, int, int]:
    return date.year or 0, date.month or 0, date.day or 0


def _exactness(date: PartialDate) -> int:
    return sum(part is not None for part in (date.year, date.month, date.day))
