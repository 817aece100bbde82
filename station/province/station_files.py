"""The folder of each station for a technician's stick: what setup takes without asking, and the token of its own.

A token stands in its station's file alone: the receiver's list has its hash, and nothing prints it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from station.domain.station_folder import TOKEN
from station.errors import Refused
from station.province.station_sheet import StationRow
from station.receiver import tokens
from station.storage import durable, locks


@dataclass(frozen=True)
class StationsWritten:
    """Ids of stations: all whose folders are as they should be, those with a new token, those without a token's file.

    The last have theirs from an earlier time, elsewhere, and keep it: only its hash is known here.
    """

    stations: tuple[str, ...]
    fresh: tuple[str, ...]
    without_token: tuple[str, ...]


def write(
    folder: Path,
    rows: Sequence[StationRow],
    content: Callable[[StationRow], Mapping[str, bytes]],
    token_list: Path,
    *,
    anew: Collection[str] = (),
) -> StationsWritten:
    """Make the folders of all stations in ``folder``, each with the files of ``content``, and enter their tokens.

    A station in the list keeps its token, unless it is named in ``anew``: that revokes it. Done again it changes
    nothing, also after it was broken off: a token is in its file before its hash is in the list. Raises ``Refused``
    before anything is written, where ``anew`` names other stations or a token's file there is not the list's.
    """
    ids = [row.station for row in rows]
    if unknown := sorted(set(anew) - set(ids)):
        raise Refused("stations-anew-unknown", station=unknown[0])
    contents = {row.station: content(row) for row in rows}
    durable.make_folders(token_list.parent)
    with locks.hold(token_list.with_name(f".{token_list.name}.lock"), wait=True):
        known = tokens.owners(token_list) if token_list.exists() else {}
        chosen = {station: _token(folder / station / TOKEN, station, known, anew) for station in ids}
        for station, files in contents.items():
            durable.make_folders(folder / station)
            token = chosen[station]
            for name, whole in {**files, **({TOKEN: token + b"\n"} if token else {})}.items():
                _put(folder / station / name, whole)
        hashes = {station: tokens.digest(token) for station, token in chosen.items() if token}
        fresh = {station: digest for station, digest in hashes.items() if digest not in known}
        if fresh:
            tokens.enter(token_list, fresh, revoked=anew)
    return StationsWritten(tuple(ids), tuple(fresh), tuple(one for one in ids if chosen[one] is None))


def content(file: Path) -> bytes:
    """A file that goes along with every station. Raises ``Refused`` where it is not there."""
    if not file.is_file():
        raise Refused("stations-file-missing", path=file)
    return _there(file)


def _token(file: Path, station: str, known: Mapping[str, str], anew: Collection[str]) -> bytes | None:
    """The token that belongs into ``file``: what is there, a fresh one, or None where only its hash is known."""
    if station in anew:
        return _fresh()
    there = _there(file).strip()
    if not there:
        return None if station in known.values() else _fresh()
    owner = known.get(tokens.digest(there))
    is_of_broken_off_run = owner is None and station not in known.values()
    if owner != station and not is_of_broken_off_run:
        raise Refused("stations-token-other", station=station, path=file)
    return there


def _fresh() -> bytes:
    return secrets.token_hex(32).encode()


def _there(file: Path) -> bytes:
    """What the file holds; nothing where there is none."""
    with durable.storage_failures(file):
        return file.read_bytes() if file.exists() else b""


def _put(file: Path, content: bytes) -> None:
    """Have ``content`` in the file, for who made it alone; what is there already is not written again."""
    if _there(file) == content:
        return
    with durable.new_file(file, replace=True) as temporary:
        temporary.write_bytes(content)
