"""The names that leave the station, computed from the catalogue by the name profile in force."""

from __future__ import annotations

from station.catalogue.models import Entry, Ledger
from station.domain.naming import labels
from station.domain.naming.export_templates import NameProfile
from station.domain.naming.keys import file_word, first_letters, small_word
from station.domain.naming.partial_dates import PartialDate
from station.domain.paper import USUAL, iso_size


def page_name(profile: NameProfile, ledger: Ledger, label: str) -> str:
    """The name of the page with this label; where a capture shows two pages, with its side at the end."""
    capture, side = labels.split_label(label)
    return labels.page_label(profile.page.render({**_ledger_fields(ledger), "seq": capture}), side)


def entry_name(profile: NameProfile, ledger: Ledger, entry: Entry) -> str:
    """The name of an entry, without folder or suffix; its year is told only where the ledger spans several."""
    fields = {
        **_ledger_fields(ledger),
        "date": PartialDate.parse(entry.date).placeholder(),
        "number": entry.number,
        "entry_year": str(entry.year) if ledger.last_year > ledger.year else None,
    }
    return profile.entry.render(fields)


def entry_folder(profile: NameProfile, ledger: Ledger) -> str:
    """The folder inside a package in which entries lie; empty for none."""
    return profile.folders.render(_ledger_fields(ledger))


def package_stem(profile: NameProfile, ledger: Ledger) -> str:
    """What a package's archive and workbook are called, without their suffixes."""
    return profile.package.render(_ledger_fields(ledger))


def _ledger_fields(ledger: Ledger) -> dict[str, str | None]:
    place = ledger.place
    return {
        "type": ledger.type,
        "year": str(ledger.year),
        "book": ledger.book,
        "place": place.code,
        # Provinces know ISO sizes, and a few mm that are corrected must not change a name.
        "paper": iso_size(ledger.paper or USUAL),
        "commune": file_word(place.commune),
        "district": file_word(place.district) if place.district else None,
        "province": file_word(place.province),
        "ward": small_word(place.commune),
        "district_letters": first_letters(place.district) if place.district else None,
        "province_letters": first_letters(place.province),
    }
