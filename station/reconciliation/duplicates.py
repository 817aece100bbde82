"""Whether an entry is there already: told to who keys its row, before the work is done twice.

Looked among are the office's own ledgers and the lists that are kept. By its key: the same number and date in another
book here, or the entry itself in a list. By its person, as soon as name and date are typed: see
:mod:`station.reconciliation.persons`. All of it is told softly, nothing is refused; what somebody answered is not told
again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Entry, EntryRow, Ledger
from station.context import Station
from station.domain.naming.keys import EntryNumber, LedgerKey
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.ledger import entry_queries, ledgers
from station.ledger.entries import Act
from station.messages import Message
from station.reconciliation import kept_lists, keyed_persons, persons
from station.reconciliation.kept_lists import KeptEntry, OpenList
from station.reconciliation.keyed_persons import NO_DUPLICATE, KeyedPersons
from station.reconciliation.persons import PersonIndex, PersonRecord
from station.rows import office_templates, values
from station.rows.columns import Template

#: So many are told at once: more say only that the name is common.
MOST = 4
#: Longer is no name of an entry in a list or in a ledger.
_LONGEST = 80


@dataclass(frozen=True)
class Duplicate:
    """Where an entry may stand already: ``message`` says so, ``other`` names it in an answer ("": a list is damaged).

    ``entry_id`` and ``ledger`` (``PLACE:TYPE.YEAR.BOOK``) are those of an entry of the station's own.
    """

    message: Message
    other: str
    entry_id: int | None = None
    ledger: str | None = None


@dataclass(frozen=True)
class _Subject:
    """The entry that is asked about, with the persons that its row names, as stored or as they are typed now."""

    id: int
    place: str
    key: LedgerKey
    number: EntryNumber
    year: int
    date: PartialDate
    persons: Sequence[PersonRecord]


def columns_of_persons(ledger_type: str) -> list[str]:
    """The columns whose values tell who an entry of this type is of."""
    return [name for names in persons.PERSON_COLUMNS.get(ledger_type, ()) for name in names if name]


def of_row(station: Station, ledger_text: str, entry_id: int, typed: Mapping[str, str]) -> list[Duplicate]:
    """Where the entry may stand already, the surest first, at most :data:`MOST`.

    ``typed`` are columns of its row as they are typed now; what cannot be read yet counts as nothing.

    :raises Refused: ``entry-changed-meanwhile``.
    :raises StorageFailed: where the index of the station's own rows cannot be used.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        entry = entry_queries.living_entry(session, ledger, entry_id)
        if ledger.practice:
            return []  # whoever practises on a page that stands elsewhere does nothing twice
        subject = _subject(session, ledger, entry, typed)
        with keyed_persons.up_to_date(station.folders.keyed_persons, session) as index:
            answers = index.answers(entry_id)
            told = dict[str, Duplicate]()
            for one in _all(station, session, subject, index):
                if one.other not in answers:
                    told.setdefault(one.other, one)
    return list(islice(told.values(), MOST))


def answer(station: Station, act: Act, entry_id: int, other: str) -> None:
    """Keep that the entry is another one than ``other``, so that this is not told again.

    ``Refused`` ("request-wrong") for a name that no duplicate has.
    """
    if not 0 < len(other) <= _LONGEST:
        raise Refused("request-wrong")
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        entry = entry_queries.living_entry(session, ledger, entry_id)
        facts = {"entries": [f"{entry.year}/{entry.number}"], "entry": entry.id, "other": other}
        event_log.record(session, act.who, NO_DUPLICATE, ledgers.reference(ledger), **facts)


def _subject(session: Session, ledger: Ledger, entry: Entry, typed: Mapping[str, str]) -> _Subject:
    template = office_templates.import_template(session, ledger.type)
    stored = session.scalars(select(EntryRow.values).where(EntryRow.entry_id == entry.id)).one_or_none()
    row = {**(stored or {}), **dict(_read(template, typed))}
    cells = {name: values.cell(row.get(name, "")) for name in columns_of_persons(ledger.type)}
    key = LedgerKey(ledger.type, ledger.year, ledger.book)
    number, date = EntryNumber.parse(entry.number), PartialDate.parse(entry.date)
    records = list(persons.records(ledger.type, cells, entry.id))
    return _Subject(entry.id, ledger.place.code, key, number, entry.year, date, records)


