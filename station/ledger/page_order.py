"""The order of pages put right by a person: moving a page, setting a repeat aside, and putting it back.

Only the order column changes; names, labels and images stay what they are. A repeat keeps its row, its file and its
name, as a retaken image does; no page shows it any more until somebody puts it back.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from station.catalogue import event_log
from station.catalogue.models import Capture, EntryPage, Ledger, Page, Region, ScanSession
from station.context import Station
from station.domain.naming import labels
from station.domain.states import PageState, SessionState
from station.errors import Refused
from station.ledger import finding_resolutions, ledgers, pages
from station.ledger.finding_resolutions import Resolution
from station.messages import Message


def move(station: Station, ledger_text: str, label: str, after: str, *, who: str) -> None:
    """Let the page ``label`` come behind the page ``after`` (``labels.FRONT``: before all others)."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        move_capture(session, ledger, pages.by_label(session, ledger.id, label).capture, after, who=who)


def move_capture(session: Session, ledger: Ledger, capture: Capture, after: str, *, who: str) -> None:
    """The same for all pages that show a capture, inside the caller's transaction."""
    moved = _shown_by(session, capture)
    target = None if after == labels.FRONT else pages.by_label(session, ledger.id, after, last=True).id
    if target in moved:
        raise Refused("move-behind-itself", label=capture.label)
    others = [page_id for page_id in _in_order(session, ledger) if page_id not in moved]
    place = 0 if target is None else others.index(target) + 1
    _reorder(session, ledger, [*others[:place], *moved, *others[place:]])
    event_log.record(session, who, "page-moved", ledgers.reference(ledger), label=capture.label, after=after)
    ledgers.settle(session, ledger)


def set_aside(station: Station, ledger_text: str, label: str, repeats: str, *, who: str) -> None:
    """Take the page ``label`` out of the order, because it shows the page ``repeats`` once more."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        set_capture_aside(session, ledger, pages.by_label(session, ledger.id, label).capture, repeats, who=who)


def set_capture_aside(session: Session, ledger: Ledger, capture: Capture, repeats: str, *, who: str) -> None:
    """The same for a capture, inside the caller's transaction."""
    if pages.by_label(session, ledger.id, repeats).capture.id == capture.id:
        raise Refused("repeat-of-itself", label=capture.label)
    _check_free(session, ledger, capture)
    gone = _shown_by(session, capture)
    kept = [page_id for page_id in _in_order(session, ledger) if page_id not in gone]
    states = []
    for page_id in gone:
        page = session.get_one(Page, page_id)
        states.append(page.state)
        session.delete(page)
    capture.current = False
    finding_resolutions.of_capture(session, capture, Resolution.REPEAT, who=who)
    session.flush()
    _reorder(session, ledger, kept)
    facts = {"label": capture.label, "revision": capture.revision, "repeats": repeats, "states": states}
    event_log.record(session, who, "capture-set-aside", ledgers.reference(ledger), **facts)
    ledgers.settle(session, ledger)


def set_aside_captures(session: Session, ledger: Ledger) -> Sequence[Capture]:
    """The captures that were set aside: of each label that no page shows the newest one, the latest scanned first."""
    same = aliased(Capture)
    shown = select(same.id).where(same.ledger_id == ledger.id, same.label == Capture.label, same.current)
    query = select(Capture).where(Capture.ledger_id == ledger.id, ~Capture.current, ~shown.exists())
    newest = {capture.label: capture for capture in session.scalars(query.order_by(Capture.revision))}
    return sorted(newest.values(), key=lambda capture: capture.counter, reverse=True)


def put_back(station: Station, ledger_text: str, label: str, after: str, *, who: str) -> None:
    """Show a capture again that was set aside, as a page of its own behind ``after``, for a person to sort."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        capture = next((capture for capture in set_aside_captures(session, ledger) if capture.label == label), None)
        if capture is None:
            raise Refused("aside-unknown", label=label)
        order = _in_order(session, ledger)
        place = 0
        if after != labels.FRONT:
            place = order.index(pages.by_label(session, ledger.id, after, last=True).id) + 1
        capture.current = True
        page = Page(ledger_id=ledger.id, order=len(order) + 1, number=None, state=PageState.UNSORTED)
        page.regions.append(Region(capture=capture, part=1, rotation=0))
        session.add(page)
        session.flush()
        _reorder(session, ledger, [*order[:place], page.id, *order[place:]])
        event_log.record(session, who, "capture-put-back", ledgers.reference(ledger), label=label, after=after)
        ledgers.settle(session, ledger)


def _check_free(session: Session, ledger: Ledger, capture: Capture) -> None:
    """A page that an entry, a part of another image or a running session stands on cannot go."""
    shown = _shown_by(session, capture)
    if session.scalars(select(EntryPage.id).where(EntryPage.page_id.in_(shown)).limit(1)).first():
        raise Refused("page-used", label=capture.label, wanted=Message("holds-repeat"))
    others = select(Region.id).where(Region.page_id.in_(shown), Region.capture_id != capture.id)
    if session.scalars(others.limit(1)).first():
        raise Refused("repeat-of-a-part", label=capture.label)
    # An insert finds its place by the page before it: that one must not go while it runs, or before it is mended.
    runs = select(ScanSession.id).where(ScanSession.ledger_id == ledger.id, ScanSession.state == SessionState.OPEN)
    if session.scalars(runs.limit(1)).first():
        raise Refused("repeat-while-scanning", ledger=ledgers.name_of(ledger))


def _shown_by(session: Session, capture: Capture) -> list[int]:
    query = select(Page.id).join(Region).where(Region.capture_id == capture.id).order_by(Page.order)
    return list(dict.fromkeys(session.scalars(query)))


def _in_order(session: Session, ledger: Ledger) -> Sequence[int]:
    return session.scalars(select(Page.id).where(Page.ledger_id == ledger.id).order_by(Page.order)).all()


def _reorder(session: Session, ledger: Ledger, wanted: Sequence[int]) -> None:
    """Number the pages from 1 in this order."""
    now = dict(session.execute(select(Page.id, Page.order).where(Page.ledger_id == ledger.id)).all())
    changed = [{"id": page, "order": order} for order, page in enumerate(wanted, start=1) if now[page] != order]
    if not changed:
        return
    # Orders are unique at every moment, so they move by way of numbers that no page has.
    these = update(Page).where(Page.id.in_([row["id"] for row in changed]))
    session.execute(these.values(order=-Page.order), execution_options={"synchronize_session": False})
    session.execute(update(Page), changed)
    session.expire_all()
