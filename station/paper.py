"""Paper sizes by name (ISO 216), upright: width and height in mm."""

from __future__ import annotations

from station.errors import Refused

SIZES: dict[str, tuple[int, int]] = {
    "A0": (841, 1189),
    "A1": (594, 841),
    "A2": (420, 594),
    "A3": (297, 420),
    "A4": (210, 297),
    "A5": (148, 210),
}


def paper_name(text: str) -> str:
    """The name of a paper size as it stands in :data:`SIZES`; ``a4`` is A4, an unknown one is refused."""
    name = text.upper()
    if name not in SIZES:
        raise Refused("paper-unknown", text=text, known=", ".join(SIZES))
    return name
