"""Paths in the data folder; its shape is part of the contract with other programs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """The data folder. Paths stored in the catalogue are relative to it."""

    data: Path

    @property
    def catalogue(self) -> Path:
        """The SQLite file."""
        return self.data / "catalogue.sqlite3"

    @property
    def ledgers(self) -> Path:
        """All pages, entries and packages."""
        return self.data / "ledgers"

    @property
    def practice(self) -> Path:
        """The folders of practice ledgers that were put away; the station asks nothing of them any more."""
        return self.data / "practice"

    @property
    def spool(self) -> Path:
        """Images between the scanner and their final name, and the drivers' own folders."""
        return self.data / "spool"

    @property
    def sessions(self) -> Path:
        """The spool folders of sessions, one each."""
        return self.spool / "sessions"

    @property
    def refused_sheets(self) -> Path:
        """Files of dead sessions that look whole and cannot be decoded; kept for a person to look at."""
        return self.spool / "refused"

    @property
    def locks(self) -> Path:
        """One lock file per device."""
        return self.spool / "locks"

    @property
    def previews(self) -> Path:
        """Reduced pictures of masters, made again when missing."""
        return self.spool / "previews"

    @property
    def uploaded_lists(self) -> Path:
        """Lists that were sent to the page and wait for a person to say that they are to be taken."""
        return self.spool / "lists"

    @property
    def uploaded(self) -> Path:
        """The folders of files that people sent through the page, one a ledger; where masters are made of them."""
        return self.data / "uploaded"

    @property
    def uploaded_parts(self) -> Path:
        """What is there of files that are still on their way."""
        return self.uploaded / "parts"

    def uploaded_folder(self, scanner: str) -> Path:
        """The folder of a ledger's own, by its id among the watched folders."""
        return self.uploaded / scanner

    @property
    def keyed_persons(self) -> Path:
        """An index of the persons in the station's own rows, made again when missing."""
        return self.spool / "keyed-persons.sqlite3"

    @property
    def lists(self) -> Path:
        """Foreign lists that are kept, a file each; see :mod:`station.reconciliation.kept_lists`."""
        return self.data / "lists"

    def driver(self, scanner: str) -> Path:
        """A driver's own folder for the scanner with this id in the settings."""
        return self.spool / "drivers" / scanner

    def ledger(self, place: str, name: str) -> Path:
        """The folder of ledger ``name`` (``KH.2007.01``) of the place with code ``place``."""
        kind, year, _book = name.split(".")
        return self.ledgers / place / kind / year / name

    def has_catalogue(self) -> bool:
        """Whether a catalogue stands there; an empty file is none, and one that cannot be looked at is none either."""
        try:
            return self.catalogue.stat().st_size > 0
        except OSError:
            return False

    def has_files(self) -> bool:
        """Whether anything lies in the ledgers' folders."""
        return any(files for _folder, _folders, files in os.walk(self.ledgers))

    def relative(self, path: Path) -> str:
        """``path`` as the catalogue stores it."""
        return path.relative_to(self.data).as_posix()


def files_below(folder: Path) -> list[Path]:
    """Every file in ``folder`` and its folders, in order of their paths; a folder that goes meanwhile is left out."""
    return sorted(Path(parent, name) for parent, _folders, names in os.walk(folder) for name in names)
