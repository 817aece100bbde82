from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Document, Entry, Event
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import ScanPurpose
from station.errors import Refused
from station.ledger import attachments, entries, ledgers, pages
from station.ledger.attachments import Attached
from station.ledger.entries import Act
from station.packaging import entry_documents
from tests.station.opened_station import WHO, OpenedStation


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Two pages, two entries, their PDFs made."""
    name = desk.ledger()
    desk.lay(name, 2)
    desk.entry(name, "001", "1", "2007-01-15")
    desk.entry(name, "002", "2", "2007-01-16")
    entry_documents.update_documents(desk.station, name)
    return name


def sha256(desk: OpenedStation, entry_id: int = 1) -> str:
    return str(desk.one(select(Document.sha256).where(Document.entry_id == entry_id)))


def mark(desk: OpenedStation, ledger: str) -> None:
    attachments.mark(desk.station, ledger, 1, sha256(desk), who=WHO)


def state(desk: OpenedStation) -> Attached:
    """What is told of entry 1, which must be what the counts and the condition say."""
    with desk.station.catalogue.reading() as session:
        told = attachments.of_entry(session.get_one(Entry, 1))
        counts = attachments.counts(session, ledgers.find(session, "KH.2007.01"))
        found = session.scalars(select(Entry.id).where(attachments.condition(told))).all()
    assert 1 in found
    assert counts == {each: (each == told) + (each == Attached.NO) for each in Attached}
    return told


def test_entry_is_attached_when_a_person_says_so(desk: OpenedStation, ledger: str) -> None:
    assert state(desk) == Attached.NO
    mark(desk, ledger)
    assert state(desk) == Attached.YES


def test_corrected_entry_has_changed_since_even_before_its_pdf_is_made_again(desk: OpenedStation, ledger: str) -> None:
    mark(desk, ledger)
    entries.change(desk.station, Act(ledger, WHO), "1", None, new_date=PartialDate.parse("2007-01-17"))
    assert state(desk) == Attached.CHANGED
    entry_documents.update_documents(desk.station, ledger)
    assert state(desk) == Attached.CHANGED
    mark(desk, ledger)
    assert state(desk) == Attached.YES


def test_turned_page_changes_the_pdf_and_so_what_is_attached(desk: OpenedStation, ledger: str) -> None:
    mark(desk, ledger)
    pages.change(desk.station, ledger, "001", who=WHO, rotate=90)
    entry_documents.update_documents(desk.station, ledger)
    assert state(desk) == Attached.CHANGED


def test_bytes_that_are_outdated_cannot_be_marked(desk: OpenedStation, ledger: str) -> None:
    downloaded = sha256(desk)
    entries.change(desk.station, Act(ledger, WHO), "1", None, new_number="3")
    entry_documents.update_documents(desk.station, ledger)
    with pytest.raises(Refused) as refused:
        attachments.mark(desk.station, ledger, 1, downloaded, who=WHO)
    assert refused.value.code == "attachment-outdated"
    assert state(desk) == Attached.NO


def test_mark_taken_back_is_gone_and_both_stand_in_the_log(desk: OpenedStation, ledger: str) -> None:
    mark(desk, ledger)
    mark(desk, ledger)
    attachments.take_back(desk.station, ledger, 1, who=WHO)
    assert state(desk) == Attached.NO
    assert [what for what in desk.all(select(Event.what).order_by(Event.id)) if "attached" in what] == [
        "entry-attached",
        "entry-not-attached",
    ]


def test_entry_of_another_ledger_cannot_be_marked(desk: OpenedStation, ledger: str) -> None:
    other = desk.ledger("KH.2007.02")
    with pytest.raises(Refused) as refused:
        attachments.mark(desk.station, other, 1, sha256(desk), who=WHO)
    assert refused.value.code == "entry-changed-meanwhile"


def test_retaken_page_gives_its_entry_another_pdf(desk: OpenedStation, ledger: str) -> None:
    """The label is the same, the image is another one."""
    mark(desk, ledger)
    before = sha256(desk)
    desk.lay(ledger, 2, purpose=ScanPurpose.RETAKE, anchor="001")
    entry_documents.update_documents(desk.station, ledger)
    assert sha256(desk) != before
    assert state(desk) == Attached.CHANGED
