"""All that the station asks of people about a ledger: findings of its captures, and sheets that were not recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from station import belonging, ledgers, missed, ordering, pages, resolutions, shelf
from station.errors import Refused
from station.messages import Said
from station.missed import Missed
from station.models import Capture, Finding, Ledger, Page, Region, ScanSession
from station.names.labels import FRONT
from station.opening import Station
from station.shelf import Row


@dataclass(frozen=True)
class Doubt:
    """One finding that asks."""

    id: int
    code: str
    detail: str | None
    label: str

    @property
    def name(self) -> Said:
        """In two or three words."""
        return resolutions.name(self.code)

    @property
    def said(self) -> Said:
        """What was seen, what is safe, what to do."""
        return resolutions.sentence(self.code, self.label, self.detail)


@dataclass(frozen=True)
class Ask:
    """One question: about an image with all that was found in it, or about a session's missed sheets.

    ``key`` names it in addresses: ``p`` and the page's id, or ``s`` and the session's.
    """

    key: str
    label: str | None
    page_id: int | None = None
    doubts: tuple[Doubt, ...] = ()
    missed: Missed | None = None

    @property
    def codes(self) -> frozenset[str]:
        """The codes of what was found."""
        return frozenset(doubt.code for doubt in self.doubts)

    def is_about(self, label: str) -> bool:
        """Whether the question is about the page of this label; a spread's two pages share their questions."""
        return bool(self.doubts) and self.label == label.partition(".")[0]

    @property
    def name(self) -> Said:
        """In a few words."""
        return self.doubts[0].name if self.doubts else Said("flaw-missed")


@dataclass(frozen=True)
class Beside:
    """The pictures to look at: the page, the ones beside its probable place, or the one it may repeat.

    ``place`` is a recovered page's probable place; ``there`` says that it stands there already.
    """

    page: Row
    before: Row | None = None
    after: Row | None = None
    twin: Row | None = None
    place: belonging.Place | None = None
    there: bool = False


def of_ledger(station: Station, ledger_text: str) -> list[Ask]:
    """A ledger's questions: missed sheets first, because the paper is still at hand, then pages in their order."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        sheets = [Ask(f"s{item.session_id}", item.last, missed=item) for item in missed.of_ledger(session, ledger)]
        return [*sheets, *_about_pages(session, ledger)]


def beside(station: Station, ask: Ask) -> Beside | None:
    """What to show beside a question; None where there is no picture that would help."""
    with station.catalogue.reading() as session:
        if ask.missed is not None:
            return _last_recorded(station, session, ask.missed)
        page = session.get(Page, ask.page_id)
        if page is None:
            return None
        ledger = session.get_one(Ledger, page.ledger_id)
        own = _row(station, ledger, page)
        if "recovered" in ask.codes:
            place = belonging.probable(session, page.capture)
            before, after = _neighbours(session, ledger, page, place.after)
            there = (before.order if before else 0) == page.order - 1
            return Beside(
                own,
                before=_row(station, ledger, before) if before else None,
                after=_row(station, ledger, after) if after else None,
                place=place,
                there=there,
            )
        twin = next((doubt.detail for doubt in ask.doubts if doubt.code == "near-duplicate"), None)
        return Beside(own, twin=_labelled(station, session, ledger, twin))


def rows(station: Station, ledger_text: str | None, language: str) -> list[Row]:
    """The questions of one ledger or of all, one row each, as the command line lists them."""
    with station.catalogue.reading() as session:
        if ledger_text is None:
            chosen: Sequence[Ledger] = session.scalars(select(Ledger).order_by(Ledger.id)).all()
        else:
            chosen = [ledgers.find(session, ledger_text)]
        return [row for ledger in chosen for row in _rows(session, ledger, language)]


def aside(station: Station, ledger_text: str) -> list[Row]:
    """The captures that were set aside as repeats; ``capture`` is the id of the picture."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return [
            {"seq": capture.label, "revision": capture.revision, "file": capture.file, "capture": capture.id}
            for capture in ordering.aside(session, ledger)
        ]


def _about_pages(session: Session, ledger: Ledger) -> list[Ask]:
    query = (
        select(Page.id, Capture.label, Finding)
        .join(Region, Region.page_id == Page.id)
        .join(Capture, Capture.id == Region.capture_id)
        .join(Finding, Finding.capture_id == Capture.id)
        .where(Page.ledger_id == ledger.id, *resolutions.waiting())
        .order_by(Page.order, Region.part, Finding.id)
    )
    found: dict[int, list[Doubt]] = {}
    once: set[int] = set()
    for page_id, label, finding in session.execute(query):
        if finding.id not in once:  # a spread is one image of two pages, and asks once
            once.add(finding.id)
            found.setdefault(page_id, []).append(Doubt(finding.id, finding.code, finding.detail, label))
    return [Ask(f"p{page_id}", doubts[0].label, page_id, tuple(doubts)) for page_id, doubts in found.items()]


def _rows(session: Session, ledger: Ledger, language: str) -> list[Row]:
    reference = ledgers.reference(ledger)
    told = [
        _told(f"s{item.session_id}", reference, item.last, "missed", None, item.said, language)
        for item in missed.of_ledger(session, ledger)
    ]
    for ask in _about_pages(session, ledger):
        for doubt in ask.doubts:
            after = None
            if doubt.code == "recovered" and ask.page_id is not None:
                after = belonging.probable(session, session.get_one(Page, ask.page_id).capture).after
            told.append(_told(str(doubt.id), reference, doubt.label, doubt.code, after, doubt.said, language))
    return told


def _told(number: str, ledger: str, label: str | None, code: str, after: str | None, said: Said, language: str) -> Row:
    return {
        "id": number,
        "ledger": ledger,
        "seq": label,
        "code": code,
        "place_after": after,
        "sentence": said.sentence(language),
    }


def _row(station: Station, ledger: Ledger, page: Page) -> Row:
    return {**shelf.page_columns(station, ledger, page), **shelf.picture_columns(page)}


def _last_recorded(station: Station, session: Session, about: Missed) -> Beside | None:
    run = session.get_one(ScanSession, about.session_id)
    ledger = session.get_one(Ledger, run.ledger_id)
    row = _labelled(station, session, ledger, about.last)
    return Beside(row) if row else None


def _neighbours(session: Session, ledger: Ledger, page: Page, after: str) -> tuple[Page | None, Page | None]:
    """The page at the probable place, and the one that would follow."""
    before = None if after == FRONT else pages.by_label(session, ledger.id, after, last=True)
    query = select(Page).where(Page.ledger_id == ledger.id, Page.id != page.id)
    following = query.where(Page.order > (before.order if before else 0)).order_by(Page.order).limit(1)
    return before, session.scalars(following).first()


def _labelled(station: Station, session: Session, ledger: Ledger, label: str | None) -> Row | None:
    if label is None:
        return None
    try:
        return _row(station, ledger, pages.by_label(session, ledger.id, label))
    except Refused:  # it was set aside meanwhile
        return None
