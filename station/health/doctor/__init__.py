"""What a technician must know: each thing the station needs, seen working here and now, or what to do about it.

Every line tries the real thing, as the user who asks; none is a guess from version numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from station import context
from station.context import Station
from station.errors import StationError
from station.health.doctor import backups, endpoints, machine, scanners, storage
from station.health.doctor.report import CodedLine, Line, Verdict
from station.messages import Message
from station.settings import Settings

__all__ = ["Line", "Verdict", "examine"]

_LOOKS: tuple[Callable[[Station], Iterator[CodedLine]], ...] = (
    machine.clock,
    machine.reader,
    storage.ownership,
    storage.disk,
    storage.data_writable_by_others,
    storage.catalogue,
    storage.key,
    backups.backup,
    backups.backup_folder,
    scanners.rights,
    scanners.sane,
    scanners.scanners,
    scanners.targets,
    endpoints.destinations,
    endpoints.web,
    endpoints.lan,
)


def examine(settings: Settings, language: str, file: Path | None = None) -> list[Line]:
    """Look at everything, the ``file`` of the settings too; a data folder that cannot be opened is the last line."""
    lines = _sentences(machine.programs(), language) + _sentences(machine.processor(), language)
    if file is not None:
        lines += _sentences(storage.writable_by_others("settings file", file, file.absolute().parent), language)
    try:
        with context.open_station(settings) as station:
            for look in _LOOKS:
                lines += _sentences(look(station), language)
    except StationError as error:
        lines += _sentences([("data folder", Verdict.FAILURE, Message(error.code, error.facts))], language)
    return lines


def _sentences(results: Iterable[CodedLine], language: str) -> list[Line]:
    return [Line(subject, verdict, message.sentence(language)) for subject, verdict, message in results]
