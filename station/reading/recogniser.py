"""What stands in a line: the network that reads it, and how probable each letter is at each place along it."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from station.imaging.decoding import Pixels
from station.reading import weight_files
from station.reading.alphabet import letters_of

#: Letters whose scores are kept beside the greedy text; the first is CTC's blank.
SYMBOLS = ("", *string.digits, *"er")
#: What a digit written by hand is taken for where letters are possible counts for the digit; points and strokes beside
#: it for nothing.
LOOKALIKES = {
    "": ".,'\"`_~",
    "0": "oOQDC",
    "1": "lIi|!Jj",
    "2": "zZ",
    "4": "uUAhH",
    "5": "sS",
    "6": "bG",
    "7": "yYT",
    "8": "B",
    "9": "gqa",
}

#: Height of a line for the network, its usual width, and the longest one; what is longer is squeezed (pixels).
_HEIGHT, _USUAL, _LONGEST = 48, 160, 1280
_STEP = 32

Frames = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RecognisedLine:
    """A line as it was read: its greedy ``text`` and, by frames along it, the scores of :data:`SYMBOLS`.

    ``places`` are the frames of the text's letters, ``sure`` how probable the best letter of each frame was (natural
    logarithm). ``step`` is how many pixels of the line one frame covers.
    """

    text: str
    places: tuple[int, ...]
    scores: Frames
    sure: npt.NDArray[np.float64]
    step: float

    def part(self, start: int, end: int) -> RecognisedLine:
        """The line from the ``start`` of its text on to before ``end``, as letters are counted."""
        # What the frames before a letter's first show is the letter before it.
        first = self.places[start] if start > 0 else 0
        last = self.places[end] if end < len(self.places) else len(self.sure)
        places = tuple(place - first for place in self.places[start:end])
        return RecognisedLine(self.text[start:end], places, self.scores[first:last], self.sure[first:last], self.step)

    def across(self, start: int, end: int) -> tuple[float, float]:
        """From where to where the letters from ``start`` to before ``end`` stand (pixels from the line's left)."""
        return self.places[start] * self.step, (self.places[end - 1] + 2) * self.step

    @property
    def confidence(self) -> float:
        """How sure the greedy text is, as the mean probability of its letters."""
        return float(np.exp(self.sure[list(self.places)]).mean()) if self.places else 0.0


class Recogniser:
    """Reads lines; errors of :func:`station.reading.weight_files.verified_path` and of the alphabet in the file."""

    def __init__(self, weights: Path | None = None) -> None:
        file = weights or weight_files.verified_path(weight_files.RECOGNISER)
        self._letters = letters_of(file)
        self._net = cv2.dnn.readNetFromONNX(str(file))
        known = {letter: index for index, letter in enumerate(self._letters)}
        self._classes = [
            [known[letter] for letter in (symbol, *LOOKALIKES.get(symbol, "")) if letter in known] for symbol in SYMBOLS
        ]

    def read(self, lines: Sequence[Pixels]) -> list[RecognisedLine]:
        """Read each line, an RGB image of it; lines of like length after each other, which the network likes."""
        read: dict[int, RecognisedLine] = {}
        for index in sorted(range(len(lines)), key=lambda index: _width(lines[index])):
            read[index] = self._read(lines[index])
        return [read[index] for index in range(len(lines))]

    def _read(self, pixels: Pixels) -> RecognisedLine:
        height, width = pixels.shape[:2]
        wide = min(_LONGEST, max(1, round(width * _HEIGHT / height)))
        small = cv2.resize(
            pixels, (wide, _HEIGHT), interpolation=cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_LINEAR
        )
        room = np.zeros((1, 3, _HEIGHT, _width(pixels)), np.float32)
        room[0, :, :, :wide] = small[:, :, ::-1].astype(np.float32).transpose(2, 0, 1) / 127.5 - 1
        self._net.setInput(room)
        odds = self._net.forward()[0]
        best = odds.argmax(1)
        places = tuple(_letters(best))
        text = "".join(self._letters[best[place]] for place in places)
        scores = np.stack([odds[:, classes].sum(1) for classes in self._classes], 1).astype(np.float64)
        sure = np.log(np.maximum(odds.max(1), scores.max(1)).astype(np.float64))
        return RecognisedLine(text, places, scores, sure, room.shape[3] / len(best) * width / wide)


def _width(pixels: Pixels) -> int:
    height, width = pixels.shape[:2]
    wide = min(_LONGEST, round(width * _HEIGHT / max(1, height)))
    return int(max(_USUAL, -(-wide // _STEP) * _STEP))


def _letters(best: npt.NDArray[np.int64]) -> Iterator[int]:
    """Frames at which a new letter begins: not blank, and not the letter of the frame before."""
    before = 0
    for frame, letter in enumerate(best.tolist()):
        if letter not in (0, before):
            yield frame
        before = letter
