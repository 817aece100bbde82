"""Sheets of any size as a glass larger than them shows them: drawn in no time, different for each number."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from sqlalchemy import select

from drivers import Storing
from drivers.images import masters, raw_sheet
from station.catalogue.models import Capture, Finding, Ledger
from station.imaging import analysis
from station.scanning import acceptance
from station.scanning.acceptance import CaptureOrigin
from tests.station.damaged import Picture
from tests.station.opened_station import GLASS, MOMENT, OpenedStation

DPI = 100
#: Profiles that ask about sizes and nothing else, for pages that are drawn without care.
LIMITS = "[profile.limits]\nblank=0\nblur=0\ndark=0\nlight=0\nclipped=0\nskew=0\ncut_edge=0\nnear_duplicate=0\n"
SIZES_ONLY = f'[[profile]]\nid = "sizes"\n{LIMITS}'
OPEN_BOOK = f'[[profile]]\nid = "sizes-of-books"\nlayout = "spread"\n{LIMITS}'


def lay(
    desk: OpenedStation,
    ledger: str,
    *sizes: tuple[float, float],
    dpi: float = DPI,
    profile: str = "sizes",
    supposed: bool = False,
) -> list[str]:
    """Scan a sheet of each of these sizes (mm) in one session; gives their labels.

    ``dpi`` is the resolution that the images claim, ``supposed`` that it is the station's guess.
    """
    sheets = [drawn(size, number) for number, size in enumerate(sizes, start=1)]
    return lay_pictures(desk, ledger, sheets, dpi=dpi, profile=profile, supposed=supposed)


def lay_pictures(
    desk: OpenedStation,
    ledger: str,
    pictures: Sequence[Picture],
    *,
    dpi: float,
    profile: str = "sizes",
    supposed: bool = False,
) -> list[str]:
    """Scan these pictures in one session; gives their labels."""
    labels = []
    caller = {masters.SUPPOSED: "A4"} if supposed else {}
    origin = raw_sheet.Origin(GLASS, MOMENT, (dpi, dpi), round(dpi), caller=caller)
    with desk.session(ledger, profile=profile) as (run, folder):
        for number, picture in enumerate(pictures, start=1):
            content = io.BytesIO()
            masters.encode(picture, content, origin, Storing())
            file = folder / f"{number:04d}.jpg"
            file.write_bytes(content.getvalue())
            paper = desk.one(select(Ledger.paper).where(Ledger.id == desk.ledger_id(ledger)))
            result = analysis.analyse(file, acceptance.analysis_request(desk.station, profile, paper))
            capture_id = acceptance.accept(desk.station, run, result, CaptureOrigin.recorded_in(file))
            labels.append(str(desk.one(select(Capture.label).where(Capture.id == capture_id))))
    return labels


def drawn(size: tuple[float, float], number: int = 1) -> Picture:
    """A sheet with lines of writing, on a dark ground that is larger than it."""
    rng = np.random.default_rng(number)
    width, height = (round(side * DPI / 25.4) for side in size)
    page = np.full((height, width, 3), (226, 220, 205), np.uint8)
    margin, line = DPI // 3, DPI // 4
    for top in range(margin, height - margin - line, line):
        end = int(rng.integers(width // 2, width - margin))
        page[top : top + 3, margin:end:7] = 40
        page[top : top + 8, margin:end:11] = 60
    glass = np.full((height + DPI // 2, width + DPI // 2, 3), 20, np.uint8)
    glass[:height, :width] = page
    return glass


def asked(desk: OpenedStation, ledger: str) -> dict[str, set[str]]:
    """What still asks, by label."""
    query = (
        select(Capture.label, Finding.code)
        .join(Finding, Finding.capture_id == Capture.id)
        .where(Capture.ledger_id == desk.ledger_id(ledger), Finding.resolved_at.is_(None))
    )
    codes: dict[str, set[str]] = {}
    with desk.station.catalogue.reading() as session:
        for label, code in session.execute(query):
            codes.setdefault(label, set()).add(code)
    return codes
