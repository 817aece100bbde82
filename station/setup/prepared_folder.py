"""A station's folder as its province prepared it: settings and token, and where new versions come from.

``tramquet province stations`` makes it; setup puts each thing where it belongs, and asks nothing.
"""

from __future__ import annotations

import os
import platform
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from station import settings
from station.domain import station_folder
from station.errors import Refused
from station.settings.tables import TusDestination
from station.setup import saved_answers
from station.setup.first_run import Answers
from station.storage import durable
from station.system import service


@dataclass(frozen=True)
class PreparedFile:
    """A file of the folder: what belongs into ``target``, and whether it is for the service alone."""

    content: bytes
    target: Path
    is_secret: bool = False


@dataclass(frozen=True)
class PreparedFolder:
    """What lies there: the settings' text and its answers, and the files that go with it."""

    text: str
    answers: Answers
    files: tuple[PreparedFile, ...]

    def stands_in(self, config: Path) -> bool:
        """Whether a settings file says the same, apart from what is this PC's own: its scanner, and its data folder."""
        try:
            return _of_province(config.read_text(encoding="utf-8-sig")) == _of_province(self.text)
        except (OSError, ValueError, LookupError):
            return False

    def put_files(self) -> None:
        """Put all but the settings where it belongs. Raises ``StorageFailed`` where that cannot be written."""
        for file in self.files:
            with durable.storage_failures(file.target):
                file.target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            with durable.new_file(file.target, replace=True) as temporary:
                temporary.write_bytes(file.content)
                group = service.settings_group() if file.is_secret else None
                if group is not None and os.geteuid() == 0:
                    os.chown(temporary, -1, group)
                temporary.chmod(0o640 if file.is_secret else 0o644)


def read(folder: Path) -> PreparedFolder:
    """Read a folder. Raises ``SettingsRefused`` over its settings, ``Refused`` where a file they name is not in it."""
    file = folder / station_folder.SETTINGS
    station_settings = settings.load(file)
    answers = saved_answers.current_answers(file)
    assert answers is not None  # they were read just now
    lines = [one for one in station_settings.destinations if isinstance(one, TusDestination)]
    named = dict.fromkeys(
        (path, is_secret) for one in lines for path, is_secret in ((one.token_file, True), (one.ca_file, False))
    )
    files = [PreparedFile(_named(folder, path), path, is_secret) for path, is_secret in named if path]
    if (folder / station_folder.name(station_folder.SOURCES)).exists():
        files += _of_apt(folder)
    return PreparedFolder(file.read_text(encoding="utf-8-sig"), answers, tuple(files))


def _of_province(text: str) -> dict[str, Any]:
    """What the province says in a settings file."""
    document = tomllib.loads(text)
    document.pop("scanner", None)
    del document["station"]["data"]
    return document


def _named(folder: Path, path: Path) -> bytes:
    """The file that the settings name, as it lies here; one that is at its place already may be missing here."""
    return _content(folder / path.name if (folder / path.name).exists() or not path.exists() else path)


def _content(file: Path) -> bytes:
    if not file.is_file():
        raise Refused("setup-file-missing", path=file)
    with durable.storage_failures(file):
        return file.read_bytes()


def _of_apt(folder: Path) -> list[PreparedFile]:
    """The repository of new versions, its key, and that unattended-upgrades may take from it; on Debian only."""
    system = platform.freedesktop_os_release()
    if system.get("ID") != "debian":
        return []
    release = system.get("VERSION_CODENAME", "").encode()
    files = []
    for place in station_folder.OF_APT:
        content = _content(folder / station_folder.name(place)).replace(station_folder.RELEASE.encode(), release)
        files.append(PreparedFile(content, station_folder.APT / place))
    return files
