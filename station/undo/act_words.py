"""What a line of the log did, in words: for the button that takes it back, and for the history of a ledger."""

from __future__ import annotations

from collections.abc import Sequence

from station.catalogue.models import Event
from station.domain.checks import CheckVerdict
from station.ledger import page_turns
from station.messages import Message
from station.undo import entry_acts, page_acts, row_acts


def of_line(line: Event) -> Message | None:
    """What one line did; None where it is no act on pages, entries or rows, or tells too little."""
    if line.what in entry_acts.LINES or row_acts.is_act(line):
        return of_lines([line])
    if line.what in page_acts.INVERSES or line.what == page_acts.ASIDE:
        return of_lines([line]) if line.facts.keys() & {"label", "labels"} else None
    return None


def of_lines(lines: Sequence[Event]) -> Message:
    """What an act did that stands in these lines, the act itself first; then what went along with it."""
    what, facts = lines[0].what, lines[0].facts
    if what in entry_acts.LINES:
        numbers = _numbers(facts["entries"])
        did = "did-run" if what == "entry-set" and len(numbers) > 1 else f"did-{what}"
        return Message(did, {"numbers": _shortened(numbers)})
    match what:
        case row_acts.SET:
            count = len(facts["columns"])
            return Message("did-row-set", {"numbers": _shortened(_numbers(facts["entries"])), "count": count})
        case "page-changed" if "state" in facts:
            return Message("did-state", {"label": facts["label"], "state": Message(f"holds-{facts['state']}")})
        case "page-changed":
            return Message("did-turn" if "turned" in facts else "did-number", {"label": facts["label"]})
        case page_turns.TURNED:
            return Message("did-turn-run", {"labels": _shortened(facts["labels"])})
        case "pages-checked":
            code = "did-right" if facts["verdict"] == CheckVerdict.RIGHT else "did-reject"
            return Message(code, {"labels": _shortened(facts["labels"])})
        case page_acts.ASIDE:
            shown = _shortened([one.facts["label"] for one in lines])
            if "moved_to" in facts:
                return Message("did-other", {"labels": shown, "ledger": facts["moved_to"]})
            return Message("did-aside", {"labels": shown})
        case _:
            return Message(f"did-{what}", {"label": facts["label"]})


def _numbers(entries: Sequence[str]) -> list[str]:
    """The numbers of ``2007/001`` and the like."""
    return [text.partition("/")[2] for text in entries]


def _shortened(texts: Sequence[str]) -> str:
    return ", ".join(texts if len(texts) < 4 else [texts[0], "…", texts[-1]])
