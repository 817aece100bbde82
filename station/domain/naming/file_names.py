"""Names of the files of captures in the data folder, which never change: ledger, label, revision after a retake."""

from __future__ import annotations

import re

from station.domain.naming.labels import Label
from station.errors import Refused

_STEM = re.compile(r"([^.]+\.[^.]+\.[^.]+)\.([0-9]{3,6}[a-z]{0,3})(?:\.r([1-9][0-9]{0,5}))?")


def file_stem(ledger_name: str, label: str, revision: int = 1) -> str:
    """The name of a capture's file without its suffix: ``KH.2007.01.012``, for retakes ``KH.2007.01.012.r2``."""
    stem = f"{ledger_name}.{label}" if revision == 1 else f"{ledger_name}.{label}.r{revision}"
    parse_file_stem(stem)
    return stem


def parse_file_stem(stem: str) -> tuple[str, str, int]:
    """Ledger name, label and revision out of what :func:`file_stem` gave; anything else is refused."""
    match = _STEM.fullmatch(stem)
    if not match or match[3] == "1":
        raise Refused("file-stem-malformed", text=stem)
    return match[1], str(Label.parse(match[2])), int(match[3] or 1)
