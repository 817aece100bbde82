"""What goes wrong with a page between book and file, made on purpose on a picture (RGB, ``DPI``); lengths are in mm."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

#: OpenCV's own types do not say that what goes in as bytes comes out as bytes.
Picture = np.ndarray[Any, np.dtype[Any]]

DPI = 150.0
PALE_LID, DARK_GROUND = (246, 247, 245), (18, 18, 18)


@dataclass(frozen=True)
class Frame:
    """Where a page's print and writing ends, as shares of the picture's width and height."""

    left: float
    top: float
    right: float
    bottom: float


#: The printed frame of drivers.drawn's pages.
DRAWN = Frame(22 / 210, 14 / 297, 198 / 210, 283 / 297)


def pixels(mm: float) -> float:
    return mm * DPI / 25.4


def on_ground(picture: Picture, colour: tuple[int, int, int], margin: float) -> Picture:
    """The page on a glass that is larger than it by ``margin`` on every side."""
    edge = round(pixels(margin))
    return cv2.copyMakeBorder(picture, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=colour)


def turned(picture: Picture, degrees: float, colour: tuple[int, int, int] | None = None) -> Picture:
    """Turned clockwise; what comes in at the corners is ``colour``, or the border again."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    mode = cv2.BORDER_REPLICATE if colour is None else cv2.BORDER_CONSTANT
    return cv2.warpAffine(
        picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=mode, borderValue=colour or 0
    )


def moved(picture: Picture, right: float, down: float) -> Picture:
    height, width = picture.shape[:2]
    shift = np.array([[1, 0, pixels(right)], [0, 1, pixels(down)]])
    return cv2.warpAffine(picture, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)


