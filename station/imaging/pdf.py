"""An entry's PDF from its masters: the same pixels, true size, the same bytes for the same input.

A JPEG master is embedded as the file is, byte for byte; a TIFF or PNG master losslessly (Flate with PNG prediction).
What turns a page is said in the PDF, so a whole JPEG is never decoded and encoded again. Where a page is a part of its
master, only that part is in the PDF: what a crop box hides anyone can bring back, and on the other half of an open book
stand other people's entries. Of a page that several entries share, what belongs to others is white in the pixels.
A part of a JPEG is encoded with the master's own tables, which changes next to nothing.
Where a page has an upload copy (:mod:`station.copies`), that stands for its master.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pikepdf
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from drivers.images.colour_profiles import matching_profile
from station.domain.bands import Polygon
from station.domain.states import CopyCodec
from station.errors import Refused, StorageFailed
from station.imaging import decoding, kept_parts
from station.imaging.encoded_page import EncodedPage

PRODUCER = "Tram Quet"
_VERSION = "1.4"  # at least 1.4 is asked by Decree 30/2020
_VERSION_OF_JPEG2000 = "1.5"
POINTS_PER_INCH = 72
_BLOCK = 16  # pixels: as large as JPEG's blocks can be (with 4:2:0; with 4:4:4 they are 8)
#: How a PDF names what an image is encoded with; None is the pixels of a PNG.
_FILTERS = {None: "/FlateDecode", CopyCodec.JPEG: "/DCTDecode", CopyCodec.JPEG2000: "/JPXDecode"}
_FILES = ("/DCTDecode", "/JPXDecode")
_SPACES = {"1": ("/DeviceGray", 1, 1), "L": ("/DeviceGray", 8, 1), "RGB": ("/DeviceRGB", 8, 3)}  # space, bits, channels


@dataclass(frozen=True)
class DocumentPage:
    """One page of a document: a master, and how it is to be seen.

    ``crop`` is (left, top, right, bottom) in pixels of the stored image, before any turning; None shows all of it.
    What lies outside is not in the document, but for up to 15 pixels on the left and above. ``rotation`` turns
    clockwise, in degrees (0, 90, 180, 270). ``dpi`` is (x, y) where it is known better than the file says it, as from a
    scanner that confirmed it. With ``kept``, polygons in pixels of the stored image, all else is white. With a ``copy``
    that is in the document, and the master is not looked at.
    """

    path: Path
    rotation: int = 0
    crop: tuple[int, int, int, int] | None = None
    dpi: tuple[float, float] | None = None
    kept: Sequence[Polygon] = ()
    copy: EncodedPage | None = None


def make_pdf(pages: Sequence[DocumentPage], *, title: str, target: Path) -> None:
    """Write the PDF of ``pages`` to ``target``, each page as large as the paper was.

    ``target`` is not synced; use :func:`station.storage.durable.new_file`. Raises StorageFailed where a master is
    missing or damaged (each is decoded to know), Refused where a master has no dpi or is nothing that can be embedded
    as it is, ValueError for no pages, an odd rotation or a crop outside the image.
    """
    if not pages:
        raise ValueError("a document has at least one page")
    with pikepdf.new() as document:
        for page in pages:
            _add_page(document, page)
        document.docinfo["/Title"] = title
        document.docinfo["/Producer"] = PRODUCER
        with target.open("wb") as file:
            document.save(file, min_version=_version(pages), deterministic_id=True)


def encoded_image(file: Path, number: int) -> bytes:
    """The image of a document's page (0 is the first) as the file that a viewer decodes: JPEG or JPEG 2000.

    ``StorageFailed`` ("document-unusable") where the document or the page is missing or damaged, or its image is none.
    """
    try:
        with pikepdf.open(file) as document:
            image = document.pages[number].Resources.XObject.Scan
            if image.Filter not in _FILES:
                raise StorageFailed("document-unusable", file=file.name, detail=image.Filter)
            return bytes(image.read_raw_bytes())
    except (pikepdf.PdfError, OSError, AttributeError, IndexError) as error:
        raise StorageFailed("document-unusable", file=file.name, detail=error) from error


def _version(pages: Sequence[DocumentPage]) -> str:
    """The oldest version of PDF that may hold what is in it."""
    codecs = {page.copy.codec for page in pages if page.copy is not None}
    return _VERSION_OF_JPEG2000 if CopyCodec.JPEG2000 in codecs else _VERSION


def _add_page(document: pikepdf.Pdf, page: DocumentPage) -> None:
    if page.rotation not in (0, 90, 180, 270):
        raise ValueError(f"rotation {page.rotation}")
    master = _read(page.path, page.crop, page.kept) if page.copy is None else _copied(page.copy)
    dpi = (page.dpi or master.dpi) if page.copy is None else page.copy.dpi
    if dpi is None:
        raise Refused("master-without-dpi", file=page.path.name)
    x, y = (POINTS_PER_INCH / each for each in dpi)
    width, height = _points(master.width * x), _points(master.height * y)
    box = [Decimal(0), Decimal(0), width, height]
    drawing = f"q {width} 0 0 {height} 0 0 cm /Scan Do Q"
    document.pages.append(
        pikepdf.Page(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Page,
                MediaBox=pikepdf.Array(box),
                CropBox=pikepdf.Array(box),
                Rotate=page.rotation,
                Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=_image(document, master))),
                Contents=document.make_stream(drawing.encode("ascii")),
            )
        )
    )


def _points(length: float) -> Decimal:
    return round(Decimal(length), 4)  # below a ten-thousandth of a mm; a float's last digits are no part of the page


@dataclass(frozen=True)
class _Master:
    """What the PDF needs of a master or a part of it: ``data`` is a file, or the pixels as a PNG stores them."""

    width: int
    height: int
    mode: str
    dpi: tuple[float, float] | None
    profile: bytes | None
    codec: CopyCodec | None
    data: bytes


def _copied(copy: EncodedPage) -> _Master:
    return _Master(copy.width, copy.height, "L" if copy.grey else "RGB", copy.dpi, None, copy.codec, copy.data)


def _read(path: Path, crop: tuple[int, int, int, int] | None, kept: Sequence[Polygon]) -> _Master:
    """Read a master, or a part of it, and prove that it can be decoded to its last line."""
    try:
        with Image.open(path, formats=("JPEG", "TIFF", "PNG")) as image:
            is_jpeg = image.format in ("JPEG", "MPO")  # MPO is a camera's JPEG with a preview behind it
            mode, size = image.mode, image.size
            if _fits(crop, size) and mode in _SPACES and (is_jpeg or getattr(image, "n_frames", 1) == 1):
                dpi, profile = (
                    decoding.resolution_of(image),
                    matching_profile(image.info.get("icc_profile"), _SPACES[mode][2]),
                )
                whole = (0, 0, *size)
                if crop in (None, whole) and not kept:
                    data = _jpeg(path, image) if is_jpeg else _png_pixels(image)
                    return _Master(*size, mode, dpi, profile, CopyCodec.JPEG if is_jpeg else None, data)
                box = _on_blocks(crop or whole) if is_jpeg else crop or whole
                part = image.crop(box)
                if kept:
                    part = kept_parts.alone(part, box[:2], kept)
                data = _part_of_jpeg(image, part) if isinstance(image, JpegImageFile) else _png_pixels(part)
                return _Master(*part.size, mode, dpi, profile, CopyCodec.JPEG if is_jpeg else None, data)
    except FileNotFoundError as error:
        raise StorageFailed("master-missing", file=path.name) from error
    except decoding.DAMAGE as error:
        detail = str(error).replace(str(path), path.name)
        raise StorageFailed("master-damaged", file=path.name, detail=detail) from error
    if not _fits(crop, size):
        raise ValueError(f"crop {crop} outside an image of {size[0]} x {size[1]}")
    raise Refused("master-unsuitable", file=path.name, mode=mode)


def _jpeg(path: Path, image: Image.Image) -> bytes:
    # Asked for the smallest size, libjpeg still reads the file to its end, with a sixtieth of the memory.
    image.draft(image.mode, (1, 1))
    image.load()
    return path.read_bytes()


def _fits(crop: tuple[int, int, int, int] | None, size: tuple[int, int]) -> bool:
    left, top, right, bottom = crop or (0, 0, *size)
    return 0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]


def _on_blocks(crop: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Let a part of a JPEG begin where a block of it begins: only then encoding it again changes next to nothing."""
    left, top, right, bottom = crop
    return left - left % _BLOCK, top - top % _BLOCK, right, bottom


