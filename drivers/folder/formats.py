"""Pictures in a dropped file, one per page; the format follows from the content, not from the name.

A JPEG is kept as it is; everything else is decoded once. EXIF orientation is honoured: with a JPEG goes the turn that
it needs, decoded pixels are turned.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pi_heif
from PIL import Image

from drivers.errors import Unreadable
from drivers.folder.pictures import (
    MOST_PAGES,
    Pages,
    Picture,
    camera_facts,
    check_pixels,
    decoded_picture,
    decoder_errors,
    exif_of,
    jpeg_picture,
)

#: TIFF 6.0, NewSubfileType and SubfileType: an image that is a smaller one of another, or its mask, is no page.
_NEW_SUBFILE, _SUBFILE = 254, 255
_NO_PAGE, _SMALLER = 0b101, 2
#: ISO 23008-12: brands of a file whose images are HEVC.
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
_PDF_HEAD = 1024
#: No file of any of the formats is as short (bytes).
_LEAST = 12


@contextmanager
def open_pages(file: Path) -> Iterator[Pages]:
    """The pages of ``file`` until the block ends.

    :raises Unreadable: it is none of the formats, damaged, or protected.
    """
    with file.open("rb") as stream:
        head = stream.read(_PDF_HEAD)
    if not head:
        raise Unreadable("empty")
    if head.startswith(b"\xff\xd8\xff"):
        yield Pages(1, lambda _: jpeg_picture(file.read_bytes()))
    elif head.startswith((b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        with decoder_errors(), Image.open(file, formats=("PNG", "TIFF")) as image:
            frames = _frames(image) if image.format == "TIFF" else [0]
        yield Pages(len(frames), lambda index: _frame(file, frames[index]))
    elif head[4:8] == b"ftyp" and any(brand in head[8:64] for brand in _HEIF_BRANDS):
        yield Pages(1, lambda _: _heif(file))
    elif b"%PDF-" in head:
        from drivers.folder import pdf  # pikepdf takes 0.2 s to import, and most folders never see a PDF

        with pdf.open_pages(file) as pages:
            yield pages
    else:
        # A copy over the network may reserve a file's whole length before its first byte arrives.
        code = "format" if head.strip(b"\0") and len(head) >= _LEAST else "damaged"
        raise Unreadable(code, detail=head[:_LEAST].hex(" "))


def _frames(image: Image.Image) -> list[int]:
    """The images of a TIFF that are pages; all of them where it calls none a page."""
    pages: list[int] = []
    index = 0
    while True:
        try:
            image.seek(index)
        except EOFError:
            return pages or list(range(index))
        tags = image.getexif()
        if not int(tags.get(_NEW_SUBFILE, 0)) & _NO_PAGE and tags.get(_SUBFILE) != _SMALLER:
            pages.append(index)
        index += 1
        if index > MOST_PAGES:
            raise Unreadable("many", most=MOST_PAGES)


def _frame(file: Path, index: int) -> Picture:
    with decoder_errors(), Image.open(file, formats=("PNG", "TIFF")) as image:
        image.seek(index)
        check_pixels(*image.size)
        taken_by = camera_facts(exif_of(image))
        image.load()
        return decoded_picture(image, taken_by)


def _heif(file: Path) -> Picture:
    """The primary image. libheif has turned it already as the file's own properties say; EXIF only repeats them."""
    with decoder_errors():
        container = pi_heif.open_heif(file)
        check_pixels(*container.size)
        image = container.to_pillow()
        return decoded_picture(image, camera_facts(exif_of(image)), lossy=True, upright=True)
