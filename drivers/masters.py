"""Masters: an image as the scanner gave it, encoded once, with its resolution and its provenance inside the file.

The provenance is ASCII JSON in ImageDescription (EXIF in a JPEG, a tag in a TIFF), complete enough that the station can
take up a file whose catalogue row never was. Tags are those of EXIF 2.32 and TIFF 6.0.
"""

from __future__ import annotations

import ctypes
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any, BinaryIO

from PIL import ExifTags, Image, TiffImagePlugin

from drivers import Encoding, Identity, Mode

_PIXELS = {Mode.COLOUR: "RGB", Mode.GREY: "L"}
_INCH = 2
_HORIZONTAL_PREDICTOR = 2


@dataclass(frozen=True)
class Origin:
    """Where an image comes from: what :func:`encode` writes beside the pixels.

    ``dpi_asked`` and ``dpi`` are as in :class:`drivers.Sheet`; ``caller`` is the provenance of the scan settings.
    """

    identity: Identity
    started_at: datetime
    dpi: tuple[float, float]
    dpi_asked: int | None = None
    token: str | None = None
    caller: Mapping[str, str] = field(default_factory=dict)


def software() -> str:
    """The name and version that stand in every master."""
    try:
        return f"tramquet {metadata.version('tramquet')}"
    except metadata.PackageNotFoundError:
        return "tramquet"


def encode(image: Image.Image, into: BinaryIO, origin: Origin, encoding: Encoding, quality: int = 90) -> None:
    """Write ``image`` (mode L or RGB) as a JPEG of ``quality``, chroma 4:4:4, or as a lossless deflated TIFF."""
    tags = _tags(image, origin)
    if encoding is Encoding.JPEG:
        exif = Image.Exif()
        exif.update(tags)
        # JFIF keeps whole dots per inch only; EXIF beside it has the exact value.
        whole = (round(origin.dpi[0]), round(origin.dpi[1]))
        image.save(into, "JPEG", quality=quality, subsampling="4:4:4", dpi=whole, exif=exif)
    else:
        directory = TiffImagePlugin.ImageFileDirectory_v2()
        for tag, value in tags.items():
            directory[tag] = value
        directory[ExifTags.Base.Predictor] = _HORIZONTAL_PREDICTOR
        image.save(into, "TIFF", compression="tiff_adobe_deflate", tiffinfo=directory, dpi=origin.dpi)


def load_encoders() -> None:
    """Load now all that :func:`encode` would load when first used.

    A library loaded in one thread while SANE starts and cancels threads of its own in another hung the dynamic linker
    for ever, once in some fifty batches (glibc 2.36, SANE's test backend, stacks seen in _dl_open and
    _dl_allocate_tls_init).
    """
    ctypes.CDLL("libgcc_s.so.1")  # glibc loads it when a thread is cancelled
    dot = Origin(Identity("", ""), datetime.now().astimezone(), (300.0, 300.0))
    for encoding in Encoding:
        encode(Image.new("L", (1, 1)), io.BytesIO(), dot, encoding)


def mode_of(image: Image.Image) -> Mode:
    """Whether an image as :func:`encode` takes it is colour or grey."""
    return next(mode for mode, pixels in _PIXELS.items() if pixels == image.mode)


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


def _tags(image: Image.Image, origin: Origin) -> dict[int, Any]:
    provenance = {
        "width": image.width,
        "height": image.height,
        "mode": mode_of(image).value,
        "dpi_asked": origin.dpi_asked,
        "dpi": list(origin.dpi),
        "started_at": origin.started_at.isoformat(),
        "identity": {
            "vendor": origin.identity.vendor,
            "model": origin.identity.model,
            "serial": origin.identity.serial,
        },
        "token": origin.token,
        "software": software(),
        "provenance": dict(origin.caller),
    }
    return {
        ExifTags.Base.ImageDescription: json.dumps(provenance, ensure_ascii=True, sort_keys=True),
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
