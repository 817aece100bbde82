"""The pages of a scanned PDF: each is one image, taken out as it was put in; a page that is more is refused.

Nothing is rendered. Text that is not painted (mode 3, ISO 32000-1 table 106) is what a scan program recognised; it is
no part of the image and is left out.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
from pikepdf.models.image import (
    HifiPrintImageNotTranscodableError,
    InvalidPdfImageError,
    UnsupportedImageTypeError,
)
from PIL import Image

from drivers.folder.formats import MOST_PIXELS, Pages, Picture, Unreadable, decoded_picture, jpeg_picture
from drivers.images.pnm import UNREADABLE

#: An image in a coding that no library here reads (JBIG2 without its program, exotic colours).
_NOT_TAKEN_OUT = (
    NotImplementedError,
    pikepdf.DependencyError,
    HifiPrintImageNotTranscodableError,
    InvalidPdfImageError,
    UnsupportedImageTypeError,
)
_INVISIBLE = 3
_SHOWS_TEXT = frozenset({"Tj", "TJ", "'", '"'})
_PAINTS = frozenset({"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "INLINE IMAGE"})
#: So deep may a form hold a form.
_DEEPEST = 8
#: A matrix whose small terms are below this share of its large ones lies straight.
_STRAIGHT = 0.01


@dataclass(frozen=True)
class _Placed:
    image: pikepdf.Stream
    matrix: pikepdf.Matrix


@contextmanager
def open_pages(file: Path) -> Iterator[Pages]:
    """The pages of a PDF until the block ends; all of them are looked at before the first is given.

    :raises Unreadable: it is protected or damaged, has no page, or one of its pages is not one image.
    """
    try:
        document = pikepdf.open(file)
    except pikepdf.PasswordError as error:
        raise Unreadable("pdf-protected") from error
    except pikepdf.PdfError as error:
        raise Unreadable("damaged", detail=str(error)) from error
    with document:
        try:
            found = [_only_image(page, number) for number, page in enumerate(document.pages, 1)]
        except (pikepdf.PdfError, *UNREADABLE) as error:
            raise Unreadable("damaged", detail=str(error)) from error
        if not found:
            raise Unreadable("pdf-empty")
        yield Pages(len(found), lambda index: _picture(*found[index], number=index + 1))


def _only_image(page: pikepdf.Page, number: int) -> tuple[pikepdf.Stream, int]:
    """The one image that a page shows, and how far it is turned clockwise when it is shown (degrees)."""
    placed = list(_shown(page, page.resources, pikepdf.Matrix(), number))
    if not placed:
        raise Unreadable("pdf-no-image", page=number)
    if len(placed) > 1:
        raise Unreadable("pdf-several", page=number, found=len(placed))
    if any(str(note.get("/Subtype")) != "/Link" for note in page.obj.get("/Annots", [])):
        raise Unreadable("pdf-more", page=number)
    turned = (_turn(placed[0].matrix, number) + int(page.rotation)) % 360
    return placed[0].image, turned


def _shown(
    content: pikepdf.Page | pikepdf.Object,
    resources: pikepdf.Object,
    outer: pikepdf.Matrix,
    number: int,
    depth: int = 0,
) -> Iterator[_Placed]:
    matrix, visible = outer, True
    kept: list[tuple[pikepdf.Matrix, bool]] = []
    for instruction in pikepdf.parse_content_stream(content):
        operator = str(instruction.operator)
        if operator == "q":
            kept.append((matrix, visible))
        elif operator == "Q" and kept:
            matrix, visible = kept.pop()
        elif operator == "cm":
            matrix = pikepdf.Matrix(*(float(value) for value in instruction.operands)) @ matrix
        elif operator == "Tr":
            visible = int(instruction.operands[0]) != _INVISIBLE
        elif operator in _PAINTS or (operator in _SHOWS_TEXT and visible):
            raise Unreadable("pdf-more", page=number)
        elif operator == "Do":
            drawn = resources["/XObject"][str(instruction.operands[0])]
            if isinstance(drawn, pikepdf.Stream) and drawn.get("/Subtype") == "/Image":
                yield _Placed(drawn, matrix)
            elif depth < _DEEPEST:
                inner = pikepdf.Matrix(drawn.get("/Matrix", pikepdf.Array([1, 0, 0, 1, 0, 0]))) @ matrix
                yield from _shown(drawn, drawn.get("/Resources", resources), inner, number, depth + 1)


def _turn(matrix: pikepdf.Matrix, number: int) -> int:
    """How far an image placed by ``matrix`` is turned clockwise; refused where it lies askew or mirrored."""
    a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
    limit = _STRAIGHT * max(map(abs, (a, b, c, d)))
    if abs(b) <= limit and abs(c) <= limit and a * d > 0:
        return 0 if a > 0 else 180
    if abs(a) <= limit and abs(d) <= limit and b * c < 0:
        return 270 if b > 0 else 90
    raise Unreadable("pdf-turned", page=number)


def _picture(image: pikepdf.Stream, turned: int, *, number: int) -> Picture:
    stored = pikepdf.PdfImage(image)
    if stored.width * stored.height > MOST_PIXELS:
        raise Unreadable("large", pixels=stored.width * stored.height)
    try:
        taken = io.BytesIO()
        if stored.extract_to(stream=taken) == ".jpg":
            return replace(jpeg_picture(taken.getvalue(), upright=True), rotation=turned)
        with Image.open(taken) as decoded:
            return replace(decoded_picture(decoded), rotation=turned)
    except _NOT_TAKEN_OUT as error:
        raise Unreadable("pdf-codec", page=number, detail=str(error)) from error
    except (pikepdf.PdfError, *UNREADABLE) as error:
        raise Unreadable("damaged", detail=str(error)) from error
