"""The minutes of a ledger as one A4 page for signature, with the head of the log as a code to be photographed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from station.domain.checks import Looks
from station.ledger.completeness import Totals
from station.messages import Message
from station.reports import days, paper_form
from station.reports.minutes import Minutes, Share

#: So many people are named; others are counted.
_MOST_PERSONS = 4

#: What stands beside a heading.
Lines = Sequence[Message | str]


def page(minutes: Minutes, language: str) -> str:
    """The whole document."""
    return paper_form.document(_title(minutes, language), body(minutes, language), language)


def body(minutes: Minutes, language: str) -> str:
    """What stands on the page, as HTML to be set into another one."""
    from station.reports import qr_code  # with OpenCV

    rows = [
        (heading.sentence(language), [one if isinstance(one, str) else one.sentence(language) for one in lines])
        for heading, lines in _rows(minutes, language)
    ]
    return paper_form.body(
        "minutes.html",
        language,
        title=Message("minutes-title").sentence(language),
        office=minutes.place[0],
        of=_title(minutes, language),
        rows=rows,
        code=qr_code.svg(minutes.proof, Message("minutes-code").sentence(language)),
        signatures=paper_form.signatures(
            minutes.settings, language, ("paper-made-by", "paper-officer", "paper-signed-by")
        ),
    )


def _title(minutes: Minutes, language: str) -> str:
    facts = {"type": minutes.settings.type_name(minutes.type, language), "book": minutes.book, "year": minutes.year}
    return Message("minutes-of", {"ledger": minutes.name, **facts}).sentence(language)


def _rows(minutes: Minutes, language: str) -> Iterator[tuple[Message, Lines]]:
    yield Message("minutes-place"), [f"{', '.join(minutes.place)} ({minutes.reference.partition(':')[0]})"]
    yield Message("minutes-span"), [_span(minutes)]
    yield Message("minutes-pages"), _pages(minutes, language)
    images = {"images": minutes.images, "retaken": minutes.retaken, "aside": minutes.set_aside}
    yield Message("minutes-images"), [Message("minutes-image-count", images)]
    yield (
        Message("minutes-numbers"),
        [Message("minutes-year-numbers", vars(year)) for year in minutes.years] or [Message("minutes-no-entries")],
    )
    yield Message("minutes-totals"), [_totals(minutes)]
    yield Message("minutes-missing"), minutes.missing or [Message("minutes-no-gap")]
    if minutes.rows_left:
        yield Message("minutes-rows"), [Message("minutes-rows-left", {"count": minutes.rows_left})]
    yield Message("minutes-closed"), _closed(minutes)
    yield Message("minutes-scanned"), _shares(minutes.scanned)
    yield Message("minutes-named"), _shares(minutes.named)
    yield Message("minutes-checked"), _first_look(minutes)
    if minutes.checks.looks == Looks.SECOND:
        yield Message("minutes-checked-again"), _second_look(minutes)
    yield Message("minutes-package"), _package(minutes)
    yield Message("minutes-log"), [Message("minutes-log-line", {"line": minutes.head.line, "hash": minutes.head.hash})]


def _span(minutes: Minutes) -> Message:
    paper = minutes.paper or Message("minutes-paper-unknown")
    if minutes.year == minutes.last_year:
        return Message("minutes-year", {"first": minutes.year, "paper": paper})
    return Message("minutes-years", {"first": minutes.year, "last": minutes.last_year, "paper": paper})


def _pages(minutes: Minutes, language: str) -> Lines:
    states = [
        f"{Message(f'holds-{state}').sentence(language)}: {count}" for state, count in minutes.page_states.items()
    ]
    counts = {"count": minutes.counts.pages_captured, "counted": minutes.counts.pages_found}
    return ["; ".join(states), Message("minutes-page-count", counts)]


def _totals(minutes: Minutes) -> Message:
    counts = minutes.counts
    stated = {"pages": counts.pages_expected, "entries": counts.entries_expected}
    counted = {"found_pages": counts.pages_found, "found_entries": counts.entries_named}
    match counts.totals:
        case Totals.MET:
            return Message("minutes-totals-met", stated)
        case Totals.DIFFER:
            return Message("minutes-totals-differ", {**stated, **counted})
        case Totals.UNSTATED:
            return Message("minutes-totals-unstated", counted)


def _closed(minutes: Minutes) -> Lines:
    if minutes.closed_by is None or minutes.closed_at is None:
        return [Message("minutes-closed-earlier")]
    closed = Message("minutes-closed-by", {"who": minutes.closed_by, "when": days.moment_in_words(minutes.closed_at)})
    return [closed, *([Message("minutes-reason", {"reason": minutes.closed_reason})] if minutes.closed_reason else [])]


def _first_look(minutes: Minutes) -> Lines:
    counts = minutes.checks
    looked = {"pages": counts.pages, "seen": counts.seen, "rejected": counts.rejected}
    lacking = [Message("minutes-unchecked")] if counts.is_lacking and not counts.is_seen else []
    return [Message("minutes-check-count", looked), *(_shares(minutes.checked) if minutes.checked else []), *lacking]


def _second_look(minutes: Minutes) -> Lines:
    counts = minutes.checks.second
    looked = {"share": minutes.second_share, "pages": counts.pages, "seen": counts.seen, "rejected": counts.rejected}
    same = [Message("minutes-same-person", {"count": counts.same_person})] if counts.same_person else []
    lacking = [] if counts.is_done else [Message("minutes-unchecked")]
    shares = _shares(minutes.checked_again) if minutes.checked_again else []
    return [Message("minutes-second-count", looked), *shares, *same, *lacking]


def _shares(shares: list[Share]) -> Lines:
    named, others = shares[:_MOST_PERSONS], shares[_MOST_PERSONS:]
    lines = [
        Message(
            "minutes-share",
            {"who": one.person, "count": one.count, "first": _day(one.first), "last": _day(one.last)},
        )
        for one in named
    ]
    if others:
        lines.append(Message("minutes-others", {"count": len(others), "sum": sum(one.count for one in others)}))
    return lines or [Message("minutes-nobody")]


def _package(minutes: Minutes) -> Lines:
    package = minutes.package
    if package is None:
        return [Message("minutes-package-none")]
    made = {"name": package.name, "who": package.made_by, "when": days.moment_in_words(package.made_at)}
    names = {table.id: table.name for table in minutes.settings.destinations}
    received = [
        Message("minutes-received", {"destination": names.get(one) or one, "when": days.moment_in_words(at)})
        if at
        else Message("minutes-not-received", {"destination": names.get(one) or one})
        for one, at in package.received.items()
    ]
    manifest = Message("minutes-manifest", {"hash": package.manifest})
    changed = [] if package.true else [Message("minutes-package-old")]
    return [Message("minutes-package-made", made), *changed, manifest, *received]


def _day(at: datetime) -> str:
    return f"{at.astimezone():%d/%m/%Y}"
