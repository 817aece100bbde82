"""Simple drawings of the province's progress; the same figures stand in tables beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

_WIDTH, _HEIGHT = 560, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 8, 14, 24


def days(daily: dict[date, int], title: str) -> str:
    """A bar for each day, the oldest on the left; colours are the page's (``day``, ``axis``)."""
    top = max(*daily.values(), 1)
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(daily), 1)
    base = _HEIGHT - _BOTTOM
    parts = [f'<line class="axis" x1="{_LEFT}" y1="{base}" x2="{_WIDTH - _RIGHT}" y2="{base}"/>']
    for number, (day, count) in enumerate(daily.items()):
        height = round(count / top * (base - _TOP), 1)
        x = round(_LEFT + number * step + step * 0.1, 1)
        parts.append(
            f'<rect class="day" x="{x}" y="{round(base - height, 1)}" width="{round(step * 0.8, 1)}" height="{height}">'
            f"<title>{day:%d/%m/%Y}: {count}</title></rect>"
        )
    first, last = min(daily), max(daily)
    parts += [
        _words(_LEFT - 4, _TOP + 4, "end", str(top)),
        _words(_LEFT - 4, base, "end", "0"),
        _words(_LEFT, _HEIGHT - 6, "start", f"{first:%d/%m}"),
        _words(_WIDTH - _RIGHT, _HEIGHT - 6, "end", f"{last:%d/%m}"),
    ]
    return _drawing(_WIDTH, _HEIGHT, title, parts)


def shares(counts: Sequence[tuple[str, int]], title: str) -> str:
    """One bar of so many parts, each by its name and its share; their colours are ``share-0``, ``share-1`` and on."""
    whole = sum(count for _, count in counts) or 1
    parts, x = [], 0.0
    for number, (name, count) in enumerate(counts):
        width = round(count / whole * _WIDTH, 1)
        parts.append(
            f'<rect class="share-{number}" x="{x}" y="0" width="{width}" height="22">'
            f"<title>{escape(name)}: {count}</title></rect>"
        )
        x = round(x + width, 1)
    return _drawing(_WIDTH, 22, title, parts)


def _drawing(width: int, height: int, title: str, parts: list[str]) -> str:
    head = f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
    return "".join([head, *parts, "</svg>"])


def _words(x: float, y: float, anchor: str, words: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
