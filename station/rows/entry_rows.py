"""Rows of entries: what people key, column by column, each change a revision with who, when and why.

What stands in the entry itself (number, book, page, date) is never stored twice: a row gets it from the entry whenever
it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, cached_property

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from station.catalogue import event_log, row_facts
from station.catalogue.models import Entry, EntryRow, Ledger, RowRevision
from station.context import Station
from station.domain.checks import CheckVerdict, SecondLook
from station.domain.naming.keys import EntryNumber
from station.domain.states import RowState
from station.errors import Refused
from station.ledger import entry_queries, ledgers
from station.ledger.entries import Act
from station.rows import doubt_answers, known_values, office_templates, plausibility, row_checks, second_keying, values
from station.rows.columns import Column, Template
from station.rows.plausibility import RowDoubt
from station.rows.row_checks import RowCheck

#: So many rows before are looked at for what is kept until it is changed.
_NEAR = 20


@dataclass(frozen=True)
class KeyedRow:
    """A row as it is: ``keyed`` is what people stored, ``known`` what the station fills in, both by column.

    ``proposed`` is, until no required column is lacking, what is kept from the row before and what was keyed of an
    entry with this number that was taken out, in columns of which nobody said anything yet: no one's word before
    somebody says it. ``revision`` is 0 and ``keyed_by`` None before the first change. ``check`` is what somebody said
    of it as it is, ``second_look`` what must be said before it is complete, ``answers`` what was said of odd values, by
    the marks of what is odd.
    """

    template: Template
    entry: Entry
    known: Mapping[str, str]
    keyed: Mapping[str, str]
    proposed: Mapping[str, str]
    revision: int = 0
    keyed_by: str | None = None
    second_look: SecondLook = SecondLook.NONE
    check: RowCheck | None = None
    answers: Mapping[str, RowCheck] = field(default_factory=dict)

    def value(self, column: Column) -> str:
        """What the row holds in this column: keyed, or known; a mark is as it was typed."""
        return self.keyed.get(column.name) or self.known.get(column.name, "")

    @cached_property
    def values(self) -> dict[str, str]:
        """Every column's value, in the order of the template."""
        return {name: self.value(column) for name, column in self.template.columns.items()}

    @property
    def cells(self) -> dict[str, str]:
        """Every column's text in the workbook."""
        return {name: values.cell(value) for name, value in self.values.items()}

    @property
    def lacking(self) -> list[Column]:
        """The required columns that have neither a value nor a mark."""
        return [one for one in self.template.columns.values() if one.required and not self.value(one)]

    @property
    def is_whole(self) -> bool:
        """Whether something is keyed, and no required column is lacking."""
        return bool(self.keyed) and not self.lacking

    @property
    def is_right(self) -> bool:
        """Whether somebody looked at it a second time, as it is, and it is right."""
        return self.check is not None and self.check.verdict == CheckVerdict.RIGHT

    @property
    def state(self) -> RowState:
        """Complete is a row in which no required column is lacking, and that had its second look if it needs one."""
        if not self.keyed:
            return RowState.EMPTY
        if self.lacking:
            return RowState.BEGUN
        return RowState.COMPLETE if self.is_right or self.second_look == SecondLook.NONE else RowState.KEYED

    @property
    def doubts(self) -> list[RowDoubt]:
        """What is odd in it, with who said that it stands so on the page."""
        found = plausibility.doubts(self.template, self.values)
        return [replace(doubt, answer=self.answers.get(doubt.mark)) for doubt in found]

    @property
    def open_doubts(self) -> list[RowDoubt]:
        """What is odd in it and nobody has answered yet."""
        return [doubt for doubt in self.doubts if doubt.answer is None]


