"""Practice ledgers: to learn on, with pages as in any other, and nothing of them ever leaves the station.

A ledger is one by its name (``KH.1976.LUYENTAP1``), so that disk, log and a catalogue that is made anew tell it alike.
It takes its pages from the scanner and its entries from people as others do. No report, plan, figure or list of work
counts it, it gives no document and no package, and no page of a real ledger can be moved into it. A page that was
scanned into it by mistake moves to its own ledger, and counts from there.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import Select, select

from station.catalogue import event_log
from station.catalogue.models import Capture, Ledger, Place
from station.context import Station
from station.domain.naming.keys import PRACTICE, LedgerKey
from station.errors import Refused
from station.ledger import ledgers
from station.ledger.ledgers import Registration
from station.storage import durable


def ledger_ids() -> Select[int]:
    """The practice ledgers, for queries that leave them out."""
    return select(Ledger.id).where(Ledger.practice)


def check_leaves(ledger: Ledger) -> None:
    """Refuse to make of a practice ledger what would leave the station."""
    if ledger.practice:
        raise Refused("practice-stays", ledger=ledgers.name_of(ledger))


def start(station: Station, *, who: str, place: str | None = None, kind: str | None = None) -> str:
    """Begin a practice ledger, by default of the first place and type of the settings; gives its reference.

    People practise on pages of any year, so it is opened as long ago as a ledger can be and goes on until today. Its
    number is one behind the last one: a name is given once, also where that one's pages were put away.
    """
    code = station.settings.place(place).code
    with station.catalogue.writing() as session:
        books = session.scalars(select(Ledger.book).join(Place).where(Place.code == code, Ledger.practice))
        last = max((int(book.removeprefix(PRACTICE)) for book in books), default=0)
        this_year = date.today().year
        kind = kind or station.settings.types[0].code
        key = LedgerKey(kind, this_year - ledgers.MOST_YEARS, f"{PRACTICE}{last + 1}")
        registration = Registration(key, place=code, last_year=this_year)
        return f"{code}:{ledgers.register(station, session, registration, who)}"


def put_away(station: Station, ledger_text: str, *, who: str) -> int:
    """Take a practice ledger off the list and its folder out of the ledgers' folders; gives how many pages it had.

    Its folder goes to ``practice/`` in the data folder, of which the station asks nothing any more. Refused for any
    other ledger, and while it is being scanned. Whoever is cut off between folder and catalogue puts it away once more.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        if not ledger.practice:
            raise Refused("practice-only", ledger=ledgers.name_of(ledger))
        if ledger.put_away_at is not None:
            return 0
        ledgers.check_not_scanned(session, ledger)
        captures = session.scalars(select(Capture).where(Capture.ledger_id == ledger.id, Capture.freed_at.is_(None)))
        now, count = datetime.now(UTC), 0
        for capture in captures:
            capture.freed_at, count = now, count + 1
        ledger.put_away_at = now
        event_log.record(session, who, "practice-put-away", ledgers.reference(ledger), files=count)
        session.flush()
        _move_folder(station, ledger)
        return count


def _move_folder(station: Station, ledger: Ledger) -> None:
    """Before the rows are committed: files whose rows say that they are freed would be removed."""
    folder = station.folders.ledger(ledger.place.code, ledgers.name_of(ledger))
    if not folder.exists():
        return
    target = station.folders.practice / ledger.place.code / folder.name
    with durable.storage_failures(target):
        durable.make_folders(target.parent)
        durable.name_exclusively(folder, target)
        durable.sync_folder(folder.parent)
        durable.sync_folder(target.parent)
