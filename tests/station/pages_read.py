"""What the machine is supposed to have read on pages of an opened station."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import select

from station.catalogue.models import Reading
from station.ledger import ledgers, page_readings, pages
from station.ledger.page_readings import Unread
from station.reading.fields import Field, FieldKind, Grade, PageReading
from tests.station.opened_station import OpenedStation

BOX = (2, 20, 8, 28)


def reading(
    known: Mapping[str, str] = MappingProxyType({}),
    *,
    likely: tuple[str, ...] = (),
    upside_down: bool = False,
    empty: bool = False,
    **more: str,
) -> PageReading:
    """A reading with these values by their kinds, sure but for those that are ``likely``."""
    fields = tuple(
        Field(
            FieldKind(kind), value, *((0.9, Grade.LIKELY) if kind in likely else (0.999, Grade.SURE)), BOX, {value: 0.0}
        )
        for kind, value in {**known, **more}.items()
    )
    return PageReading(fields, upside_down=upside_down, empty_form=empty)


def read(desk: OpenedStation, ledger: str, **by_label: PageReading) -> None:
    """Let the pages, as they are shown, have been read so; labels with a ``p`` in front: ``p001``."""
    with desk.station.catalogue.writing() as session:
        own = ledgers.find(session, ledger)
        for label, said in by_label.items():
            page = pages.by_label(session, own.id, label.removeprefix("p").replace("_", "."))
            page_readings.keep(session, Unread.of(page.regions[0]), said, 700)


def unread(desk: OpenedStation) -> list[str]:
    """The files of the pages that are to be read, in the order in which they would be."""
    found: list[str] = []
    with desk.station.catalogue.writing() as session:
        while (page := page_readings.next_unread(session)) is not None:
            found.append(page.file)
            page_readings.keep(session, page, PageReading(()), 1)
        session.rollback()
    return found


def kept(desk: OpenedStation) -> int:
    """How many readings there are."""
    return len(desk.all(select(Reading.id)))
