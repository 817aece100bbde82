"""What a station's apt is told of the repository: where it is, whose key signs it, and that it may be taken from.

Whether anything is upgraded unattended stays the office's choice: to where that may take from, this adds one origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from station.domain import station_folder
from station.province import station_files
from station.province.repository import ORIGIN, PUBLIC_KEY
from station.province.settings import ReleaseTable
from station.province.stages import Stage
from station.settings.tables import FolderDestination, TusDestination

_KEY = station_folder.APT / station_folder.PUBLIC_KEY


def files(
    release: ReleaseTable, stage: Stage, destinations: Sequence[TusDestination | FolderDestination]
) -> dict[str, bytes]:
    """The three files by their names; the own authority of a destination on the same server is believed here too."""
    sources = [
        "Types: deb",
        f"URIs: {release.address}",
        f"Suites: {station_folder.RELEASE}-{stage}/",
        f"Signed-By: {_KEY}",
    ]
    conf = [f'Unattended-Upgrade::Origins-Pattern {{ "origin={ORIGIN}"; }};']
    host = urlsplit(release.address).hostname
    for one in destinations:
        if isinstance(one, TusDestination) and one.ca_file and urlsplit(one.url).hostname == host:
            conf.append(f'Acquire::https::{host}::CaInfo "/etc/tramquet/{one.ca_file.name}";')
    contents = {
        station_folder.SOURCES: "\n".join([*sources, ""]).encode(),
        station_folder.PUBLIC_KEY: station_files.content(release.repository / PUBLIC_KEY),
        station_folder.APT_SETTINGS: "\n".join([*conf, ""]).encode(),
    }
    return {station_folder.name(place): content for place, content in contents.items()}