def _read(template: Template, typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in typed.items():
        if name in template.columns:
            try:
                yield name, values.read(template.columns[name], text)
            except Refused:
                yield name, ""


def _all(station: Station, session: Session, subject: _Subject, index: KeyedPersons) -> Iterator[Duplicate]:
    yield from _of_same_number(session, subject)
    yield from _of_same_person(session, subject, index)
    for file in kept_lists.files(station):
        try:
            with kept_lists.opened(file) as one:
                yield from _in_list(one, subject)
        except Refused as damaged:  # what stands elsewhere is told all the same
            yield Duplicate(Message(damaged.code, damaged.facts), "")


def _of_same_number(session: Session, subject: _Subject) -> Iterator[Duplicate]:
    """Entries of this number and day in other books of the place: a register that was kept in two copies."""
    if subject.date.day is None:
        return
    same = (Entry.living, Entry.year == subject.year, Entry.number == str(subject.number))
    query = select(Entry, Ledger).join(Ledger, Ledger.id == Entry.ledger_id)
    query = query.where(
        Ledger.type == subject.key.type,
        ~Ledger.practice,
        *same,
        Entry.date == str(subject.date),
        Entry.id != subject.id,
    )
    for entry, ledger in session.execute(query.order_by(Entry.id)):
        if ledger.place.code == subject.place:
            person = next(iter(_persons_of(session, ledger, entry)), None)
            yield _own(ledger, entry, Message("already-here-number", _facts_of_own(ledger, entry, person)))


def _of_same_person(session: Session, subject: _Subject, index: KeyedPersons) -> Iterator[Duplicate]:
    for record in subject.persons:
        for entry_id in index.candidates(record):
            entry = session.get(Entry, entry_id)
            if entry is None or not entry.living or entry.id == subject.id:
                continue
            ledger = session.get_one(Ledger, entry.ledger_id)
            if not _may_be_once_more(subject, ledger.type, PartialDate.parse(entry.date)):
                continue
            for other in PersonIndex(_persons_of(session, ledger, entry)).likely_same(
                record.name, record.born, record.mother
            ):
                yield _own(ledger, entry, Message("already-here", _facts_of_own(ledger, entry, other)))


def _in_list(opened: OpenList, subject: _Subject) -> Iterator[Duplicate]:
    for listed in opened.with_key(subject.key, subject.number):
        if listed.place in ("", subject.place) and persons.may_agree(listed.date, subject.date):
            yield _listed(listed, Message("already-listed-number", _facts_of_listed(listed)))
    for record in subject.persons:
        for listed in opened.of_person(record):
            if _may_be_once_more(subject, listed.key.type, listed.date):
                yield _listed(listed, Message("already-listed", _facts_of_listed(listed)))


def _may_be_once_more(subject: _Subject, ledger_type: str, date: PartialDate) -> bool:
    """Whether an entry of this type and date can be the same event, where the person is the same.

    Certificates and marriages may come again, on another day.
    """
    if ledger_type != subject.key.type:
        return False
    return ledger_type in persons.ONCE or (date.day is not None and date == subject.date)


def _persons_of(session: Session, ledger: Ledger, entry: Entry) -> list[PersonRecord]:
    stored = session.scalars(select(EntryRow.values).where(EntryRow.entry_id == entry.id)).one_or_none() or {}
    return list(persons.records(ledger.type, {name: values.cell(text) for name, text in stored.items()}, entry.id))


def _own(ledger: Ledger, entry: Entry, message: Message) -> Duplicate:
    reference = ledgers.reference(ledger)
    return Duplicate(message, f"{reference} {entry.year}/{entry.number}", entry.id, reference)


def _listed(listed: KeptEntry, message: Message) -> Duplicate:
    return Duplicate(message, f"{_ledger_of(listed)} {listed.number}")


def _facts_of_own(ledger: Ledger, entry: Entry, person: PersonRecord | None) -> dict[str, object]:
    who = "" if person is None else _words(person.name, person.born, person.mother)
    return _facts(who, ledgers.name_of(ledger), entry.number, PartialDate.parse(entry.date))


def _facts_of_listed(listed: KeptEntry) -> dict[str, object]:
    who = _words(listed.name, listed.born, listed.mother)
    facts = _facts(who, _ledger_of(listed), str(listed.number), listed.date)
    return {**facts, "list": listed.list_name, "row": listed.row}


def _ledger_of(listed: KeptEntry) -> str:
    return f"{listed.place}:{listed.key.name}" if listed.place else listed.key.name


def _facts(who: str, ledger: str, number: str, date: PartialDate) -> dict[str, object]:
    return {"who": who or "?", "ledger": ledger, "number": number, "date": date.for_people()}


def _words(name: str, born: PartialDate, mother: str) -> str:
    return ", ".join(filter(None, (name, born.for_people() if born.year else "", mother)))
