"""A JPEG 2000 of several quality layers, cut after one of them: what it would be had it been made with fewer bytes.

Encoding takes nearly all of the time, and all layers come from one. The codestream (ITU-T T.800, Annex A) lies in the
last box of the file, in one tile-part whose packets stand layer by layer, each layer of equally many; their lengths are
told before them (PLT).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_SOC, _COD, _SOT, _PLT, _SOD, _EOC = b"\xff\x4f", 0xFF52, 0xFF90, 0xFF58, 0xFF93, b"\xff\xd9"
_BOX = b"jp2c"
#: Where the number of layers stands in the segment COD, the length of the tile-part in SOT (bytes from the marker).
_LAYERS_AT, _LENGTH_AT = 6, 6


def cut(data: bytes, layers: int) -> bytes:
    """The file with its first ``layers`` layers; ``ValueError`` where it is not of the kind above."""
    box = data.index(_BOX + _SOC) - 4
    start = box + 8
    header, lengths = bytearray(_SOC), bytearray()
    tile_part, count = 0, 0
    body = 0
    for marker, place, size in _segments(data, start + len(_SOC)):
        segment = bytearray(data[place : place + size])
        if marker == _PLT:
            lengths += segment[5:]
            continue
        if marker == _COD:
            (count,) = struct.unpack_from(">H", segment, _LAYERS_AT)
            struct.pack_into(">H", segment, _LAYERS_AT, layers)
        elif marker == _SOT:
            tile_part = len(header)
        header += segment
        body = place + size
    packets = list(_numbers(bytes(lengths)))
    end = len(data) - len(_EOC)
    if not count or layers > count or len(packets) % count or body + sum(packets) != end or data[end:] != _EOC:
        raise ValueError("not one tile-part of equal layers with the lengths of its packets")
    kept = data[body : body + sum(packets[: len(packets) // count * layers])]
    struct.pack_into(">I", header, tile_part + _LENGTH_AT, len(header) - tile_part + len(kept))
    stream = bytes(header) + kept + _EOC
    return data[:box] + struct.pack(">I", 8 + len(stream)) + _BOX + stream


def _segments(data: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """Each marker up to where the packets begin, its place, and the bytes of its segment with it."""
    marker = 0
    while marker != _SOD:
        (marker,) = struct.unpack_from(">H", data, place)
        size = 2 if marker == _SOD else 2 + struct.unpack_from(">H", data, place + 2)[0]
        yield marker, place, size
        place += size


def _numbers(lengths: bytes) -> Iterator[int]:
    """Numbers of seven bits a byte, the highest first; all but a number's last byte have the eighth."""
    number = 0
    for byte in lengths:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            yield number
            number = 0
