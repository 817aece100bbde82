"""What a line of the log did, in words: for the button that takes it back, and for the history of a ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, CarriedLine, Event, Ledger
from station.domain.checks import CheckVerdict
from station.domain.naming.labels import spoken_page
from station.ledger import page_turns, printed_numbers
from station.messages import Message
from station.rows import doubt_answers
from station.scanning import session_end
from station.undo import entry_acts, page_acts, row_acts

#: A line of this station's log, or of the log of one that a ledger was taken over from.
PastLine = Event | CarriedLine


def page_numbers(session: Session, ledger: Ledger, lines: Sequence[PastLine]) -> dict[str, str]:
    """The printed numbers of the pages that these lines name, by their labels.

    Of a page that was set aside it is the one it had, where this station's own line tells it: ids are of one catalogue.
    """
    named = {label for line in lines for label in (line.facts.get("label"), *line.facts.get("labels", ())) if label}
    own = [line for line in lines if isinstance(line, Event) and line.what == page_acts.ASIDE]
    aside = [was for line in own for was in line.facts.get("before", ())]
    had = {part["capture"]: was["number"] for was in aside if was["number"] for part in was["regions"]}
    gone = session.execute(select(Capture.id, Capture.label).where(Capture.id.in_(had))).all() if had else []
    numbers = {label: str(had[capture_id]) for capture_id, label in gone}
    return numbers | (printed_numbers.of_labels(session, ledger, named) if named else {})


def of_line(line: PastLine, numbers: Mapping[str, str]) -> Message | None:
    """What one line did; None where it is no act on pages, entries or rows, or tells too little."""
    if line.what in entry_acts.LINES or row_acts.is_act(line) or line.what == doubt_answers.ANSWERED:
        return of_lines([line], numbers)
    if line.what in page_acts.INVERSES or line.what == page_acts.ASIDE:
        return of_lines([line], numbers) if line.facts.keys() & {"label", "labels"} else None
    return None


def of_lines(lines: Sequence[PastLine], numbers: Mapping[str, str]) -> Message:
    """What an act did that stands in these lines, the act itself first; then what went along with it.

    Pages are called by their printed ``numbers``, as far as these are known.
    """
    what, facts = lines[0].what, lines[0].facts
    if what in entry_acts.LINES:
        entries = _numbers(facts["entries"])
        did = "did-run" if what == "entry-set" and len(entries) > 1 else f"did-{what}"
        return Message(did, {"numbers": _span(entries) if did == "did-run" else _shortened(entries)})
    spoken = [spoken_page(label, numbers.get(label)) for label in _labels(lines)]
    match what:
        case row_acts.SET:
            count = len(facts["columns"])
            return Message("did-row-set", {"numbers": _shortened(_numbers(facts["entries"])), "count": count})
        case doubt_answers.ANSWERED:
            of_row = {"numbers": _shortened(_numbers(facts["entries"])), "count": facts["count"]}
            return Message("did-row-doubts-answered", of_row)
        case "page-changed" if "state" in facts:
            return Message("did-state", {"label": spoken[0], "state": Message(f"holds-{facts['state']}")})
        case "page-changed":
            return Message("did-turn" if "turned" in facts else "did-number", {"label": spoken[0]})
        case page_turns.TURNED:
            return Message("did-turn-run", {"labels": _shortened(spoken)})
        case "pages-checked":
            code = "did-right" if facts["verdict"] == CheckVerdict.RIGHT else "did-reject"
            return Message(code, {"labels": _shortened(spoken)})
        case session_end.INSERTED:
            return Message("did-inserted", {"labels": _shortened(spoken)})
        case page_acts.ASIDE:
            if "moved_to" in facts:
                return Message("did-other", {"labels": _shortened(spoken), "ledger": facts["moved_to"]})
            return Message("did-aside", {"labels": _shortened(spoken)})
        case _:
            return Message(f"did-{what}", {"label": spoken[0]})


def _labels(lines: Sequence[PastLine]) -> list[str]:
    """The pages of an act: those of its own line, or each line's where one goes with another."""
    facts = lines[0].facts
    if "labels" in facts:
        return list(facts["labels"])
    return [line.facts["label"] for line in lines if "label" in line.facts]


def _numbers(entries: Sequence[str]) -> list[str]:
    """The numbers of ``2007/001`` and the like."""
    return [text.partition("/")[2] for text in entries]


def _span(numbers: Sequence[str]) -> Message | str:
    """The numbers of entries that were saved together: the first and the last, and which ones between were not."""
    if len(numbers) < 4 or not all(number.isdecimal() for number in numbers):
        return _shortened(numbers)
    values = sorted(int(number) for number in numbers)
    skipped = sorted(set(range(values[0], values[-1])) - set(values))
    if not skipped:
        return _shortened(numbers)
    shown = _shortened([f"{number:03d}" for number in skipped])
    return Message("numbers-but", {"numbers": _shortened(numbers), "skipped": shown})


def _shortened(texts: Sequence[str]) -> str:
    return ", ".join(texts if len(texts) < 4 else [texts[0], "…", texts[-1]])
