"""The totals that a ledger's closing page states: without both of them nobody can say that nothing is missing.

They may be stated at registering, at closing or later; one that is stated is corrected only with a reason.
"""

from __future__ import annotations

from station.catalogue import event_log
from station.catalogue.models import Closing
from station.context import Station
from station.errors import Refused
from station.ledger import completeness, ledgers
from station.ledger.completeness import Totals
from station.messages import Message


def state(
    station: Station,
    ledger_text: str,
    *,
    pages: int | None,
    entries: int | None,
    who: str,
    reason: str | None = None,
) -> None:
    """Say how many pages (covers not counted) and entries a ledger has by its closing page, all its years together.

    None leaves a total as it is. Refused where a total that is stated already would change without a reason.
    """
    ledgers.check_totals(pages, entries)
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        counts = completeness.counts(session, ledger)
        before = (counts.pages_expected, counts.entries_expected)
        totals = (before[0] if pages is None else pages, before[1] if entries is None else entries)
        if totals == before:
            return
        changed = any(old not in (None, new) for old, new in zip(before, totals, strict=True))
        if changed and not reason:
            raise Refused("totals-without-reason", ledger=ledgers.name_of(ledger))
        if not ledger.closings:
            ledger.closings.append(Closing(year=ledger.last_year))
        *others, last = ledger.closings
        for other in others:
            ledger.closings.remove(other)
        last.pages, last.entries = totals
        facts = {"pages": totals[0], "entries": totals[1], "before": list(before), "reason": reason}
        event_log.record(session, who, "totals-stated", ledgers.reference(ledger), **facts)
        ledgers.settle(session, ledger)


def notice(station: Station, ledger_text: str) -> Message | None:
    """What is to be said of a closed ledger whose totals are not known; None where they are, or while it is open."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        if ledgers.is_open(ledger) or completeness.counts(session, ledger).totals is not Totals.UNSTATED:
            return None
        return Message("closed-without-totals", {"ledger": ledgers.name_of(ledger)})
