"""Which entries' PDFs people attached in the ministry's software, and which of them changed since.

The station cannot see into that software; a person says it, file by file. Each saying is in the log; the catalogue
keeps the newest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import PureWindowsPath

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Attachment, Document, Entry, Ledger
from station.context import Station
from station.errors import Refused
from station.ledger import entry_queries, export_names, ledgers


class Attached(StrEnum):
    """Whether the ministry's software has the PDF; changed is an entry or a PDF that is another one by now."""

    NO = "no"
    YES = "yes"
    CHANGED = "changed"


def mark(station: Station, ledger_text: str, entry_id: int, sha256: str, *, who: str) -> None:
    """Say that the PDF with these bytes was attached; refused where the entry's PDF is another one by now."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        entry = entry_queries.living_entry(session, ledger, entry_id)
        if not _has_document(entry, sha256):
            raise Refused("attachment-outdated", number=entry.number)
        _mark(session, ledger, entry, sha256, who)


def mark_chosen(station: Station, ledger_text: str, files: Mapping[int, str], *, who: str) -> tuple[int, list[str]]:
    """Say so of many at once, of each entry the SHA-256 of the PDF that was attached.

    Gives how many were marked, and the numbers of those whose PDF is another one by now: these are left as they are.
    """
    marked, outdated = 0, []
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        for entry_id, sha256 in files.items():
            entry = entry_queries.living_entry(session, ledger, entry_id)
            if _has_document(entry, sha256):
                marked += _mark(session, ledger, entry, sha256, who)
            else:
                outdated.append(entry.number)
    return marked, outdated


def mark_listed(station: Station, files: Mapping[int, str], *, who: str) -> list[int]:
    """Say that entries were attached, of each the name of the file, as a list from the ministry's software tells it.

    Gives the ids of those that were marked now: not those whose PDF has another name, is not made yet, or was told as
    attached before.
    """
    marked = []
    with station.catalogue.writing() as session:
        for entry_id, file in files.items():
            entry = session.get(Entry, entry_id)
            if entry is None or entry.document is None or not entry.living:
                continue
            ledger = session.get_one(Ledger, entry.ledger_id)
            name = f"{export_names.entry_name(station.names, ledger, entry)}.pdf"
            same_name = PureWindowsPath(file).name.casefold() == name.casefold()
            if same_name and _mark(session, ledger, entry, entry.document.sha256, who):
                marked.append(entry_id)
    return marked


def _has_document(entry: Entry, sha256: str) -> bool:
    """Whether the entry's PDF, as it is now, has these bytes."""
    return entry.document is not None and entry.document.sha256 == sha256


def _mark(session: Session, ledger: Ledger, entry: Entry, sha256: str, who: str) -> bool:
    """Store it; False where it was told before."""
    attachment = entry.attachment
    if attachment is not None and (attachment.entry_revision, attachment.sha256) == (entry.revision, sha256):
        return False
    entry.attachment = None
    session.flush()
    entry.attachment = Attachment(
        entry_id=entry.id, entry_revision=entry.revision, sha256=sha256, who=who, at=datetime.now(UTC)
    )
    number = f"{entry.year}/{entry.number}"
    event_log.record(session, who, "entry-attached", ledgers.reference(ledger), entry=number, sha256=sha256)
    return True


def take_back(station: Station, ledger_text: str, entry_id: int, *, who: str) -> None:
    """Say that it was not attached after all."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        entry = entry_queries.living_entry(session, ledger, entry_id)
        if entry.attachment is None:
            return
        entry.attachment = None
        number = f"{entry.year}/{entry.number}"
        event_log.record(session, who, "entry-not-attached", ledgers.reference(ledger), entry=number)


def of_entry(entry: Entry) -> Attached:
    """Whether this entry's PDF, as it is now, is attached."""
    if entry.attachment is None:
        return Attached.NO
    same = _has_document(entry, entry.attachment.sha256)
    return Attached.YES if same and entry.revision == entry.attachment.entry_revision else Attached.CHANGED


def condition(choice: Attached) -> ColumnElement[bool]:
    """The same as :func:`of_entry`, for queries of ``Entry``."""
    marked = select(Attachment.id).where(Attachment.entry_id == Entry.id).correlate(Entry)
    if choice == Attached.NO:
        return ~marked.exists()
    document = select(Document.sha256).where(Document.entry_id == Entry.id).correlate(Entry).scalar_subquery()
    same = and_(Attachment.entry_revision == Entry.revision, Attachment.sha256 == func.coalesce(document, ""))
    return marked.where(same if choice == Attached.YES else ~same).exists()


def counts(session: Session, ledger: Ledger) -> dict[Attached, int]:
    """How many of a ledger's entries there are of each."""
    here = select(func.count()).select_from(Entry).where(Entry.ledger_id == ledger.id, Entry.living)
    marked = session.scalars(here.where(~condition(Attached.NO))).one()
    yes = session.scalars(here.where(condition(Attached.YES))).one() if marked else 0
    return {Attached.NO: session.scalars(here).one() - marked, Attached.YES: yes, Attached.CHANGED: marked - yes}
