"""Colour profiles (ICC.1): one is kept beside an image only where it is of that image's channels."""

from __future__ import annotations

_HEADER_BYTES = 128
_SIZE, _SPACE, _SIGNATURE = slice(0, 4), slice(16, 20), slice(36, 40)
_SPACES = {1: b"GRAY", 3: b"RGB "}


def matching_profile(profile: object, channels: int) -> bytes | None:
    """The profile, if it is a whole one for an image of so many ``channels`` (1 grey, 3 RGB); else None.

    A viewer that applies an RGB profile to a grey image shows nothing, or refuses the file.
    """
    if not isinstance(profile, bytes) or len(profile) <= _HEADER_BYTES:
        return None
    whole = int.from_bytes(profile[_SIZE]) <= len(profile) and profile[_SIGNATURE] == b"acsp"
    return profile if whole and profile[_SPACE] == _SPACES.get(channels) else None
