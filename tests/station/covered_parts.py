"""What lies over a part of a page, or what of the page is not there: a hand, a folded corner, a torn edge; in mm.

Each gives the picture (RGB, ``DPI``) and where the damage lies, as shares of the picture's sides.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import cv2
import numpy as np

from station.domain.image_places import ImagePlace
from tests.station.damaged import DARK_GROUND, PALE_LID, Picture, noisy, pixels, through_jpeg

#: Skin under a scanner's lamp, from light to dark (RGB).
_SKIN = ((226, 178, 150), (206, 152, 122), (178, 122, 94), (140, 92, 70))
#: How far a shadow falls beside what lies on the paper, and how soft a finger's rim is (mm).
_SHADOW, _RIM = 2.5, 1.2


def thumb(picture: Picture, seed: int) -> Iterator[tuple[str, Picture, ImagePlace]]:
    """A thumb that holds the page down: from one of its sides so far into it."""
    rng = random.Random(f"thumb/{seed}")
    height, width = picture.shape[:2]
    for length in (25.0, 40.0, 60.0):
        side, along = rng.choice(("left", "right", "bottom")), rng.uniform(0.2, 0.8)
        start, inward = {
            "left": ((0.0, along * height), (1.0, rng.uniform(-0.5, 0.5))),
            "right": ((width - 1.0, along * height), (-1.0, rng.uniform(-0.5, 0.5))),
            "bottom": ((along * width, height - 1.0), (rng.uniform(-0.5, 0.5), -1.0)),
        }[side]
        shape = np.zeros((height, width), np.uint8)
        _finger(shape, start, inward, length, rng.uniform(17, 22))
        yield f"a thumb, {length:.0f} mm from the {side}", *_laid_on(picture, shape, rng, seed)


def hand(picture: Picture, seed: int) -> Iterator[tuple[str, Picture, ImagePlace]]:
    """Fingers, or fingers and a part of the palm, over one side of the page."""
    rng = random.Random(f"hand/{seed}")
    height, width = picture.shape[:2]
    for reach, fingers in ((45.0, 3), (75.0, 4)):
        side, along = rng.choice((-1, 1)), rng.uniform(0.3, 0.7)
        edge = 0.0 if side < 0 else width - 1.0
        shape = np.zeros((height, width), np.uint8)
        for number in range(fingers):
            start = (edge, along * height + pixels(21 * (number - fingers / 2)))
            longer = 1.0 - 0.12 * abs(number - 1.3)
            _finger(shape, start, (-side, rng.uniform(-0.15, 0.15)), reach * longer, rng.uniform(15, 19))
        if fingers > 3:
            palm = (round(pixels(reach * 0.45)), round(pixels(42)))
            cv2.ellipse(shape, (round(edge), round(along * height - pixels(8))), palm, 0, 0, 360, 255, -1)
        yield f"a hand, {reach:.0f} mm from the {'left' if side < 0 else 'right'}", *_laid_on(picture, shape, rng, seed)


def folded(picture: Picture, other: Picture, seed: int) -> Iterator[tuple[str, Picture, ImagePlace]]:
    """A corner folded over: its back lies on the page, and where it was the ground shows, or the leaf below."""
    rng = random.Random(f"folded/{seed}")
    height, width = picture.shape[:2]
    for leg in (30.0, 50.0, 75.0, 100.0):
        corner_x, corner_y = rng.choice((0, width - 1)), rng.choice((0, height - 1))
        into_x, into_y = (1 if corner_x == 0 else -1), (1 if corner_y == 0 else -1)
        across, down = pixels(leg), pixels(leg * rng.uniform(0.7, 1.4))
        corner = np.array([corner_x, corner_y], float)
        first, second = corner + np.array([into_x * across, 0]), corner + np.array([0, into_y * down])
        line = (second - first) / np.linalg.norm(second - first)
        tip = 2 * (first + line * ((corner - first) @ line)) - corner
        flap, gone = (np.zeros((height, width), np.uint8) for _ in range(2))
        cv2.fillPoly(flap, [np.round([first, second, tip]).astype(np.int32)], 255)
        cv2.fillPoly(gone, [np.round([first, second, corner]).astype(np.int32)], 255)
        below = _below(picture, other, rng)
        page = np.where(gone[:, :, None] > 0, below, picture)
        back = cv2.flip(cv2.resize(other, (width, height)), 1)
        faint = cv2.addWeighted(back, 0.3, np.full_like(back, _paper_colour(picture)), 0.7, 0)
        worse = _over(page, faint, flap, 0.0)
        box = np.array([first, second, tip, corner])
        yield f"a corner folded, {leg:.0f} mm", through_jpeg(noisy(worse, 1, seed)), _place(box, width, height)


def torn(picture: Picture, other: Picture, seed: int) -> Iterator[tuple[str, Picture, ImagePlace]]:
    """A piece is torn off one side: the ground shows, or the leaf below; along the tear the paper's white fibres."""
    rng = random.Random(f"torn/{seed}")
    height, width = picture.shape[:2]
    for depth in (12.0, 25.0, 40.0, 60.0):
        along, wide = rng.uniform(0.25, 0.75), pixels(depth * rng.uniform(1.5, 3.0))
        across = rng.random() < 0.3
        length, middle = (width, along * width) if across else (height, along * height)
        steps = np.linspace(-1, 1, 40)
        ragged = np.clip(1 - steps**2, 0, 1) ** 0.6 + np.array([rng.gauss(0, 0.05) for _ in steps])
        inward = pixels(depth) * np.clip(ragged, 0, None)
        places = np.clip(middle + steps * wide / 2, 0, length - 1)
        far = rng.random() < 0.6
        if across:
            outline = np.stack([places, (height - 1 - inward) if far else inward], axis=1)
            rim = [[places[-1], height - 1 if far else 0], [places[0], height - 1 if far else 0]]
        else:
            outline = np.stack([(width - 1 - inward) if far else inward, places], axis=1)
            rim = [[width - 1 if far else 0, places[-1]], [width - 1 if far else 0, places[0]]]
        box = np.vstack([outline, rim])
        gone = np.zeros((height, width), np.uint8)
        cv2.fillPoly(gone, [np.round(box).astype(np.int32)], 255)
        fibres = cv2.dilate(gone, np.ones((round(pixels(1.5)) | 1,) * 2, np.uint8))
        page = np.where(fibres[:, :, None] > 0, np.uint8(244), picture).astype(np.uint8)
        below = _over(_below(picture, other, rng), page, cv2.bitwise_not(gone), 0.0)
        yield f"torn, {depth:.0f} mm deep", through_jpeg(noisy(below, 1, seed)), _place(box, width, height)


