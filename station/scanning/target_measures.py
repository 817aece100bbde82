"""What scans of the capture target told of a scanner: kept, put into words, and held against its earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import TargetMeasure
from station.context import Station
from station.imaging.image_facts import TargetMeasures
from station.messages import Message
from station.settings.tables import TargetTable

#: So many of a scanner's earlier measures say what it usually does.
EARLIER = 10


@dataclass(frozen=True)
class MeasuredScanner:
    """What the newest scan of the target told of a scanner, and what of it is not as it was: ``drift``."""

    scanner: str
    at: datetime
    dpi: int
    measures: TargetMeasures
    drift: list[Message]

    @property
    def words(self) -> Message:
        """All of it in words."""
        facts = {**asdict(self.measures), "dpi": self.dpi, "at": f"{self.at.astimezone():%Y-%m-%d %H:%M}"}
        return Message("target-measured", {**facts, "dust": _dust(self.measures)})


def keep(session: Session, scanner: str, measures: TargetMeasures, dpi: int, session_id: int | None = None) -> None:
    """Keep what a scan of the target told, inside the caller's transaction; ``dpi`` is what the scanner says it did."""
    at = datetime.now(UTC)
    session.add(TargetMeasure(scanner=scanner, session_id=session_id, dpi=dpi, measures=asdict(measures), at=at))


def newest(station: Station) -> list[MeasuredScanner]:
    """What is known of each scanner of the settings that was ever measured, in their order."""
    with station.catalogue.reading() as session:
        found = [_of_scanner(session, one.id, station.settings.target) for one in station.settings.scanners]
    return [one for one in found if one is not None]


def _of_scanner(session: Session, scanner: str, limits: TargetTable) -> MeasuredScanner | None:
    rows = select(TargetMeasure).where(TargetMeasure.scanner == scanner).order_by(TargetMeasure.id.desc())
    last = session.scalars(rows.limit(1)).first()
    if last is None:
        return None
    before = rows.where(TargetMeasure.id < last.id, TargetMeasure.dpi == last.dpi).limit(EARLIER)
    earlier = [TargetMeasures.of(row.measures) for row in session.scalars(before)]
    measures = TargetMeasures.of(last.measures)
    return MeasuredScanner(scanner, last.at, last.dpi, measures, drift(measures, last.dpi, earlier, limits))


def drift(now: TargetMeasures, dpi: int, earlier: Sequence[TargetMeasures], limits: TargetTable) -> list[Message]:
    """What is worse than it usually was, beyond the limits; where nothing is earlier, than it should be.

    Sharpness alone has nothing that it should be. Dust is always told.
    """

    def usual(measure: Callable[[TargetMeasures], float], should_be: float) -> float:
        return median(map(measure, earlier)) if earlier else should_be

    messages = []
    for axis, true, before in (
        ("x", now.dpi_x, usual(lambda one: one.dpi_x, dpi)),
        ("y", now.dpi_y, usual(lambda one: one.dpi_y, dpi)),
    ):
        if abs(true - before) > before * limits.dpi_percent / 100:
            messages.append(Message("target-drift-dpi", {"axis": axis, "now": true, "before": round(before, 1)}))
    skew = usual(lambda one: one.skew, 0)
    if abs(now.skew - skew) > limits.skew_degrees:
        messages.append(Message("target-drift-skew", {"now": now.skew, "before": round(skew, 2)}))
    light = usual(lambda one: one.light_spread, 0)
    if now.light_spread - light > limits.light_percent:
        messages.append(Message("target-drift-light", {"now": now.light_spread, "before": round(light, 1)}))
    sharpness = usual(_sharpness, _sharpness(now))
    if _sharpness(now) < sharpness * (1 - limits.sharpness_percent / 100):
        messages.append(Message("target-drift-sharpness", {"now": _sharpness(now), "before": round(sharpness, 2)}))
    clipped = usual(_clipped, 0)
    if _clipped(now) - clipped > limits.clipped_percent:
        messages.append(Message("target-drift-clipped", {"now": _clipped(now), "before": round(clipped, 1)}))
    if now.dust_mm:
        messages.append(Message("target-drift-dust", {"places": _places(now.dust_mm)}))
    return messages


def _sharpness(measures: TargetMeasures) -> float:
    return min(measures.mtf50_x, measures.mtf50_y)


def _clipped(measures: TargetMeasures) -> float:
    return max(measures.white_clipped, measures.black_clipped)


def _dust(measures: TargetMeasures) -> Message:
    if measures.dust_mm is None:
        return Message("target-dust-unknown")
    return (
        Message("target-dust", {"places": _places(measures.dust_mm)}) if measures.dust_mm else Message("target-clean")
    )


def _places(dust_mm: Sequence[float]) -> str:
    return ", ".join(f"{place:g}" for place in dust_mm)
