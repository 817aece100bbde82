"""The paper of a ledger: declared, or learned from its own first pages, told once, and set right by a person once.

Nothing is decided by one page: a size is believed when several of the first pages agree on it. What pages measure is
also held against what was declared, because one question about the ledger helps where each page would ask.
"""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Capture, Ledger
from station.context import Station
from station.domain.paper import Layout, paper_name, size
from station.domain.paper_fit import LOOSE, Extent, Fit, common_size, differing_sizes, fit
from station.domain.states import PaperSource
from station.ledger import ledgers, size_findings
from station.messages import Message
from station.settings import Settings

#: The pages that say what the ledger's paper is: enough for a cover and some loose sheets to be outvoted.
FIRST = 24
#: A size that was told is not told anew for a few mm, as a share of a side.
_SAME = 0.03
#: Between sizes that pages have where they do not agree, and how many of them are told.
_AND, _SHOWN = ", ", 3
#: Who says in the log what the pages measure.
STATION = "station"


def declare(station: Station, ledger_text: str, text: str, *, who: str) -> str:
    """Say which paper a ledger is of; gives its name. Questions about sizes that this answers are closed."""
    name = paper_name(text)
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        before, measured = ledger.paper, common_size(_extents(station.settings, session, ledger))
        informed = bool(measured) or ledger.paper_source == PaperSource.CONFIRMED
        ledger.paper, ledger.paper_source = name, PaperSource.CONFIRMED if informed else PaperSource.DECLARED
        ledger.paper_seen = _unlike(name, measured)
        event_log.record(session, who, "paper-declared", ledgers.reference(ledger), paper=name, before=before)
        size_findings.judge_again(station.settings, session, ledger, who=who)
        ledgers.settle(session, ledger)
    return name


def is_measured(ledger: Ledger) -> bool:
    """Whether the paper is known by what the pages measure: then images are believed in the resolution they tell."""
    return ledger.paper_source in (PaperSource.LEARNED, PaperSource.CONFIRMED)


def notice(ledger: Ledger) -> Message | None:
    """What a person is to be told about the paper of a ledger, until he says what it is."""
    if ledger.paper_source == PaperSource.LEARNED:
        return Message("paper-learned", {"paper": ledger.paper})
    if ledger.paper_source == PaperSource.UNKNOWN and ledger.paper_seen:
        return Message("paper-unsure", {"seen": ledger.paper_seen})
    if ledger.paper_source == PaperSource.DECLARED and ledger.paper_seen:
        return Message("paper-differs", {"paper": ledger.paper, "seen": ledger.paper_seen})
    return None


def notice_of(station: Station, ledger_text: str) -> Message | None:
    """The notice of :func:`notice` for the ledger of that name."""
    with station.catalogue.reading() as session:
        return notice(ledgers.find(session, ledger_text))


def choices(station: Station, ledger_text: str) -> list[str]:
    """What the paper may be, by what pages measure and what was declared; nothing where a person has said it."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        sizes = [*ledger.paper_seen.split(_AND), ledger.paper]
        return [one for one in sizes if one] if notice(ledger) else []


def learn(settings: Settings, session: Session, ledger: Ledger, capture: Capture) -> None:
    """Take in what a capture that was just added measures, while it is one of the ledger's first."""
    if size_findings.extent(capture) is None or ledger.paper_source == PaperSource.CONFIRMED:
        return
    session.flush()
    if capture.id not in session.scalars(_first(ledger).with_only_columns(Capture.id)).all():
        return
    extents = _extents(settings, session, ledger)
    measured = common_size(extents)
    if ledger.paper_source == PaperSource.DECLARED:
        ledger.paper_seen = _unlike(ledger.paper, measured)
    elif measured and (not ledger.paper or fit(size(measured), size(ledger.paper), _SAME) is not Fit.EXACT):
        ledger.paper, ledger.paper_source, ledger.paper_seen = measured, PaperSource.LEARNED, ""
        event_log.record(session, STATION, "paper-learned", ledgers.reference(ledger), paper=measured)
        size_findings.judge_again(settings, session, ledger, who=STATION)
    elif ledger.paper_source == PaperSource.UNKNOWN:
        ledger.paper_seen = _AND.join(differing_sizes(extents)[:_SHOWN])


def _extents(settings: Settings, session: Session, ledger: Ledger) -> list[Extent]:
    """What the first pages measure; halves of a page do not tell how large it is."""
    return [
        extent
        for capture in session.scalars(_first(ledger))
        if (extent := size_findings.extent(capture)) and size_findings.layout_of(settings, capture) is not Layout.PARTS
    ]


def _first(ledger: Ledger) -> Select[Capture]:
    measured = (Capture.ledger_id == ledger.id, Capture.current, Capture.paper_width.is_not(None))
    return select(Capture).where(*measured).order_by(Capture.label).limit(FIRST)


def _unlike(name: str, measured: str) -> str:
    """What the pages measure, where that is not the paper of this name."""
    return measured if measured and fit(size(measured), size(name), LOOSE) is not Fit.EXACT else ""
