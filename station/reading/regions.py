"""How much of a page is read: what a slow processor spares, it spares in regions, before pages are read more slowly.

Without AVX2 the networks take several times as long. Lines that a usual page does not have are left out there: those of
a photograph or of a crowded heading, further columns, the rows at the bottom of a long ruled page.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Regions:
    """At most so many ``lines`` of a zone of a form, the uppermost; so many ``columns`` of a ruled page are tried for
    numbers, from the left, and so many ``rows`` of one are read, from the top.
    """

    lines: int
    columns: int
    rows: int


USUAL = Regions(lines=30, columns=3, rows=60)
FEW = Regions(lines=15, columns=1, rows=20)
