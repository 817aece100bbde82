"""What tests of the station's questions share: findings on pages, recovered pages, sheets that were never recorded."""

from __future__ import annotations

from sqlalchemy import select

from station.catalogue.models import Capture, Finding, ScanSession
from station.domain.image_places import ImagePlace
from station.ledger import pages
from station.views import listings
from tests.station.opened_station import OpenedStation


def doubt(
    desk: OpenedStation, ledger: str, label: str, code: str, detail: str | None = None, place: ImagePlace | None = None
) -> int:
    """Let the station find something in a page's image; gives the finding's id."""
    with desk.station.catalogue.writing() as session:
        capture = current(desk, ledger, label)
        found = session.get_one(Capture, capture)
        pages.add_finding(session, found, code, found_by="station", detail=detail, place=place)
        session.flush()
        return session.scalars(select(Finding.id).order_by(Finding.id.desc()).limit(1)).one()


def recovered(desk: OpenedStation, ledger: str, label: str) -> int:
    """Let a page be one that came back after an interruption; gives the finding's id."""
    with desk.station.catalogue.writing() as session:
        session.get_one(Capture, current(desk, ledger, label)).recovered = True
    return doubt(desk, ledger, label, "recovered")


def fed(desk: OpenedStation, sheets: int) -> int:
    """Let the newest session have drawn in so many sheets; gives its id."""
    with desk.station.catalogue.writing() as session:
        run = session.scalars(select(ScanSession).order_by(ScanSession.id.desc()).limit(1)).one()
        run.fed = sheets
        return run.id


def current(desk: OpenedStation, ledger: str, label: str) -> int:
    """The id of the image that a page shows."""
    where = (Capture.ledger_id == desk.ledger_id(ledger), Capture.label == label, Capture.current)
    return int(desk.one(select(Capture.id).where(*where)))


def order(desk: OpenedStation, ledger: str) -> list[str]:
    """The labels of a ledger's pages in their order, which counts from 1 without gaps."""
    rows = listings.page_rows(desk.station, ledger)
    assert [row.order for row in rows] == list(range(1, len(rows) + 1))
    return [row.seq for row in rows]
