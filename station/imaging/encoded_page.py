"""A page's image as encoded bytes, with all that a document must know of it."""

from __future__ import annotations

from dataclasses import dataclass

from station.domain.states import CopyCodec


@dataclass(frozen=True)
class EncodedPage:
    """Bytes as :mod:`station.imaging.page_codecs` makes them; ``width`` and ``height`` in pixels, of ``dpi`` (x, y)."""

    data: bytes
    codec: CopyCodec
    width: int
    height: int
    grey: bool
    dpi: tuple[float, float]
