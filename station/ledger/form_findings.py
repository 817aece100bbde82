"""Whether a page is on the printed form of its ledger, by the lines that are ruled on it.

A ledger may have several forms, one on the left and one on the right pages: a page's columns, and its rows, are held
against those that they are most like. How alike pages of one form are is known from the ledger's own. A form that is
new is asked about once: while its first page still asks, the next ones are on the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from station.domain.finding_codes import FindingCode
from station.domain.finding_limits import Limits
from station.imaging.findings.ruled_lines import likeness
from station.imaging.image_facts import Appearance, Defect, RuledLines
from station.ledger.ledger_appearance import FEWEST, LedgerPage, Usual, good_looks

#: A direction tells where pages have so many mm of lines in it, and are so alike among themselves: in their columns for
#: the most part, in their rows each of so many, for one hand's dashes are no form.
_LINES_MM, _ALIKE_COLUMNS, _ALIKE_ROWS, _FEWEST_ROWS = 250.0, 0.8, 0.9, 12

#: Where a page is crooked, cut off, covered, or two, its lines are not where they were.
_TOLD = {
    FindingCode.BLANK,
    FindingCode.COVERED,
    FindingCode.CUT_EDGE,
    FindingCode.LINES_LOST,
    FindingCode.SKEW,
    FindingCode.TWO_PAGES,
    FindingCode.WRONG_SIZE,
}


def doubt(pages: Sequence[LedgerPage], look: Appearance, limits: Limits, told: Collection[str]) -> Defect | None:
    """Whether the lines of a page stand elsewhere than on its ledger's good ``pages``; None where nobody can say so.

    Nothing is asked where what is ``told`` of the page explains it.
    """
    good = [one.lines for one in good_looks(pages)]
    if not limits.other_form or len(good) < FEWEST or not _TOLD.isdisjoint(told):
        return None
    among = _among(good)
    least = [_least(good, among, direction, limits.other_form) for direction in (0, 1)]
    turned = RuledLines(look.lines.columns[::-1], look.lines.rows[::-1])
    asked = [one.look.lines for one in pages if FindingCode.OTHER_FORM in one.asks]
    for known in (good, asked):
        if known and any(np.all(one >= least) for one in likeness([look.lines, turned], known).max(axis=2).T):
            return None
    columns, rows = likeness([look.lines], good).max(axis=2)[:, 0]
    return Defect(
        FindingCode.OTHER_FORM, f"columns {columns:.0%}, rows {rows:.0%} alike, least {least[0]:.0%}, {least[1]:.0%}"
    )


def _among(good: Sequence[RuledLines]) -> NDArray[np.float64]:
    """How alike each page's columns, and its rows, are to those of the other page that is most like (2, pages)."""
    alike = likeness(good, good)
    alike[:, range(len(good)), range(len(good))] = -1
    return np.asarray(alike.max(axis=2))


def _least(good: Sequence[RuledLines], among: NDArray[np.float64], direction: int, limit: float) -> float:
    """From which likeness on pages are on one form in one direction; 0 where that direction tells nothing."""
    usual = Usual.of(among[direction].tolist())
    has_lines = median(one.lengths_mm[direction] for one in good) > _LINES_MM
    if direction == 0:
        is_form = usual.middle > _ALIKE_COLUMNS
    else:
        is_form = len(good) >= _FEWEST_ROWS and among[1].min() > _ALIKE_ROWS
    return usual.lower_bound(usual.middle - limit) if has_lines and is_form else 0.0
