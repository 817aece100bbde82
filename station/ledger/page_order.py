"""The order of pages put right by a person: moving a page, setting a repeat aside, and putting it back.

Only the order column changes; names, labels and images stay what they are. A repeat keeps its row, its file and its
name, as a retaken image does; no page shows it any more until somebody puts it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select, update
from sqlalchemy.orm import Session, aliased

from station.catalogue import event_log
from station.catalogue.models import Capture, Check, EntryPage, Event, Ledger, Page, Region
from station.context import Station
from station.domain.naming import labels
from station.domain.naming.labels import Label
from station.domain.states import PageState
from station.errors import Refused
from station.ledger import entries, finding_resolutions, ledgers, page_checks, pages
from station.ledger.entries import Act
from station.ledger.finding_resolutions import Resolution
from station.messages import Message


def move(station: Station, ledger_text: str, label: str, after: str, *, who: str) -> None:
    """Let the page ``label`` come behind the page ``after`` (``labels.FRONT``: before all others)."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        move_capture(session, ledger, pages.by_label(session, ledger.id, label).capture, after, who=who)


def move_capture(session: Session, ledger: Ledger, capture: Capture, after: str, *, who: str) -> None:
    """The same for all pages that show a capture, inside the caller's transaction."""
    page_ids = _shown_by(session, capture)
    target = None if after == labels.FRONT else pages.by_label(session, ledger.id, after, last=True).id
    if target in page_ids:
        raise Refused("move-behind-itself", label=capture.label)
    before = label_before(session, ledger, capture)
    others = [page_id for page_id in in_order(session, ledger) if page_id not in page_ids]
    place = 0 if target is None else others.index(target) + 1
    reorder(session, ledger, [*others[:place], *page_ids, *others[place:]])
    facts = {"label": capture.label, "after": after, "before": before}
    event_log.record(session, who, "page-moved", ledgers.reference(ledger), **facts)
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
    _take_out(session, ledger, [capture], Resolution.REPEAT, who, [], repeats=repeats)


def set_pages_aside(station: Station, act: Act, labels_text: str) -> list[str]:
    """Take pages (001,003-005) out of the order, and out of their entries; gives the labels of their images.

    An entry of these pages alone is removed. Pages that share an image, and images that show one page, go together.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        captures = [one for group in together(session, ledger, labels_text) for one in group]
        take_out(session, ledger, act, captures)
        return [capture.label for capture in captures]


def together(session: Session, ledger: Ledger, labels_text: str) -> list[list[Capture]]:
    """The images of these pages in the order of the ledger, those in one group that go only together."""
    groups: dict[int, list[Capture]] = {}
    for page in sorted(pages.select_pages(session, ledger, labels_text), key=lambda page: page.order):
        if page.id in groups:
            continue
        captures = [region.capture for region in page.regions]
        groups.update(dict.fromkeys(_shown_by(session, *captures), captures))
    return list({id(group): group for group in groups.values()}.values())


def take_out(session: Session, ledger: Ledger, act: Act, captures: Sequence[Capture], **facts: object) -> None:
    """The same for images, inside the caller's transaction; ``facts`` are told in the log."""
    _check_no_scan(session, ledger)
    shown = [session.get_one(Page, page_id) for page_id in _shown_by(session, *captures)]
    newest = event_log.newest_line(session)
    entries.withdraw(session, ledger, act, shown)
    session.flush()
    withdrawn = list(session.scalars(select(Event.id).where(Event.id > newest)))
    _take_out(session, ledger, captures, Resolution.ASIDE, act.who, withdrawn, why=act.why, **facts)


def set_aside_captures(session: Session, ledger: Ledger) -> Sequence[Capture]:
    """The captures that were set aside: of each label that no page shows the newest one, the latest scanned first."""
    captures = session.scalars(_replaced_captures(), {"ledger_id": ledger.id})
    newest = {capture.label: capture for capture in captures}
    return sorted(newest.values(), key=lambda capture: capture.counter, reverse=True)


@cache
def _replaced_captures() -> Select[Capture]:
    """A query for the captures of the labels that no page shows, in the order of their revisions."""
    same, ledger_id = aliased(Capture), bindparam("ledger_id", type_=Integer())
    current_ids = select(same.id).where(same.ledger_id == ledger_id, same.label == Capture.label, same.current)
    query = select(Capture).where(Capture.ledger_id == ledger_id, ~Capture.current, ~current_ids.exists())
    return query.order_by(Capture.revision)


