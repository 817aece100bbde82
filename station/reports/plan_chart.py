"""The course of a target as a small drawing: what was done up to each of the last days, and the way to the target.

The same figures stand in a table beside it, for those who cannot see it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from html import escape
from itertools import accumulate

from station.reports.plan import Course

_WIDTH, _HEIGHT = 420, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 24
#: So many days ahead are drawn, at least and at most.
_FEWEST_AHEAD, _MOST_AHEAD = 3, 30

Point = tuple[float, float]


def svg(course: Course, title: str) -> str:
    """The drawing; its colours are the page's (``plan-done``, ``plan-target``, ``plan-range``)."""
    past, today = list(course.daily), list(course.daily)[-1]
    last = today + timedelta(days=_days_ahead(course, today))
    top = max(course.total, course.done, 1)

    def at(day: date, count: float) -> Point:
        across = (day - past[0]).days / (last - past[0]).days
        return (
            round(_LEFT + across * (_WIDTH - _LEFT - _RIGHT), 1),
            round(_HEIGHT - _BOTTOM - count / top * (_HEIGHT - _TOP - _BOTTOM), 1),
        )

    before = course.done - sum(course.daily.values())
    sums = list(accumulate(course.daily.values(), initial=before))[1:]
    base, now, goal = at(past[0], 0)[1], at(today, course.done), at(last, course.total)[1]
    parts = [
        f'<line class="plan-axis" x1="{_LEFT}" y1="{base}" x2="{_WIDTH - _RIGHT}" y2="{base}"/>',
        f'<line class="plan-target" x1="{_LEFT}" y1="{goal}" x2="{_WIDTH - _RIGHT}" y2="{goal}"/>',
    ]
    if course.remaining and course.forecast.earliest is not None:
        parts.append(_polygon("plan-range", [now, *_ends(course, today, last, at)]))
    parts.append(_line("plan-done", [at(day, count) for day, count in zip(past, sums, strict=True)]))
    if course.due is not None and today < course.due <= last:
        parts.append(_line("plan-due", [now, at(course.due, course.total)]))
    words = [
        _text(_LEFT - 4, goal + 4, "end", str(course.total)),
        _text(_LEFT - 4, base, "end", "0"),
        _text(_LEFT, _HEIGHT - 6, "start", f"{past[0]:%d/%m}"),
        _text(now[0], _HEIGHT - 6, "middle", f"{today:%d/%m}"),
        _text(_WIDTH - _RIGHT, _HEIGHT - 6, "end", f"{last:%d/%m}"),
    ]
    head = f'<svg class="plan-chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
    return "".join([head, *parts, *words, "</svg>"])


def _days_ahead(course: Course, today: date) -> int:
    ends = [day for day in (course.due, course.forecast.earliest, course.forecast.latest) if day is not None]
    return min(max([_FEWEST_AHEAD, *((day - today).days for day in ends)]), _MOST_AHEAD)


def _ends(course: Course, today: date, last: date, at: Callable[[date, float], Point]) -> list[Point]:
    """Where the better and the poorer half of the last days lead to, within the drawing."""
    ends: list[Point] = []
    for end in (course.forecast.earliest, course.forecast.latest):
        if end is None:
            ends.append(at(last, course.done))
        elif end <= last:
            ends += [at(end, course.total), *([at(last, course.total)] if end is course.forecast.earliest else [])]
        else:
            share = (last - today).days / (end - today).days
            ends.append(at(last, course.done + course.remaining * share))
    return ends


def _line(kind: str, points: list[Point]) -> str:
    return f'<polyline class="{kind}" points="{_joined(points)}"/>'


def _polygon(kind: str, points: list[Point]) -> str:
    return f'<polygon class="{kind}" points="{_joined(points)}"/>'


def _joined(points: list[Point]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _text(x: float, y: float, anchor: str, words: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
