"""The image of each page of a ledger: its master, the part that shows the page, and how far that is turned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from station.context import Station
from station.ledger import ledgers, page_readings, pages
from station.ledger.page_readings import StoredReading
from station.ledger.spreads import Box


@dataclass(frozen=True)
class MasterPart:
    """A page by its label: the first part of it lies in ``crop`` of ``file`` (pixels as stored; None is all of it).

    ``turn`` makes it upright (clockwise degrees). ``read`` is what the machine read on it, if it did.
    """

    seq: str
    file: Path
    crop: Box | None
    turn: int
    read: StoredReading | None


def of_ledger(station: Station, ledger_text: str) -> list[MasterPart]:
    """The pages of a ledger in their order."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        read = page_readings.of_ledger(session, ledger)
        data = station.folders.data
        return [
            MasterPart(page.seq, data / region.capture.file, region.crop, region.rotation, read.get(page.id))
            for page in pages.of_ledger(session, ledger)
            for region in page.regions[:1]
        ]
