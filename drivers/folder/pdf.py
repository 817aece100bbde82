"""The pages of a scanned PDF: each is one image, taken out as it was put in; a page that is more is refused.

Nothing is rendered. Text that is not painted (mode 3, ISO 32000-1 table 106) is what a scan program recognised; it is
no part of the image and is left out.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pikepdf
from pikepdf.models.image import (
    HifiPrintImageNotTranscodableError,
    InvalidPdfImageError,
    UnsupportedImageTypeError,
)
from PIL import Image, ImageChops

from drivers import Mode
from drivers.errors import Unreadable
from drivers.folder.pictures import MOST_PAGES, MOST_PIXELS, Pages, Picture, decoded_picture, jpeg_picture, proportion
from drivers.images.colour_profiles import matching_profile
from drivers.images.pnm import UNREADABLE

pikepdf.PdfImage.MAX_IMAGE_PIXELS = MOST_PIXELS

#: An image in a coding that no library here reads (JBIG2 without its program, exotic colours).
_NOT_TAKEN_OUT = (
    NotImplementedError,
    pikepdf.DependencyError,
    HifiPrintImageNotTranscodableError,
    InvalidPdfImageError,
    UnsupportedImageTypeError,
)
#: What pikepdf says where it leaves something out that changes the picture; the rest loses nothing that a master keeps.
_HARMLESS_WARNINGS = ("16-bit .* reduced to 8-bit", ".* carries a mask but")
_INVISIBLE = 3
_SHOWS_TEXT = frozenset({"Tj", "TJ", "'", '"'})
_PAINTS = frozenset({"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "INLINE IMAGE"})
#: Operators that set the colour in which a stencil is painted, and black by each (ISO 32000-1, table 74).
_COLOURS = {"g": [0.0], "rg": [0.0, 0.0, 0.0], "k": [0.0, 0.0, 0.0, 1.0], "sc": None, "scn": None, "cs": None}
#: So deep may a form hold a form.
_DEEPEST = 8
#: A matrix whose small terms are below this share of its large ones lies straight.
_STRAIGHT = 0.01
#: What a colour space by profile falls back to, by its channels.
_DEVICE = {1: pikepdf.Name.DeviceGray, 3: pikepdf.Name.DeviceRGB, 4: pikepdf.Name.DeviceCMYK}


@dataclass(frozen=True)
class _PlacedImage:
    image: pikepdf.Stream
    matrix: pikepdf.Matrix
    black: bool

    @cached_property
    def profile(self) -> bytes | None:
        """The colour profile that the PDF gives the image; one that does not fit its channels is as good as none."""
        space = self.image.get("/ColorSpace")
        palette = False
        if isinstance(space, pikepdf.Array) and len(space) > 1 and space[0] == "/Indexed":
            space, palette = space[1], True
        if not (isinstance(space, pikepdf.Array) and len(space) > 1 and space[0] == "/ICCBased"):
            return None
        channels = int(space[1].N)
        profile = matching_profile(space[1].read_bytes(), channels)
        if profile is None and channels in _DEVICE and not palette:
            self.image.ColorSpace = _DEVICE[channels]  # what a viewer does (ISO 32000-1, 8.6.5.5); it is never saved
        return profile


@dataclass(frozen=True)
class _State:
    """What of the graphics state tells: where things are drawn, whether text is seen, whether stencils are black."""

    matrix: pikepdf.Matrix
    visible: bool = True
    black: bool = True


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
            if len(document.pages) > MOST_PAGES:
                raise Unreadable("many", most=MOST_PAGES)
            images = [_only_image(page, number) for number, page in enumerate(document.pages, 1)]
        except (pikepdf.PdfError, *UNREADABLE) as error:
            raise Unreadable("damaged", detail=str(error)) from error
        if not images:
            raise Unreadable("pdf-empty")
        yield Pages(len(images), lambda index: _picture(*images[index], number=index + 1))


def _only_image(page: pikepdf.Page, number: int) -> tuple[_PlacedImage, int]:
    """The one image that a page shows, and how far it is turned clockwise when it is shown (degrees)."""
    placed = list(_placed_images(page, page.resources, _State(pikepdf.Matrix()), number))
    if not placed:
        raise Unreadable("pdf-no-image", page=number)
    if len(placed) > 1:
        raise Unreadable("pdf-several", page=number, found=len(placed))
    if any(_notes(page)):
        raise Unreadable("pdf-more", page=number)
    rotation = int(page.rotation)
    if rotation % 90:
        raise Unreadable("pdf-turned", page=number)
    return placed[0], (_turn(placed[0].matrix, number) + rotation) % 360


def _notes(page: pikepdf.Page) -> Iterator[pikepdf.Object]:
    """What is laid over a page; links show nothing, and scan programs write null."""
    notes = page.obj.get("/Annots")
    for note in notes if isinstance(notes, pikepdf.Array) else ():
        if isinstance(note, pikepdf.Dictionary) and str(note.get("/Subtype")) != "/Link":
            yield note


def _placed_images(
    content: pikepdf.Page | pikepdf.Object,
    resources: pikepdf.Object,
    state: _State,
    number: int,
    depth: int = 0,
) -> Iterator[_PlacedImage]:
    states: list[_State] = []
    for instruction in pikepdf.parse_content_stream(content):
        operator = str(instruction.operator)
        if operator == "q":
            states.append(state)
        elif operator == "Q" and states:
            state = states.pop()
        elif operator == "cm":
            matrix = pikepdf.Matrix(*(float(value) for value in instruction.operands)) @ state.matrix
            state = replace(state, matrix=matrix)
        elif operator == "Tr":
            state = replace(state, visible=int(instruction.operands[0]) != _INVISIBLE)
        elif operator in _COLOURS:
            black = _COLOURS[operator]
            state = replace(state, black=black is not None and [float(one) for one in instruction.operands] == black)
        elif operator in _PAINTS or (operator in _SHOWS_TEXT and state.visible):
            raise Unreadable("pdf-more", page=number)
        elif operator == "Do":
            form = resources["/XObject"][str(instruction.operands[0])]
            if isinstance(form, pikepdf.Stream) and form.get("/Subtype") == "/Image":
                yield _PlacedImage(form, state.matrix, state.black)
            elif depth < _DEEPEST:
                own = pikepdf.Matrix(form.get("/Matrix", pikepdf.Array([1, 0, 0, 1, 0, 0])))
                inner = replace(state, matrix=own @ state.matrix)
                yield from _placed_images(form, form.get("/Resources", resources), inner, number, depth + 1)


def _turn(matrix: pikepdf.Matrix, number: int) -> int:
    """How far an image placed by ``matrix`` is turned clockwise; refused where it lies askew or mirrored."""
    a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
    limit = _STRAIGHT * max(map(abs, (a, b, c, d)))
    if abs(b) <= limit and abs(c) <= limit and a * d > 0:
        return 0 if a > 0 else 180
    if abs(a) <= limit and abs(d) <= limit and b * c < 0:
        return 270 if b > 0 else 90
    raise Unreadable("pdf-turned", page=number)


def _picture(placed: _PlacedImage, turned: int, *, number: int) -> Picture:
    profile = placed.profile
    pdf_image = pikepdf.PdfImage(placed.image)
    if pdf_image.width * pdf_image.height > MOST_PIXELS:
        raise Unreadable("large", pixels=pdf_image.width * pdf_image.height)
    if pdf_image.image_mask and not placed.black:
        raise Unreadable("pdf-more", page=number)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            for harmless in _HARMLESS_WARNINGS:
                warnings.filterwarnings("ignore", harmless)
            output = io.BytesIO()
            suffix = pdf_image.extract_to(stream=output)
        picture = _extracted_picture(placed.image, output, suffix, number)
    except (*_NOT_TAKEN_OUT, UserWarning) as error:
        raise Unreadable("pdf-codec", page=number, detail=str(error)) from error
    except (pikepdf.PikepdfError, *UNREADABLE) as error:
        raise Unreadable("damaged", detail=str(error) or type(error).__name__) from error
    matrix = placed.matrix
    across, down = pdf_image.width / math.hypot(matrix.a, matrix.b), pdf_image.height / math.hypot(matrix.c, matrix.d)
    high = proportion(across, down)
    fit = matching_profile(profile, 1 if picture.mode is Mode.GREY else 3)
    return replace(picture, rotation=turned, profile=fit or picture.profile, proportion=high)


def _extracted_picture(image: pikepdf.Stream, output: io.BytesIO, suffix: str, number: int) -> Picture:
    """The picture that was taken out, its samples as the PDF means them (ISO 32000-1, 8.9.5.2).

    pikepdf does so itself where it decodes; a JPEG is taken out as it is. Of one in CMYK, Pillow turns light and dark
    as Adobe's programs write it, which in a PDF is said by ``/Decode``.
    """
    decode = [float(value) for value in image.get("/Decode", [])]
    negative = bool(decode) and decode == [1.0, 0.0] * (len(decode) // 2)
    coded = suffix in (".jpg", ".jp2")
    if coded and decode and not negative and decode != [0.0, 1.0] * (len(decode) // 2):
        raise Unreadable("pdf-codec", page=number, detail=f"/Decode {decode}")
    if suffix == ".jpg":
        picture = jpeg_picture(output.getvalue(), upright=True)
        with Image.open(output) as decoded:
            if (decoded.mode == "CMYK") == negative:
                return picture
            return decoded_picture(ImageChops.invert(decoded), lossy=True, upright=True)
    with Image.open(output) as decoded:
        return decoded_picture(ImageChops.invert(decoded) if coded and negative else decoded, upright=True)
