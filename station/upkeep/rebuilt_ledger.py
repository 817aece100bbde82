"""Rebuilding one ledger in an empty catalogue from the manifests and masters in its folder.

An image that a manifest names by its hash is as the manifest says. Every other image is left for
:mod:`station.scanning.orphan_recovery`, and everything that neither tells for a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log, row_facts
from station.catalogue.models import (
    Capture,
    Check,
    Closing,
    Document,
    Entry,
    EntryPage,
    EntryRevision,
    EntryRow,
    Ledger,
    Package,
    PackagedEntry,
    PackageFile,
    Page,
    Place,
    Region,
    Reservation,
    RowRevision,
    ScanSession,
)
from station.context import Station
from station.domain.bands import Band
from station.domain.checks import CheckKind, CheckVerdict, Looks
from station.domain.naming import file_names, labels
from station.domain.paper import paper_name
from station.domain.states import (
    LedgerState,
    PackageKind,
    PackageState,
    PaperSource,
    ReservationState,
    ScanPurpose,
    SessionState,
)
from station.errors import Refused
from station.ledger import entry_regions, ledgers, pages
from station.ledger.page_checks import SeenImage
from station.messages import Message
from station.packaging import entry_documents, packages
from station.packaging import manifest as packaging_manifest
from station.rows import doubt_answers
from station.scanning import spool
from station.scanning.acceptance import CaptureOrigin
from station.storage import durable
from station.upkeep.ledger_folder import LedgerFolder, Manifest

#: What a manifest says of the package itself; the rest is its content.
_OF_THE_PACKAGE = ("revision", "supersedes", "event_head", "software", "files")


class LedgerRebuild:
    """Writes one ledger's rows inside the caller's transaction."""

    def __init__(self, station: Station, session: Session, ledger_folder: LedgerFolder, who: str) -> None:
        self._station = station
        self._session = session
        self._ledger_folder = ledger_folder
        self._who = who
        self._captures: dict[tuple[str, int], Capture] = {}
        self._pages: dict[str, Page] = {}
        self._ledger = self._register()

    def write(self) -> None:
        """Write all rows that the manifests in the folder prove."""
        run = self._run()
        for row in self._page_rows():
            self._page(run, row)
        self._earlier_revisions(run)
        self._session.flush()
        for row in self._page_rows():
            self._checks(row)
        for row in self._ledger_folder.newest(PackageKind.ENTRIES).get("entries", ()):
            self._entry(row)
        for row in (self._ledger_folder.newest(PackageKind.ENTRIES).get("rows") or {}).get("keyed", ()):
            self._row(row)
        for manifest in self._ledger_folder.manifests:
            self._package(manifest)

    def _register(self) -> Ledger:
        """The ledger, with what the newest manifest says of it."""
        newest = self._ledger_folder.newest(PackageKind.ENTRIES) or self._ledger_folder.newest(PackageKind.MASTERS)
        facts, key = newest.get("ledger", {}), self._ledger_folder.key
        place = self._session.scalars(select(Place).where(Place.code == self._ledger_folder.place)).one_or_none()
        if place is None:
            names = newest.get("place", {"commune": self._ledger_folder.place, "province": "?"})
            place = Place(code=self._ledger_folder.place, **{**names, "code": self._ledger_folder.place})
            self._session.add(place)
            self._ledger_folder.messages.append(Message("rebuild-place", {"place": self._ledger_folder.place}))
        closed = newest.get("partial") is False
        closing, checked = newest.get("closed") or {}, newest.get("checked", {})
        ledger = Ledger(
            place=place,
            type=key.type,
            year=key.year,
            book=key.book,
            last_year=int(facts.get("last_year", key.year)),
            paper=paper_name(str(facts["paper"])) if facts.get("paper") else "",
            paper_source=PaperSource.DECLARED if facts.get("paper") else PaperSource.UNKNOWN,
            state=LedgerState.PACKAGED if closed else LedgerState.SCANNING,
            created_at=datetime.now(UTC),
            closed_by=closing.get("by"),
            closed_reason=closing.get("reason"),
            looks=checked.get("needed", Looks.NONE),
            second_share=checked.get("second", {}).get("share", self._station.settings.checks.share),
        )
        if facts.get("pages_expected") is not None or facts.get("entries_expected") is not None:
            stated = {"pages": facts.get("pages_expected"), "entries": facts.get("entries_expected")}
            ledger.closings.append(Closing(year=ledger.last_year, **stated))
        self._session.add(ledger)
        self._session.flush()
        reference = ledgers.reference(ledger)
        event_log.record(self._session, self._who, "ledger-added", reference, last_year=ledger.last_year)
        return ledger

    def _run(self) -> ScanSession:
        """What all captures that are found again belong to."""
        now = datetime.now(UTC)
        run = ScanSession(
            ledger_id=self._ledger.id,
            scanner="disk",
            source="",
            profile="",
            operator=self._who,
            purpose=ScanPurpose.APPEND,
            spool=f"rebuilt-{self._ledger.id}",
            state=SessionState.FINISHED,
            started_at=now,
            ended_at=now,
        )
        self._session.add(run)
        self._session.flush()
        return run

    def _page_rows(self) -> Iterator[dict[str, Any]]:
        """The pages in the order of the newest package, then those that only the newest masters package has."""
        rows: dict[str, dict[str, Any]] = {}
        for kind in (PackageKind.ENTRIES, PackageKind.MASTERS):
            for row in self._ledger_folder.newest(kind).get("pages", ()):
                rows.setdefault(row["seq"], row)
        yield from rows.values()

    def _page(self, run: ScanSession, row: dict[str, Any]) -> None:
        label, side = labels.split_label(row["seq"])
        alone = {"seq": label, "revision": row["revision"], "sha256": row["sha256"], "part": 1, "box": None}
        regions = row.get("regions") or [{**alone, "rotation": row.get("rotation", 0)}]
        captures = [self._capture(run, one["seq"], one["revision"], one["sha256"]) for one in regions]
        whole = [(one, capture) for one, capture in zip(regions, captures, strict=True) if capture is not None]
        if len(whole) < len(regions):
            facts = {"ledger": self._ledger_folder.reference, "label": row["seq"]}
            self._ledger_folder.messages.append(Message("rebuild-page-missing", facts))
            return
        page = Page(
            ledger_id=self._ledger.id,
            order=len(self._pages) + 1,
            number=row["number"],
            state=row["state"],
            parts=len(regions),
        )
        for one, capture in whole:
            capture.current = True
            region = Region(capture=capture, part=one["part"], rotation=one["rotation"], side=side)
            region.crop = tuple(one["box"]) if one["box"] else None
            page.regions.append(region)
        self._session.add(page)
        self._pages[row["seq"]] = page
        for code in row["findings"] if side in (None, 1) else ():
            pages.add_finding(self._session, whole[0][1], code, found_by="station")

    def _checks(self, row: dict[str, Any]) -> None:
        """What people said of a page, of the image that the manifest names."""
        if (page := self._pages.get(row["seq"])) is None:
            return
        shown = SeenImage.of(page)
        for said in row.get("checks", ()):
            at = datetime.fromisoformat(said["on"]).astimezone(UTC)  # the day is all that is known
            check = Check(page_id=page.id, kind=said["look"], verdict=said["verdict"], who=said["by"], at=at)
            check.image, check.turn = shown.image, shown.turn
            check.reason, check.note = said.get("reason"), said.get("note")
            self._session.add(check)

    def _capture(self, run: ScanSession, label: str, revision: int, sha256: str | None) -> Capture | None:
        """The capture whose file has these bytes (any where ``sha256`` is None), entered once; None where none has."""
        if (known_capture := self._captures.get((label, revision))) is not None:
            return known_capture
        stem = file_names.file_stem(self._ledger_folder.key.name, label, revision)
        files = (self._ledger_folder.path / "pages" / f"{stem}{suffix}" for suffix in spool.SUFFIXES)
        file = next((one for one in files if one.exists()), None)
        if file is None or (digest := durable.sha256_of(file)) != (sha256 or digest):
            return None
        try:
            origin = CaptureOrigin.recorded_in(file)
        except Refused:
            return None
        name = self._station.folders.relative(file)
        facts = {"label": label, "revision": revision, "sha256": digest}
        event = event_log.record(
            self._session, self._who, "capture-recovered", row_facts.ledger_reference(self._ledger), **facts
        )
        vouched = self._captures_of_manifest.get((label, revision), {})
        capture = Capture(
            counter=event.id,
            ledger_id=self._ledger.id,
            session_id=run.id,
            current=False,
            recovered=vouched.get("recovered", True),
            file=name,
            bytes=file.stat().st_size,
            width=origin.width,
            height=origin.height,
            mode=origin.mode,
            dpi_asked=origin.dpi_asked,
            dpi_x=origin.dpi[0],
            dpi_y=origin.dpi[1],
            scanner="disk",
            device=origin.device,
            profile=vouched.get("profile", ""),
            operator=vouched.get("operator", self._who),
            token=origin.token,
            started_at=origin.started_at,
            accepted_at=datetime.fromisoformat(vouched["accepted_at"]) if vouched else origin.started_at,
            **facts,
        )
        promise = Reservation(ledger_id=self._ledger.id, session_id=run.id, file=name, state=ReservationState.USED)
        promise.label, promise.revision = label, revision
        self._session.add_all([capture, promise])
        self._session.flush()
        self._captures[label, revision] = capture
        return capture

    @cached_property
    def _captures_of_manifest(self) -> dict[tuple[str, int], dict[str, Any]]:
        """What the newest masters package says of each capture."""
        rows = self._ledger_folder.newest(PackageKind.MASTERS).get("captures", ())
        return {(one["seq"], one["revision"]): one for one in rows}

    def _earlier_revisions(self, run: ScanSession) -> None:
        """What a retake took the place of, and what was set aside: kept, and shown by no page."""
        for (label, revision), vouched in self._captures_of_manifest.items():
            if not vouched["current"]:
                self._capture(run, label, revision, vouched["sha256"])
        for label, newest in list(self._captures):
            for revision in range(1, newest):
                self._capture(run, label, revision, None)

    def _entry(self, row: dict[str, Any]) -> None:
        placed = [self._pages.get(seq) for seq in row["pages"]]
        facts = {"ledger": self._ledger_folder.reference, "entry": f"{row['year']}/{row['number']}"}
        if None in placed or not placed:
            self._ledger_folder.messages.append(Message("rebuild-entry-lacks", facts))
            return
        entry = Entry(ledger_id=self._ledger.id, living=True)
        entry.year, entry.number, entry.date, entry.revision = row["year"], row["number"], row["date"], row["revision"]
        for position, page in enumerate(placed, start=1):
            entry.placements.append(EntryPage(page=page, position=position))
        self._session.add(entry)
        self._session.flush()
        why = "rebuild"
        self._session.add(
            EntryRevision(
                entry_id=entry.id,
                revision=entry.revision,
                year=entry.year,
                number=entry.number,
                date=entry.date,
                pages=row["pages"],
                living=True,
                who=self._who,
                at=datetime.now(UTC),
                why=why,
            )
        )
        log_facts = {"entries": [facts["entry"]], "why": why, "rows": [row_facts.entry(entry)]}
        event_log.record(self._session, self._who, "entry-set", ledgers.reference(self._ledger), **log_facts)
        for said in row.get("regions", ()):
            part = entry_regions.part_of(self._pages[said["page"]])
            band = Band(said["head"], said["top"], said["bottom"], said["slant"])
            entry_regions.store(self._session, part, {entry.id: band}, self._who)
        file = self._ledger_folder.path / "entries" / row["name"]
        if row["sha256"] and file.exists() and durable.sha256_of(file) == row["sha256"]:
            recipe = entry_documents.recipe_of(self._station, self._session, self._ledger, entry)
            document = Document(entry_id=entry.id, recipe=recipe, file=self._station.folders.relative(file))
            document.sha256, document.bytes = row["sha256"], file.stat().st_size
            self._session.add(document)

    def _row(self, keyed: dict[str, Any]) -> None:
        """What people had keyed of an entry when the newest package was made."""
        same = (Entry.year == keyed["year"], Entry.number == keyed["number"])
        if (entry := self._session.scalars(self._entries().where(*same)).one_or_none()) is None:
            return  # told already
        at = datetime.now(UTC)
        row = EntryRow(entry_id=entry.id, revision=1, values=keyed["values"], keyed_by=keyed["by"], keyed_at=at)
        row.complete, row.keyers = keyed["complete"], [keyed["by"]]
        row.completed_at = at if row.complete else None
        self._session.add(row)
        if who := keyed.get("checked_by"):
            check = Check(entry_id=entry.id, kind=CheckKind.ROW, verdict=CheckVerdict.RIGHT, who=who, at=at)
            check.row_revision, check.alone, check.note = 1, keyed["checked_alone"], "rebuild"
            self._session.add(check)
        for mark, who in keyed.get("as_on_page", {}).items():
            doubt_answers.store(self._session, row, CheckVerdict.RIGHT, mark, who)
        self._session.flush()
        changes = RowRevision(entry_row_id=row.id, revision=1, changes=row.values, who=self._who, at=at, why="rebuild")
        self._session.add(changes)
        facts = {"entries": [f"{entry.year}/{entry.number}"], "columns": sorted(row.values), "why": "rebuild"}
        rows = [row_facts.entry_row(row)]
        event_log.record(self._session, self._who, "row-set", ledgers.reference(self._ledger), **facts, rows=rows)

    def _package(self, manifest: Manifest) -> None:
        package_facts, content = (
            manifest.content,
            {k: v for k, v in manifest.content.items() if k not in _OF_THE_PACKAGE},
        )
        superseded = self._earlier(manifest)
        package = Package(
            ledger_id=self._ledger.id,
            kind=manifest.kind,
            revision=manifest.revision,
            state=PackageState.MADE,
            partial=bool(package_facts["partial"]),
            totals=package_facts.get("totals"),
            rows=(package_facts.get("rows") or {}).get("state"),
            checked=packages.is_checked(package_facts),
            closed_reason=(package_facts.get("closed") or {}).get("reason"),
            recipe=packages.recipe(content),
            folder=self._station.folders.relative(manifest.folder),
            event_head=package_facts["event_head"],
            supersedes_id=superseded.id if superseded else None,
            made_by=self._who,
            started_at=datetime.now(UTC),
        )
        own = {"name": packaging_manifest.NAME, **_measures(manifest.folder / packaging_manifest.NAME)}
        for position, file in enumerate([*package_facts["files"], own], start=1):
            facts = {"name": file["name"], "sha256": file["sha256"], "bytes": file["bytes"]}
            package.files.append(PackageFile(position=position, **facts))
        self._session.add(package)
        self._session.flush()
        living = {(one.year, one.number): one for one in self._session.scalars(self._entries())}
        for row in package_facts["entries"] if manifest.kind == PackageKind.ENTRIES else ():
            if (entry := living.get((row["year"], row["number"]))) is not None:
                packaged_entry = PackagedEntry(package_id=package.id, entry_id=entry.id, entry_revision=row["revision"])
                packaged_entry.name, packaged_entry.sha256 = row["name"], row["sha256"]
                self._session.add(packaged_entry)
        name = packages.revision_name(manifest.kind, manifest.revision)
        reference = ledgers.reference(self._ledger)
        event_log.record(self._session, self._who, "package-made", reference, package=name, manifest=own["sha256"])

    def _entries(self) -> Any:
        return select(Entry).where(Entry.ledger_id == self._ledger.id, Entry.living)

    def _earlier(self, manifest: Manifest) -> Package | None:
        same = (Package.ledger_id == self._ledger.id, Package.kind == manifest.kind)
        earlier = select(Package).where(*same).order_by(Package.revision.desc()).limit(1)
        return self._session.scalars(earlier).one_or_none()


def _measures(file: Path) -> dict[str, Any]:
    return {"sha256": durable.sha256_of(file), "bytes": file.stat().st_size}
