"""A camera's JPEG without what the camera added to it: the compressed image stays as it is, bit for bit.

Of the segments only those stay that decoding needs (ITU-T T.81), with Adobe's colour transform. EXIF, XMP and IPTC go:
they hold where a photo was taken and by whose device. So does whatever lies behind the first image: the second view of
an MPO file, a phone's trailer.

What every reader looks over is put right, so that nothing has to be looked over in a master: wrong parameters of a
sequential scan (Samsung), more restart intervals than the image has (Brother), bytes between segments and behind the
last scan, an end marker that is missing behind a whole image.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import simplejpeg

_SOI, _END = b"\xff\xd8", b"\xff\xd9"
_EOI, _SOS, _DRI = 0xD9, 0xDA, 0xDD
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
#: Frames with their Huffman and arithmetic tables, quantization, restart interval, number of lines, scans.
_NEEDED = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD})
_ADOBE = 0xEE
#: JFIF 1.02 without a resolution: a master has a JFIF segment, and that changes what some colours mean.
_JFIF = b"\xff\xe0\x00\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0"
#: The end of a scan's data: a marker that is neither a stuffed zero nor a restart.
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_NEXT = re.compile(rb"\xff+([^\x00\xff])")
#: What libjpeg says of bytes that it did not need between the last scan and the end.
_LEFT_OVER = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
#: So many bytes behind a scan tell nothing; more, unless they are all the same, are lines that were lost on the way.
_FEW = 16
_COEFFICIENTS = 64


@dataclass(frozen=True)
class Jpeg:
    """The first image of a file: ``whole`` with all its segments, ``bare`` with those alone that decoding needs.

    ``surplus``: it had more restart intervals than its lines need.
    """

    width: int
    height: int
    whole: bytes
    bare: bytes
    surplus: bool = False

    def shorter(self, by: int) -> Jpeg:
        """The same without so many bytes before its end."""
        whole, bare = (one[: -len(_END) - by] + _END for one in (self.whole, self.bare))
        return Jpeg(self.width, self.height, whole, bare, self.surplus)


@dataclass
class _Frame:
    """The frame's header, and by component how many bits of each coefficient are still to come (None: all)."""

    sequential: bool
    width: int
    height: int
    sampling: dict[int, tuple[int, int]]
    open_bits: dict[int, list[int | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, marker: int, segment: bytes) -> _Frame:
        height, width = int.from_bytes(segment[3:5]), int.from_bytes(segment[5:7])
        parts = [segment[at : at + 3] for at in range(8, 8 + 3 * segment[7], 3)]
        sampling = {part[0]: (part[1] >> 4, part[1] & 15) for part in parts}
        open_bits: dict[int, list[int | None]] = {part: [None] * _COEFFICIENTS for part in sampling}
        return cls(marker in _SEQUENTIAL, width, height, sampling, open_bits)

    def scan(self, segment: bytes) -> bytes:
        """Note what a scan brings; gives its header with the only parameters that a sequential one can have."""
        parts = list(segment[3 : 3 + 2 * segment[2] : 2])
        if self.sequential:
            segment = segment[:-3] + bytes((0, _COEFFICIENTS - 1, 0))
        first, last, bits = segment[-3], segment[-2], segment[-1] & 15
        for part in parts:
            self.open_bits[part][first : last + 1] = [bits] * (last + 1 - first)
        return segment

    def complete(self) -> bool:
        """Whether every coefficient of every component came with its last bit."""
        return bool(self.open_bits) and all(bit == 0 for part in self.open_bits.values() for bit in part)

    def intervals(self, segment: bytes, interval: int) -> int:
        """How many restart intervals of so many units a scan has (T.81, A.2)."""
        parts = [self.sampling[part] for part in segment[3 : 3 + 2 * segment[2] : 2]]
        most_h, most_v = (max(side) for side in zip(*self.sampling.values(), strict=True))
        if len(parts) == 1:
            width, height = (
                math.ceil(self.width * parts[0][0] / most_h),
                math.ceil(self.height * parts[0][1] / most_v),
            )
            units: int = math.ceil(width / 8) * math.ceil(height / 8)
        else:
            units = math.ceil(self.width / (8 * most_h)) * math.ceil(self.height / (8 * most_v))
        return math.ceil(units / interval)


def read(data: bytes) -> Jpeg:
    """The first image of a JPEG file, its scans untouched; its lines are not proven yet, see :func:`proven`.

    :raises ValueError: the file ends before its image does, or is no JPEG.
    """
    if data[:2] != _SOI:
        raise ValueError("no JPEG")
    whole, bare = [_SOI], [_SOI, _JFIF]
    frame: _Frame | None = None
    interval, surplus = 0, False
    for marker, segment, scan in _segments(data):
        if marker == _EOI:
            break
        if marker in _FRAMES:
            frame = _Frame.of(marker, segment)
        if marker == _DRI:
            interval = int.from_bytes(segment[2:4])
        if marker == _SOS:
            if frame is None:
                raise ValueError("a scan without a frame")
            segment = frame.scan(segment)
            if (
                interval
                and frame.height
                and (surplus_data := _surplus(scan, frame.intervals(segment, interval))) is not None
            ):
                scan, surplus = scan[:surplus_data], True
        piece = b"".join((bytes((0xFF, marker)), segment, scan))
        whole.append(piece)
        if marker in _NEEDED or (marker == _ADOBE and segment.startswith(b"Adobe", 2)):
            bare.append(piece)
    else:
        if frame is None or not frame.complete():
            raise ValueError("the image has no end")
    if frame is None:
        raise ValueError("no image in it")
    return Jpeg(frame.width, frame.height, b"".join([*whole, _END]), b"".join([*bare, _END]), surplus)


def proven_image(jpeg: Jpeg) -> tuple[Jpeg, npt.NDArray[np.uint8]]:
    """The image when every line of it decodes without a warning of libjpeg, and its pixels (:func:`decode`).

    Bytes behind its last line are cut off.

    :raises ValueError: lines are missing or damaged; the text is libjpeg's own.
    """
    try:
        return jpeg, decode(jpeg.bare)
    except ValueError as error:
        left_over = _LEFT_OVER.search(str(error))
        if left_over is None:
            raise
        count = int(left_over[1])
        rest = jpeg.bare[-len(_END) - count : -len(_END)]
        # Where the data went astray on the way, the last lines are left over as well: those are no filling.
        if not (jpeg.surplus or count <= _FEW or len(set(rest)) == 1):
            raise
        jpeg = jpeg.shorter(count)
        return jpeg, decode(jpeg.bare)


def decode(jpeg: bytes) -> npt.NDArray[np.uint8]:
    """The pixels of an image, all of them: an eighth of the size does not show its fine details.

    :raises ValueError: it cannot be decoded without a warning.
    """
    _height, _width, colours, _sampling = simplejpeg.decode_jpeg_header(jpeg, strict=True)
    kind = {"Gray": "GRAY", "CMYK": "CMYK", "YCCK": "CMYK"}.get(colours, "RGB")
    pixels: npt.NDArray[np.uint8] = simplejpeg.decode_jpeg(jpeg, kind, strict=True)
    return pixels


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Each marker with its segment, and the compressed data behind it; ends without a word where the data end."""
    at = len(_SOI)
    while (match := _NEXT.search(data, at)) is not None:
        marker, start = match[1][0], match.end()
        if marker == _EOI:
            yield marker, b"", b""
            return
        if marker in _STANDALONE:
            at = start
            continue
        at = start + int.from_bytes(data[start : start + 2])
        if at < start + 2 or at > len(data):
            raise ValueError("a segment is cut off")
        segment, scan = data[start:at], b""
        if marker == _SOS:
            end = _MARKER.search(data, at)
            scan = data[at : end.start() if end else len(data)]
            at += len(scan)
        yield marker, segment, scan


def _surplus(scan: bytes, intervals: int) -> int | None:
    """Where the first restart interval begins that the image has no lines for; None where there is none."""
    for number, restart in enumerate(_RESTART.finditer(scan), 1):
        if number == intervals:
            return restart.start()
    return None