def brightened(picture: Picture, gamma: float) -> Picture:
    """Brighter with ``gamma`` below 1; black and white stay."""
    levels = np.round(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    return cv2.LUT(picture, levels)


def noisy(picture: Picture, strength: float, seed: int) -> Picture:
    noise = np.random.default_rng(seed).normal(0, strength, picture.shape[:2]).astype(np.float32)
    return np.clip(picture + noise[:, :, None], 0, 255).astype(np.uint8)


def through_jpeg(picture: Picture, quality: int = 75) -> Picture:
    _, data = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    read = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert read is not None
    return np.ascontiguousarray(read[:, :, ::-1])


def again(picture: Picture, seed: int) -> Picture:
    """The same page, scanned once more: turned and moved a little, another brightness, noise, JPEG at 75."""
    rng = random.Random(f"again/{seed}")
    picture = turned(picture, rng.uniform(-0.45, 0.45))
    picture = moved(picture, rng.uniform(-2, 2), rng.uniform(-2, 2))
    picture = brightened(picture, rng.uniform(0.93, 1.08))
    return through_jpeg(noisy(picture, rng.uniform(0.5, 2.5), seed))


def defocused(picture: Picture, sigma: float) -> Picture:
    return cv2.GaussianBlur(picture, (0, 0), pixels(sigma))


def shaken(picture: Picture, length: float, degrees: float) -> Picture:
    """Moved by ``length`` while it was exposed."""
    size = round(pixels(length)) | 1
    line = np.zeros((size, size), np.float32)
    line[size // 2] = 1
    turn = cv2.getRotationMatrix2D((size / 2 - 0.5, size / 2 - 0.5), degrees, 1)
    kernel = cv2.warpAffine(line, turn, (size, size))
    return cv2.filter2D(picture, -1, kernel / kernel.sum())


def dimmed(picture: Picture, gain: float) -> Picture:
    return cv2.convertScaleAbs(picture, alpha=gain)


def washed_out(picture: Picture, left: float) -> Picture:
    """Overexposed: the paper goes white, and of the ink's contrast the share ``left`` stays."""
    return cv2.convertScaleAbs(burned_out(picture, 1.0), alpha=left, beta=255 * (1 - left) + 2)


def burned_out(picture: Picture, gain: float) -> Picture:
    """Exposed so that the paper's light is ``gain`` times full white, and clipped there."""
    paper = np.median(picture[::8, ::8, 1])
    return cv2.convertScaleAbs(picture, alpha=255 * gain / float(paper))


def emptied(picture: Picture, shown_through: float, seed: int) -> Picture:
    """The page's paper without its ink, and the share ``shown_through`` of another page's ink from behind, mirrored."""
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    paper = cv2.resize(cv2.blur(paper, (7, 7)), picture.shape[1::-1])
    behind = cv2.GaussianBlur(cv2.subtract(paper, picture), (0, 0), pixels(0.2))[:, ::-1]
    return noisy(cv2.addWeighted(paper, 1, behind, -shown_through, 0), 2.0, seed)


def faded(picture: Picture, left: float, seed: int) -> Picture:
    """The page with the share ``left`` of its ink's contrast; its paper is as it was."""
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    paper = cv2.resize(cv2.blur(paper, (7, 7)), picture.shape[1::-1])
    return noisy(cv2.addWeighted(paper, 1, cv2.subtract(paper, picture), -left, 0), 1.5, seed)


def cut_off(picture: Picture, side: str, depth: float, frame: Frame) -> Picture:
    """Without what lies beyond ``depth`` inside of the printed frame on one side."""
    height, width = picture.shape[:2]
    inside = round(pixels(depth))
    left, top, right, bottom = 0, 0, width, height
    match side:
        case "left":
            left = round(frame.left * width) + inside
        case "right":
            right = round(frame.right * width) - inside
        case "top":
            top = round(frame.top * height) + inside
        case _:
            bottom = round(frame.bottom * height) - inside
    return np.ascontiguousarray(picture[top:bottom, left:right])


def laid_open(left: Picture, right: Picture, shadow: float = 0.35) -> Picture:
    """Two pages side by side with the fold's shadow between them, which takes so much of the light."""
    height = max(left.shape[0], right.shape[0])
    sides = [cv2.copyMakeBorder(one, 0, height - one.shape[0], 0, 0, cv2.BORDER_REPLICATE) for one in (left, right)]
    whole = np.hstack(sides)
    away = np.abs(np.arange(whole.shape[1]) - left.shape[1]) / pixels(1)
    return (whole * (1 - shadow * np.exp(-away / 4))[None, :, None]).astype(np.uint8)


def damaged(picture: Picture, frame: Frame, seed: int) -> Iterator[tuple[str, str, Picture]]:
    """Code, what was done, and the picture, for every defect that one page alone can have and its ink shows.

    Skew and two pages need to know more of the page, see ``turned`` and ``laid_open``.
    """
    rng = random.Random(f"damaged/{seed}")
    for sigma in (0.4, 0.55, 0.8):
        yield "blur", f"defocus {sigma}", through_jpeg(noisy(defocused(picture, sigma), 1, seed))
    for length in (1.6, 2.4):
        degrees = rng.choice((0, 35, 90, 140))
        yield "blur", f"shaken {length} at {degrees}", through_jpeg(noisy(shaken(picture, length, degrees), 1, seed))
    for gain in (0.25, 0.35, 0.45):
        yield "dark", f"gain {gain}", noisy(dimmed(picture, gain), 1.5, seed)
    for left in (0.2, 0.28, 0.36):
        yield "light", f"contrast left {left}", through_jpeg(washed_out(picture, left))
    for gain in (1.05, 1.12, 1.2):
        yield "clipped", f"gain {gain}", through_jpeg(burned_out(picture, gain))
    for side in ("left", "right", "top", "bottom"):
        depth = round(rng.uniform(4, 15), 1)
        yield "cut-edge", f"{side} {depth}", through_jpeg(noisy(cut_off(picture, side, depth, frame), 1, seed))
    for left in (0.25, 0.15, 0.08):
        yield "faded", f"ink left {left}", through_jpeg(faded(picture, left, seed))
    for share in (0.0, 0.06, 0.12):
        yield "blank", f"shown through {share}", through_jpeg(emptied(picture, share, seed))
