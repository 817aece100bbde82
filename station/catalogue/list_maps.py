"""What people said of the columns of foreign lists, kept by the lists' rows of headings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import ListMap


def digest(headings: Iterable[str]) -> str:
    """What a list's row of headings is known by, however many empty cells a workbook or a text file has behind it."""
    return hashlib.sha256("\n".join(headings).rstrip("\n").encode()).hexdigest()


def by_headings(session: Session) -> dict[str, dict[str, str]]:
    """All that was said, by the digest of the headings."""
    return {row.headings: row.columns for row in session.scalars(select(ListMap))}


def keep(session: Session, headings: str, columns: Mapping[str, str], *, who: str, file: str) -> None:
    """Keep what a person said of the list ``file`` for every later one whose headings have this digest."""
    row = session.scalars(select(ListMap).where(ListMap.headings == headings)).one_or_none()
    if row is None:
        row = ListMap(headings=headings)
        session.add(row)
    row.columns, row.who, row.at = dict(columns), who, datetime.now(UTC)
    event_log.record(session, who, "list-mapped", None, columns=dict(columns), file=file)
