"""What ``tramquet ledger hand-over`` and ``take-over`` do: the file on the stick, and who may touch it.

The stick may be closed to the service's user, and its former owner may have laid links: see
:mod:`station.cli.privilege`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from station.cli import privilege
from station.cli.command import look_for_garbage, say
from station.errors import Refused
from station.handover import hand_over_file, handing_over, taking_over
from station.storage import split_file
from station.storage.untrusted_folder import Folder

if TYPE_CHECKING:
    from station.context import Station
    from station.settings import Settings
    from station.storage.split_file import Pieces


def give(settings: Settings, ledger: str, folder: Path, *, who: str) -> None:
    """Hand a ledger over into a new file in ``folder``; a whole one that a run left there which was cut off counts."""
    file = folder / hand_over_file.file_name(ledger)

    def fill(station: Station, target: Pieces) -> bool:
        departure = handing_over.begin(station, ledger, who=who)
        try:
            handing_over.write(station, departure, target)
        except BaseException:
            if departure.is_new:
                handing_over.withdraw(station, departure, who=who)
            raise
        return True

    def prove(station: Station) -> bool:
        try:
            with split_file.open_pieces_in(opened, file) as pieces:
                handing_over.prove(station, ledger, pieces)
        except OSError as error:
            raise Refused("file-there", path=file) from error
        return True

    def note(station: Station) -> bool:
        departure = handing_over.complete(station, ledger, who=who)
        say("hand-over-done", ledger=departure.ledger, path=file, mark=departure.code)
        return True

    with privilege.folder_of(file) as opened:
        if opened.find(file.name) is None:
            privilege.written_by_the_station(settings, opened, file, fill)
        else:
            privilege.done_by_the_station(settings, prove)
    privilege.done_by_the_station(settings, note)


def take_back(settings: Settings, ledger: str, *, reason: str, who: str) -> None:
    """Go on with a ledger that was handed over and never arrived."""

    def work(station: Station) -> bool:
        say("hand-over-taken-back", ledger=handing_over.take_back(station, ledger, reason=reason, who=who))
        return True

    privilege.done_by_the_station(settings, work)


def take(settings: Settings, file: Path, *, who: str) -> None:
    """Take a ledger over from a file, opened by whoever calls the command."""
    from station import context

    try:
        with (
            Folder.straight(file.absolute().parent) as folder,
            split_file.open_pieces_in(folder, file) as pieces,
            context.open_station(settings) as station,
        ):
            look_for_garbage()
            arrival = taking_over.take_over(station, pieces, who=who)
    except OSError as error:
        raise Refused("hand-over-unreadable", path=file, detail=error.strerror) from error
    code = "hand-over-taken-over" if arrival.is_new else "hand-over-here-already"
    say(code, ledger=arrival.ledger, station=arrival.station, images=arrival.images, mark=arrival.code)
