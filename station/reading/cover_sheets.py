"""The code on a cover sheet that a station printed: type, year and book of its ledger, however the sheet lies."""

from __future__ import annotations

import re

import cv2
import numpy as np

from station.reading.detector import Box
from station.reading.fields import Field, FieldKind, Grade
from station.reading.page_image import PageImage

#: A place's code and a ledger's name, as the page prints them.
_LEDGER = re.compile(r"\d{5}:(?P<type>[A-Z]{2,5})\.(?P<year>\d{4})\.(?P<book>\d{2,3})")


def read(page: PageImage) -> list[Field]:
    """What a cover sheet's code says, *sure*; nothing of a page without one, or with the code of something else."""
    # Of a code of 50 mm on A4 a module has six pixels there.
    grey = cv2.cvtColor(page.reduced, cv2.COLOR_RGB2GRAY)
    share = grey.shape[1] / page.width
    try:
        text, corners, _ = cv2.QRCodeDetector().detectAndDecode(grey)
    except cv2.error:  # some patterns of fine lines leave it without a point where it expects one
        return []
    ledger = _LEDGER.fullmatch(text)
    if not ledger:
        return []
    edges = corners.reshape(-1, 2) / share
    box = Box(*(round(edge) for edge in (*np.min(edges, axis=0), *np.max(edges, axis=0))))
    values = {
        FieldKind.TYPE: ledger["type"],
        FieldKind.BOOK: str(int(ledger["book"])),
        FieldKind.YEAR: ledger["year"],
    }
    return [Field(kind, value, 1.0, Grade.SURE, page.box_in_file(box)) for kind, value in values.items()]
