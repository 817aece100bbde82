"""What a package holds and says of itself: its content as plain data, the files made of it, and the manifest.

Nothing in here depends on when or in which order the package is made, so the same ledger gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Entry, HandOver, Ledger, Package, Page, Region
from station.context import Station
from station.domain.checks import Looks, SecondLook
from station.domain.states import HandOverState, PackageKind
from station.errors import StorageFailed
from station.ledger import (
    check_counts,
    completeness,
    entry_queries,
    entry_regions,
    export_names,
    ledgers,
    page_checks,
    pages,
)
from station.ledger.entry_regions import ShownPart
from station.ledger.page_checks import PageVerdict
from station.rows import entry_rows, office_templates
from station.rows.entry_rows import KeyedRow
from station.storage import deterministic_zip, durable

#: Raised when a reader of manifests must know a new shape.
FORMAT = 1
NAME = "manifest.json"


def content(station: Station, session: Session, ledger: Ledger, kind: str) -> dict[str, Any]:
    """All that decides the bytes of a package's archive and workbook, as plain JSON data."""
    gaps = completeness.gaps(session, ledger)
    counts = completeness.counts(session, ledger)
    verdicts = page_checks.standing_verdicts(session, ledger)
    return {
        "format": FORMAT,
        "kind": kind,
        "station": station.settings.station.id,
        "place": {
            "code": ledger.place.code,
            "commune": ledger.place.commune,
            "district": ledger.place.district,
            "province": ledger.place.province,
        },
        "ledger": {
            "name": ledgers.name_of(ledger),
            "type": ledger.type,
            "year": ledger.year,
            "last_year": ledger.last_year,
            "book": ledger.book,
            "paper": ledger.paper or None,
            "pages_expected": counts.pages_expected,
            "entries_expected": counts.entries_expected,
        },
        "names": station.names.id,
        "partial": ledgers.is_open(ledger),
        "totals": counts.totals,
        # Without the time: a ledger that is opened and closed again as it was gives the same package.
        "closed": {"by": ledger.closed_by, "reason": ledger.closed_reason} if ledger.closed_reason else None,
        "checked": _checked(session, ledger),
        **_hand_overs(session, ledger),
        "gaps": [{"code": gap.code, **gap.facts} for gap in gaps],
        "doubts": [{"code": doubt.code, **doubt.facts} for doubt in completeness.doubts(session, ledger)],
        "pages": [
            _page(station, ledger, page, verdicts.get(page.seq, ())) for page in pages.of_ledger(session, ledger)
        ],
        "entries": _entries(station, session, ledger),
        **(
            {"captures": list(_captures(session, ledger))}
            if kind == PackageKind.MASTERS
            else _rows(station, session, ledger)
        ),
    }


