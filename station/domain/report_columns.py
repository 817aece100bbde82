"""What the day's report counts, each a column: the settings choose among these, and may give each a name of their own.

A figure that the station does not count has no column: none stands there with a nought.
"""

from __future__ import annotations

from enum import StrEnum


class ReportColumn(StrEnum):
    """The columns in their usual order; a report has :data:`USUAL_COLUMNS` unless the settings say others.

    Ledgers are counted by what was done to them that day; ``opened`` is the day of a ledger's first image. Pages and
    entries are those of that day's work which stand in the catalogue now: what was set aside or taken out again is not
    among them, so that all days together give what the ledgers hold. ``pages_retaken`` are images that took an earlier
    one's place, ``pages_checked`` pages on which the newest verdict of a first look is of that day,
    ``pages_checked_twice`` the same of a second look; ``findings_open`` are images of that day which ask something
    still; ``a4_equivalents`` are the pages weighed by their paper (:func:`station.domain.paper.a4_equivalents`).
    """

    LEDGERS_OPENED = "ledgers_opened"
    LEDGERS_CLOSED = "ledgers_closed"
    LEDGERS_PACKAGED = "ledgers_packaged"
    LEDGERS_DELIVERED = "ledgers_delivered"
    PAGES_SCANNED = "pages_scanned"
    PAGES_RETAKEN = "pages_retaken"
    PAGES_CHECKED = "pages_checked"
    PAGES_CHECKED_TWICE = "pages_checked_twice"
    A4_EQUIVALENTS = "a4_equivalents"
    ENTRIES_NAMED = "entries_named"
    ROWS_CHECKED = "rows_checked"
    ENTRIES_ATTACHED = "entries_attached"
    FINDINGS_OPEN = "findings_open"


#: Without what only offices with a second look count: more would not go on one sheet of A4.
USUAL_COLUMNS = tuple(
    column for column in ReportColumn if column not in (ReportColumn.PAGES_CHECKED_TWICE, ReportColumn.ROWS_CHECKED)
)


class DoneMeasure(StrEnum):
    """When an entry counts as done in the progress of a commune: named here, delivered, or attached as people say."""

    NAMED = "named"
    DELIVERED = "delivered"
    ATTACHED = "attached"
