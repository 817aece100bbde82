"""What the ids of stations and of what their settings name are made of: safe as a file name and in an address."""

from __future__ import annotations

import re

#: Without anchors, for what is matched together with other things. The receiver, which knows no room but a few, has
#: the same of its own.
PATTERN = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
_IDENTIFIER = re.compile(PATTERN)


def is_identifier(text: str) -> bool:
    """Whether the whole text is an id."""
    return _IDENTIFIER.fullmatch(text) is not None