def write(station: Station, session: Session, package: Package, folder: Path) -> list[str]:
    """Write the package's files into ``folder``; gives their names in the order of delivery, the manifest last."""
    from station.packaging import import_workbook, workbook  # openpyxl takes a fifth of a second, for packaging alone

    ledger = package.ledger
    manifest_content = content(station, session, ledger, package.kind)
    stem = export_names.package_stem(station.names, ledger)
    book, table = f"{stem}.zip", f"{stem}.xlsx"
    if package.kind == PackageKind.MASTERS:
        book, table = f"{stem}.masters.zip", f"{stem}.masters.xlsx"
        deterministic_zip.write_zip(folder / book, _masters(station, session, ledger))
        workbook.write_table(
            folder / table, ledgers.name_of(ledger), PAGE_HEADER, map(_page_row, manifest_content["pages"])
        )
    else:
        deterministic_zip.write_zip(folder / book, _documents(station, session, ledger, manifest_content["entries"]))
        rows = entry_rows.of_ledger(station, session, ledger)
        named = ((row, _file_name(station, ledger, row.entry)) for row in rows)
        if (office := office_templates.newest(session, ledger.type)) is None:
            import_workbook.write(folder / table, entry_rows.template_of(session, ledger), named)
        else:
            import_workbook.fill(folder / table, office, named)
    manifest = {
        **manifest_content,
        "revision": package.revision,
        "supersedes": _superseded(package),
        "event_head": package.event_head,
        "software": f"tramquet {version('tramquet')}",
        "files": [
            {"name": name, "bytes": (folder / name).stat().st_size, "sha256": durable.sha256_of(folder / name)}
            for name in (book, table)
        ],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")
    return [book, table, NAME]


def frozen_names(station: Station, session: Session, package: Package) -> Iterator[tuple[Entry, str, str]]:
    """Each entry of the package with the file name and the SHA-256 it leaves under."""
    for entry in entry_queries.of_ledger(session, package.ledger):
        if entry.document is not None:
            yield entry, _file_name(station, package.ledger, entry), entry.document.sha256


def _hand_overs(session: Session, ledger: Ledger) -> dict[str, Any]:
    """By which hand-overs the ledger came here, and which ones were taken back; nothing of one that had none.

    ``revision`` is the newest package that the other station had made by then: what it makes later is a doubt.
    """
    query = select(HandOver).where(HandOver.ledger_id == ledger.id).order_by(HandOver.id)
    ended = query.where(HandOver.state.in_((HandOverState.TAKEN, HandOverState.CANCELLED)))
    rows = [
        {"from": one.station, "code": one.code, "state": one.state, "revision": one.revision}
        | ({"reason": one.reason} if one.reason else {})
        for one in session.scalars(ended)
    ]
    return {"hand_overs": rows} if rows else {}


def _checked(session: Session, ledger: Ledger) -> dict[str, Any]:
    """How far people have looked at the pages: ``whole`` where they saw all that the ledger needs and rejected none.

    ``needed`` are the looks that it needs, where it needs any: a package that is not ``whole`` then is unchecked.
    """
    counts = check_counts.counts(session, ledger)
    first = {"whole": counts.is_checked, "seen": counts.seen, "rejected": counts.rejected}
    needed = {} if counts.looks == Looks.NONE else {"needed": counts.looks}
    if counts.looks != Looks.SECOND:
        return {**first, **needed}
    return {**first, **needed, "second": {"share": ledger.second_share, **vars(counts.second)}}


PAGE_HEADER = ("SEQ", "Thứ tự", "Số trang", "Trạng thái", "Tên", "SHA-256")


def _page_row(page: dict[str, Any]) -> tuple[int | str, ...]:
    return (page["seq"], page["order"], page["number"] or "", page["state"], page["name"], page["sha256"])


def _page(station: Station, ledger: Ledger, page: Page, verdicts: Sequence[PageVerdict]) -> dict[str, Any]:
    capture = page.capture
    row = {
        "seq": page.seq,
        "order": page.order,
        "number": page.number,
        "state": page.state,
        "name": export_names.page_name(station.names, ledger, page.seq),
        "revision": capture.revision,
        "sha256": capture.sha256,
        "findings": sorted(finding.code for finding in capture.findings if finding.resolved_at is None),
    }
    if capture.label != page.seq or page.parts > 1:
        row["regions"] = [_region(region) for region in page.regions]
    elif page.regions[0].rotation:
        row["rotation"] = page.regions[0].rotation
    if verdicts:
        row["checks"] = [_verdict(one) for one in verdicts]
    return row


def _verdict(verdict: PageVerdict) -> dict[str, Any]:
    """What a person said of a page at a look. Only the day is told: said once more that day, it is the same package."""
    why = {key: value for key, value in (("reason", verdict.reason), ("note", verdict.note)) if value is not None}
    return {"look": verdict.look, "verdict": verdict.verdict, **why, "by": verdict.who, "on": verdict.day}


def _region(region: Region) -> dict[str, Any]:
    """Where a page lies in a master: ``box`` is (left, top, right, bottom) in its pixels, ``rotation`` clockwise."""
    capture = region.capture
    return {
        "seq": capture.label,
        "revision": capture.revision,
        "sha256": capture.sha256,
        "part": region.part,
        "box": region.crop,
        "rotation": region.rotation,
    }


def _entries(station: Station, session: Session, ledger: Ledger) -> list[dict[str, Any]]:
    bands = entry_regions.of_ledger(session, ledger)
    shown = {"neighbours": str(station.settings.upload_copy.neighbours)}
    rows = []
    for entry in entry_queries.of_ledger(session, ledger):
        own = [
            {"page": placement.page.seq, **vars(band)}
            for placement in entry.placements
            for region in placement.page.regions
            if (band := bands.get((entry.id, ShownPart.of(region)))) is not None
        ]
        # Of an entry that has its pages whole nothing is said: its package is the one of earlier versions.
        rows.append(_entry(station, ledger, entry) | ({"regions": own, **shown} if own else {}))
    return rows


def _entry(station: Station, ledger: Ledger, entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "year": entry.year,
        "date": entry.date,
        "revision": entry.revision,
        "pages": [placement.page.seq for placement in entry.placements],
        "name": _file_name(station, ledger, entry),
        "sha256": entry.document.sha256 if entry.document else None,
    }


def _captures(session: Session, ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Every capture, retaken ones too: this is what proves that a master may be freed."""
    for capture in session.scalars(select(Capture).where(Capture.ledger_id == ledger.id).order_by(Capture.counter)):
        yield {
            "seq": capture.label,
            "revision": capture.revision,
            "current": capture.current,
            "recovered": capture.recovered,
            "file": Path(capture.file).name,
            "bytes": capture.bytes,
            "sha256": capture.sha256,
            "width": capture.width,
            "height": capture.height,
            "mode": capture.mode,
            "dpi": [capture.dpi_x, capture.dpi_y],
            "dpi_asked": capture.dpi_asked,
            "device": capture.device,
            "profile": capture.profile,
            "operator": capture.operator,
            "accepted_at": capture.accepted_at.isoformat(),
        }


def _masters(station: Station, session: Session, ledger: Ledger) -> Iterator[tuple[str, Path]]:
    files = select(Capture.file, Capture.sha256).where(Capture.ledger_id == ledger.id).order_by(Capture.counter)
    for file, sha256 in session.execute(files):
        yield Path(file).name, _prove(station.folders.data / file, sha256)


def _documents(
    station: Station, session: Session, ledger: Ledger, rows: list[dict[str, Any]]
) -> Iterator[tuple[str, Path]]:
    folder = export_names.entry_folder(station.names, ledger)
    for entry, item in zip(entry_queries.of_ledger(session, ledger), rows, strict=True):
        if entry.document is None:
            raise StorageFailed("document-missing", entry=item["name"])
        file = _prove(station.folders.data / entry.document.file, entry.document.sha256)
        yield "/".join(filter(None, (folder, item["name"]))), file


def _prove(file: Path, sha256: str) -> Path:
    """Only bytes that are still what the catalogue says leave the station."""
    if not file.exists():
        raise StorageFailed("file-missing", file=file.name)
    if durable.sha256_of(file) != sha256:
        raise StorageFailed("file-changed", file=file.name)
    return file


def _rows(station: Station, session: Session, ledger: Ledger) -> dict[str, Any]:
    """What the workbook holds: its template, how far its rows are, and what people keyed, by year and number."""
    template, rows = entry_rows.template_of(session, ledger), entry_rows.of_ledger(station, session, ledger)
    office = office_templates.newest(session, ledger.type)
    file = {"file": office.name, "sha256": office.sha256} if office else {}
    facts = {"template": {"type": template.type, "version": template.version, "imported": template.imported, **file}}
    if not template.imported:
        return {**facts, "rows": None}
    keyed = [_keyed(row) for row in rows if row.keyed]
    look, state = station.settings.second_look(ledger.type), entry_rows.state_of(rows)
    checked = {"second_look": look, "checked": sum(row.is_right for row in rows)} if look != SecondLook.NONE else {}
    counts = {"state": state, "complete": sum(row.is_whole for row in rows), **checked}
    return {**facts, "rows": {**counts, "entries": len(rows), "keyed": keyed}}


def _keyed(row: KeyedRow) -> dict[str, Any]:
    of_entry = {"number": row.entry.number, "year": row.entry.year, "by": row.keyed_by}
    check = row.check if row.is_right else None
    checked = {"checked_by": check.who, "checked_alone": check.alone} if check is not None else {}
    said = {doubt.mark: doubt.answer.who for doubt in row.doubts if doubt.answer is not None}
    answered = {"as_on_page": said} if said else {}
    return {**of_entry, **checked, **answered, "complete": row.is_whole, "values": dict(row.keyed)}


def _file_name(station: Station, ledger: Ledger, entry: Entry) -> str:
    return f"{export_names.entry_name(station.names, ledger, entry)}.pdf"


def _superseded(package: Package) -> dict[str, Any] | None:
    old = package.supersedes
    if old is None:
        return None
    manifest = next(file for file in old.files if file.name == NAME)
    return {"revision": old.revision, "manifest_sha256": manifest.sha256}
