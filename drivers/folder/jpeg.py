"""A camera's JPEG without what the camera added to it: the compressed image stays as it is, bit for bit.

Of the segments only those stay that decoding needs (ITU-T T.81), with the colour profile (ICC.1, annex B.4) and Adobe's
colour transform. EXIF, XMP and IPTC go: they hold where a photo was taken and by whose device. So does whatever lies
behind the first image: the second view of an MPO file, a phone's trailer.
"""

from __future__ import annotations

import re

_EOI, _SOS = 0xD9, 0xDA
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
#: Frames with their Huffman and arithmetic tables, quantization, restart interval, number of lines, scans.
_NEEDED = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD})
#: Of the segments of applications, those that begin so.
_KEPT = {0xE2: (b"ICC_PROFILE\0",), 0xEE: (b"Adobe",)}
#: The end of a scan's data: a marker that is neither a stuffed zero nor a restart.
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")


def without_metadata(data: bytes) -> bytes:
    """The first image of a JPEG file, its scans untouched.

    :raises ValueError: the file ends before its image does, or is no JPEG.
    """
    if data[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    pieces = [data[:2]]
    at = 2
    while True:
        marker, start = _marker(data, at)
        if marker == _EOI:
            return b"".join([*pieces, b"\xff\xd9"])
        if marker in _STANDALONE:
            at = start
            continue
        at = start + int.from_bytes(data[start : start + 2])
        if at < start + 2 or at > len(data):
            raise ValueError("a segment is cut off")
        if marker in _NEEDED or data.startswith(_KEPT.get(marker, ()), start + 2):
            pieces += (bytes((0xFF, marker)), data[start:at])
        if marker == _SOS:
            end = _MARKER.search(data, at)
            if end is None:
                raise ValueError("the image has no end")
            pieces.append(data[at : end.start()])
            at = end.start()


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """The marker at this place, and where its segment begins; fill bytes may stand before it."""
    start = at
    while start < len(data) and data[start] == 0xFF:
        start += 1
    if start == at or start >= len(data):
        raise ValueError("the image has no end")
    return data[start], start + 1