def covered(
    picture: Picture, other: Picture, seed: int, page: tuple[int, int, int, int] | None = None
) -> Iterator[tuple[str, Picture, ImagePlace]]:
    """What was done, the picture, and where, of all of these; ``page`` is where in it the paper lies (pixels: left,
    top, right, bottom)."""
    height, width = picture.shape[:2]
    left, top, right, bottom = page or (0, 0, width, height)
    paper = picture[top:bottom, left:right]
    for what, worse, place in (
        *thumb(paper, seed),
        *hand(paper, seed),
        *folded(paper, other, seed),
        *torn(paper, other, seed),
    ):
        whole = picture.copy()
        whole[top:bottom, left:right] = worse
        spans = (right - left, bottom - top, right - left, bottom - top)
        at = [start + share * span for start, share, span in zip((left, top) * 2, place, spans, strict=True)]
        yield what, whole, (at[0] / width, at[1] / height, at[2] / width, at[3] / height)


def stained(picture: Picture, seed: int) -> Iterator[tuple[str, Picture]]:
    """Coffee on the page, at its side and in its middle: writing stays readable, and nothing may be told of it."""
    rng = random.Random(f"stained/{seed}")
    height, width = picture.shape[:2]
    for where in ("side", "middle"):
        x = rng.choice((0.0, 1.0)) * width if where == "side" else rng.uniform(0.3, 0.7) * width
        y = rng.uniform(0.2, 0.8) * height
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        radius = pixels(rng.uniform(18, 40))
        away = np.hypot(columns - x, rows - y) / radius
        tint = np.where(away < 1, 0.12 + 0.2 * np.clip(1 - np.abs(away - 0.97) / 0.05, 0, 1), 0.0)
        colour = np.array([0.5, 0.75, 1.0], np.float32)
        yield f"coffee at the {where}", through_jpeg((picture * (1 - tint[:, :, None] * colour)).astype(np.uint8))


