"""What a plan sets targets for, and the figure by which each is done."""

from __future__ import annotations

from enum import StrEnum

from station.domain.report_columns import ReportColumn


class PlanSubject(StrEnum):
    """Entries are done when they are named, pages when they are scanned, ledgers when they are closed."""

    ENTRIES = "entries"
    PAGES = "pages"
    LEDGERS = "ledgers"

    @property
    def column(self) -> ReportColumn:
        """The figure of the day's report that counts it."""
        return _COLUMNS[self]


_COLUMNS = {
    PlanSubject.ENTRIES: ReportColumn.ENTRIES_NAMED,
    PlanSubject.PAGES: ReportColumn.PAGES_SCANNED,
    PlanSubject.LEDGERS: ReportColumn.LEDGERS_CLOSED,
}