def set_values(
    station: Station,
    act: Act,
    number: str,
    year: int | None,
    typed: Mapping[str, str],
    *,
    shown_revision: int | None = None,
) -> KeyedRow:
    """Store what was typed into columns of an entry's row, all or nothing; gives the row as it is now.

    "" takes a value back. ``shown_revision`` is the row that the person had before them: refused is a column that
    somebody else changed since to another value.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        entry = entry_queries.find_entry(session, ledger, EntryNumber.parse(number), year)
        return _set(station, session, ledger, act, entry, typed, shown_revision)


def set_values_of(
    station: Station, act: Act, entry_id: int, typed: Mapping[str, str], *, shown_revision: int
) -> KeyedRow:
    """The same for an entry on somebody's screen; refused where it is gone."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        entry = entry_queries.living_entry(session, ledger, entry_id)
        return _set(station, session, ledger, act, entry, typed, shown_revision)


def leave_as_it_is(station: Station, act: Act, entry_id: int, *, shown_revision: int) -> KeyedRow:
    """Say that a row that was found not right is right as it is: a revision without changes, to be looked at again.

    ``Refused`` ("row-not-returned") where it changed meanwhile, or nobody found it not right.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        entry = entry_queries.living_entry(session, ledger, entry_id)
        stored = session.scalars(select(EntryRow).where(EntryRow.entry_id == entry.id)).one_or_none()
        check = None if stored is None else row_checks.of_row(session, stored)
        if stored is None or stored.revision != shown_revision or not check or check.verdict != CheckVerdict.REJECTED:
            raise Refused("row-not-returned", number=entry.number)
        stored.complete = _row(station, ledger, template_of(session, ledger), entry, stored).is_whole
        _revise(session, ledger, act, entry, stored, {})
        return of_entry(station, session, ledger, entry)


def say_as_on_page(station: Station, act: Act, entry_id: int, shown: Set[str] | None = None) -> KeyedRow:
    """Say that what is odd in a row stands so on the page: it is not asked again while it is odd for the same values.

    ``shown`` are the marks of the doubts that the person had before them: ``Refused`` ("row-odd-otherwise") where these
    are no longer the open ones. Also ``Refused``: "row-nothing-odd".
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        entry = entry_queries.living_entry(session, ledger, entry_id)
        odd = of_entry(station, session, ledger, entry).open_doubts
        if shown is not None and shown != {doubt.mark for doubt in odd}:
            raise Refused("row-odd-otherwise", number=entry.number)
        stored = session.scalars(select(EntryRow).where(EntryRow.entry_id == entry.id)).one_or_none()
        if stored is None or not odd:
            raise Refused("row-nothing-odd", number=entry.number)
        doubt_answers.record(session, ledger, act, stored, odd)
        return of_entry(station, session, ledger, entry)


def template_of(session: Session, ledger: Ledger) -> Template:
    """The template of a ledger's workbook."""
    return office_templates.in_use(session, ledger.type)


def of_entry(station: Station, session: Session, ledger: Ledger, entry: Entry) -> KeyedRow:
    """The row of an entry, with what is proposed from the rows before."""
    template = template_of(session, ledger)
    stored = session.scalars(select(EntryRow).where(EntryRow.entry_id == entry.id)).one_or_none()
    if stored is None:
        row = _row(station, ledger, template, entry, None)
    else:
        row = _stored_row(station, session, ledger, template, stored)
    return replace(row, proposed=_proposed(session, ledger, row, stored))


def of_ledger(station: Station, session: Session, ledger: Ledger) -> Sequence[KeyedRow]:
    """The rows of a ledger's living entries by year and number, without proposals."""
    template = template_of(session, ledger)
    living = select(EntryRow).join(Entry).where(Entry.ledger_id == ledger.id, Entry.living)
    stored = {one.entry_id: one for one in session.scalars(living)}
    checks, answers = row_checks.standing(session, ledger), doubt_answers.of_ledger(session, ledger)
    return [
        replace(
            _row(station, ledger, template, entry, stored.get(entry.id)),
            check=checks.get(entry.id),
            answers=answers.get(entry.id, {}),
        )
        for entry in entry_queries.of_ledger(session, ledger)
    ]


