"""The inverse of what a person did to pages: each is a new act, by what the line of the log says was there before.

Where somebody changed the same since, it is ``Refused`` ("undo-changed") and nothing is changed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Capture, Check, EntryPage, Event, Finding, Ledger, Package, Page, Region
from station.domain.checks import CheckKind, CheckVerdict
from station.domain.naming import labels
from station.domain.states import PageState
from station.errors import Refused
from station.ledger import (
    check_counts,
    finding_resolutions,
    ledgers,
    page_order,
    page_placement,
    page_turns,
    pages,
)
from station.ledger.entries import Act
from station.ledger.finding_resolutions import Resolution
from station.scanning import session_end

#: The line of pages that were set aside, or moved to another ledger; its inverse is :func:`aside`.
ASIDE = "capture-set-aside"
#: What a verdict says, of which image, and who said it when.
_SAID = ("verdict", "reason", "note", "who", "at", "image", "turn")


def change(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """What a page holds, its number and how it lies are as before."""
    facts, before = line.facts, line.facts["before"]
    page = _page(session, ledger, facts["label"])
    if any(key in facts and getattr(page, key) != facts[key] for key in ("state", "number")):
        raise Refused("undo-changed")
    restored: dict[str, Any] = {}
    if "state" in facts:
        page.state = PageState(before["state"])
        for how in (Resolution.BLANK, Resolution.SORTED):
            finding_resolutions.reopen(session, [one.capture_id for one in page.regions], how, since=line.at)
        restored["state"] = before["state"]
    if "number" in facts:
        page.number = restored["number"] = before["number"]
    if "turned" in facts:
        pages.turn(session, page, facts["label"], -facts["turned"])
        restored["rotation"] = page.regions[0].rotation
    event_log.record(session, act.who, "page-changed", ledgers.reference(ledger), label=facts["label"], **restored)


def turns(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """Pages that were turned at once lie as before."""
    labels, back = line.facts["labels"], -line.facts["turned"] % 360
    for label in labels:
        pages.turn(session, _page(session, ledger, label), label, back)
    event_log.record(session, act.who, page_turns.TURNED, ledgers.reference(ledger), labels=labels, turned=back)


def aside(session: Session, ledger: Ledger, act: Act, line: Event) -> dict[int, int]:
    """Pages that were set aside, or moved to another ledger, stand again where and as they were.

    In the other ledger they are set aside, where nobody said anything of them since. Gives the ids of the pages by
    those that they had before: the same ones, unless another page has such an id by now.
    """
    facts = line.facts
    if "moved_to" in facts:
        _take_out_of_other(session, act, facts["moved_to"], facts["new_labels"], since=line.at)
    shown = {part["capture"] for was in facts["before"] for part in was["regions"]}
    _check_still_aside(session, ledger, shown)
    ids: dict[int | None, int] = {}
    order = list(page_order.in_order(session, ledger))
    for was in facts["before"]:
        page = _show_again(session, ledger, was, len(order) + 1)
        ids[was["id"]] = page.id
        behind = ids.get(was["behind"], was["behind"])
        if behind is not None and behind not in order:
            raise Refused("undo-changed")
        order.insert(0 if behind is None else order.index(behind) + 1, page.id)
    page_order.reorder(session, ledger, order)
    for how in (Resolution.ASIDE, Resolution.REPEAT):
        finding_resolutions.reopen(session, shown, how, since=line.at)
    event_log.record(session, act.who, "pages-shown-again", ledgers.reference(ledger), label=facts["label"])
    return {old: new for old, new in ids.items() if old is not None}


def back(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """A page that was brought back is set aside again, where nobody said anything of it since."""
    capture = _page(session, ledger, line.facts["label"]).capture
    _check_untouched(session, [capture])
    page_order.take_out(session, ledger, act, [capture], undoing=True)


def inserted(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """Pages that were scanned to be inserted are set aside, where nobody said anything of them since."""
    for label in line.facts["labels"]:
        _page(session, ledger, label)
    groups = page_order.together(session, ledger, ",".join(line.facts["labels"]))
    captures = [capture for group in groups for capture in group]
    _check_untouched(session, captures)
    page_order.take_out(session, ledger, act, captures, undoing=True)


def image(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """The image that a retake, or an earlier one taken again, had the place of has it again, as it lay there."""
    label, before = line.facts["label"], line.facts["before"]
    there = select(Capture).where(Capture.ledger_id == ledger.id, Capture.label == label)
    current = session.scalars(there.where(Capture.current)).one_or_none()
    earlier = session.scalars(there.where(Capture.revision == before["revision"])).one()
    if current is None or current.revision != line.facts["revision"]:
        raise Refused("undo-changed")
    if earlier.freed_at is not None:
        raise Refused("ledger-freed", ledger=ledgers.name_of(ledger))
    page_placement.put_as_it_lay(session, current, earlier, before["regions"], who=act.who)
    finding_resolutions.reopen(session, [earlier.id], Resolution.RETAKEN, since=line.at)
    event_log.record(
        session, act.who, "earlier-image-taken", ledgers.reference(ledger), label=label, revision=earlier.revision
    )


def fold(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """An open book is divided where it was, or is one page again; what was made one page is two again, or waits."""
    facts = line.facts
    capture = _page(session, ledger, facts["label"]).capture
    try:
        page_placement.divide_as_before(session, ledger, capture.label, before=facts["before"], now=facts["now"])
    except Refused as used:
        raise Refused("undo-changed") from used
    finding_resolutions.reopen(session, [capture.id], Resolution.PLACED, since=line.at)
    event_log.record(session, act.who, "fold-put-back", ledgers.reference(ledger), label=capture.label)


def order(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """A page that was moved in the order stands behind the page again that it stood behind."""
    capture = _page(session, ledger, line.facts["label"]).capture
    if page_order.label_before(session, ledger, capture) != labels.split_label(line.facts["after"])[0]:
        raise Refused("undo-changed")
    if line.facts["before"] != labels.FRONT:
        _page(session, ledger, line.facts["before"])
    page_order.move_capture(session, ledger, capture, line.facts["before"], who=act.who)


def verdicts(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """What was said of pages is said no more: what stood before it counts again, or nothing does."""
    facts, withdrawn = line.facts, []
    for label in facts["labels"]:
        page = _page(session, ledger, label)
        of_page = select(Check).where(Check.page_id == page.id).order_by(Check.id.desc())
        of_look = of_page.where(Check.kind == facts["look"])
        newest = session.scalars(of_look).first()
        # By what it says and not by its id: verdicts go with their page, and the next one may get such an id again.
        if newest is None or (newest.who, newest.verdict) != (line.who, facts["verdict"]) or newest.at > line.at:
            raise Refused("undo-changed")
        later_look = of_page.where(Check.kind == CheckKind.SECOND)
        second = session.scalars(later_look).first() if newest.kind == CheckKind.FIRST else None
        if second is not None and second.verdict != CheckVerdict.WITHDRAWN and second.at > newest.at:
            raise Refused("undo-changed")
        earlier = session.scalars(of_look.where(Check.at < newest.at)).first()
        again = Check(page_id=page.id, kind=newest.kind, image=newest.image, turn=newest.turn)
        if earlier is None:
            again.verdict, again.who, again.at = CheckVerdict.WITHDRAWN, act.who, datetime.now(UTC)
        else:
            for column in _SAID:
                setattr(again, column, getattr(earlier, column))
        session.add(again)
        withdrawn.append(newest.id)
    of_act = {"labels": facts["labels"], "look": facts["look"], "checks": withdrawn}
    event_log.record(session, act.who, "verdicts-withdrawn", ledgers.reference(ledger), **of_act)


def answer(session: Session, ledger: Ledger, act: Act, line: Event) -> None:
    """A question that was answered asks again."""
    finding = session.get(Finding, line.facts["finding"])
    if finding is None or (finding.resolution, finding.resolved_by) != (line.facts["answer"], line.who):
        raise Refused("undo-changed")
    finding.resolution = finding.resolved_at = finding.resolved_by = None
    facts = {"label": line.facts["label"], "code": finding.code}
    event_log.record(session, act.who, "finding-asks-again", ledgers.reference(ledger), finding=finding.id, **facts)


def _page(session: Session, ledger: Ledger, label: str) -> Page:
    try:
        return pages.by_label(session, ledger.id, label)
    except Refused as gone:
        raise Refused("undo-changed") from gone


def _show_again(session: Session, ledger: Ledger, was: dict[str, Any], order: int) -> Page:
    """A page as it was, with its id of then, by which the log knows it, where that is free."""
    page = Page(ledger_id=ledger.id, order=order, number=was["number"], parts=was["parts"])
    page.state, page.number_source = PageState(was["state"]), was["number_source"]
    if session.get(Page, was["id"]) is None:
        page.id = was["id"]
    for part in was["regions"]:
        capture = session.get_one(Capture, part["capture"])
        capture.current = True
        region = Region(capture=capture, part=part["part"], side=part["side"], rotation=part["rotation"])
        region.crop = tuple(part["crop"]) if part["crop"] else None
        page.regions.append(region)
    session.add(page)
    session.flush()
    for said in was["checks"]:
        session.add(Check(page_id=page.id, **{**said, "at": datetime.fromisoformat(said["at"])}))
    return page


def _check_still_aside(session: Session, ledger: Ledger, capture_ids: set[int]) -> None:
    labels_of = select(Capture.label).where(Capture.id.in_(capture_ids))
    there = select(Capture.id).where(Capture.ledger_id == ledger.id, Capture.label.in_(labels_of), Capture.current)
    if session.scalars(there.limit(1)).first() is not None:
        raise Refused("undo-changed")


def _check_untouched(session: Session, captures: list[Capture]) -> None:
    """Refuse where somebody said of a page of these images what it holds, whether it is right, or of which entry."""
    shown = select(Page.id).join(Region).where(Region.capture_id.in_([one.id for one in captures]))
    checked = select(Check.id).where(Check.page_id == Page.id, check_counts.is_newest()).exists()
    used = select(EntryPage.id).where(EntryPage.page_id == Page.id).exists()
    touched = or_(Page.state != PageState.UNSORTED, checked, used)
    if session.scalars(shown.where(touched).limit(1)).first() is not None:
        raise Refused("undo-changed")


def _take_out_of_other(session: Session, act: Act, other: str, new_labels: list[str], *, since: datetime) -> None:
    ledger = ledgers.find(session, other)
    packages = select(Package.id).where(Package.ledger_id == ledger.id, Package.started_at > since)
    if session.scalars(packages.limit(1)).first() is not None:
        raise Refused("undo-packaged")
    captures = [_page(session, ledger, label).capture for label in new_labels]
    _check_untouched(session, captures)
    page_order.take_out(session, ledger, act, captures, undoing=True)


#: What is done to pages, by the line of the log, with its inverse.
INVERSES = {
    "page-changed": change,
    page_turns.TURNED: turns,
    "page-moved": order,
    "fold-moved": fold,
    "page-made-whole": fold,
    session_end.INSERTED: inserted,
    "page-retaken": image,
    "earlier-image-taken": image,
    "capture-put-back": back,
    "pages-checked": verdicts,
    "finding-answered": answer,
}