def streaked(picture: Picture, at_mm: float, wide_mm: float, strength: float, *, light: bool = False) -> Picture:
    """Dirt on the feeder's glass: a line along the whole sheet takes a share of the light, or a scratch gives it."""
    away = np.abs(np.arange(picture.shape[1]) - pixels(at_mm))
    line = (np.clip(pixels(wide_mm) / 2 + 0.5 - away, 0, 1) * strength)[None, :, None]
    worse = picture + (255 - picture) * line if light else picture * (1 - line)
    return through_jpeg(noisy(worse.astype(np.uint8), 1, seed=1))


def _finger(
    shape: Picture, start: tuple[float, float], inward: tuple[float, float], length: float, thick: float
) -> None:
    direction = np.array(inward) / np.hypot(*inward)
    end = np.array(start) + direction * pixels(length - thick / 2)
    outside = np.array(start) - direction * pixels(thick)
    points = [tuple(int(each) for each in np.round(point)) for point in (outside, end)]
    cv2.line(shape, points[0], points[1], 255, round(pixels(thick)), cv2.LINE_8)


def _laid_on(picture: Picture, shape: Picture, rng: random.Random, seed: int) -> tuple[Picture, ImagePlace]:
    """Skin where ``shape`` is, rounded towards its rim, with the light's own unevenness and lines of the skin."""
    height, width = shape.shape
    deep = np.clip(cv2.distanceTransform(shape, cv2.DIST_L2, 3) / pixels(6), 0, 1)
    light = 0.62 + 0.38 * np.sqrt(deep)
    noise = np.random.default_rng(seed).normal(0, 1, (height // 8 + 1, width // 8 + 1)).astype(np.float32)
    light += 0.035 * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    skin = np.array(rng.choice(_SKIN), np.float32)
    if _is_grey(picture):
        skin[:] = skin.mean()
    over = np.clip(light[:, :, None] * skin, 0, 255).astype(np.uint8)
    worse = _over(picture, over, shape, _RIM)
    rows, columns = np.nonzero(shape)
    box = np.array([[columns.min(), rows.min()], [columns.max(), rows.max()]])
    return through_jpeg(noisy(worse, 1, seed)), _place(box, width, height)


def _over(picture: Picture, over: Picture, shape: Picture, soft: float) -> Picture:
    """``over`` where ``shape`` is, with a rim of ``soft`` mm, and its shadow on the picture beside it."""
    dark = cv2.GaussianBlur(shape, (0, 0), pixels(_SHADOW) / 2).astype(np.float32)[:, :, None] / 255
    shaded = picture * (1 - 0.45 * dark)
    share = cv2.GaussianBlur(shape, (0, 0), pixels(soft) / 2) if soft else shape
    rim = share.astype(np.float32)[:, :, None] / 255
    return np.clip(shaded * (1 - rim) + over * rim, 0, 255).astype(np.uint8)


def _below(picture: Picture, other: Picture, rng: random.Random) -> Picture:
    """What shows where a piece of paper is gone: the lid or the dark ground that it lies on, or the leaf below."""
    on_film = _is_grey(picture)
    ground = rng.choice((DARK_GROUND if on_film else rng.choice((PALE_LID, DARK_GROUND)), None))
    if ground is None:
        return cv2.resize(other, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    return np.full_like(picture, ground)


def _is_grey(picture: Picture) -> bool:
    return int(np.ptp(picture[::16, ::16].astype(int), axis=2).max()) < 12


def _paper_colour(picture: Picture) -> Picture:
    return np.percentile(picture[::4, ::4].reshape(-1, 3), 65, axis=0).astype(np.uint8)


def _place(points: Picture, width: int, height: int) -> ImagePlace:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return (
        float(max(0, left) / width),
        float(max(0, top) / height),
        float(min(width, right) / width),
        float(min(height, bottom) / height),
    )