def state_of(rows: Sequence[KeyedRow]) -> RowState:
    """How far the rows of a ledger are: complete where each is."""
    states = {row.state for row in rows}
    if states and states <= {RowState.KEYED, RowState.COMPLETE}:
        return RowState.KEYED if RowState.KEYED in states else RowState.COMPLETE
    return RowState.EMPTY if states <= {RowState.EMPTY} else RowState.BEGUN


def store(
    station: Station,
    session: Session,
    act: Act,
    entry: Entry,
    typed: Mapping[str, str],
    shown_revision: int | None,
) -> KeyedRow:
    """Store what was typed as :func:`set_values` does, inside the caller's transaction, which looks at it itself."""
    ledger = ledgers.find(session, act.ledger)
    template = office_templates.import_template(session, ledger.type)
    new = read(template, typed)
    stored = session.scalars(select(EntryRow).where(EntryRow.entry_id == entry.id)).one_or_none()
    before = {} if stored is None else stored.values
    changes = {name: value for name, value in new.items() if value != before.get(name, "")}
    if emptied := {name for name, value in new.items() if not value and name not in before}:
        row = _row(station, ledger, template, entry, stored)
        changes |= dict.fromkeys(emptied & _proposed(session, ledger, row, stored).keys(), "")  # not proposed again
    if stored is not None and shown_revision is not None:
        _check_unchanged(session, template, stored, shown_revision, changes)
    if not changes:
        return _row(station, ledger, template, entry, stored)
    if stored is None:
        stored = EntryRow(entry_id=entry.id, revision=0, values={}, complete=False, keyers=[])
        stored.keyed_by, stored.keyed_at = act.who, datetime.now(UTC)
        session.add(stored)
    return _change(station, session, ledger, act, template, entry, stored, changes)


def put_back(
    station: Station, session: Session, ledger: Ledger, act: Act, stored: EntryRow, changes: Mapping[str, str]
) -> None:
    """Store values that the row held before, as they stand in its revisions, inside the caller's transaction."""
    row = _change(station, session, ledger, act, template_of(session, ledger), stored.entry, stored, changes)
    if row.second_look == SecondLook.DOUBLE:
        second_keying.settle(session, ledger, act, row.template, stored)


