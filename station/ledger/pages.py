"""Pages of a ledger: their order, state and printed number, and which part of which capture shows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session, selectinload

from station.catalogue import event_log
from station.catalogue.models import Capture, EntryPage, Finding, Ledger, Page, Region
from station.context import Station
from station.domain.image_places import ImagePlace
from station.domain.naming import labels
from station.domain.states import MAY_HOLD_ENTRY, PageState, ValueSource
from station.errors import Refused
from station.ledger import finding_resolutions, ledgers, printed_numbers, spreads
from station.messages import Message

#: Who found what the station itself found.
STATION = "station"


def of_ledger(session: Session, ledger: Ledger) -> Sequence[Page]:
    """All pages in their order, with regions, captures and findings loaded at once."""
    return session.scalars(_loaded(), {"ledger_id": ledger.id}).all()


def between(session: Session, ledger: Ledger, first: int, last: int) -> Sequence[Page]:
    """The pages whose order is from ``first`` to ``last``, loaded as :func:`of_ledger` does."""
    return session.scalars(_between(), {"ledger_id": ledger.id, "first": first, "last": last}).all()


@cache
def _between() -> Select[Page]:
    return _loaded().where(Page.order >= bindparam("first"), Page.order <= bindparam("last"))


def in_places(session: Session, ledger: Ledger, orders: Collection[int]) -> Sequence[Page]:
    """The pages of these orders, as far as they are there, loaded in the same way."""
    return session.scalars(_loaded().where(Page.order.in_(orders)), {"ledger_id": ledger.id}).all()


def newest(session: Session, ledger: Ledger) -> Page | None:
    """The page whose current capture was accepted last."""
    return session.scalars(_newest(), {"ledger_id": ledger.id}).first()


@cache
def _newest() -> Select[Page]:
    return _shown().order_by(Capture.counter.desc(), Page.order).limit(1)


@cache
def _shown() -> Select[Page]:
    """The pages of a ledger by the captures that show them."""
    query = select(Page).join(Region).join(Capture)
    return query.where(Capture.ledger_id == bindparam("ledger_id"), Capture.current)


def by_label(session: Session, ledger_id: int, label: str, *, last: bool = False) -> Page:
    """The page of this label; where its capture shows two and no side is said, the left one, or the ``last``."""
    base_label, side = labels.split_label(label)
    parameters = {"ledger_id": ledger_id, "label": base_label} | ({} if side is None else {"side": side})
    page = session.scalars(_by_label(side is not None, last), parameters).first()
    if page is None:
        raise Refused("page-unknown", label=label)
    return page


@cache
def _by_label(with_side: bool, last: bool) -> Select[Page]:
    query = _shown().where(Capture.label == bindparam("label"))
    if with_side:
        query = query.where(Region.side == bindparam("side"))
    return query.order_by(Page.order.desc() if last else Page.order).limit(1)


def sides(session: Session, capture: Capture) -> list[Region]:
    """Both pages' parts of a capture that shows an open book, the left one first; nothing for other captures."""
    query = select(Region).where(Region.capture_id == capture.id, Region.side.is_not(None))
    return list(session.scalars(query.order_by(Region.side)))


def add_finding(
    session: Session,
    capture: Capture,
    code: str,
    *,
    found_by: str,
    detail: str | None = None,
    place: ImagePlace | None = None,
) -> None:
    """Add a finding to a capture, which then asks a person; ``place`` is on the image as it is stored."""
    session.flush()
    session.add(
        Finding(
            capture_id=capture.id,
            code=code,
            detail=detail,
            place=list(place) if place else None,
            found_by=found_by,
            found_at=datetime.now(UTC),
        )
    )


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
    """Say what a page holds, which number is printed on it ("" for none), or turn it clockwise by 90, 180, 270.

    Under the label of its second part, only that part is turned; under the label that two pages share, both at once.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        page = by_label(session, ledger.id, label)
        facts: dict[str, object] = {}
        before = {"state": str(page.state), "number": page.number}
        if state is not None:
            _set_state(session, page, label, state)
            finding_resolutions.of_state(session, page, state, who=who)
            facts["state"] = str(state)
        if number is not None:
            page.number, page.number_source = printed(number), ValueSource.TYPED
            facts["number"] = page.number
        if rotate is not None:
            if rotate % 90:
                raise Refused("rotation-wrong", degrees=rotate)
            turn(session, page, label, rotate)
            facts |= {"rotation": page.regions[0].rotation, "turned": rotate}
        if not facts:
            raise Refused("page-nothing-said", label=label)
        event_log.record(session, who, "page-changed", ledgers.reference(ledger), label=label, before=before, **facts)
        ledgers.settle(session, ledger)


def give_number(station: Station, ledger_text: str, label: str, number: str, *, who: str, run: str = "") -> None:
    """Say which number is printed on a page ("" for none); the pages behind it in ``run`` get those that follow.

    ``run`` are pages such as 012-014; one of them that has a number keeps it. What is so already changes nothing. In
    the log it goes along with what the person did just before: the form that it stands in.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        page = by_label(session, ledger.id, label)
        numbers = {page: printed(number)}
        if (first := numbers[page]) is not None and printed_numbers.is_plain(first):
            behind = [one for one in select_pages(session, ledger, run or label) if one.order > page.order]
            free = (one for one in behind if one.number is None)
            numbers.update({one: str(int(first) + step) for step, one in enumerate(free, start=1)})
        changed = [one for one, said in numbers.items() if one.number != said]
        for one in numbers:
            if numbers[one] is not None or one in changed:
                one.number_source = ValueSource.TYPED  # who confirms what was read says it himself
        for one in changed:
            before = {"number": one.number}
            one.number = numbers[one]
            said = {"label": one.seq, "number": one.number, "before": before, "along": True}
            event_log.record(session, who, "page-changed", ledgers.reference(ledger), **said)
        if changed:
            ledgers.settle(session, ledger)


