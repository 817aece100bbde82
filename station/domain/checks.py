"""Checks by people: what a ledger needs, what is said of a page and of a row, and why a page is rejected."""

from __future__ import annotations

from enum import StrEnum


class CheckKind(StrEnum):
    """Which look it was: the first one, at all pages, the second one, by another person, at a sample of
    them, or the one at an entry's row; or the answer to what is odd in a row."""

    FIRST = "first"
    SECOND = "second"
    ROW = "row"
    DOUBT = "doubt"


class Looks(StrEnum):
    """What a ledger needs before it counts as checked: no look at its pages, the first one, or the second one too."""

    NONE = "none"
    FIRST = "first"
    SECOND = "second"


class CheckVerdict(StrEnum):
    """What a person says who looked; of what was taken back by undo nothing is said any more."""

    RIGHT = "right"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class SecondLook(StrEnum):
    """What second look the rows of a ledger get: none, another person's, or keying twice without seeing the first."""

    NONE = "none"
    REVIEW = "review"
    DOUBLE = "double"


class RejectReason(StrEnum):
    """Why a page is rejected, by the codes of findings and by what only people see; each has a key of its own."""

    BLUR = "blur"
    DARK = "dark"
    LIGHT = "light"
    SKEW = "skew"
    CUT_EDGE = "cut-edge"
    HAND = "hand"
    FOLDED = "folded"
    TORN = "torn"
    GLARE = "glare"
    COVERED = "covered"
    WRONG_LEDGER = "wrong-ledger"
    NEAR_DUPLICATE = "near-duplicate"
    UPSIDE_DOWN = "upside-down"
    TWO_PAGES = "two-pages"
    CLIPPED = "clipped"
    WRONG_SIZE = "wrong-size"
    OTHER = "other"
