"""Masters: an image as the scanner gave it, encoded once, with its resolution and its provenance inside the file.

The provenance is ASCII JSON in ImageDescription (EXIF in a JPEG, a tag in a TIFF), complete enough that the station can
take up a file whose catalogue row never was. Tags are those of EXIF 2.32 and TIFF 6.0.
"""

from __future__ import annotations

import io
import json
import mmap
import struct
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, TiffImagePlugin

from drivers import Encoding, Mode, Storing
from drivers.images.jpeg_strips import StripEncoder, encode_jpeg
from drivers.images.raw_sheet import SAMPLES, Origin, Raw, origin_facts, parse_header

Pixels = npt.NDArray[np.uint8]

_INCH = 2
_HORIZONTAL_PREDICTOR = 2
# JPEG, ITU-T T.81 annex B, and JFIF 1.02: where an encoder's first segment ends, and its own.
_SOI, _APP0, _APP1, _APP2 = b"\xff\xd8", b"\xff\xe0", b"\xff\xe1", b"\xff\xe2"
_PROFILE_PART = 65535 - 2 - 14
_JFIF = struct.Struct(">2sH5sHBHHBB")


@cache
def software() -> str:
    """The name and version that stand in every master."""
    from importlib import metadata  # with the parsers of e-mail

    try:
        return f"tramquet {metadata.version('tramquet')}"
    except metadata.PackageNotFoundError:
        return "tramquet"


def encode(
    pixels: Pixels,
    into: BinaryIO,
    origin: Origin,
    storing: Storing,
    profile: bytes | None = None,
    begun: StripEncoder | None = None,
) -> None:
    """Write ``pixels``, (height, width) or (height, width, 3), as a master; with their colour ``profile``, if any.

    A JPEG is encoded straight from the pixels given, but for the first lines where ``begun`` has these already; a
    lossless deflated TIFF takes four bytes of memory a pixel.
    """
    if storing.encoding is Encoding.JPEG:
        head, *data = [encode_jpeg(pixels, storing)] if begun is None else begun.pieces(pixels[begun.lines :])
        into.writelines([*with_provenance(head, _description(pixels, origin), origin, profile), *data])
        return
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in _tags(_description(pixels, origin), origin).items():
        directory[tag] = value
    directory[ExifTags.Base.Predictor] = _HORIZONTAL_PREDICTOR
    # In memory first: libtiff reports a full disk without its errno.
    whole = io.BytesIO()
    image = Image.fromarray(pixels)
    image.save(whole, "TIFF", compression="tiff_adobe_deflate", tiffinfo=directory, dpi=origin.dpi, icc_profile=profile)
    into.write(whole.getbuffer())


def with_provenance(
    bare: bytes, description: str, origin: Origin, profile: bytes | None = None
) -> list[bytes | memoryview]:
    """The pieces of a JPEG file: ``bare`` with our JFIF and EXIF segments in place of its JFIF, else bit for bit.

    A colour ``profile`` goes behind them.
    """
    exif = Image.Exif()
    exif.update(_tags(description, origin))
    tags = exif.tobytes()
    # JFIF keeps whole dots per inch only; EXIF beside it has the exact value.
    x, y = round(origin.dpi[0]), round(origin.dpi[1])
    jfif = _JFIF.pack(_APP0, 16, b"JFIF\0", 0x0102, 1, x, y, 0, 0)
    rest = 2 + 2 + struct.unpack(">H", bare[4:6])[0] if bare[2:4] == _APP0 else 2
    segments = [_SOI, jfif, _APP1, struct.pack(">H", 2 + len(tags)), tags]
    return [*segments, *_profile_segments(profile or b""), memoryview(bare)[rest:]]


def _profile_segments(profile: bytes) -> list[bytes]:
    """A colour profile as segments of a JPEG (ICC.1:2022, B.4); none for an empty one."""
    parts = [profile[at : at + _PROFILE_PART] for at in range(0, len(profile), _PROFILE_PART)]
    return [
        b"".join((_APP2, struct.pack(">H", 2 + 14 + len(part)), b"ICC_PROFILE\0", bytes((number, len(parts))), part))
        for number, part in enumerate(parts, 1)
    ]


def pixels_of(raw: Raw, source: Path) -> Pixels:
    """The pixels of the raw sheet at ``source``.

    :raises ValueError: the file is not the sheet that its facts describe.
    """
    pixels = read_pixels(source)
    if pixels.shape[:2] != (raw.height, raw.width) or pixels.ndim != (3 if raw.mode is Mode.COLOUR else 2):
        raise ValueError(f"{source.name} has {pixels.shape}, not {raw.width} x {raw.height} in {raw.mode}")
    return pixels


def read_pixels(source: Path) -> Pixels:
    """The pixels of a binary PNM as :func:`encode` takes them, mapped from the file, not read.

    :raises ValueError: it is no such file, or not as long as it says.
    """
    with source.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    header = parse_header(mapped[:1024])
    if header is None:
        raise ValueError(f"{source.name} is no PNM file")
    mode, width, height, start = header
    flat = np.frombuffer(mapped, np.uint8, offset=start)
    if flat.size != width * height * SAMPLES[mode]:
        raise ValueError(f"{source.name}: {flat.size} bytes for {width} x {height} pixels")
    return flat.reshape((height, width, 3) if mode is Mode.COLOUR else (height, width))


#: In a caller's provenance: the resolution is only supposed, by a size of paper that nobody declared.
SUPPOSED = "supposed_paper"


def read_provenance(path: Path) -> dict[str, Any]:
    """What :func:`encode` wrote into the master at ``path``.

    Keys: ``width``, ``height`` (pixels), ``mode``, ``dpi_asked`` (or None), ``dpi`` ([x, y]), ``started_at`` (ISO 8601
    with offset), ``identity`` ({``vendor``, ``model``, ``serial``}), ``token`` (or None), ``software``, and
    ``provenance``: the caller's own.

    :raises OSError: the file cannot be read or is no image.
    :raises ValueError: it is an image, but carries no provenance of ours.
    """
    with Image.open(path) as image:
        text = image.getexif().get(ExifTags.Base.ImageDescription)
    facts = json.loads(text) if isinstance(text, str) else None
    if not isinstance(facts, dict) or "started_at" not in facts:
        raise ValueError(f"no provenance in {path.name}")
    return facts


def describe(width: int, height: int, mode: Mode, origin: Origin) -> str:
    """The provenance of an image as it stands in its master."""
    facts = {"width": width, "height": height, "mode": mode.value, "software": software(), **origin_facts(origin)}
    return json.dumps(facts, ensure_ascii=True, sort_keys=True)


def _description(pixels: Pixels, origin: Origin) -> str:
    return describe(pixels.shape[1], pixels.shape[0], Mode.COLOUR if pixels.ndim == 3 else Mode.GREY, origin)


def _tags(description: str, origin: Origin) -> dict[int, Any]:
    return {
        ExifTags.Base.ImageDescription: description,
        ExifTags.Base.Make: _ascii(origin.identity.vendor),
        ExifTags.Base.Model: _ascii(origin.identity.model),
        ExifTags.Base.Software: software(),
        ExifTags.Base.DateTime: origin.started_at.strftime("%Y:%m:%d %H:%M:%S"),
        ExifTags.Base.XResolution: origin.dpi[0],
        ExifTags.Base.YResolution: origin.dpi[1],
        ExifTags.Base.ResolutionUnit: _INCH,
    }


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")
