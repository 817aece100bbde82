"""What goes wrong with a part of a page between book and file, made on purpose on a picture (RGB, ``DPI``), in mm.

Each gives the picture and where the damage lies, as shares of the picture's sides.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import cv2
import numpy as np

from station.domain.image_places import ImagePlace
from tests.station.damaged import Frame, Picture, noisy, pixels, shaken, through_jpeg

#: From sharp to blurred a page takes so many mm: it bends, and a sensor that sees it move does not jump.
_SOFT = 15.0


def defocused_disc(picture: Picture, diameter: float) -> Picture:
    """Out of focus as a lens does it: each point becomes a disc."""
    radius = pixels(diameter) / 2
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return cv2.filter2D(picture, -1, disc / disc.sum())


def third(rng: random.Random) -> ImagePlace:
    """A third of a page: a band across it, a strip along it, or a piece of it."""
    start = rng.uniform(0.1, 0.55)
    match rng.choice(("band", "strip", "piece")):
        case "band":
            return 0.0, start, 1.0, start + 0.33
        case "strip":
            return start, 0.0, start + 0.33, 1.0
        case _:
            down = rng.uniform(0.1, 0.4)
            right = rng.uniform(0.1, 0.4)
            return right, down, right + 0.57, down + 0.57


def blended(picture: Picture, worse: Picture, place: ImagePlace) -> Picture:
    """``worse`` where ``place`` is, and softly from one into the other."""
    height, width = picture.shape[:2]
    left, top, right, bottom = place
    share = np.zeros((height, width), np.float32)
    share[round(top * height) : round(bottom * height), round(left * width) : round(right * width)] = 1
    soft = round(pixels(_SOFT)) | 1
    share = cv2.blur(share, (soft, soft))[:, :, None]
    return (picture * (1 - share) + worse * share).astype(np.uint8)


def partly_filled(picture: Picture, frame: Frame, share: float) -> Picture:
    """A page whose form is filled in for its upper ``share`` only: below, paper and what is ruled stays."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    paper = cv2.resize(cv2.blur(paper, (7, 7)), (width, height))
    ink = (cv2.cvtColor(cv2.subtract(paper, picture), cv2.COLOR_RGB2GRAY) > 25).astype(np.uint8)
    down, across = np.ones((round(pixels(24)), 1), np.uint8), np.ones((1, round(pixels(60))), np.uint8)
    ruled = cv2.bitwise_or(
        cv2.morphologyEx(cv2.dilate(ink, np.ones((1, 3), np.uint8)), cv2.MORPH_OPEN, down),
        cv2.morphologyEx(cv2.dilate(ink, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, across),
    )
    kept = cv2.dilate(ruled, np.ones((3, 3), np.uint8)) > 0
    top, bottom = (round(side * height) for side in (frame.top + share * (frame.bottom - frame.top), frame.bottom))
    left, right = (round(side * width) for side in (frame.left, frame.right))
    used = np.ones((height, width), np.bool_)
    used[top : bottom - round(pixels(2)), left:right] = False
    return np.where((used | kept)[:, :, None], picture, noisy(paper, 1.5, 1)).astype(np.uint8)


def blurred_in_part(picture: Picture, seed: int) -> Iterator[tuple[str, Picture, ImagePlace]]:
    """A third of the page moved while it was exposed, or lay off the glass."""
    rng = random.Random(f"blurred in part/{seed}")
    for length in (1.0, 2.0, 4.0):
        degrees, place = rng.choice((0, 35, 90, 140)), third(rng)
        worse = blended(picture, shaken(picture, length, degrees), place)
        yield f"a third shaken {length} at {degrees}", through_jpeg(noisy(worse, 1, seed)), place
    for diameter in (0.8, 1.2):
        place = third(rng)
        worse = blended(picture, defocused_disc(picture, diameter), place)
        yield f"a third lifted, discs of {diameter}", through_jpeg(noisy(worse, 1, seed)), place


def feeder_stopped(picture: Picture, seed: int) -> Iterator[tuple[str, Picture, ImagePlace]]:
    """The sensor read one line again and again, while the paper stood or slipped: as it comes, and with its noise.

    Noise is that of the reduced picture: 0.7 levels are 1.4 of a scanner at 300 dpi. The rest of the page follows, or
    what passed meanwhile is lost.
    """
    rng = random.Random(f"feeder stopped/{seed}")
    height = len(picture)
    for length, loud, compressed in ((3.0, 0.0, False), (5.0, 0.7, False), (5.0, 1.5, True), (10.0, 1.5, True)):
        lines = round(pixels(length))
        line = rng.randrange(round(0.2 * height), round(0.7 * height))
        standing = np.repeat(picture[line : line + 1], lines, axis=0)
        rest = picture[line + lines :] if rng.random() < 0.5 else picture[line : height - lines]
        worse = np.vstack([picture[:line], standing, rest])
        worse = noisy(worse, loud, seed) if loud else worse
        worse = through_jpeg(worse) if compressed else worse
        yield f"{length} mm of one line, noise {loud}", worse, (0.0, line / height, 1.0, (line + lines) / height)


def shone_on(picture: Picture, seed: int) -> Iterator[tuple[str, Picture, ImagePlace]]:
    """A lamp shines back: in the middle of the patch nothing is left, and the light around it falls off softly."""
    rng = random.Random(f"shone on/{seed}")
    height, width = picture.shape[:2]
    for diameter in (12.0, 25.0, 50.0):
        x, y = rng.uniform(0.25, 0.75) * width, rng.uniform(0.2, 0.8) * height
        across, down = pixels(diameter) / 2, pixels(diameter) / 2 * rng.uniform(0.7, 1.4)
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        away = np.hypot((columns - x) / across, (rows - y) / down)
        light = np.clip(1.26 - away, 0, None) ** 2
        shining = np.clip(picture + 280.0 * light[:, :, None], 0, 255).astype(np.uint8)
        place = ((x - across) / width, (y - down) / height, (x + across) / width, (y + down) / height)
        yield f"a lamp's light of {diameter}", through_jpeg(noisy(shining, 1, seed)), place


def damaged_in_part(picture: Picture, seed: int) -> Iterator[tuple[str, str, Picture, ImagePlace]]:
    """Code, what was done, the picture, and where, for every damage that spoils a part of a page."""
    for what, worse, place in blurred_in_part(picture, seed):
        yield "unreadable-part", what, worse, place
    for what, worse, place in feeder_stopped(picture, seed):
        yield "lines-lost", what, worse, place
    # On paper that is near white itself, light that shines back does not stand out.
    for what, worse, place in shone_on(picture, seed) if np.median(picture[::8, ::8, 1]) < 236 else ():
        yield "glare", what, worse, place


def good_with_neighbours(picture: Picture, other: Picture, seed: int) -> Iterator[tuple[str, Picture]]:
    """Pages as they lie in a book, on which nothing of their own is missing: the facing page's strip, a dirty fold.

    The strip ends where the facing page's own writing is cut, at whatever place that is.
    """
    rng = random.Random(f"good with neighbours/{seed}")
    height = len(picture)
    facing = cv2.resize(other, (other.shape[1], height), interpolation=cv2.INTER_AREA)
    for strip in (4.0, 9.0, 14.0):
        wide = round(pixels(strip))
        beyond = round(rng.uniform(0.0, 0.5) * facing.shape[1]) if strip > 5 else 0
        spread = np.hstack([picture, facing[:, beyond : beyond + wide]])
        away = np.abs(np.arange(spread.shape[1]) - picture.shape[1]) / pixels(1)
        shaded = (spread * (1 - 0.35 * np.exp(-away / 3))[None, :, None]).astype(np.uint8)
        yield f"a strip of {strip} of the facing page", through_jpeg(noisy(shaded, 1, seed))
    dirty = picture.copy()
    for _ in range(60):
        at = (round(abs(rng.gauss(0, pixels(2)))), rng.randrange(height))
        size = (max(1, round(pixels(rng.uniform(0.2, 1.5)))), max(1, round(pixels(rng.uniform(0.1, 0.6)))))
        cv2.ellipse(dirty, at, size, rng.uniform(-40, 40), 0, 360, (60, 50, 45), -1, cv2.LINE_AA)
    yield "a dirty fold", through_jpeg(noisy(dirty, 1, seed))