def _part_of_jpeg(master: JpegImageFile, part: Image.Image) -> bytes:
    file = io.BytesIO()
    # Of an image in memory Pillow writes no EXIF and no comment: nothing of the rest goes along.
    part.save(file, "JPEG", qtables=master.quantization, subsampling=get_sampling(master), optimize=True)
    return file.getvalue()


def _png_pixels(image: Image.Image) -> bytes:
    """The pixels, losslessly: the IDAT chunks of a PNG are what PDF calls Flate with predictor 15."""
    png = io.BytesIO()
    image.save(png, "PNG")
    view = png.getbuffer()
    pieces = []
    position = 8
    while position < len(view):
        length, kind = struct.unpack_from(">I4s", view, position)
        if kind == b"IDAT":
            pieces.append(view[position + 8 : position + 8 + length])
        position += 12 + length
    return b"".join(pieces)


def _image(document: pikepdf.Pdf, master: _Master) -> pikepdf.Stream:
    space, bits, channels = _SPACES[master.mode]
    stream = document.make_stream(
        master.data,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=master.width,
        Height=master.height,
        ColorSpace=pikepdf.Name(space),
        BitsPerComponent=bits,
        Filter=pikepdf.Name(_FILTERS[master.codec]),
    )
    if master.codec is None:
        stream.DecodeParms = pikepdf.Dictionary(
            Predictor=15, Colors=channels, BitsPerComponent=bits, Columns=master.width
        )
    if master.profile is not None:
        profile = document.make_stream(master.profile, N=channels, Alternate=pikepdf.Name(space))
        stream.ColorSpace = pikepdf.Array([pikepdf.Name.ICCBased, profile])
    return stream
