"""Sealing the log by the station's key, and checking its end, at every opening of the catalogue.

A log that was begun without a key is sealed from here on, with how its rows stand now as the ground for what comes.
"""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log, log_head, row_facts, station_key
from station.catalogue.database import Catalogue
from station.catalogue.event_log import Sealing
from station.catalogue.log_head import Head
from station.catalogue.models import Device, Entry, Ledger, User
from station.catalogue.station_key import Key
from station.errors import StorageFailed

log = logging.getLogger(__name__)

#: The line that tells that the log's end was not where it had been, and the one by which a person takes that.
END_LOST, END_ACCEPTED = "log-end-lost", "log-end-accepted"

#: As no line of any log is.
_NO_LINE = Head(0, "")


def settle(catalogue: Catalogue, key_file: Path, *, anew: bool = False) -> None:
    """Check whose the log is and where it ends, and seal it where it is not sealed yet.

    ``StorageFailed`` ("key-missing", "key-other") where another key sealed it. With ``anew`` such a log is taken as it
    is, and so is its end: it was brought back from a backup, or a person gave the station a new key.
    """
    by_key, without = _kept_head(catalogue, catalogue.key), _kept_head(catalogue, None)
    with catalogue.reading() as session:
        sealing = event_log.sealing(session, catalogue.key)
        if sealing is Sealing.ANOTHERS and by_key not in (None, _NO_LINE):
            # Lines were changed at both its ends: that is for verify to tell, and nothing to stop work for.
            sealing = Sealing.PLAIN if catalogue.key is None else Sealing.OURS
        head = without if sealing is Sealing.PLAIN else by_key
        whole = head is not None and event_log.has(session, head)
        newest = event_log.newest(session)
    if sealing is Sealing.PLAIN and catalogue.key is None:
        catalogue.key = station_key.read_or_make(key_file, catalogue.path.parent)
    if sealing is Sealing.ANOTHERS and not (anew and catalogue.key is not None):
        raise StorageFailed("key-missing" if catalogue.key is None else "key-other", path=key_file)
    begins = sealing is Sealing.NONE_YET or (sealing is Sealing.PLAIN and head is None)
    takes = catalogue.key is not None and sealing in (Sealing.PLAIN, Sealing.ANOTHERS)
    if takes or not whole:
        log_head.begin(catalogue.path, newest, catalogue.key)
    if takes:
        _seal(catalogue)
    if not (whole or anew or begins):
        log.error("the log does not end where it ended: line %s is gone or says something else", head and head.line)
        with catalogue.writing() as session:
            event_log.record(session, "station", END_LOST, line=head.line if head else None)


def _kept_head(catalogue: Catalogue, key: Key | None) -> Head | None:
    """The log's end as it was kept by this key; where the file is damaged or another's, one that is no log's."""
    try:
        return log_head.read(catalogue.path, key)
    except StorageFailed:
        return _NO_LINE


def accept_end(catalogue: Catalogue, *, who: str) -> None:
    """Note that a person knows why the log's end was lost."""
    with catalogue.writing() as session:
        event_log.record(session, who, END_ACCEPTED)


def _seal(catalogue: Catalogue) -> None:
    with catalogue.writing() as session:
        if event_log.sealing(session, catalogue.key) is Sealing.OURS:
            return  # another program was quicker
        known = event_log.sealing(session, catalogue.key) is Sealing.ANOTHERS
        event_log.take_key(session, "station")
        if not known:
            _state(session)


def _state(session: Session) -> None:
    """Write into the log how entries, people and devices stand: lines of earlier versions tell less of them."""
    for ledger in session.scalars(select(Ledger)):
        rows = [row_facts.entry(entry) for entry in session.scalars(select(Entry).where(Entry.ledger_id == ledger.id))]
        if rows:
            event_log.record(session, "station", "entries-stated", row_facts.ledger_reference(ledger), rows=rows)
    persons = [row_facts.person(user) for user in session.scalars(select(User))]
    devices = [row_facts.device(device) for device in session.scalars(select(Device))]
    event_log.record(session, "station", "people-stated", persons=persons, devices=devices)
