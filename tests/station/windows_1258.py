"""Text as Windows wrote Vietnamese before Unicode; Python decodes this and cannot write all of it."""

from __future__ import annotations

import unicodedata


def windows_1258(text: str) -> bytes:
    """The text with its marks of tone behind their letters."""
    out = b""
    for letter in text:
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            base = unicodedata.normalize("NFC", parts[:-1])
            if len(parts) == 3 and parts[1] == "\u0323":  # the dot below comes before the roof
                base, parts = unicodedata.normalize("NFC", parts[0] + parts[2]), parts[0] + parts[1]
            out += base.encode("cp1258") + parts[-1].encode("cp1258")
    return out
