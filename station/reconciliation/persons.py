"""Whether two records are of one person, although they stand in different books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.spreadsheets.footers import plain

#: The columns of a type's import file that tell a person: name, day of birth, mother ("" where the file has none).
PERSON_COLUMNS = {
    "KS": (("nksHoTen", "nksNgaySinh", "meHoTen"),),
    "KT": (("nktHoTen", "nktNgaySinh", ""),),
    "KH": (("chongHoTen", "chongNgaySinh", ""), ("voHoTen", "voNgaySinh", "")),
    "HN": (("nxnHoTen", "nxnNgaySinh", ""),),
    "CMC": (("ncHoTen", "ncNgaySinh", ""),),
}
#: A person is born, dies and is recognised once; certificates and marriages may come again.
ONCE = frozenset({"KS", "KT", "CMC"})


@dataclass(frozen=True)
class PersonRecord:
    """Who an entry is of. ``of`` is the entry, in whatever way the caller knows it."""

    of: int
    name: str
    born: PartialDate
    mother: str


class PersonIndex:
    """Persons by name, capitals and signs left out: ``Nguyễn Thị Hoà`` is found by ``NGUYEN THI HOA``."""

    def __init__(self, records: Iterable[PersonRecord]) -> None:
        self._by_name: defaultdict[str, list[PersonRecord]] = defaultdict(list)
        for record in records:
            if key := plain(record.name):
                self._by_name[key].append(record)

    def likely_same(self, name: str, born: PartialDate, mother: str) -> Iterator[PersonRecord]:
        """Those who are likely the same person; see :func:`is_same`."""
        for record in self._by_name.get(plain(name), ()):
            if is_same(record, born, mother):
                yield record


def records(ledger_type: str, values: Mapping[str, str], of: int) -> Iterator[PersonRecord]:
    """The persons that a row of this type names, by the values of its columns."""
    for name, born, mother in PERSON_COLUMNS.get(ledger_type, ()):
        if text := values.get(name, ""):
            yield PersonRecord(of, text, known_date(values.get(born, "")), values.get(mother, ""))


def known_date(text: str) -> PartialDate:
    """A date as somebody writes it; the unknown one where it cannot be read."""
    try:
        return PartialDate.from_person(text)
    except Refused:
        return PartialDate()


def is_same(record: PersonRecord, born: PartialDate, mother: str) -> bool:
    """Whether two persons of one name are likely one.

    Born on the same day, also with day and month exchanged, and of no other mother; or of the same mother, where one of
    the days is not known and nothing speaks against it.
    """
    mothers = plain(record.mother), plain(mother)
    same_mother = mothers[0] == mothers[1] if all(mothers) else None
    if record.born.day is not None and born.day is not None:
        return _same_day(record.born, born) and same_mother is not False
    return same_mother is True and may_agree(record.born, born)


def _same_day(one: PartialDate, other: PartialDate) -> bool:
    days = {one.day, one.month}, {other.day, other.month}
    return one.year == other.year and ((one.month, one.day) == (other.month, other.day) or days[0] == days[1])


def may_agree(one: PartialDate, other: PartialDate) -> bool:
    """Whether two dates may be one: no part that both know differs."""
    parts = ((one.year, other.year), (one.month, other.month), (one.day, other.day))
    return all(None in pair or pair[0] == pair[1] for pair in parts)