def read(template: Template, typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed into columns, as it is stored; ``Refused`` for a column that nobody keys, or a value."""
    return dict(_read(template, typed))


def _change(
    station: Station,
    session: Session,
    ledger: Ledger,
    act: Act,
    template: Template,
    entry: Entry,
    stored: EntryRow,
    changes: Mapping[str, str],
) -> KeyedRow:
    stored.values = {name: value for name, value in {**stored.values, **changes}.items() if value}
    stored.complete = _row(station, ledger, template, entry, stored).is_whole
    _revise(session, ledger, act, entry, stored, changes)
    return _row(station, ledger, template, entry, stored)


def _set(
    station: Station,
    session: Session,
    ledger: Ledger,
    act: Act,
    entry: Entry,
    typed: Mapping[str, str],
    shown_revision: int | None,
) -> KeyedRow:
    row = store(station, session, act, entry, typed, shown_revision)
    stored = session.scalars(select(EntryRow).where(EntryRow.entry_id == entry.id)).one_or_none()
    if stored is None:
        return row
    if row.second_look == SecondLook.DOUBLE:
        second_keying.settle(session, ledger, act, row.template, stored)
    return _with_what_was_said(session, row, stored)


def _read(template: Template, typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in typed.items():
        column = template.column(name)
        if not column.is_keyed:
            raise Refused("row-column-of-entry", name=column.name, column=column.title)
        yield column.name, values.read(column, text)


def _check_unchanged(
    session: Session, template: Template, stored: EntryRow, shown_revision: int, changes: Mapping[str, str]
) -> None:
    """Refuse to store over what somebody else stored meanwhile; the same value, or another column, is no clash."""
    since = select(RowRevision).where(RowRevision.entry_row_id == stored.id, RowRevision.revision > shown_revision)
    for theirs in session.scalars(since.order_by(RowRevision.revision)):
        if clashes := [template.columns[name].title for name in changes if name in theirs.changes]:
            raise Refused("row-changed-meanwhile", who=theirs.who, columns=clashes)


def _revise(
    session: Session, ledger: Ledger, act: Act, entry: Entry, stored: EntryRow, changes: Mapping[str, str]
) -> None:
    stored.revision += 1
    stored.keyed_by, stored.keyed_at = act.who, datetime.now(UTC)
    if stored.completed_at is None:
        stored.keyers = [*(one for one in stored.keyers if one != act.who), act.who]
        stored.completed_at = stored.keyed_at if stored.complete else None
    session.flush()
    revision = RowRevision(entry_row_id=stored.id, revision=stored.revision, changes=dict(changes))
    revision.who, revision.at, revision.why = act.who, stored.keyed_at, act.why
    session.add(revision)
    event_log.record(
        session,
        act.who,
        "row-set",
        ledgers.reference(ledger),
        entries=[f"{entry.year}/{entry.number}"],
        columns=sorted(changes),
        why=act.why,
        rows=[row_facts.entry_row(stored)],
    )
    ledgers.settle(session, ledger)


def _proposed(session: Session, ledger: Ledger, row: KeyedRow, stored: EntryRow | None) -> dict[str, str]:
    if row.is_whole:
        return {}
    proposed = _carried_values(session, ledger, row.template, row.entry) | _taken_out(session, ledger, row.entry)
    if stored is None or not row.keyed:
        return proposed
    changes = session.scalars(select(RowRevision.changes).where(RowRevision.entry_row_id == stored.id))
    said = {name for one in changes for name in one}
    return {name: text for name, text in proposed.items() if name not in said}


def _carried_values(session: Session, ledger: Ledger, template: Template, entry: Entry) -> dict[str, str]:
    """What the nearest rows before hold in the columns that are kept until they are changed."""
    parameters = entry_queries.key_parameters(ledger, entry_queries.order_key(entry))
    rows = session.scalars(_rows_before(), parameters).all()
    carried = {}
    for name, column in template.columns.items():
        texts = (values.cell(row.values.get(name, "")) for row in rows) if column.keep else ()
        if text := next(filter(None, texts), ""):
            carried[name] = text
    return carried


@cache
def _rows_before() -> Select[EntryRow]:
    before = select(EntryRow).join(Entry).where(*entry_queries.beside(behind=False))
    return before.order_by(*(column.desc() for column in entry_queries.ORDER)).limit(_NEAR)


def _taken_out(session: Session, ledger: Ledger, entry: Entry) -> dict[str, str]:
    """What was keyed of an entry that had this number and was taken out: most often it is put in again."""
    same = (Entry.ledger_id == ledger.id, ~Entry.living, Entry.year == entry.year, Entry.number == entry.number)
    newest = select(EntryRow.values).join(Entry, Entry.id == EntryRow.entry_id).where(*same)
    return session.scalars(newest.order_by(EntryRow.id.desc()).limit(1)).first() or {}


def _stored_row(station: Station, session: Session, ledger: Ledger, template: Template, stored: EntryRow) -> KeyedRow:
    return _with_what_was_said(session, _row(station, ledger, template, stored.entry, stored), stored)


def _with_what_was_said(session: Session, row: KeyedRow, stored: EntryRow) -> KeyedRow:
    answers = doubt_answers.of_entry(session, stored.entry_id)
    return replace(row, check=row_checks.of_row(session, stored), answers=answers)


def _row(station: Station, ledger: Ledger, template: Template, entry: Entry, stored: EntryRow | None) -> KeyedRow:
    filled = known_values.of_entry(ledger, entry)
    known = {name: filled[column.fill] for name, column in template.columns.items() if column.fill is not None}
    look = station.settings.second_look(ledger.type)
    if stored is None:
        return KeyedRow(template, entry, known, {}, {}, second_look=look)
    return KeyedRow(template, entry, known, dict(stored.values), {}, stored.revision, stored.keyed_by, look)
