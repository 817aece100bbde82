"""What may stand in a place, and how well each of it agrees with a line: the forward probability of CTC.

The greedy text is one path of many and may be none of the possible values; the sum over all paths of each possible
spelling does. Spellings share their beginnings, so that ten thousand numbers cost a hundredth of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from station.reading.recogniser import SYMBOLS, RecognisedLine

Scores = npt.NDArray[np.float64]

#: No month has more days.
LAST_DAY = 31
#: No frame speaks against a letter with more than this: networks are surer than they are right.
_LEAST = 1e-6
#: Below this a probability counts as none (natural logarithm: -230).
_NONE = 1e-100
#: Of the values that may stand in a place so many are kept, which agree so well at least against the best (logarithm).
_MOST_KEPT, _WORST_KEPT = 12, -12.0
#: A frame that is surely blank tells nothing that the one before it did not.
_BLANK = 0.9999


@dataclass(frozen=True)
class _Level:
    """The beginnings of one length: whose they go on from, by which symbol, whether it is the one before again.

    ``ends`` are those that are whole spellings, ``values`` what these spell.
    """

    parents: npt.NDArray[np.intp]
    symbols: npt.NDArray[np.intp]
    doubled: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.intp]
    values: npt.NDArray[np.intp]


class Candidates:
    """Values from 0 to ``count`` - 1, each with the ways it may be spelled (in letters of :data:`SYMBOLS`)."""

    def __init__(self, spellings: Iterable[tuple[int, str]], count: int) -> None:
        self.count = count
        self._levels: list[_Level] = []
        distinct = sorted(set(spellings))
        shorter = {"": 0}
        for length in range(1, max(len(text) for _, text in distinct) + 1):
            starts = dict.fromkeys(text[:length] for _, text in distinct if len(text) >= length)
            nodes = {text: index for index, text in enumerate(starts)}
            ends = [(nodes[text], value) for value, text in distinct if len(text) == length]
            self._levels.append(
                _Level(
                    parents=np.array([shorter[text[:-1]] for text in nodes], np.intp),
                    symbols=np.array([SYMBOLS.index(text[-1]) for text in nodes], np.intp),
                    doubled=np.array([text[-2:-1] == text[-1] for text in nodes]),
                    ends=np.array([node for node, _ in ends], np.intp),
                    values=np.array([value for _, value in ends], np.intp),
                )
            )
            shorter = nodes

    def log_likelihoods(self, line: RecognisedLine) -> Scores:
        """Of each value, the natural logarithm of how well the line agrees with it; its own best path has 0."""
        odds = _odds(line)
        total = np.full(self.count, _NONE)
        # Of each beginning, by how many frames were seen: probable with a blank last, and with its letter last.
        blank = np.concatenate(([1.0], np.cumprod(odds[:, 0])))[np.newaxis]
        letter = np.zeros_like(blank)
        for level in self._levels:
            blank, letter = _longer(level, odds, blank, letter)
            np.add.at(total, level.values, blank[level.ends, -1] + letter[level.ends, -1])
        logarithms: Scores = np.log(total)
        return logarithms


def likeliest(log_likelihoods: Scores) -> dict[str, float]:
    """The few values that agree best, and how well, for :func:`of_likeliest` to make a row of again."""
    best = np.argsort(-log_likelihoods)[:_MOST_KEPT]
    near = [int(value) for value in best if log_likelihoods[value] - log_likelihoods[best[0]] >= _WORST_KEPT]
    return {str(value): round(float(log_likelihoods[value]), 3) for value in near}


def of_likeliest(few: Mapping[str, float], most: int) -> Scores:
    """How well each value from 0 to ``most`` agrees with a line of which these are known: the others worse than all."""
    row = np.full(most + 1, min([*few.values(), _WORST_KEPT]) + _WORST_KEPT)
    for value, agreement in few.items():
        row[int(value)] = agreement
    return row


@cache
def numbers(most: int) -> Candidates:
    """The numbers from 0 to ``most``, also with zeros in front."""
    digits = len(str(most))
    spelled = ((value, str(value).zfill(length)) for value in range(most + 1) for length in range(1, digits + 1))
    return Candidates(spelled, most + 1)


@cache
def days() -> Candidates:
    """The days of a month as a register has them: also with a zero in front, the first also as an ordinal (1er)."""
    spelled = [(day, text) for day in range(1, LAST_DAY + 1) for text in {str(day), f"{day:02}"}]
    return Candidates([*spelled, (1, "1er"), (1, "1r")], LAST_DAY + 1)


def _odds(line: RecognisedLine) -> Scores:
    """Scores of the frames that are not blank, each against its best letter's."""
    odds: Scores = np.clip(line.scores / np.exp(line.sure)[:, np.newaxis], _LEAST, 1.0)
    blank = line.scores[:, 0] > _BLANK
    again = np.zeros_like(blank)
    again[1:] = blank[1:] & blank[:-1]
    return odds[~again]


def _longer(level: _Level, odds: Scores, blank: Scores, letter: Scores) -> tuple[Scores, Scores]:
    """From the beginnings of one length to those one letter longer."""
    scores = odds[:, level.symbols].T
    # A letter that follows itself needs a blank between.
    before = blank[level.parents] + np.where(level.doubled[:, np.newaxis], 0.0, letter[level.parents])
    new_blank = np.zeros((len(scores), len(odds) + 1))
    new_letter = np.zeros_like(new_blank)
    for frame in range(len(odds)):
        new_letter[:, frame + 1] = scores[:, frame] * (new_letter[:, frame] + before[:, frame])
        new_blank[:, frame + 1] = odds[frame, 0] * (new_blank[:, frame] + new_letter[:, frame])
    return new_blank, new_letter
