"""Sheets laid on the glass by a scan profile of one's choice: open books, and pages in two halves."""

from __future__ import annotations

from typing import Any

from tests.station.opened_station import OpenedStation, sheet


def laid(
    desk: OpenedStation, ledger: str, sheets: int = 1, *, profile: str, size: tuple[int, int] = (24, 32), **session: Any
) -> list[str]:
    """Scan so many sheets in one session by that profile; gives the labels they got."""
    with desk.session(ledger, **session) as (run, folder):
        desk.by_hand("UPDATE session SET profile = ? WHERE id = ?", profile, run)
        before = desk.one_row("SELECT count(*) FROM capture")  # no sheet is like another
        return [desk.accept(run, sheet(folder, before + number, size=size)) for number in range(1, sheets + 1)]
