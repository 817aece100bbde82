"""Numbers, or days, of neighbouring entries as one sequence: each goes on from the one before, or jumps, or is misread.

A prior that expects the next number hides exactly the leaf that was skipped. So the sequence is read as a whole,
forwards and backwards, with a jump of small probability: one odd number is a bad reading, three that go on from it are
a jump, and the posterior of the path says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from station.reading.candidates import Scores
from station.reading.grading import TEMPER

#: How probable it is that a row is no entry at all: a blot, a heading, a word that reaches into the column.
_NO_ENTRY = 0.03
#: Of lines that are no entry, so few look like a number.
_LIKE_A_NUMBER = 0.05
#: What a line says for any value at all: it may be misread to any extent (natural logarithm).
_MISREAD = -7.0
#: So much worse than the best (natural logarithm) the line itself may say of a value that the sequence makes sure.
_OWN = -2.5


class Step(Protocol):
    """How a value goes on to that of the next entry."""

    def onward(self, before: Scores) -> Scores:
        """How probable each value is, from how probable each was one entry before."""

    def back(self, behind: Scores) -> Scores:
        """How probable what stands below is from each value, from how it is from each value one entry below."""


class NextNumber:
    """Entries are numbered: mostly the next number, at times the same again, some left out, or any other."""

    _REPEAT, _SKIP, _ANYWHERE = 0.002, 0.006, 0.002
    _SKIPS = 20

    def onward(self, before: Scores) -> Scores:
        """See :class:`Step`."""
        after = np.full_like(before, self._ANYWHERE * before.sum() / len(before)) + self._REPEAT * before
        after[1:] += (1 - self._REPEAT - self._SKIP - self._ANYWHERE) * before[:-1]
        for skip in range(1, self._SKIPS + 1):
            after[1 + skip :] += self._SKIP / self._SKIPS * before[: -1 - skip]
        return after

    def back(self, behind: Scores) -> Scores:
        """See :class:`Step`."""
        return self.onward(behind[::-1])[::-1]


class LaterDay:
    """Entries stand in the order of their days, many on the same one; with a new month days begin anew."""

    _SAME, _LATER, _ANY = 0.5, 0.4, 0.1
    _SLOWER = 0.7  # of one day more, against a day less

    def __init__(self, count: int) -> None:
        day = np.arange(count)
        apart = day[np.newaxis] - day[:, np.newaxis]
        later = np.where(apart > 0, self._SLOWER ** np.maximum(apart, 0), 0.0)
        later /= np.maximum(later.sum(axis=1, keepdims=True), 1e-9)
        self._matrix = self._SAME * np.eye(count) + self._LATER * later + self._ANY / count

    def onward(self, before: Scores) -> Scores:
        """See :class:`Step`."""
        after: Scores = before @ self._matrix
        return after

    def back(self, behind: Scores) -> Scores:
        """See :class:`Step`."""
        before: Scores = self._matrix @ behind
        return before


@dataclass(frozen=True)
class SequenceValue:
    """A row of a column: its most probable value, how probable it is, and whether the row itself (``own``) agrees."""

    value: int
    probability: float
    own: bool


def read(rows: Sequence[Scores], step: Step, start: int | None = None) -> list[SequenceValue]:
    """The values of ``rows``, given how well each agrees with each value from 0 on (natural logarithms).

    ``start`` is the value before the first row, where that is known for certain.
    """
    if not rows:
        return []
    agreement = TEMPER * np.stack(rows)
    evidence = np.exp(np.minimum(0.0, agreement))
    idle = _NO_ENTRY * (1 - (1 - _LIKE_A_NUMBER) * evidence.max(axis=1))
    evidence = (1 - _NO_ENTRY) * (evidence + np.exp(_MISREAD))
    places = []
    forward, backward = _forward(evidence, idle, step, start), _backward(evidence, idle, step)
    for row, (entry, none), behind in zip(agreement, forward, backward, strict=True):
        path = entry * behind
        path /= path.sum() + (none * behind).sum()
        value = int(path.argmax())
        places.append(SequenceValue(value, float(path[value]), bool(row[value] - row.max() >= _OWN)))
    return places


def _forward(evidence: Scores, idle: Scores, step: Step, start: int | None) -> list[tuple[Scores, Scores]]:
    """Of each row: how probable each value is as its own, and as that of the entry before while the row is none."""
    before = np.full(evidence.shape[1], 1 / evidence.shape[1])
    if start is not None:
        before = np.eye(1, evidence.shape[1], start)[0]
    steps: list[tuple[Scores, Scores]] = []
    for row, none in zip(evidence, idle, strict=True):
        entry, still = (step.onward(before) if steps or start is not None else before) * row, none * before
        total = entry.sum() + still.sum()
        steps.append((entry / total, still / total))
        before = steps[-1][0] + steps[-1][1]
    return steps


def _backward(evidence: Scores, idle: Scores, step: Step) -> list[Scores]:
    """Of each row: how probable what stands below is, from each value on."""
    steps = [np.ones(evidence.shape[1])]
    for row, none in zip(evidence[:0:-1], idle[:0:-1], strict=True):
        behind = step.back(row * steps[-1]) + none * steps[-1]
        steps.append(behind / behind.max())
    return steps[::-1]
