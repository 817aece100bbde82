"""The place of a capture: a new page, two of them (an open book), or the other part of a page that waits for it.

The scan profile says which (its layout); a retake takes the place of what it repeats, whatever its profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Capture, Check, EntryPage, Finding, Ledger, Page, Region, ScanSession
from station.context import Station
from station.domain.finding_codes import FindingCode
from station.domain.naming import labels
from station.domain.paper import PARTS_OF_A_PAGE, Layout
from station.domain.states import PageState
from station.errors import Refused
from station.ledger import check_counts, finding_resolutions, ledgers, page_checks, pages, split_pages, spreads
from station.ledger.finding_resolutions import Resolution
from station.messages import Message
from station.settings import Settings


def place(
    settings: Settings,
    session: Session,
    ledger: Ledger,
    run: ScanSession,
    capture: Capture,
    *,
    fold: float | None = None,
    rotation: int = 0,
) -> None:
    """Give a capture that was just added its page. ``fold`` is where the fold of a spread was found, if it was.

    ``rotation`` is how far the image's own file says to turn it clockwise, beside what the profile says.
    """
    layout, turn = layout_and_turn(settings, run.profile)
    if rotation:
        turn, fold = (turn + rotation) % 360, None  # it was looked for in the image as it is stored
    if capture.revision > 1:
        facts = {"label": capture.label, "revision": capture.revision}
        before = _replace(session, capture, turn, fold, capture.operator)
        event_log.record(session, capture.operator, "page-retaken", ledgers.reference(ledger), **facts, before=before)
        return
    capture.current = True
    session.flush()
    if layout is Layout.PARTS:
        inserted = run.id if run.anchor else None
        waiting_page = split_pages.page_waiting_for_part(session, ledger, of_session=inserted)
        if waiting_page is not None:
            waiting_page.regions.append(Region(capture=capture, part=len(waiting_page.regions) + 1, rotation=turn))
            return
    order = _order(session, run, capture)
    sides = (spreads.LEFT, spreads.RIGHT) if layout is Layout.SPREAD else (None,)
    _make_room(session, ledger, order, len(sides))
    regions = [Region(capture=capture, part=1, rotation=turn, side=side) for side in sides]
    for place_in_order, region in enumerate(regions, start=order):
        page = Page(ledger_id=ledger.id, order=place_in_order, state=PageState.UNSORTED, parts=PARTS_OF_A_PAGE[layout])
        page.regions.append(region)
        session.add(page)
    if layout is Layout.SPREAD:
        _fold(session, regions, turn, fold)


def layout_and_turn(settings: Settings, profile_id: str) -> tuple[Layout, int]:
    """What captures by that profile show, and how far they are turned to be upright (clockwise degrees).

    A profile may have left the settings since, and adopted files have none: one page, as it lies.
    """
    profile = next((one for one in settings.profiles if one.id == profile_id), None)
    return (profile.layout, profile.turn) if profile else (Layout.PAGE, 0)


def move_fold(station: Station, ledger_text: str, seq: str, fold: float, *, who: str) -> None:
    """Say where the fold lies in the capture of page ``seq``, as a share of its width from the left (0.3-0.7).

    A capture that shows one page whole becomes two pages by it; what was said of the page stays with the left one.
    """
    if not spreads.NEAREST <= fold <= spreads.FURTHEST:
        raise Refused("fold-wrong", percent=f"{fold * 100:g}")
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        page = pages.by_label(session, ledger.id, seq)
        if len(page.regions) > 1 or page.parts > 1:
            raise Refused("page-of-parts", label=page.seq)
        before = _lie(session, page)
        if page.regions[0].side is None:
            _split(session, ledger, page)
        regions = pages.sides(session, page.capture)
        spreads.place_halves(regions, spreads.turn_of(regions[0]), fold)
        _resolve(session, page.capture, who)
        facts = {"label": page.capture.label, "fold": round(fold, 4), "before": before, "now": _lie(session, page)}
        event_log.record(session, who, "fold-moved", ledgers.reference(ledger), **facts)
        ledgers.settle(session, ledger)


def make_whole(station: Station, ledger_text: str, seq: str, *, who: str) -> None:
    """Say that the capture of page ``seq`` shows one whole page: no open book, and no part of a larger page.

    A right page that an entry uses or that somebody sorted is not given up: refused.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        page = pages.by_label(session, ledger.id, seq)
        before = _lie(session, page)
        if page.regions[0].side is not None:
            left, right = pages.sides(session, page.capture)
            page = session.get_one(Page, left.page_id)
            _give_up(session, ledger, session.get_one(Page, right.page_id))
            left.side, left.crop = None, None
            _resolve(session, left.capture, who)
        elif len(page.regions) < page.parts:
            page.parts = len(page.regions)
        else:
            raise Refused("page-whole-already", label=page.seq)
        facts = {"label": page.capture.label, "before": before, "now": _lie(session, page)}
        event_log.record(session, who, "page-made-whole", ledgers.reference(ledger), **facts)
        ledgers.settle(session, ledger)


