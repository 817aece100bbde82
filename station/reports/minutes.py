"""The minutes of a closed ledger (biên bản): what is in it, whether it is whole, who did it, and what proves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.log_head import Head
from station.catalogue.models import (
    Capture,
    Check,
    Delivery,
    Entry,
    EntryRevision,
    Ledger,
    Package,
    PackageFile,
    Page,
    Receipt,
)
from station.context import Station
from station.delivery import queue as delivery_queue
from station.domain.checks import CheckKind
from station.domain.states import LedgerState, PackageKind, PackageState, PageState
from station.errors import Refused
from station.ledger import check_counts, completeness, ledgers, page_order, practice
from station.ledger.check_counts import CheckCounts
from station.ledger.completeness import Counts
from station.messages import Message
from station.rows import built_in
from station.settings import Settings
from station.views import row_form


@dataclass(frozen=True)
class Share:
    """What one person did, and from when to when."""

    person: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class YearOfEntries:
    """The entries of one year: the first number and the last, and how many there are."""

    year: int
    first: str
    last: str
    count: int


@dataclass(frozen=True)
class PackageProof:
    """A package that says all of the ledger: the hash of its manifest, and since when each destination has it all.

    ``true`` is whether the ledger is still what it says.
    """

    name: str
    manifest: str
    made_by: str
    made_at: datetime
    true: bool
    received: dict[str, datetime | None]


@dataclass(frozen=True)
class Minutes:
    """All that the paper says. ``missing`` is what was missing at last sight, for which ``closed_reason`` was given.

    ``images`` are those that stand in their places, ``retaken`` those that stood there before; ``head`` is the newest
    line of the log, by which all that came before it can be proven. ``checked`` is who looked first at how many pages,
    ``checked_again`` who looked a second time, at a sample of ``second_share`` per cent. ``rows_left`` is how many of
    the ministry's rows are not complete.
    """

    settings: Settings
    reference: str
    name: str
    type: str
    year: int
    last_year: int
    book: str
    paper: str
    place: tuple[str, ...]
    closed_by: str | None
    closed_at: datetime | None
    closed_reason: str | None
    page_states: dict[str, int]
    images: int
    retaken: int
    set_aside: int
    counts: Counts
    checks: CheckCounts
    checked: list[Share]
    second_share: int
    checked_again: list[Share]
    missing: list[Message]
    years: list[YearOfEntries]
    scanned: list[Share]
    named: list[Share]
    rows_left: int
    package: PackageProof | None
    head: Head

    @property
    def proof(self) -> str:
        """What the code on the paper holds: station, ledger, package, and the newest line of the log.

        The line in which the package was made, with its manifest's hash, stands before it in the chain.
        """
        package = self.package.name.rpartition("/")[2] if self.package else "-"
        words = ("tramquet/1", self.settings.station.id, self.reference, package, f"#{self.head.line}", self.head.hash)
        return " ".join(words)


def of_ledger(station: Station, ledger_text: str) -> Minutes:
    """The minutes of a ledger; refused while it is open, for nobody has said yet that it is done."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        practice.check_leaves(ledger)
        if ledgers.is_open(ledger):
            raise Refused("minutes-open", ledger=ledgers.name_of(ledger))
        images, past_images = _images(session, ledger)
        put_aside = len(page_order.set_aside_captures(session, ledger))
        return Minutes(
            settings=station.settings,
            reference=ledgers.reference(ledger),
            name=ledgers.name_of(ledger),
            type=ledger.type,
            year=ledger.year,
            last_year=ledger.last_year,
            book=ledger.book,
            paper=ledger.paper,
            place=tuple(filter(None, (ledger.place.commune, ledger.place.district, ledger.place.province))),
            closed_by=ledger.closed_by,
            closed_at=ledger.closed_at,
            closed_reason=ledger.closed_reason,
            page_states=_page_states(session, ledger),
            images=images,
            retaken=past_images - put_aside,
            set_aside=put_aside,
            counts=completeness.counts(session, ledger),
            checks=check_counts.counts(session, ledger),
            checked=_shares(session, _checked(CheckKind.FIRST), ledger),
            second_share=ledger.second_share,
            checked_again=_shares(session, _checked(CheckKind.SECOND), ledger),
            missing=[
                *completeness.gaps(session, ledger),
                *completeness.doubts(session, ledger),
                *completeness.returned(session, ledger),
            ],
            years=_years(session, ledger),
            scanned=_shares(session, _scanned(), ledger),
            named=_shares(session, _named(), ledger),
            rows_left=row_form.left_of(session, ledger) if ledger.type in built_in.TYPES else 0,
            package=_package(session, ledger),
            head=event_log.newest(session),
        )