def printed(number: str) -> str | None:
    """A printed number as it is stored, None for nothing; ``Refused`` ("page-number-wrong") where it cannot be one."""
    number = number.strip()
    if len(number) > 16 or not number.isprintable():
        raise Refused("page-number-wrong", number=number)
    return number or None


@cache
def _loaded() -> Select[Page]:
    loaded = selectinload(Page.regions).joinedload(Region.capture).selectinload(Capture.findings)
    return select(Page).where(Page.ledger_id == bindparam("ledger_id")).order_by(Page.order).options(loaded)


def select_pages(session: Session, ledger: Ledger, text: str) -> list[Page]:
    """The pages that ``001,003-005,012a`` names, ranges in page order."""
    # Labels alone, and only of the pages between those named: to look at a whole ledger's for the one that is meant
    # takes longer than storing an entry.
    parameters = {"ledger_id": ledger.id, "labels": sorted(labels.parse_ends(text))}
    ids = {seq: page_id for page_id, seq in session.execute(_between_labels(), parameters)}
    return [session.get_one(Page, ids[label]) for label in labels.parse_pages(text, list(ids))]


@cache
def _between_labels() -> Select[int, str]:
    ledger_id: BindParameter[Any] = bindparam("ledger_id")
    named = (Capture.ledger_id == ledger_id, Capture.current.expression, Capture.label.in_(bindparam("labels")))
    ends = (select(end(Page.order)).join(Region).join(Capture).where(*named) for end in (func.min, func.max))
    first, last = (end.correlate(None).scalar_subquery() for end in ends)
    return _labelled(ledger_id).where(Page.order.between(first, last))


def labelled(ledger: Ledger) -> Select[int, str]:
    """A query for the ids and labels of a ledger's pages in their order; more conditions can be put to it."""
    return _labelled(ledger.id)


def _labelled(ledger_id: int | BindParameter[Any]) -> Select[int, str]:
    query = select(Page.id, Region.seq).join(Region, Region.page_id == Page.id).join(Capture)
    return query.where(Page.ledger_id == ledger_id, Region.part == 1).order_by(Page.order)


def label_behind(session: Session, ledger: Ledger, those: Select[int, str], after: str | None) -> str | None:
    """The label of the first of ``those`` pages behind ``after``, from the start where there is none behind."""
    order = by_label(session, ledger.id, after, last=True).order if after else 0
    behind = session.execute(those.where(Page.order > order).limit(1)).first()
    following = behind or session.execute(those.limit(1)).first()
    return None if following is None else str(following[1])


def without_entry(ledger: Ledger) -> tuple[ColumnElement[bool], ...]:
    """What makes a page wait for an entry: nobody said what it holds, or it is said to hold one and has none."""
    placed = select(EntryPage.id).where(EntryPage.page_id == Page.id).exists()
    return Page.ledger_id == ledger.id, Page.state.in_((PageState.UNSORTED, PageState.ENTRY)), ~placed


def release(session: Session, page: Page) -> None:
    """A page that no entry uses any more is unsorted again."""
    session.flush()
    entry_page = session.scalars(select(EntryPage.id).where(EntryPage.page_id == page.id).limit(1)).first()
    if entry_page is None and page.state == PageState.ENTRY:
        page.state = PageState.UNSORTED


def turn(session: Session, page: Page, label: str, degrees: int) -> None:
    """Turn what is shown under a label clockwise, inside the caller's transaction.

    What stands upright now is not asked about any more, at once: the same key again would put it back on its head.
    """
    first_region = page.regions[0]
    if first_region.side is not None and label == first_region.capture.label:
        turned = sides(session, first_region.capture)
        # Upside down, left is right; lying on its side, the fold lies elsewhere and is looked for by a person.
        fold = 1 - spreads.fold_of(first_region) if degrees % 360 == 180 else spreads.MIDDLE
        spreads.place_halves(turned, (spreads.turn_of(first_region) + degrees) % 360, fold)
    else:
        turned = [part for part in page.regions[1:] if part.seq == label] or page.regions
    for region in turned:
        region.rotation = (region.rotation + degrees) % 360
    session.flush()
    finding_resolutions.of_turn(session, {region.capture_id for region in turned}, who=STATION)


def mark_cover(session: Session, ledger: Ledger, page: Page, label: str) -> None:
    """Make a page a cover, for the station knows the sheet on it as its own; the log says that nobody said so."""
    before = {"state": str(page.state), "number": page.number}
    page.state = PageState.COVER
    facts = {"label": label, "before": before, "state": str(page.state)}
    event_log.record(session, STATION, "page-changed", ledgers.reference(ledger), **facts)


def _set_state(session: Session, page: Page, label: str, state: PageState) -> None:
    if (
        state not in MAY_HOLD_ENTRY
        and session.scalars(select(EntryPage.id).where(EntryPage.page_id == page.id)).first()
    ):
        raise Refused("page-used", label=label, wanted=Message(f"holds-{state}"))
    page.state = state
