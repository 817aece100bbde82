"""A JPEG that is encoded strip by strip, while later lines of its image may still be coming.

Each strip is encoded by itself with the same tables, and in the file it is a restart interval (ITU-T T.81, B.2.4.4):
blocks know nothing of each other, and behind a restart differences begin anew. So the pixels are those of an image
encoded at once, bit for bit, and the file is larger by some bytes a strip. To decode it takes a seventh longer: the
quickest way of libjpeg-turbo is for files without restarts only.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt
import simplejpeg

from drivers import Storing

Pixels = npt.NDArray[np.uint8]

#: Lines of a strip: whole blocks of both kinds of chroma, and so few that the blocks of the widest JPEG can be counted
#: in the sixteen bits of a restart interval.
STRIP = 64

_SOI, _EOI, _RST0 = b"\xff\xd8", b"\xff\xd9", 0xD0
_SOF0, _SOS, _DRI = 0xC0, 0xDA, 0xDD
_RESTARTS = 8
_BLOCK = 8


def encode_jpeg(pixels: Pixels, storing: Storing) -> bytes:
    """The JPEG of an image, (height, width) or (height, width, 3), encoded at once."""
    colour = pixels.ndim == 3
    jpeg: bytes = simplejpeg.encode_jpeg(
        np.ascontiguousarray(pixels if colour else pixels[:, :, np.newaxis]),
        quality=storing.quality,
        colorspace="RGB" if colour else "GRAY",
        colorsubsampling=storing.chroma.replace(":", "") if colour else "Gray",
        fastdct=False,
    )
    return jpeg


class StripEncoder:
    """Encodes one image from its first line to its last."""

    def __init__(self, storing: Storing) -> None:
        self._storing = storing
        self._head: list[tuple[int, bytes]] = []
        self._strips: list[bytes] = []
        self._width = 0
        #: How many are encoded.
        self.lines = 0

    def add(self, pixels: Pixels) -> None:
        """Encode the next lines, (height, width) or (height, width, 3): whole strips, unless they are the last."""
        for start in range(0, len(pixels), STRIP):
            strip = pixels[start : start + STRIP]
            self._head, data = self._encoded(strip)
            self._strips.append(data)
            self._width = strip.shape[1]
            self.lines += len(strip)

    def pieces(self, rest: Pixels) -> list[bytes]:
        """The file with the ``rest`` of the lines, in pieces to be written in turn; all segments are in the first."""
        self.add(rest)
        head = [_SOI]
        for marker, content in self._head:
            if marker == _SOF0:
                content = content[:1] + struct.pack(">H", self.lines) + content[3:]
            elif marker == _SOS:
                head.append(_segment(_DRI, struct.pack(">H", self._blocks())))
            head.append(_segment(marker, content))
        pieces = [b"".join(head)]
        for number, strip in enumerate(self._strips):
            pieces += [bytes((0xFF, _RST0 + (number - 1) % _RESTARTS))] if number else []
            pieces.append(strip)
        return [*pieces, _EOI]

    def _encoded(self, strip: Pixels) -> tuple[list[tuple[int, bytes]], bytes]:
        """The segments of a strip's own JPEG, and its data."""
        jpeg = encode_jpeg(strip, self._storing)
        segments: list[tuple[int, bytes]] = []
        at = len(_SOI)
        while not segments or segments[-1][0] != _SOS:
            (length,) = struct.unpack_from(">H", jpeg, at + 2)
            segments.append((jpeg[at + 1], jpeg[at + 4 : at + 2 + length]))
            at += 2 + length
        return segments, jpeg[at : -len(_EOI)]

    def _blocks(self) -> int:
        """Units of a whole strip (MCU)."""
        frame = next(content for marker, content in self._head if marker == _SOF0)
        # Of one component alone a unit is one block whatever its sampling says (A.2.2).
        samplings = frame[7::3] if len(frame) > 9 else b"\x11"
        across, down = (max(each >> shift & 15 for each in samplings) * _BLOCK for shift in (4, 0))
        return -(-self._width // across) * (STRIP // down)


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content
