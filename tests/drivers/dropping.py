"""Files as phones, cameras and vendor programs drop them, and a recorder of what is told of them."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf
from PIL import ExifTags, Image, ImageCms

from drivers import Encoding, ScanSettings, Storing
from drivers.folder.stable_files import Arrival, Pace
from drivers.folder.watched_folder import CopiedFile

#: Fast, but long enough that a file written by a test in one go is whole.
QUICK = Pace(still=0.1, doubt=1.5, patience=3.0)
A4 = (210.0, 297.0)
PAPER = ScanSettings(paper_mm=A4, provenance={"station": "qt-thu-01"})
LOSSLESS = ScanSettings(paper_mm=A4, storing=Storing(Encoding.TIFF))

#: 64 x 48 pixels, red with a blue quarter at the top left; its EXIF tells a camera "Phone P1", an orientation that HEIF
#: says to ignore, and a place. Made with libheif's heif-enc and x265 from a drawn picture.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAeFtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAA"
    "AAAAACAAAAEGlkYXQAAAAAAEAAMAAAAExpbG9jAQAAAERAAAMAAQAAAAAAAAIFAAEAAAAAAAAAbgACAAEAAAAAAAAAAQAAAAAAAAAIAAMAAAAA"
    "AAACcwABAAAAAAAAAH4AAABNaWluZgAAAAAAAwAAABVpbmZlAgAAAQABAABodmMxAAAAABVpbmZlAgAAAAACAABncmlkAAAAABVpbmZlAgAAAQ"
    "ADAABFeGlmAAAAANVpcHJwAAAAs2lwY28AAABzaHZjQwEDcAAAAAAAAAAAAB7wAPz9+PgAAA8DIAABABhAAQwB//8DcAAAAwCQAAADAAADAB66"
    "AkAhAAEAJ0IBAQNwAAADAJAAAAMAAAMAHqAggQWW6uSmubAgAAADACAAAAMAISIAAQAGRAHBc8CJAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAUaX"
    "NwZQAAAAAAAABAAAAAMAAAABBwaXhpAAAAAAMICAgAAAAaaXBtYQAAAAAAAAACAAECgQIAAgIDhAAAAChpcmVmAAAAAAAAAA5kaW1nAAIAAQAB"
    "AAAADmNkc2MAAwABAAIAAAD0bWRhdAAAAGooAa8J4EmkWbRxU//veBr/a6P/3Q5POClGWF74vXJoBASBkP6nukZ/vu5s9PKHsjWFyw9szqXKgz"
    "JplYvd/9r3fjvZIygTPbp9fP/W+GuuYQp945ad4+ca77MidUdsL4AjleA8btfISsE3AAAAAE1NACoAAAAIAAQBDwACAAAABgAAAD4BEAACAAAA"
    "A1AxAAABEgADAAAAAQAGAACIJQAEAAAAAQAAAEQAAAAAUGhvbmUAAAIAAQACAAAAAk4AAAAAAgAFAAAAAwAAAGIAAAAAAAAAEAAAAAEAAAABAA"
    "AAAQAAAAEAAAAB"
)


@dataclass
class RecordedOriginals:
    """Originals that are not moved: what was given, repeated and rejected, by name."""

    taken: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    over: int = 0
    #: Whether a file that comes a second time is welcome (a crash left it there).
    welcome: bool = False
    #: Whether he can move what he rejects.
    moves: bool = True
    reasons: list[dict[str, object]] = field(default_factory=list)
    passed: dict[Path, str] = field(default_factory=dict)

    def begin_file(self, copied: CopiedFile) -> None:
        self.taken.append(copied.name)

    def repeat_file(self, copied: CopiedFile) -> bool:
        self.again.append(copied.name)
        return self.welcome

    def with_answer(self, copied: CopiedFile) -> CopiedFile:
        return copied

    def hold_grown_file(self, copied: CopiedFile) -> bool:
        return False

    def reject_file(self, arrival: Arrival, code: str, **facts: object) -> bool:
        self.refused.append((arrival.path.name, code))
        self.reasons.append(facts)
        return self.moves

    def report_others(self, things: dict[Path, str]) -> list[Path]:
        new = [path for path in things if path not in self.passed]
        self.passed.update(things)
        return new

    def end_batch(self) -> list[Arrival]:
        self.over += 1
        return []


def picture(seed: int = 1, size: tuple[int, int] = (62, 88), mode: str = "RGB") -> Image.Image:
    """A small picture, different for each seed, its top left corner dark."""
    grey = Image.linear_gradient("L").resize(size).rotate(3 * seed, fillcolor=seed * 7 % 256)
    grey.paste(0, (0, 0, size[0] // 4, size[1] // 4))
    return grey if mode == "L" else Image.merge("RGB", [grey, grey.point(lambda v: 255 - v), grey])


def profile(space: bytes) -> bytes:
    """A colour profile for images of this space: sRGB's, with the name of another one in its head."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return srgb[:16] + space + srgb[20:]


