"""The previews of masters as files: their sizes, their names, and whether one is kept."""

from __future__ import annotations

import os
from pathlib import Path

Box = tuple[int, int, int, int]

#: How every JPEG ends (ITU-T T.81, B.1.1.3).
_END = b"\xff\xd9"

#: Longest side in pixels: a thumbnail in a strip, and a page to read at 1366x768.
SIZES = {"small": 220, "large": 1500}


def name_of(folder: Path, sha256: str, longest: int, rotation: int, crop: Box | None = None) -> Path:
    """Where the preview of a master lies: turned by ``rotation``, of the part ``crop`` (left, top, right, bottom)."""
    part = "".join(f"-{edge}" for edge in crop or ())
    return folder / sha256[:2] / f"{sha256}-{longest}-{rotation}{part}.jpg"


def is_kept(preview: Path) -> bool:
    """Whether the preview is there, and whole: none is synced, and a power cut leaves empty ones."""
    try:
        with preview.open("rb") as file:
            file.seek(-len(_END), os.SEEK_END)
            return file.read() == _END
    except OSError:
        return False
