"""What is missing, twice or different between the station's entries and a list of entries from somebody else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryRow, Ledger, Place
from station.context import Station
from station.domain.naming.keys import EntryNumber, LedgerKey
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.ledger import ledgers
from station.reconciliation import foreign_entries, persons
from station.reconciliation.foreign_entries import ForeignEntry, UnreadableRow
from station.reconciliation.list_columns import MappedList
from station.reconciliation.persons import PersonIndex, PersonRecord, known_date
from station.spreadsheets.footers import plain


class ReconciliationKind(StrEnum):
    """How the station and a list differ."""

    NOT_IN_LIST = "not-in-list"
    NOT_HERE = "not-here"
    TWICE = "twice"
    DATE = "date"
    PERSON = "person"
    SAME_PERSON = "same-person"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class ReconciliationLine:
    """One difference: ``row`` is the list's (1 is the first; None for an entry that it does not have).

    ``here`` and ``there`` are what the station and the list say: two dates, two names, the entry or the row that is the
    same one; "" where one of them says nothing.
    """

    kind: ReconciliationKind
    ledger: str
    number: str
    row: int | None = None
    here: str = ""
    there: str = ""


@dataclass
class Reconciliation:
    """All differences, and how much was compared.

    ``rows`` are the list's entries, ``matched`` those that the station has, ``elsewhere`` those of ledgers that it does
    not have. ``attached`` are, by the station's entry, the files that the list tells as attached.
    """

    lines: list[ReconciliationLine] = field(default_factory=list)
    rows: int = 0
    matched: int = 0
    elsewhere: int = 0
    attached: dict[int, str] = field(default_factory=dict)

    def counts(self) -> Counter[ReconciliationKind]:
        """How many lines there are of each kind."""
        return Counter(line.kind for line in self.lines)


@dataclass
class _OwnEntry:
    """An entry of the station's: its ledger as people write it, and the rows of the list that are it."""

    id: int
    ledger: str
    type: str
    number: str
    date: PartialDate
    values: Mapping[str, str]
    rows: list[int] = field(default_factory=list)


def compare(station: Station, table: MappedList, *, ledger_type: str = "", place: str = "") -> Reconciliation:
    """Compare the list with every ledger of the station's, or of one place.

    ``ledger_type`` and ``place`` are what a list says that has no column for it. A ledger of which the list has nothing
    at all is told entry by entry, too: it may have been forgotten there.

    :raises Refused: ``reconcile-place`` where two places have a ledger of the list's, and it does not tell which.
    """
    with station.catalogue.reading() as session:
        return _Comparison(session, place).run(table, ledger_type)


