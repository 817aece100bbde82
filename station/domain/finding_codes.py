"""The codes of findings: what the station may doubt about a capture. Each has its two sentences in the messages."""

from __future__ import annotations

from enum import StrEnum


class FindingCode(StrEnum):
    """What may be wrong with a capture, as the catalogue and the page name it."""

    # What an image shows, from a limit of the scan profile on: see station.domain.finding_limits.
    BLANK = "blank"
    BLUR = "blur"
    UNREADABLE_PART = "unreadable-part"
    LINES_LOST = "lines-lost"
    COVERED = "covered"
    STREAKS = "streaks"
    DARK = "dark"
    LIGHT = "light"
    CLIPPED = "clipped"
    FADED = "faded"
    GLARE = "glare"
    SKEW = "skew"
    CUT_EDGE = "cut-edge"
    TWO_PAGES = "two-pages"
    WRONG_SIZE = "wrong-size"
    # It came as a file that keeps less than was on the paper.
    OVER_COMPRESSED = "over-compressed"
    # It differs from the good pages of its own ledger: paler or less sharp writing, another printed form.
    FAINTER = "fainter"
    LESS_SHARP = "less-sharp"
    OTHER_FORM = "other-form"
    # It shows the same page as another one.
    NEAR_DUPLICATE = "near-duplicate"
    # It was found after a kill, and nobody saw where it belongs.
    RECOVERED = "recovered"
    # An open book whose middle nothing told.
    FOLD_UNSURE = "fold-unsure"
    # Its page is larger than the glass, and another part of it is not there yet: told of pages, stored nowhere.
    PART_MISSING = "part-missing"
    # As small as it must be for the ministry's software, it may not be readable any more.
    COPY_UNREADABLE = "copy-unreadable"
    # Nobody looked at it: where no worker could.
    UNJUDGED = "unjudged"
    # What the machine read on it: printed numbers leap or return, one stands on another page too, the heading names
    # another ledger, it stands on its head, a form between entries was never filled in.
    PAGE_JUMP = "page-jump"
    PAGE_REPEAT = "page-repeat"
    WRONG_LEDGER = "wrong-ledger"
    UPSIDE_DOWN = "upside-down"
    EMPTY_FORM = "empty-form"


#: Their detail is the label of another page that shows the same.
NAMES_ANOTHER = (FindingCode.NEAR_DUPLICATE, FindingCode.PAGE_REPEAT)
#: Told of what the machine read: see :mod:`station.ledger.reading_findings`.
READ_OFF = frozenset(
    {
        FindingCode.PAGE_JUMP,
        FindingCode.PAGE_REPEAT,
        FindingCode.WRONG_LEDGER,
        FindingCode.UPSIDE_DOWN,
        FindingCode.EMPTY_FORM,
    }
)
#: Told of how a capture came in or lies in its ledger; every other one is measured, and has a limit.
NOT_MEASURED = frozenset(
    {
        FindingCode.RECOVERED,
        FindingCode.FOLD_UNSURE,
        FindingCode.PART_MISSING,
        FindingCode.COPY_UNREADABLE,
        FindingCode.UNJUDGED,
        *READ_OFF,
    }
)
