"""The file in a ledger's own folder that says that the ledger goes on at another station.

The catalogue says so as well, but it may be brought back as it was before (a backup) or made anew from the masters (a
rebuilding). Both ask here afterwards, so that two stations never go on with one ledger.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log, whereabouts
from station.catalogue.models import HandOver, Ledger
from station.context import Station
from station.domain.states import HandOverState
from station.ledger import hand_overs, ledgers
from station.messages import Message
from station.storage import durable

NAME = "handed-over.json"


@dataclass(frozen=True)
class HandOverMarker:
    """Who handed the ledger over at which station, when, and under which code."""

    code: str
    station: str
    who: str
    at: datetime


def path_of(station: Station, ledger: Ledger) -> Path:
    """Where the marker of a ledger lies while the ledger is elsewhere."""
    return station.folders.ledger(ledger.place.code, ledgers.name_of(ledger)) / NAME


def write(station: Station, session: Session, ledger: Ledger) -> None:
    """Mark a ledger that goes. ``StorageFailed`` where the disk takes no file."""
    going, path = hand_overs.standing(session, ledger), path_of(station, ledger)
    marker = _read(path)
    if going is None or (marker is not None and marker.code == going.code):
        return
    content = {"code": going.code, "station": going.station, "who": going.who, "at": going.at.isoformat()}
    with durable.new_file(path, replace=True) as temporary:
        temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def remove(station: Station, reference: str) -> None:
    """Unmark a ledger (``PLACE:TYPE.YEAR.BOOK``) that stayed or is here again; one that is elsewhere stays marked."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, reference)
        path, is_here = path_of(station, ledger), hand_overs.standing(session, ledger) is None
    if is_here:
        with durable.storage_failures(path):
            path.unlink(missing_ok=True)


def are_unknown(station: Station) -> bool:
    """Whether a ledger is marked by a hand-over that the catalogue does not know."""
    with station.catalogue.reading() as session:
        return any(_unknown(station, session, ledger) for ledger in session.scalars(select(Ledger)))


def apply(station: Station, *, who: str) -> list[Message]:
    """Have nothing be done here in ledgers that are marked by a hand-over that the catalogue does not know; gives what
    is to be said of each.
    """
    notices: list[Message | None] = []
    with station.catalogue.writing() as session:
        for ledger in session.scalars(select(Ledger)).all():
            if (marker := _unknown(station, session, ledger)) is None:
                continue
            event_log.record(session, who, whereabouts.HANDED_OVER, ledgers.reference(ledger), code=marker.code)
            if (before := hand_overs.standing(session, ledger)) is not None:
                # Brought back is an earlier one, which had been taken back meanwhile.
                before.state, before.code = HandOverState.GIVEN, marker.code
                before.who, before.at = marker.who, marker.at
            else:
                own = marker.station == station.settings.station.id
                hand_overs.enter(
                    session,
                    ledger,
                    HandOverState.GIVEN,
                    code=marker.code,
                    station=marker.station,
                    own=own,
                    who=marker.who,
                    at=marker.at,
                )
            session.flush()
            notices.append(hand_overs.notice(session, ledger))
    return [notice for notice in notices if notice]


def _unknown(station: Station, session: Session, ledger: Ledger) -> HandOverMarker | None:
    """The marker of a ledger by whose code the catalogue knows no hand-over."""
    marker = _read(path_of(station, ledger))
    if marker is None:
        return None
    same = select(HandOver.id).where(HandOver.ledger_id == ledger.id, HandOver.code == marker.code)
    return marker if session.scalars(same).first() is None else None


def _read(path: Path) -> HandOverMarker | None:
    """None where there is none, or where what lies there was never written by a station."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        texts = {name: str(content[name]) for name in ("code", "station", "who")}
        at = datetime.fromisoformat(content["at"])
        return HandOverMarker(**texts, at=at) if at.tzinfo else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
