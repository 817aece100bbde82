"""Pages of a ledger: their order, state and printed number, and which part of which capture shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session, selectinload

from station import events, ledgers
from station.errors import Refused
from station.messages import Said
from station.models import Capture, EntryPage, Finding, Ledger, Page, Region
from station.names import labels
from station.opening import Station
from station.states import MAY_HOLD_ENTRY, PageState


def of_ledger(session: Session, ledger: Ledger) -> Sequence[Page]:
    """All pages in their order, with regions, captures and findings loaded at once."""
    return session.scalars(_loaded(ledger)).all()


def between(session: Session, ledger: Ledger, first: int, last: int) -> Sequence[Page]:
    """The pages whose order is from ``first`` to ``last``, loaded as :func:`of_ledger` does."""
    return session.scalars(_loaded(ledger).where(Page.order >= first, Page.order <= last)).all()


def newest(session: Session, ledger: Ledger) -> Page | None:
    """The page whose current capture was accepted last."""
    query = select(Page).join(Region).join(Capture).where(Page.ledger_id == ledger.id)
    return session.scalars(query.order_by(Capture.counter.desc()).limit(1)).first()


def by_label(session: Session, ledger_id: int, label: str) -> Page:
    """The page whose capture has this label."""
    query = (
        select(Page)
        .join(Region)
        .join(Capture)
        .where(Page.ledger_id == ledger_id, Capture.label == label, Capture.current)
        .order_by(Page.order)
        .limit(1)
    )
    page = session.scalars(query).first()
    if page is None:
        raise Refused("page-unknown", label=label)
    return page


def place_capture(session: Session, ledger: Ledger, capture: Capture, *, order: int) -> Page:
    """Make a new page of a capture at ``order``; the pages from there on move one further."""
    behind = (Page.ledger_id == ledger.id, Page.order >= order)
    # Orders are unique at every moment, so they move by way of numbers that no page has.
    session.execute(update(Page).where(*behind).values(order=-Page.order - 1))
    session.execute(update(Page).where(Page.ledger_id == ledger.id, Page.order < 0).values(order=-Page.order))
    page = Page(ledger_id=ledger.id, order=order, number=None, state=PageState.UNSORTED)
    page.regions.append(Region(capture=capture, part=1, rotation=0))
    session.add(page)
    return page


def replace_capture(session: Session, ledger: Ledger, retake: Capture) -> None:
    """Let a retake take the place of the capture it repeats, in every page that shows it; the old one stays stored."""
    old = session.scalars(
        select(Capture).where(Capture.ledger_id == ledger.id, Capture.label == retake.label, Capture.current)
    ).one()
    old.current = False
    session.flush()
    retake.current = True
    session.flush()
    whole = {"left": None, "top": None, "right": None, "bottom": None}
    session.execute(update(Region).where(Region.capture_id == old.id).values(capture_id=retake.id, rotation=0, **whole))


def find_fault(session: Session, capture: Capture, code: str, *, found_by: str, detail: str | None = None) -> None:
    """Note a finding on a capture."""
    session.flush()
    session.add(Finding(capture_id=capture.id, code=code, detail=detail, found_by=found_by, found_at=datetime.now(UTC)))


def change(
    station: Station,
    ledger_text: str,
    label: str,
    *,
    who: str,
    state: PageState | None = None,
    number: str | None = None,
    rotate: int | None = None,
) -> None:
    """Say what a page holds, which number is printed on it ("" for none), or turn it clockwise by 90, 180, 270."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        page = by_label(session, ledger.id, label)
        said: dict[str, object] = {}
        if state is not None:
            _set_state(session, page, label, state)
            said["state"] = str(state)
        if number is not None:
            page.number = _printed(number)
            said["number"] = page.number
        if rotate is not None:
            if rotate % 90:
                raise Refused("rotation-wrong", degrees=rotate)
            for region in page.regions:
                region.rotation = (region.rotation + rotate) % 360
            said["rotation"] = page.regions[0].rotation
        if not said:
            raise Refused("page-nothing-said", label=label)
        events.record(session, who, "page-changed", ledgers.reference(ledger), label=label, **said)
        ledgers.settle(session, ledger)


def _loaded(ledger: Ledger) -> Select[Page]:
    loaded = selectinload(Page.regions).joinedload(Region.capture).selectinload(Capture.findings)
    return select(Page).where(Page.ledger_id == ledger.id).order_by(Page.order).options(loaded)


def select_pages(session: Session, ledger: Ledger, text: str) -> list[Page]:
    """The pages that ``001,003-005,012a`` names, ranges in page order."""
    # Labels alone: loading the pages of a whole ledger for the one that is meant takes longer than storing an entry.
    ids = {label: page_id for page_id, label in session.execute(labelled(ledger))}
    return [session.get_one(Page, ids[label]) for label in labels.parse_pages(text, list(ids))]


def labelled(ledger: Ledger) -> Select[int, str]:
    """A query for the ids and labels of a ledger's pages in their order; more conditions can be put to it."""
    query = select(Page.id, Capture.label).join(Region, Region.page_id == Page.id).join(Capture)
    return query.where(Page.ledger_id == ledger.id, Region.part == 1).order_by(Page.order)


def release(session: Session, page: Page) -> None:
    """A page that no entry uses any more is unsorted again."""
    session.flush()
    used = session.scalars(select(EntryPage.id).where(EntryPage.page_id == page.id).limit(1)).first()
    if used is None and page.state == PageState.ENTRY:
        page.state = PageState.UNSORTED


def _set_state(session: Session, page: Page, label: str, state: PageState) -> None:
    if (
        state not in MAY_HOLD_ENTRY
        and session.scalars(select(EntryPage.id).where(EntryPage.page_id == page.id)).first()
    ):
        raise Refused("page-used", label=label, wanted=Said(f"holds-{state}"))
    page.state = state


def _printed(number: str) -> str | None:
    number = number.strip()
    if len(number) > 16 or not number.isprintable():
        raise Refused("page-number-wrong", number=number)
    return number or None
