"""What a ledger's own good pages look like, and which page does not look like them.

Good are the newest pages that nothing asks of: what was never doubted, and what a person said is right. They are
looked at anew for each page, so that an answer counts at once, and counts no more when it is taken back. Only pages of
the same scanner and profile are held against each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Finding, KeptAppearance
from station.context import Station
from station.domain.finding_codes import FindingCode
from station.domain.finding_limits import Limits
from station.imaging.image_facts import Appearance, Defect, RuledLines
from station.ledger import ledgers
from station.ledger.finding_resolutions import Resolution
from station.messages import Message

#: So many of a ledger's newest images are looked at, and from so many good ones on it is known what is usual.
LOOKED, FEWEST = 32, 8
#: What is usual reaches so many deviations (median of the absolute ones, as a normal deviation) from the middle.
_DEVIATIONS, _NORMAL = 4.0, 1.4826
#: A page that is as far off as one that a person said is right is right too, and a little beyond.
_AS_FAR = 0.97

#: Findings that say the same more plainly, or explain it: what is blurred is fainter too, for ink runs into the paper.
_TOLD = {
    FindingCode.LESS_SHARP: {FindingCode.BLUR, FindingCode.UNREADABLE_PART, FindingCode.FADED, FindingCode.LIGHT},
    FindingCode.FAINTER: {
        FindingCode.BLUR,
        FindingCode.CLIPPED,
        FindingCode.DARK,
        FindingCode.FADED,
        FindingCode.LESS_SHARP,
        FindingCode.LIGHT,
        FindingCode.UNREADABLE_PART,
    },
}


@dataclass(frozen=True)
class LedgerPage:
    """One of a ledger's newest pages: its look, by what it asks still, and by what a person said that it is right."""

    look: Appearance
    asks: frozenset[str]
    kept: frozenset[str]


@dataclass(frozen=True)
class Usual:
    """What a measure usually is on the good pages: its middle, and how far they lie from it."""

    middle: float
    deviation: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Usual:
        """Of the measures of the good pages."""
        middle = median(values)
        return cls(middle, median(abs(value - middle) for value in values) * _NORMAL)

    def lower_bound(self, least: float) -> float:
        """Below what a value is unusual: ``least``, or lower where good pages differ as much by themselves."""
        return min(least, self.middle - _DEVIATIONS * self.deviation)


def newest_pages(session: Session, capture: Capture, *, itself: bool = False) -> list[LedgerPage]:
    """Of the newest pages of a capture's ledger those that can be compared with it; ``itself`` counts it in."""
    query = (
        select(Capture.id, Capture.scanner, Capture.profile, KeptAppearance)
        .outerjoin(KeptAppearance, KeptAppearance.capture_id == Capture.id)
        .where(Capture.ledger_id == capture.ledger_id, Capture.current)
        .order_by(Capture.counter.desc())
        .limit(LOOKED)
    )
    newest = {row.id: row for row in session.execute(query)}
    rows = {one: row for one, row in newest.items() if itself or one != capture.id}
    findings = select(Finding.capture_id, Finding.code, Finding.resolution).where(Finding.capture_id.in_(rows))
    told = session.execute(findings).all()
    return [
        LedgerPage(
            look_of(row.KeptAppearance),
            frozenset(one.code for one in told if one.capture_id == row.id and one.resolution is None),
            frozenset(one.code for one in told if one.capture_id == row.id and one.resolution == Resolution.KEPT),
        )
        for row in rows.values()
        if row.KeptAppearance and (row.scanner, row.profile) == (capture.scanner, capture.profile)
    ]


def look_of(kept: KeptAppearance) -> Appearance:
    """What a worker measured, as it was kept."""
    return Appearance(kept.ink, kept.sharpness, RuledLines(kept.columns, kept.rows))


def keep(session: Session, capture: Capture, look: Appearance) -> None:
    """Keep what a worker measured of a capture."""
    session.flush()
    lines = {"columns": look.lines.columns, "rows": look.lines.rows}
    session.add(KeptAppearance(capture_id=capture.id, ink=look.ink, sharpness=look.sharpness, **lines))


def doubts(pages: Sequence[LedgerPage], look: Appearance, limits: Limits, told: Collection[str]) -> Iterator[Defect]:
    """What is unusual in a page's sharpness or ink, where nothing ``told`` of it explains that already."""
    explained = set(told)
    for code, limit in ((FindingCode.LESS_SHARP, limits.less_sharp), (FindingCode.FAINTER, limits.fainter)):
        value = _measure(look, code)
        good = [one for each in good_looks(pages) if (one := _measure(each, code)) is not None]
        if not limit or value is None or len(good) < FEWEST or not _TOLD[code].isdisjoint(explained):
            continue
        usual = Usual.of(good)
        kept = [was for page in pages if code in page.kept and (was := _measure(page.look, code)) is not None]
        least = min([limit * usual.middle, *(was * _AS_FAR for was in kept)])
        if value < usual.lower_bound(least):
            explained.add(code)
            yield Defect(code, f"{value:.2f}, in this ledger {usual.middle:.2f}")


def known_of(station: Station, ledger_text: str) -> Message | None:
    """What the newest pages of a ledger taught, in words; None where there are too few good ones."""
    with station.catalogue.reading() as session:
        images = select(Capture).where(Capture.ledger_id == ledgers.find(session, ledger_text).id, Capture.current)
        newest = session.scalars(images.order_by(Capture.counter.desc()).limit(1)).first()
        looks = good_looks(newest_pages(session, newest, itself=True)) if newest is not None else []
    if len(looks) < FEWEST:
        return None
    sharpness = median(look.sharpness or 0.0 for look in looks)
    upright, level = (median(mm) / 1000 for mm in zip(*(look.lines.lengths_mm for look in looks), strict=True))
    facts = {"pages": len(looks), "ink": f"{100 * median(look.ink for look in looks):.0f}"}
    lines = {"upright": f"{upright:.1f}", "level": f"{level:.1f}"}
    return Message("ledger-appearance", {**facts, **lines, "sharpness": f"{100 * sharpness:.0f}"})


def good_looks(pages: Sequence[LedgerPage]) -> list[Appearance]:
    """The looks of the pages that nothing asks of."""
    return [page.look for page in pages if not page.asks]


def _measure(look: Appearance, code: FindingCode) -> float | None:
    return look.ink if code is FindingCode.FAINTER else look.sharpness
