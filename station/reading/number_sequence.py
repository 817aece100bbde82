"""The numbers of neighbouring entries as one sequence: each the one before + 1, or there is a jump, or a bad reading.

A prior that expects the next number hides exactly the leaf that was skipped. So the sequence is read as a whole,
forwards and backwards, with a jump of small probability: one odd number is a bad reading, three that go on from it are
a jump, and the posterior of the path says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from station.reading.candidates import Scores
from station.reading.grading import TEMPER

#: How probable it is that a row repeats the number before, leaves out 1 to 20, or goes anywhere else; and that it is no
#: entry at all: a blot, a heading, a word that reaches into the column.
_REPEAT, _SKIP, _ANYWHERE, _NO_ENTRY = 0.002, 0.006, 0.002, 0.03
_SKIPS = 20
#: What a line says for any number at all: it may be misread to any extent (natural logarithm).
_MISREAD = -7.0
#: Of lines that are no entry, so few look like a number.
_LIKE_A_NUMBER = 0.05
#: So much worse than the best (natural logarithm) the line itself may say of a number that the sequence makes sure.
_OWN = -4.0


@dataclass(frozen=True)
class Place:
    """A row of a column: its most probable number, how probable it is, and whether the row itself (``own``) agrees."""

    number: int
    probability: float
    own: bool


def read(rows: Sequence[Scores]) -> list[Place]:
    """The numbers of ``rows``, given how well each agrees with each number from 0 on (natural logarithms)."""
    if not rows:
        return []
    evidence = np.exp(np.minimum(0.0, TEMPER * np.stack(rows)))
    idle = _NO_ENTRY * (1 - (1 - _LIKE_A_NUMBER) * evidence.max(axis=1))
    evidence = (1 - _NO_ENTRY) * (evidence + np.exp(_MISREAD))
    forward = _forward(evidence, idle)
    backward = _backward(evidence, idle)
    places = []
    for row, (entry, none), behind in zip(rows, forward, backward, strict=True):
        path = entry * behind
        path /= path.sum() + (none * behind).sum()
        number = int(path.argmax())
        own = bool(TEMPER * (row[number] - row.max()) >= _OWN)
        places.append(Place(number, float(path[number]), own))
    return places


def _forward(evidence: Scores, idle: Scores) -> list[tuple[Scores, Scores]]:
    """Of each row: how probable each number is as its own, and as that of the entry before while the row is none."""
    before = np.full(evidence.shape[1], 1 / evidence.shape[1])
    steps: list[tuple[Scores, Scores]] = []
    for row, none in zip(evidence, idle, strict=True):
        entry, still = (_onward(before) if steps else before) * row, none * before
        total = entry.sum() + still.sum()
        steps.append((entry / total, still / total))
        before = steps[-1][0] + steps[-1][1]
    return steps


def _backward(evidence: Scores, idle: Scores) -> list[Scores]:
    """Of each row: how probable what stands below is, from each number on."""
    steps = [np.ones(evidence.shape[1])]
    for row, none in zip(evidence[:0:-1], idle[:0:-1], strict=True):
        behind = _onward((row * steps[-1])[::-1])[::-1] + none * steps[-1]
        steps.append(behind / behind.max())
    return steps[::-1]


def _onward(before: Scores) -> Scores:
    """One entry further: mostly the next number."""
    after = np.full_like(before, _ANYWHERE * before.sum() / len(before)) + _REPEAT * before
    after[1:] += (1 - _REPEAT - _SKIP - _ANYWHERE) * before[:-1]
    for skip in range(1, _SKIPS + 1):
        after[1 + skip :] += _SKIP / _SKIPS * before[: -1 - skip]
    return after