def photo(seed: int = 1, *, orientation: int | None = None, size: tuple[int, int] = (62, 88), **how: object) -> bytes:
    """A phone's JPEG: chroma 4:2:0, EXIF with camera, time, place, and an orientation if one is given."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Invented", "Phone 1"
    if orientation is not None:
        exif[ExifTags.Base.Orientation] = orientation
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:01:15 08:30:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (16.0, 48.0, 59.0), 3: "E", 4: (107.0, 5.0, 7.0)})
    into = io.BytesIO()
    picture(seed, size).save(into, "JPEG", **{"quality": 80, "exif": exif, "comment": b"at home", **how})
    return into.getvalue()


def saved(image: Image.Image, kind: str, **how: object) -> bytes:
    """An image as a file of this kind."""
    into = io.BytesIO()
    image.save(into, kind, **how)
    return into.getvalue()


def pdf(
    *pages: tuple[str, dict[str, bytes]],
    rotate: int = 0,
    facts: dict[str, Any] | None = None,
    annotations: str = "",
    **how: Any,
) -> bytes:
    """A PDF of pages, each its content stream and the JPEG images it may draw, by name.

    ``facts`` go into the images' dictionaries, ``icc`` among them as their colour space.
    """
    document = pikepdf.new()
    for content, images in pages:
        images_by_name = {name: _image(document, jpeg, **facts or {}) for name, jpeg in images.items()}
        objects = pikepdf.Dictionary({f"/{name}": image for name, image in images_by_name.items()})
        page = document.add_blank_page(page_size=(595, 842))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.obj.Resources = pikepdf.Dictionary(XObject=objects, Font=pikepdf.Dictionary(F1=font))
        page.obj.Contents = document.make_stream(content.encode())
        page.obj.Rotate = rotate
        if annotations:
            page.obj.Annots = pikepdf.Object.parse(annotations.encode())
    into = io.BytesIO()
    document.save(into, **how)
    return into.getvalue()


def scanned(seeds: Sequence[int]) -> bytes:
    """A PDF as scan programs make it: one JPEG to a page."""
    return pdf(*(("q 595 0 0 842 0 0 cm /I Do Q", {"I": photo(seed)}) for seed in seeds))


def scans(jpeg: bytes) -> bytes:
    """The compressed image data of a JPEG, from its first scan to its end."""
    return jpeg[jpeg.index(b"\xff\xda") : jpeg.rindex(b"\xff\xd9")]


def drop(folder: Path, name: str, content: bytes) -> Path:
    """Put a file into the folder."""
    file = folder / name
    file.write_bytes(content)
    return file


def _image(document: pikepdf.Pdf, jpeg: bytes, icc: bytes = b"", **facts: object) -> pikepdf.Stream:
    with Image.open(io.BytesIO(jpeg)) as image:
        width, height = image.size
    fields: dict[str, object] = {"ColorSpace": pikepdf.Name.DeviceRGB, **facts}
    if icc:
        fields["ColorSpace"] = pikepdf.Array([pikepdf.Name.ICCBased, document.make_stream(icc, N=3)])
    return document.make_stream(
        jpeg,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
        **fields,
    )
