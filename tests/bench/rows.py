"""The one shape in which benchmarks tell what they measured: a JSON object per line."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from typing import Any


def say(step: str) -> None:
    """Tell a step on stderr: whoever watches sees by them that it goes on."""
    print(step, file=sys.stderr, flush=True)


def tell(
    bench: str,
    ours: Sequence[float],
    peer: Sequence[float] | None,
    *,
    unit: str,
    limit: float | None,
    settings: dict[str, Any],
) -> None:
    """Print one row: medians of ours and the peer's, their ratio pair by pair, and its limit.

    Without a peer there is no ratio, and the limit is of the p95.
    """
    ratios = [mine / theirs for mine, theirs in zip(ours, peer, strict=True)] if peer else None
    row = {
        "bench": bench,
        "ours": round(statistics.median(ours), 3),
        "peer": round(statistics.median(peer), 3) if peer else None,
        "ratio": round(statistics.median(ratios), 3) if ratios else None,
        "unit": unit,
        "median": round(statistics.median(ours), 3),
        "p95": round(sorted(ours)[int(0.95 * (len(ours) - 1))], 3),
        "limit": limit,
        "n": len(ours),
        "settings": settings,
    }
    print(json.dumps(row, ensure_ascii=False), flush=True)
