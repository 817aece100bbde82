"""The file that carries a ledger to another station: what it is, its own catalogue, its pages, what its packages say.

Whoever reads one proves it to its last byte before anything is touched. It bears no seal that another station could
check: whose it is, is told by the code that both stations say.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from station.catalogue import database
from station.catalogue.database import Catalogue
from station.domain.naming.keys import parse_reference
from station.errors import Refused, StorageFailed
from station.storage import deterministic_zip, durable, proven_archive
from station.storage.proven_archive import ArchiveMember
from station.storage.split_file import Pieces
from station.upkeep import backup_proof

#: Raised when a reader must know a new shape.
FORMAT = 1
MANIFEST, CATALOGUE = "hand-over.json", "ledger.sqlite3"
#: Below these lie the pages, and what is kept of packages: see :func:`member_name`.
PAGES, PACKAGES = "pages/", "packages/"


@dataclass(frozen=True)
class HandOverFile:
    """A hand-over's file that was read to its last byte and is whole; ``ledger`` is ``PLACE:TYPE.YEAR.BOOK``."""

    file: IO[bytes]
    code: str
    station: str
    ledger: str
    event_head: str
    members: Mapping[str, ArchiveMember]


def file_name(ledger_text: str) -> str:
    """How the file of a ledger is called, by what a person calls it; ``Refused`` where no ledger is called so."""
    place, key = parse_reference(ledger_text)
    return "_".join(filter(None, ("ban-giao", place, f"{key.name}.zip")))


def member_name(path: str) -> str:
    """The name in the archive of what lies at ``path`` in the data folder: a page, or a package's manifest."""
    *_ledger, room, name = path.split("/")
    return f"{PAGES}{name}" if room == "pages" else f"{PACKAGES}{room}/{name}"


def write(
    target: Pieces, catalogue: Path, files: Iterable[tuple[Path, str, str]], told: Mapping[str, Any], size: int
) -> None:
    """Write the file of a hand-over into the empty ``target`` and prove it by reading back.

    ``files`` are paths with their place in the data folder and the SHA-256 that they must have, of ``size`` bytes.
    ``told`` is what the manifest says beside the members. ``StorageFailed`` where one is missing or changed, or where
    the medium does not take it.
    """
    proven_archive.check_room(target.name, target.free(), catalogue.stat().st_size + size)
    output = io.BufferedRandom(target)
    with durable.storage_failures(Path(target.name)), deterministic_zip.Archive(output) as pack:
        members = [proven_archive.add_file(pack, CATALOGUE, catalogue)]
        for path, place, sha256 in files:
            try:
                member = proven_archive.add_file(pack, member_name(place), path)
            except FileNotFoundError as error:
                raise StorageFailed("file-missing", file=path.name) from error
            if member.sha256 != sha256:
                raise StorageFailed("file-changed", file=path.name)
            members.append(member)
        pack.writestr(MANIFEST, _manifest(told, members))
    proven_archive.read_back(output, target, members, MANIFEST)


def read(file: IO[bytes]) -> HandOverFile:
    """Read and prove the file of a hand-over; ``Refused`` where it is none, damaged, cut off, or of a newer station."""
    try:
        content = proven_archive.read_manifest(file, MANIFEST)
    except StorageFailed as error:
        raise Refused("hand-over-damaged", path=file.name, name=MANIFEST) from error
    if content is None or not isinstance(content.get("format"), int):
        raise Refused("hand-over-none", path=file.name)
    if content["format"] > FORMAT or str(content.get("catalogue")) > database.HEAD:
        raise Refused("hand-over-newer", path=file.name, software=content.get("software"))
    try:
        members = [ArchiveMember.told(one) for one in content["files"]]
        told = HandOverFile(
            file,
            code=str(content["code"]),
            station=str(content["station"]),
            ledger=str(content["ledger"]),
            event_head=str(content["event_head"]),
            members={one.name: one for one in members},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("hand-over-none", path=file.name) from error
    if CATALOGUE not in told.members:
        raise Refused("hand-over-none", path=file.name)
    if (wrong := proven_archive.differing(file, members, MANIFEST)) is not None:
        raise Refused("hand-over-damaged", path=file.name, name=wrong)
    return told


def extract(told: HandOverFile, name: str, target: Path) -> None:
    """Write a member to ``target`` and prove it there."""
    with zipfile.ZipFile(told.file) as pack:
        deterministic_zip.extract(pack, name, target, told.members[name].sha256)


@contextmanager
def opened_catalogue(told: HandOverFile, folder: Path) -> Iterator[Catalogue]:
    """The catalogue of the ledger alone, in an empty folder; one of an older station is brought up to this one.

    ``Refused`` where it is damaged or has parts that no catalogue of a station has.
    """
    copy = folder / CATALOGUE
    extract(told, CATALOGUE, copy)
    try:
        backup_proof.check_whole(copy, told.file.name)
    except (Refused, sqlite3.DatabaseError) as error:
        raise Refused("hand-over-damaged", path=told.file.name, name=CATALOGUE) from error
    catalogue = Catalogue(copy)
    try:
        yield catalogue
    finally:
        catalogue.close()


def _manifest(told: Mapping[str, Any], members: Iterable[ArchiveMember]) -> str:
    content = {
        "format": FORMAT,
        "software": f"tramquet {version('tramquet')}",
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "catalogue": database.HEAD,
        **told,
        "files": [vars(member) for member in members],
    }
    return json.dumps(content, ensure_ascii=False, indent=1)