def _images(session: Session, ledger: Ledger) -> tuple[int, int]:
    """How many images stand for a page now, and how many did."""
    standing, replaced = session.execute(_image_counts(), {"ledger_id": ledger.id}).one()
    return standing, replaced


def _page_states(session: Session, ledger: Ledger) -> dict[str, int]:
    counts = dict(session.execute(_state_counts(), {"ledger_id": ledger.id}).all())
    return {state.value: counts[state] for state in PageState if state in counts}


def _years(session: Session, ledger: Ledger) -> list[YearOfEntries]:
    return [
        YearOfEntries(year, f"{first:03d}", f"{last:03d}", count)
        for year, first, last, count in session.execute(_numbers_of_years(), {"ledger_id": ledger.id}).all()
    ]


def _shares(session: Session, query: Select[str, int, datetime, datetime], ledger: Ledger) -> list[Share]:
    """The most first."""
    rows = session.execute(query, {"ledger_id": ledger.id})
    return sorted((Share(*row) for row in rows), key=lambda one: (-one.count, one.person))


def _package(session: Session, ledger: Ledger) -> PackageProof | None:
    package = session.scalars(_whole_package(), {"ledger_id": ledger.id}).first()
    if package is None:
        return None
    receipts = session.execute(_receipts(), {"package_id": package.id})
    return PackageProof(
        name=delivery_queue.package_name(package),
        manifest=package.files[-1].sha256,
        made_by=package.made_by,
        made_at=package.started_at,
        true=ledger.state in (LedgerState.PACKAGED, LedgerState.DELIVERED),
        received={name: at if files == received else None for name, files, received, at in receipts},
    )


# Queries that are built once: to build one takes up to ten times what it takes to run it.


@cache
def _image_counts() -> Select[int, int]:
    counts = select(func.count().filter(Capture.current), func.count().filter(~Capture.current))
    return counts.where(Capture.ledger_id == bindparam("ledger_id"))


@cache
def _state_counts() -> Select[str, int]:
    here = select(Page.state, func.count()).where(Page.ledger_id == bindparam("ledger_id"))
    return here.group_by(Page.state)


@cache
def _numbers_of_years() -> Select[int, int, int, int]:
    number = Entry.number_value
    query = select(Entry.year, func.min(number), func.max(number), func.count())
    here = query.where(Entry.living, Entry.ledger_id == bindparam("ledger_id"))
    return here.group_by(Entry.year).order_by(Entry.year)


@cache
def _scanned() -> Select[str, int, datetime, datetime]:
    """Who scanned how many images, also those that were retaken or set aside since."""
    moment = Capture.accepted_at
    query = select(Capture.operator, func.count(), func.min(moment), func.max(moment))
    return query.where(Capture.ledger_id == bindparam("ledger_id")).group_by(Capture.operator)


@cache
def _named() -> Select[str, int, datetime, datetime]:
    moment = EntryRevision.at
    query = select(EntryRevision.who, func.count(), func.min(moment), func.max(moment))
    first = (Entry.ledger_id == bindparam("ledger_id"), Entry.living, EntryRevision.revision == 1)
    return query.join(Entry, Entry.id == EntryRevision.entry_id).where(*first).group_by(EntryRevision.who)


@cache
def _checked(look: CheckKind) -> Select[str, int, datetime, datetime]:
    """Who looked at how many of the pages, by the verdicts that stand."""
    verdicts = check_counts.verdicts if look is CheckKind.FIRST else check_counts.second_verdicts
    stands = verdicts(bindparam("ledger_id"))
    query = select(Check.who, func.count(), func.min(Check.at), func.max(Check.at))
    return query.join(stands, stands.c.check_id == Check.id).group_by(Check.who)


@cache
def _whole_package() -> Select[Package]:
    """The newest whole package of a ledger."""
    whole = (Package.ledger_id == bindparam("ledger_id"), Package.kind == PackageKind.ENTRIES, ~Package.partial)
    made = select(Package).where(*whole, Package.state != PackageState.BUILDING)
    return made.order_by(Package.revision.desc()).limit(1)


@cache
def _receipts() -> Select[str, int, int, datetime | None]:
    """By destination how many files of a package there are, how many arrived, and when the last one did."""
    return (
        select(Delivery.destination, func.count(Delivery.id), func.count(Receipt.id), func.max(Receipt.at))
        .join(PackageFile, PackageFile.id == Delivery.file_id)
        .outerjoin(Receipt, Receipt.delivery_id == Delivery.id)
        .where(PackageFile.package_id == bindparam("package_id"))
        .group_by(Delivery.destination)
    )