def put_back(station: Station, ledger_text: str, label: str, after: str | None, *, who: str) -> None:
    """Show a capture again that was set aside, as a page of its own behind ``after``, for a person to sort.

    None is where its label would have it stand.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        capture = next((capture for capture in set_aside_captures(session, ledger) if capture.label == label), None)
        if capture is None:
            raise Refused("aside-unknown", label=label)
        order = in_order(session, ledger)
        if after is None:
            after = _label_before(session, ledger, label)
        place = 0
        if after != labels.FRONT:
            place = order.index(pages.by_label(session, ledger.id, after, last=True).id) + 1
        capture.current = True
        page = Page(ledger_id=ledger.id, order=len(order) + 1, number=None, state=PageState.UNSORTED)
        page.regions.append(Region(capture=capture, part=1, rotation=0))
        session.add(page)
        session.flush()
        reorder(session, ledger, [*order[:place], page.id, *order[place:]])
        event_log.record(session, who, "capture-put-back", ledgers.reference(ledger), label=label, after=after)
        ledgers.settle(session, ledger)


def _check_free(session: Session, ledger: Ledger, capture: Capture) -> None:
    """A page that an entry, a part of another image or a running session stands on cannot go."""
    page_ids = _shown_by(session, capture)
    if session.scalars(select(EntryPage.id).where(EntryPage.page_id.in_(page_ids)).limit(1)).first():
        raise Refused("page-used", label=capture.label, wanted=Message("holds-repeat"))
    others = select(Region.id).where(Region.page_id.in_(page_ids), Region.capture_id != capture.id)
    if session.scalars(others.limit(1)).first():
        raise Refused("repeat-of-a-part", label=capture.label)
    _check_no_scan(session, ledger)


def _check_no_scan(session: Session, ledger: Ledger) -> None:
    # An insert finds its place by the page before it: that one must not go while it runs, or before it is mended.
    if ledgers.is_scanned_now(session, ledger):
        raise Refused("repeat-while-scanning", ledger=ledgers.name_of(ledger))


def page_of_whole_image(session: Session, capture: Capture) -> Page | None:
    """The page that a capture shows whole; None where it shows two, a part of one, or none."""
    shown = [session.get_one(Page, page_id) for page_id in _shown_by(session, capture)]
    return shown[0] if len(shown) == 1 and shown[0].parts == 1 else None


def _take_out(
    session: Session,
    ledger: Ledger,
    captures: Sequence[Capture],
    how: Resolution,
    who: str,
    withdrawn: Sequence[int],
    **facts: object,
) -> None:
    """Delete the pages that show these captures; captures and files stay.

    The first line of the log says how the pages were, and by which lines (``withdrawn``) entries lost them.
    """
    shown_pages = _shown_by(session, *captures)
    states = [session.get_one(Page, page_id).state for page_id in shown_pages]
    order = in_order(session, ledger)
    behind = dict(zip(order, (None, *order), strict=False))
    before = [{**_as_it_is(session, session.get_one(Page, one)), "behind": behind[one]} for one in shown_pages]
    kept = [page_id for page_id in order if page_id not in shown_pages]
    page_checks.forget(session, shown_pages)
    for page_id in shown_pages:
        session.delete(session.get_one(Page, page_id))
    for capture in captures:
        capture.current = False
        finding_resolutions.of_capture(session, capture, how, who=who)
    session.flush()
    reorder(session, ledger, kept)
    for number, capture in enumerate(captures):
        of_act = {"along": True} if number else {"before": before, "withdrawn": list(withdrawn)}
        of_capture = {"label": capture.label, "revision": capture.revision, "states": states}
        event_log.record(session, who, "capture-set-aside", ledgers.reference(ledger), **of_act, **of_capture, **facts)
    ledgers.settle(session, ledger)


def _as_it_is(session: Session, page: Page) -> dict[str, Any]:
    """All that is said of a page, and which images show it."""
    regions = [
        {"capture": one.capture_id, **{column: getattr(one, column) for column in ("part", "side", "rotation", "crop")}}
        for one in page.regions
    ]
    columns = ("id", "number", "number_source", "state", "parts")
    checks = session.scalars(select(Check).where(Check.page_id == page.id).order_by(Check.id))
    return {
        **{column: getattr(page, column) for column in columns},
        "regions": regions,
        "checks": [page_checks.as_facts(check) for check in checks],
    }


def label_before(session: Session, ledger: Ledger, capture: Capture) -> str:
    """The label of the image in front of this one's first page, ``labels.FRONT`` where it is the first."""
    page = page_before(session, ledger, capture)
    return labels.FRONT if page is None else page.capture.label


def page_before(session: Session, ledger: Ledger, capture: Capture) -> Page | None:
    """The page in front of this image's first one; None where it is the first."""
    first = session.scalar(select(func.min(Page.order)).join(Region).where(Region.capture_id == capture.id)) or 1
    return session.scalars(select(Page).where(Page.ledger_id == ledger.id, Page.order == first - 1)).first()


def _label_before(session: Session, ledger: Ledger, label: str) -> str:
    """The label in the order behind which this one would stand by its own number."""
    label_key = Label.parse(label).key
    before = [
        seq
        for _id, seq in session.execute(pages.labelled(ledger))
        if Label.parse(labels.split_label(seq)[0]).key < label_key
    ]
    return labels.split_label(before[-1])[0] if before else labels.FRONT


def _shown_by(session: Session, *captures: Capture) -> list[int]:
    shown = Region.capture_id.in_([capture.id for capture in captures])
    query = select(Page.id).join(Region).where(shown).order_by(Page.order)
    return list(dict.fromkeys(session.scalars(query)))


def in_order(session: Session, ledger: Ledger) -> Sequence[int]:
    """The ids of a ledger's pages in their order."""
    return session.scalars(select(Page.id).where(Page.ledger_id == ledger.id).order_by(Page.order)).all()


def reorder(session: Session, ledger: Ledger, page_ids: Sequence[int]) -> None:
    """Number the pages from 1 in this order."""
    now = dict(session.execute(select(Page.id, Page.order).where(Page.ledger_id == ledger.id)).all())
    changes = [{"id": page, "order": order} for order, page in enumerate(page_ids, start=1) if now[page] != order]
    if not changes:
        return
    # Orders are unique at every moment, so they move by way of numbers that no page has.
    these = update(Page).where(Page.id.in_([row["id"] for row in changes]))
    session.execute(these.values(order=-Page.order), execution_options={"synchronize_session": False})
    session.execute(update(Page), changes)
    session.expire_all()