class _Comparison:
    def __init__(self, session: Session, place: str) -> None:
        self._own: dict[int, _OwnEntry] = {}
        #: The places that have a ledger of this key, and its entries by number.
        self._ledgers: defaultdict[LedgerKey, dict[str, str]] = defaultdict(dict)
        self._entries: defaultdict[tuple[str, EntryNumber], list[_OwnEntry]] = defaultdict(list)
        self._place = place
        query = select(Ledger).join(Place).where(~Ledger.digitised_before, ~Ledger.practice).order_by(Ledger.id)
        for ledger in session.scalars(query.where(Place.code == place) if place else query):
            reference = ledgers.reference(ledger)
            self._ledgers[LedgerKey(ledger.type, ledger.year, ledger.book)][ledger.place.code] = reference
        for own in _own_entries(session, place):
            self._own[own.id] = own
            self._entries[own.ledger, EntryNumber.parse(own.number)].append(own)
        self._persons = PersonIndex(
            record for own in self._own.values() for record in persons.records(own.type, own.values, own.id)
        )
        self._result = Reconciliation()

    def run(self, table: MappedList, ledger_type: str) -> Reconciliation:
        for listed in foreign_entries.entries(table, ledger_type):
            self._result.rows += 1
            if isinstance(listed, UnreadableRow):
                self._tell(ReconciliationKind.UNREADABLE, "", listed.number, listed.row, there=listed.words[:80])
                continue
            own = self._find(listed)
            if own is not None:
                self._matched(own, listed)
            self._same_person(listed, own)
        for own in self._own.values():
            if not own.rows:
                self._tell(ReconciliationKind.NOT_IN_LIST, own.ledger, own.number, None, here=own.date.for_people())
        return self._result

    def _find(self, listed: ForeignEntry) -> _OwnEntry | None:
        """The station's entry that a row is, if any; tells a row whose ledger is here but not the entry."""
        here = self._ledgers.get(listed.key, {})
        if listed.place:
            here = {code: reference for code, reference in here.items() if code == listed.place}
        if not here:
            self._result.elsewhere += 1
            return None
        if len(here) > 1:
            raise Refused("reconcile-place", ledger=listed.key.name, places=", ".join(sorted(here)))
        (reference,) = here.values()
        entries = self._entries.get((reference, listed.number), [])
        year = known_date(listed.date).year
        same_year = [one for one in entries if one.date.year == year]
        if entries:
            return (same_year or entries)[0]
        self._tell(ReconciliationKind.NOT_HERE, reference, str(listed.number), listed.row, there=_words(listed))
        return None

    def _matched(self, own: _OwnEntry, listed: ForeignEntry) -> None:
        self._result.matched += 1
        if own.rows:
            first = f"{own.rows[0]}"
            self._tell(ReconciliationKind.TWICE, own.ledger, own.number, listed.row, there=first)
        own.rows.append(listed.row)
        if listed.file:
            self._result.attached[own.id] = listed.file
        date = known_date(listed.date)
        if date.year is not None and date != own.date:
            dates = own.date.for_people(), date.for_people()
            self._tell(ReconciliationKind.DATE, own.ledger, own.number, listed.row, here=dates[0], there=dates[1])
        records = list(persons.records(own.type, own.values, own.id))
        if listed.name and records and not any(_agrees(record, listed) for record in records):
            here = f"{records[0].name}, {records[0].born.for_people()}"
            self._tell(ReconciliationKind.PERSON, own.ledger, own.number, listed.row, here, _words(listed))

    def _same_person(self, listed: ForeignEntry, own: _OwnEntry | None) -> None:
        """Tell a person of this row whom the station has in another entry of the same type."""
        if listed.key.type not in persons.ONCE:
            return
        for record in self._persons.likely_same(listed.name, known_date(listed.born), listed.mother):
            other = self._own[record.of]
            if other.type == listed.key.type and (own is None or other.id != own.id):
                there = f"{listed.key.name} {listed.number}"
                self._tell(ReconciliationKind.SAME_PERSON, other.ledger, other.number, listed.row, record.name, there)

    def _tell(
        self, kind: ReconciliationKind, ledger: str, number: str, row: int | None, here: str = "", there: str = ""
    ) -> None:
        self._result.lines.append(ReconciliationLine(kind, ledger, number, row, here, there))


def _own_entries(session: Session, place: str) -> Iterator[_OwnEntry]:
    query = (
        select(Entry, Ledger, EntryRow.values)
        .join(Ledger, Entry.ledger_id == Ledger.id)
        .outerjoin(EntryRow, EntryRow.entry_id == Entry.id)
        .where(Entry.living, ~Ledger.practice)
        .order_by(Ledger.id, Entry.id)
    )
    if place:
        query = query.join(Place, Ledger.place_id == Place.id).where(Place.code == place)
    for entry, ledger, keyed in session.execute(query):
        date = PartialDate.parse(entry.date)
        yield _OwnEntry(entry.id, ledgers.reference(ledger), ledger.type, entry.number, date, keyed or {})


def _agrees(record: PersonRecord, listed: ForeignEntry) -> bool:
    """Whether a row names this person, signs and capitals left out, with the same day of birth if it tells one."""
    born = known_date(listed.born)
    both_known = born.year is not None and record.born.year is not None
    return plain(record.name) == plain(listed.name) and (born == record.born or not both_known)


def _words(listed: ForeignEntry) -> str:
    return ", ".join(filter(None, (listed.name, listed.born, listed.date)))
