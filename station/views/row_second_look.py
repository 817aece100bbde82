"""The second look at a row: keying it again blind, and deciding what differs, each with the page beside it."""

from __future__ import annotations

from dataclasses import dataclass

from station.catalogue.models import Entry, Ledger
from station.context import Station
from station.domain.states import RowState
from station.ledger import entry_queries, ledgers
from station.messages import BilingualLabel
from station.rows import entry_rows, known_values, second_keying
from station.rows.columns import Template
from station.rows.second_keying import ColumnDifference
from station.rows.value_differences import DifferenceKind
from station.views.entry_form import EntryDetails
from station.views.listed_rows import RowPicture
from station.views.row_form import RowField, RowForm, RowGroup


@dataclass(frozen=True)
class GroupDifference(ColumnDifference):
    """A column in which two keyings differ, and its group."""

    group: BilingualLabel


@dataclass(frozen=True)
class DecisionForm:
    """A row in which two keyings differ: what is to be decided first, slips of a sign last."""

    entry: EntryDetails
    pictures: list[RowPicture]
    known: list[RowField]
    differences: list[GroupDifference]
    revision: int


def blind_form(station: Station, ledger_text: str, entry_id: int) -> RowForm:
    """The short columns of an entry's row, with what was keyed of them a second time, and nothing of the first."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        entry = entry_queries.living_entry(session, ledger, entry_id)
        template = entry_rows.template_of(session, ledger)
        second = second_keying.of_entry(session, entry_id)
        stored = {} if second is None else dict(second.values)
        kept = second_keying.kept_values(session, ledger, template, entry)
        proposed = kept if second is None or second.done_at is None else {}
        short = {column.name for column in second_keying.short_columns(template)}
        groups = [
            RowGroup(
                label=group.label,
                fields=(
                    fields := [
                        RowField(one, stored.get(one.name) or proposed.get(one.name, ""), stored.get(one.name, ""))
                        for one in group.columns
                        if one.name in short
                    ]
                ),
                folded=group.usually_empty and not any(one.value for one in fields),
            )
            for group in template.groups
        ]
        return RowForm(
            entry=EntryDetails.to_correct(station, ledger, entry),
            pictures=_pictures(entry),
            known=_known(ledger, template, entry),
            groups=[group for group in groups if group.fields],
            revision=0 if second is None else second.revision,
            state=RowState.EMPTY if second is None else RowState.BEGUN if second.done_at is None else RowState.KEYED,
            keyed_by=None,
            doubts=[],
            ditto=kept,
            earlier={},
            previous=None,
            following=None,
            left=0,
            total=0,
        )


def decision_form(station: Station, ledger_text: str, entry_id: int) -> DecisionForm:
    """What of an entry's row is to be decided."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        entry = entry_queries.living_entry(session, ledger, entry_id)
        row = entry_rows.of_entry(station, session, ledger, entry)
        second = second_keying.of_entry(session, entry_id)
        groups = {column.name: group.label for group in row.template.groups for column in group.columns}
        there = [] if second is None else second_keying.differences(row.template, row.keyed, second)
        differences = [GroupDifference(**vars(one), group=groups[one.column.name]) for one in there]
        return DecisionForm(
            entry=EntryDetails.to_correct(station, ledger, entry),
            pictures=_pictures(entry),
            known=_known(ledger, row.template, entry),
            differences=sorted(differences, key=lambda one: one.kind == DifferenceKind.SIGNS),
            revision=row.revision,
        )


def _pictures(entry: Entry) -> list[RowPicture]:
    return [RowPicture.of(region) for one in entry.placements for region in one.page.regions]


def _known(ledger: Ledger, template: Template, entry: Entry) -> list[RowField]:
    filled = known_values.of_entry(ledger, entry)
    columns = (one for one in template.columns.values() if not one.is_keyed)
    return [RowField(one, filled[one.fill], filled[one.fill]) for one in columns if one.fill is not None]