def earlier_images(session: Session, ledger: Ledger, label: str) -> Sequence[Capture]:
    """The images of a label that a later scan, or an earlier one taken again, has the place of; the newest first."""
    same = (Capture.ledger_id == ledger.id, Capture.label == label, ~Capture.current)
    return session.scalars(select(Capture).where(*same).order_by(Capture.revision.desc())).all()


def take_earlier(station: Station, ledger_text: str, seq: str, revision: int, *, who: str) -> None:
    """Let another scan of a page's image take its place again, such as the one before a retake; the other stays kept.

    It lies as its profile says; a fold is looked for anew by a person.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        label = pages.by_label(session, ledger.id, seq).capture.label
        images = [one for one in earlier_images(session, ledger, label) if one.revision == revision]
        if not images:
            raise Refused("revision-unknown", label=label, revision=revision)
        if images[0].freed_at is not None:
            raise Refused("ledger-freed", ledger=ledgers.name_of(ledger))
        before = _replace(session, images[0], layout_and_turn(station.settings, images[0].profile)[1], None, who)
        facts = {"label": label, "revision": revision, "before": before}
        event_log.record(session, who, "earlier-image-taken", ledgers.reference(ledger), **facts)
        ledgers.settle(session, ledger)


def next_part(station: Station, ledger_text: str) -> Message | None:
    """What to lay on the glass next, where a page waits for its other part."""
    with station.catalogue.reading() as session:
        page = split_pages.page_waiting_for_part(session, ledgers.find(session, ledger_text))
        return None if page is None else Message("part-next", {"label": labels.spoken_page(page.seq, page.number)})


def divide_as_before(
    session: Session, ledger: Ledger, label: str, *, before: dict[str, Any], now: dict[str, Any]
) -> None:
    """Let a capture show one page or two as it did: ``before``, and ``now`` as it was after that, as the log says them.

    ``Refused`` ("undo-changed") where it lies otherwise by now, or the page that would go holds something.
    """
    page = pages.by_label(session, ledger.id, label)
    lie = _lie(session, page)
    if any(lie[key] != now[key] for key in ("parts", "crops")):
        raise Refused("undo-changed")
    if len(before["crops"]) < len(lie["crops"]):
        left, right = pages.sides(session, page.capture)
        gone = session.get_one(Page, right.page_id)
        if gone.state != PageState.UNSORTED:
            raise Refused("undo-changed")
        _give_up(session, ledger, gone)
        left.side = None
    elif len(before["crops"]) > len(lie["crops"]):
        _split(session, ledger, page, before["right"])
    page.parts = before["parts"]
    for region, crop in zip(_shown(session, page), before["crops"], strict=True):
        region.crop = tuple(crop) if crop else None


def put_as_it_lay(
    session: Session, current: Capture, earlier: Capture, regions: Sequence[dict[str, Any]], *, who: str
) -> None:
    """Let an earlier image of a label have its place again as it lay there: ``regions`` as :func:`_replace` gave them.

    ``Refused`` ("undo-changed") where the image was made two pages, or one, since.
    """
    shown = _exchange(session, current, earlier, who)
    if len(shown) != len(regions):
        raise Refused("undo-changed")
    for region, lay in zip(shown, regions, strict=True):
        region.capture, region.rotation = earlier, lay["rotation"]
        region.crop = tuple(lay["crop"]) if lay["crop"] else None


def _replace(session: Session, retake: Capture, turn: int, fold: float | None, who: str) -> dict[str, Any]:
    """Let a retake take the place of the capture it repeats, in every page that shows it; the old one stays stored.

    Gives which one that was and how it lay, for the log.
    """
    same = (Capture.ledger_id == retake.ledger_id, Capture.label == retake.label)
    old = session.scalars(select(Capture).where(*same, Capture.current)).one()
    regions = _exchange(session, old, retake, who)
    before = [{"rotation": region.rotation, "crop": region.crop} for region in regions]
    for region in regions:
        region.capture, region.rotation, region.crop = retake, turn, None
    if regions and regions[0].side is not None:
        _fold(session, list(regions), turn, fold)
    return {"revision": old.revision, "regions": before}


def _exchange(session: Session, old: Capture, new: Capture, who: str) -> Sequence[Region]:
    """Let another image be the current one of a label; gives the parts of pages that the old one still shows."""
    old.current = False
    finding_resolutions.of_capture(session, old, Resolution.RETAKEN, who=who)
    session.flush()
    new.current = True
    session.flush()
    return session.scalars(select(Region).where(Region.capture_id == old.id).order_by(Region.side)).all()


def _fold(session: Session, regions: list[Region], turn: int, fold: float | None) -> None:
    spreads.place_halves(regions, turn, spreads.MIDDLE if fold is None else fold)
    if fold is None:
        pages.add_finding(session, regions[0].capture, FindingCode.FOLD_UNSURE, found_by=pages.STATION)


def _order(session: Session, run: ScanSession, capture: Capture) -> int:
    """The place in the ledger of the page that comes next: at the end, or behind the anchor and what followed it."""
    if run.anchor is None:
        return (session.scalar(select(func.max(Page.order)).where(Page.ledger_id == run.ledger_id)) or 0) + 1
    earlier = select(Capture.label).where(Capture.session_id == run.id, Capture.counter < capture.counter)
    behind = session.scalars(earlier.order_by(Capture.counter.desc()).limit(1)).first() or run.anchor
    return 1 if behind == labels.FRONT else pages.by_label(session, run.ledger_id, behind, last=True).order + 1


def _make_room(session: Session, ledger: Ledger, order: int, count: int) -> None:
    """Move the pages from ``order`` on ``count`` further; a negative count closes a gap in front of them."""
    behind = (Page.ledger_id == ledger.id, Page.order >= order)
    if session.scalars(select(Page.id).where(*behind).limit(1)).first() is None:
        return
    # Orders are unique at every moment, so they move by way of numbers that no page has.
    session.execute(update(Page).where(*behind).values(order=-Page.order - count))
    session.execute(update(Page).where(Page.ledger_id == ledger.id, Page.order < 0).values(order=-Page.order))


def _shown(session: Session, page: Page) -> Sequence[Region]:
    """The parts of the image that its one page, or its two, show."""
    return pages.sides(session, page.capture) or page.regions[:1]


def _lie(session: Session, page: Page) -> dict[str, Any]:
    """How a capture is one page or two, for the log: the part of it that each shows, and what the right one holds."""
    shown = _shown(session, page)
    crops = [list(region.crop) if region.crop else None for region in shown]
    right = session.get_one(Page, shown[1].page_id) if len(shown) > 1 else None
    holds = right and {
        "id": right.id,
        "state": str(right.state),
        "number": right.number,
        "number_source": right.number_source,
    }
    return {"parts": page.parts, "crops": crops, "right": holds}


def _split(session: Session, ledger: Ledger, page: Page, was: dict[str, Any] | None = None) -> None:
    """Make a second page of the right half; ``was`` is one that had been there, and what it held."""
    whole = page.regions[0]
    _make_room(session, ledger, page.order + 1, 1)
    right = Page(ledger_id=ledger.id, order=page.order + 1, state=PageState.UNSORTED, parts=1)
    if was:
        right.state, right.number, right.number_source = PageState(was["state"]), was["number"], was["number_source"]
        if session.get(Page, was["id"]) is None:
            right.id = was["id"]  # by which the log knows it
    right.regions.append(Region(capture=whole.capture, part=1, rotation=whole.rotation, side=spreads.RIGHT))
    whole.side = spreads.LEFT
    session.add(right)
    session.flush()


def _give_up(session: Session, ledger: Ledger, page: Page) -> None:
    needed = select(EntryPage.id).where(EntryPage.page_id == page.id)
    checked = select(Check.id).where(Check.page_id == page.id, check_counts.is_newest())
    in_use = session.execute(needed.union(checked).limit(1)).first() is not None
    if in_use or page.state not in (PageState.UNSORTED, PageState.BLANK):
        raise Refused("page-in-use", label=page.seq)
    order = page.order
    page_checks.forget(session, [page.id])
    session.delete(page)
    session.flush()
    _make_room(session, ledger, order, -1)


def _resolve(session: Session, capture: Capture, who: str) -> None:
    folds = Finding.code.in_((FindingCode.FOLD_UNSURE, FindingCode.TWO_PAGES))
    query = select(Finding).where(Finding.capture_id == capture.id, folds)
    finding_resolutions.resolve(session.scalars(query), Resolution.PLACED, who=who)
