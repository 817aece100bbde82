"""What lies in the folder that a province prepares for a station, and where setup puts it."""

from __future__ import annotations

from pathlib import Path

SETTINGS = "station.toml"
TOKEN = "token"
#: Below apt's folder: the repository of new versions, its key, and that unattended-upgrades may take from it.
SOURCES = "sources.list.d/tramquet.sources"
PUBLIC_KEY = "keyrings/tramquet.asc"
APT_SETTINGS = "apt.conf.d/52tramquet"
OF_APT = (SOURCES, PUBLIC_KEY, APT_SETTINGS)
APT = Path("/etc/apt")
#: Stands in the sources for the name of the PC's Debian release, which the province does not know: "bookworm".
RELEASE = "@RELEASE@"


def name(place: str | Path) -> str:
    """What a file is called in the folder, by the place to which it goes."""
    return Path(place).name
