"""Reading what is known already once more, on another image of the same page: is it still the same there?

Nothing is looked for: each field is read where it stood, by itself, without the order of a register. So what comes out
tells how readable the image is, and not what is probable in a ledger.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from station.reading import forms
from station.reading.candidates import Candidates, days, numbers
from station.reading.detector import Box
from station.reading.fields import Field, FieldKind
from station.reading.grading import posterior
from station.reading.page_image import PageImage
from station.reading.recogniser import RecognisedLine, Recogniser

#: So much is looked at above and below a field, and beside it (shares of its height).
_ABOVE, _BESIDE = 0.1, 0.3
#: Numbers that are no number of an entry have no more than three digits.
_MOST = {FieldKind.NUMBER: 9999, FieldKind.YEAR: 2099, FieldKind.TOTAL_ENTRIES: 9999}
_USUAL_MOST = 999


def read_again(page: PageImage, fields: Sequence[Field], recogniser: Recogniser) -> list[tuple[str, float]]:
    """What stands in the place of each field, and how probable it is; ("", 0.0) where nothing can be read."""
    lines = recogniser.read([_around(page, field).of(page.pixels) for field in fields])
    return [_value(field, line) for field, line in zip(fields, lines, strict=True)]


def is_readable_again(field: Field) -> bool:
    """Whether a field is a number or a date: a title is told by its likeness to others, and not letter by letter."""
    return field.kind is not FieldKind.TYPE


def _around(page: PageImage, field: Field) -> Box:
    box = page.box_of_file(field.box)
    above, beside = round(box.height * _ABOVE), round(box.height * _BESIDE)
    return Box(max(0, box.left - beside), max(0, box.top - above), box.right + beside, box.bottom + above)


def _value(field: Field, line: RecognisedLine) -> tuple[str, float]:
    if field.kind is FieldKind.DATE and not field.value.isdecimal():
        return _date(line)
    candidates = days() if field.kind is FieldKind.DATE else numbers(_MOST.get(field.kind, _USUAL_MOST))
    return _best(candidates, line)


def _date(line: RecognisedLine) -> tuple[str, float]:
    read = forms.date_of(line)
    return ("", 0.0) if read is None else (read[0].isoformat(), read[1])


def _best(candidates: Candidates, line: RecognisedLine) -> tuple[str, float]:
    probable = posterior(candidates.log_likelihoods(line))
    best = int(np.argmax(probable))
    return str(best), float(probable[best])
