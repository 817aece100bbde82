"""The code on the paper is read back, also small and by another's title."""

from __future__ import annotations

import re
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from station.reports import qr_code


@pytest.fixture(autouse=True)
def made_anew() -> Iterator[None]:
    """No code is kept from one test to the next."""
    qr_code._drawing.cache_clear()
    yield
    qr_code._drawing.cache_clear()


def read(drawing: str, scale: int) -> str:
    """The text of a drawing, painted by its own path."""
    size = int(re.findall(r'viewBox="0 0 (\d+)', drawing)[0])
    image = np.full((size, size), 255, np.uint8)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawing):
        image[int(y), int(x)] = 0
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    return str(cv2.QRCodeDetector().detectAndDecode(large)[0])


@pytest.mark.parametrize(
    "text", ["tramquet/1", *(f"tramquet/1 qt-{n} 19429:KH.2007.01 r2 #{n} {n:064x}" for n in range(9))]
)
def test_code_is_read_back(text: str) -> None:
    assert read(qr_code.svg(text, "mã"), 8) == text


def test_code_that_is_not_read_is_made_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    text, read_one = "tramquet/1 qt-thu-01", qr_code._read
    usual = qr_code._encoded(text, qr_code._LEVELS[0])
    monkeypatch.setattr(qr_code, "_LEVELS", (qr_code._LEVELS[0], qr_code._LEVELS[-1]))
    monkeypatch.setattr(qr_code, "_read", lambda code, size: "" if code.shape == usual.shape else read_one(code, size))
    drawing = qr_code.svg(text, "mã")
    assert f'viewBox="0 0 {usual.shape[1]} ' not in drawing
    assert read(drawing, 8) == text


def test_code_is_made_once_and_read_back_where_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    encode = qr_code._encoded

    def noted(text: str, level: int) -> qr_code.Modules:
        made.append(text)
        return encode(text, level)

    monkeypatch.setattr(qr_code, "_encoded", noted)
    assert qr_code.svg("tramquet/1 #1", "mã") == qr_code.svg("tramquet/1 #1", "code").replace('"code"', '"mã"')
    assert made == ["tramquet/1 #1"]
    qr_code.svg("tramquet/1 #2", "mã")
    assert made == ["tramquet/1 #1", "tramquet/1 #2"]


def test_white_around_the_code_is_wide_enough() -> None:
    drawing = qr_code.svg("tramquet/1", "mã")
    points = [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h", drawing)]
    assert min(map(min, points)) == 4


def test_title_does_not_break_the_drawing() -> None:
    assert 'aria-label="&lt;b&gt; &quot;x&quot;"' in qr_code.svg("x", '<b> "x"')
