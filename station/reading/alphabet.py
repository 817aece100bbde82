"""The letters of the recogniser, from the metadata of its network file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from station.errors import ReaderFailed

#: Fields of ONNX's ModelProto and StringStringEntryProto (onnx.proto).
_METADATA, _KEY, _VALUE = 14, 1, 2
_CHARACTERS = b"character"


def letters_of(file: Path) -> tuple[str, ...]:
    """What each class of the network in ``file`` stands for; the first is CTC's blank, the last a space.

    ``ReaderFailed`` ("reader-weights-damaged") where the file has no such metadata.
    """
    try:
        for field, entry in _fields(memoryview(file.read_bytes())):
            metadata = dict(_fields(entry)) if field == _METADATA else {}
            if bytes(metadata.get(_KEY, b"")) == _CHARACTERS:
                return ("", *str(metadata[_VALUE], "utf-8").split("\n"), " ")
    except (IndexError, KeyError, ValueError) as error:
        raise ReaderFailed("reader-weights-damaged", file=file) from error
    raise ReaderFailed("reader-weights-damaged", file=file)


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The fields of a protobuf message that have a length: number and content."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        match key & 7:
            case 2:
                length, at = _varint(message, at)
                yield key >> 3, message[at : at + length]
                at += length
            case 0:
                _, at = _varint(message, at)
            case 1:
                at += 8
            case 5:
                at += 4
            case kind:
                raise ValueError(f"wire type {kind}")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at, value, shift = at + 1, value | (byte & 0x7F) << shift, shift + 7
        if byte < 0x80:
            return value, at
