"""What a technician is told of the folder on the stick."""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path

from checks import check


def contents(folder: Path) -> None:
    """What lies in the folder for the stick is listed with versions, and where it came from."""
    for listing in folder.glob("packages-debian*.txt"):
        text = listing.read_text(encoding="utf-8")
        debian, libraries = text.split("# Python libraries", 1)
        listed = {line for line in debian.splitlines() if line[0] != "#"}
        debs = folder.glob(f"{listing.stem.removeprefix('packages-')}/*.deb")
        there = {urllib.parse.unquote(deb.stem).replace("_", " ") for deb in debs}
        check("every package in the folder is listed with its version", listed == there, listed ^ there)
        check("so are the libraries inside of the station's own", "\nsqlalchemy 2." in libraries.lower(), libraries)
        check(
            "the suite with security fixes was asked", re.search(r"^# deb \S+ \w+-security main$", text, re.M), debian
        )
