"""What is wrong in the rows of a list: all of it at once, each with its row, cell and what is seen there."""

from __future__ import annotations

from dataclasses import dataclass

from station import messages
from station.errors import Refused
from station.messages import Message
from station.spreadsheets.tables import SheetTable

_LONGEST_SEEN = 40  # characters of a cell that a sentence shows
_SHOWN = 20  # mistakes listed in one sentence


@dataclass(frozen=True)
class RowMistake:
    """What is wrong in one row (1 is the file's first); ``where`` names the sheet, and the cell with what is seen."""

    row: int
    reason: Refused
    where: Message | None = None

    @classmethod
    def of_row(cls, row: int, reason: Refused, sheet: str | None) -> RowMistake:
        """A mistake of no single cell; ``sheet`` is None in a text file."""
        return cls(row, reason, Message("list-on-sheet", {"sheet": sheet}) if sheet else None)

    @classmethod
    def of_cell(cls, row: int, reason: Refused, table: SheetTable, column: int, text: str) -> RowMistake:
        """A mistake in the cell with this ``text``; ``column`` counts from 0."""
        seen = shorten(text, _LONGEST_SEEN)
        facts = {"cell": table.place(row, column), "sheet": table.sheet, "seen": seen}
        return cls(row, reason, Message("list-in-cell" if table.sheet is None else "list-in-sheet", facts))

    def sentence(self, language: str) -> str:
        """The row and the reason in ``language``, and the cell with what is seen there."""
        text = messages.sentence("list-mistake", language, {"row": self.row, "reason": self.reason.sentence(language)})
        return f"{text} {self.where.sentence(language)}" if self.where else text


class RowMistakes(tuple[RowMistake, ...]):
    """All mistakes of a list; in a sentence, ``{mistakes:vi}`` gives the first of them in Vietnamese, one a line."""

    def __format__(self, language: str) -> str:
        lines = [mistake.sentence(language) for mistake in self[:_SHOWN]]
        if more := len(self) - len(lines):
            lines.append(messages.sentence("list-more", language, {"more": more}))
        return "\n".join(lines)


def shorten(text: str, longest: int) -> str:
    """A text of at most ``longest`` characters, with an ellipsis where it goes on."""
    return text if len(text) <= longest else f"{text[:longest]}…"
