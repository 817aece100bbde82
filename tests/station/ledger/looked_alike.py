"""Pages of a ledger that look as a test says, and are accepted without being drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from station.imaging.image_facts import Appearance, RuledLines
from station.ledger.ledger_appearance import FEWEST, LedgerPage
from station.scanning import acceptance
from station.views import listings
from tests.station.opened_station import OpenedStation, origin, sheet

#: Two profiles that ask about all that there is.
TAUGHT = '[[profile]]\nid = "taught"\n[[profile]]\nid = "other"\n'
STRIPS = 216


def ruled(columns: Sequence[int], rows: Sequence[int]) -> RuledLines:
    """A form with lines of 245 mm in these strips."""

    def strips(places: Sequence[int]) -> bytes:
        return bytes(200 if place in places else 0 for place in range(STRIPS))

    return RuledLines(strips(columns), strips(rows))


FORM = ruled((30, 60, 120, 180), (20, 80, 90, 200))
OTHER_FORM = ruled((30, 100, 135, 180), (20, 45, 110, 200))


def look(ink: float = 0.6, sharpness: float | None = 0.9, lines: RuledLines = FORM) -> Appearance:
    return Appearance(ink, sharpness, lines)


def good(count: int = FEWEST) -> list[Appearance]:
    """So many good pages, which differ as pages of one hand do."""
    return [look(0.58 + 0.02 * (number % 3), 0.88 + 0.02 * (number % 2)) for number in range(count)]


def known(looks: Sequence[Appearance], asks: str = "") -> list[LedgerPage]:
    """Pages of a ledger that look so; ``asks`` is what each is asked about still."""
    return [LedgerPage(one, frozenset(asks.split()), frozenset()) for one in looks]


def accept(desk: OpenedStation, ledger: str, *looks: Appearance, profile: str = "taught") -> list[tuple[str, ...]]:
    """Accept pages that look so; gives what each is asked about."""
    with desk.session(ledger, profile=profile) as (run, folder):
        for one in looks:
            file = sheet(folder, desk.one_row("SELECT count(*) FROM capture"))
            looked = replace(desk.looked(file), defects=(), fingerprint="", appearance=one)
            acceptance.accept(desk.station, run, looked, origin(file))
    return [tuple(row.findings) for row in listings.page_rows(desk.station, ledger)[-len(looks) :]]
