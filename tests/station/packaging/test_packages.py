"""Packages: the same content gives the same bytes, a change gives the next revision, and what was made stays."""

from __future__ import annotations

import hashlib
import json
import threading
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import pikepdf
import pytest
from sqlalchemy import func, select

from station.catalogue.models import Capture, Package, PackagedEntry
from station.delivery import queue as delivery_queue
from station.domain.naming.partial_dates import PartialDate
from station.domain.states import PackageKind, PageState, RowState, ScanPurpose
from station.errors import Refused, StorageFailed
from station.imaging import pdf as imaging_pdf
from station.ledger import entries, ledgers, pages
from station.ledger.entries import Act
from station.packaging import packages
from station.packaging.packages import PackageRevision
from station.rows import built_in, entry_rows
from station.storage import durable
from tests.station.opened_station import BESIDE, HERE, WHO, OpenedStation, contents, opened_station, sheet
from tests.waiting import PATIENCE


def manifest(made: PackageRevision) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(made.files[-1].read_text(encoding="utf-8"))
    return told


def by_name(made: PackageRevision) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in made.files}


def correct(desk: OpenedStation, ledger: str) -> None:
    entries.change(desk.station, Act(ledger, WHO), "2", None, new_date=PartialDate.parse("2007-06-30"))


def test_package_is_archive_workbook_and_a_manifest_that_names_every_byte(desk: OpenedStation) -> None:
    made = desk.package(desk.whole())
    stem = "xathunghiem_hvd_tm.KH.2007.01"
    assert [file.name for file in made.files] == [f"{stem}.zip", f"{stem}.xlsx", "manifest.json"]
    told = manifest(made)
    for file, said in zip(made.files, told["files"], strict=False):
        assert said == {"name": file.name, "bytes": file.stat().st_size, "sha256": durable.sha256_of(file)}
    assert (told["revision"], told["supersedes"], told["partial"], told["gaps"]) == (1, None, False, [])
    with zipfile.ZipFile(made.files[0]) as archive:
        assert archive.namelist() == [f"KH.2007.01.2007-01-{day:02d}.{day:03d}.pdf" for day in (1, 2, 3)]
    assert desk.all(select(PackagedEntry.name).order_by(PackagedEntry.id)) == archive.namelist()
    assert {file.stat().st_mode & 0o777 for file in made.files} == {0o600}


def test_workbook_names_the_file_of_every_entry(desk: OpenedStation) -> None:
    made = desk.package(desk.whole())
    rows = list(openpyxl.load_workbook(made.files[1]).active.values)
    with zipfile.ZipFile(made.files[0]) as archive:
        for row, name in zip(rows[-3:], archive.namelist(), strict=True):
            assert name in row


def test_package_is_marked_by_how_far_its_rows_are_and_names_the_template(desk: OpenedStation) -> None:
    ledger = desk.whole("KH.2007.01", 2)
    first = desk.package(ledger)
    assert (first.rows, manifest(first)["rows"]["complete"]) == (RowState.EMPTY, 0)
    assert manifest(first)["template"] == {"type": "KH", "version": "2022", "imported": True}
    required = {name: "-" for name, column in built_in.template("KH").columns.items() if column.required}
    entry_rows.set_values(desk.station, Act(ledger, WHO), "1", None, required)
    second = desk.package(ledger)
    assert (second.revision, second.rows) == (first.revision + 1, RowState.BEGUN)
    told = manifest(second)["rows"]
    assert (told["state"], told["complete"], told["entries"]) == ("begun", 1, 2)
    entry_rows.set_values(desk.station, Act(ledger, WHO), "2", None, required)
    assert desk.package(ledger).rows == RowState.COMPLETE
    assert desk.package(ledger, PackageKind.MASTERS).rows is None


def test_unchanged_ledger_gives_its_revision_again(desk: OpenedStation) -> None:
    ledger = desk.whole()
    first = desk.package(ledger)
    before = by_name(first)
    again = desk.package(ledger)
    assert again == first
    assert by_name(again) == before
    assert desk.one(select(func.count(Package.id))) == 1


def test_same_content_on_two_stations_gives_the_same_archive_and_workbook(tmp_path: Path) -> None:
    made = []
    for name in ("one", "other"):
        with opened_station(tmp_path / name) as desk:
            made.append((by_name(package := desk.package(desk.whole())), manifest(package)))
    (first, told), (second, told_there) = made
    archive, table, _ = first
    assert first[archive] == second[archive]
    assert first[table] == second[table]
    del told["event_head"], told_there["event_head"]
    assert told == told_there


def test_derived_files_made_again_give_the_same_package(desk: OpenedStation) -> None:
    ledger = desk.whole()
    before = by_name(desk.package(ledger))
    for file in desk.data.rglob("entries/*.pdf"):
        file.unlink()
    desk.by_hand("DELETE FROM document")
    assert by_name(desk.package(ledger)) == before
    assert desk.one(select(func.count(Package.id))) == 1


def test_correction_makes_the_next_revision_and_leaves_the_first_alone(desk: OpenedStation) -> None:
    ledger = desk.whole()
    first = desk.package(ledger)
    before = by_name(first)
    correct(desk, ledger)
    second = desk.package(ledger)
    assert second.revision == 2
    assert manifest(second)["supersedes"] == {"revision": 1, "manifest_sha256": durable.sha256_of(first.files[-1])}
    assert by_name(first) == before
    with zipfile.ZipFile(second.files[0]) as archive:
        assert "KH.2007.01.2007-06-30.002.pdf" in archive.namelist()
        assert "KH.2007.01.2007-01-02.002.pdf" not in archive.namelist()


@pytest.mark.parametrize("change", ["retake", "turn", "state", "number", "remove"])
def test_every_change_of_the_ledger_is_a_new_revision(desk: OpenedStation, change: str) -> None:
    ledger = desk.whole()
    desk.package(ledger)
    match change:
        case "retake":
            ledgers.reopen(desk.station, ledger, who=WHO)
            with desk.session(ledger, purpose=ScanPurpose.RETAKE, anchor="002") as (run, folder):
                desk.accept(run, sheet(folder, 77))
            ledgers.close(desk.station, ledger, who=WHO)
        case "turn":
            pages.change(desk.station, ledger, "001", who=WHO, rotate=90)
        case "state":
            pages.change(desk.station, ledger, "001", who=WHO, state=PageState.CORRECTION)
        case "number":
            pages.change(desk.station, ledger, "001", who=WHO, number="7")
        case "remove":
            entries.remove(desk.station, Act(ledger, WHO), "3", None)
    assert desk.package(ledger).revision == 2


def test_ledger_is_packaged_again_when_a_change_was_taken_back(desk: OpenedStation) -> None:
    ledger = desk.whole()
    first = desk.package(ledger)
    assert desk.state(ledger) == "packaged"
    pages.change(desk.station, ledger, "001", who=WHO, number="7")
    assert desk.state(ledger) == "indexed"
    pages.change(desk.station, ledger, "001", who=WHO, number="")
    assert desk.package(ledger) == first
    assert desk.state(ledger) == "packaged"


def test_package_of_an_open_ledger_is_partial(desk: OpenedStation) -> None:
    ledger = desk.ledger(closing_pages=3)
    desk.lay(ledger, 2)
    desk.entry(ledger, "001", "1", "2007")
    made = desk.package(ledger)
    assert made.partial
    told = manifest(made)
    assert told["partial"] is True
    assert {gap["code"] for gap in told["gaps"]} == {"gap-pages", "gap-unsorted"}
    assert desk.state(ledger) == "scanning"
    ledgers.close(desk.station, ledger, who=WHO, reason="trang cuối đã mất")
    whole = desk.package(ledger)
    assert (whole.revision, whole.partial, desk.state(ledger)) == (2, False, "packaged")
    told = manifest(whole)
    assert told["closed"] == {"by": WHO, "reason": "trang cuối đã mất"}
    assert {gap["code"] for gap in told["gaps"]} == {"gap-pages", "gap-unsorted"}


@pytest.mark.parametrize(("stated", "totals"), [({}, "unstated"), ({"closing_pages": 3, "closing_entries": 3}, "met")])
def test_manifest_claims_what_totals_prove(desk: OpenedStation, stated: dict[str, Any], totals: str) -> None:
    told = manifest(desk.package(desk.whole(**stated)))
    assert (told["totals"], told["closed"], told["gaps"]) == (totals, None, [])


def test_ledger_closed_again_as_it_was_gives_its_revision_again(desk: OpenedStation) -> None:
    ledger = desk.whole()
    made = desk.package(ledger)
    ledgers.reopen(desk.station, ledger, who=WHO)
    ledgers.close(desk.station, ledger, who="người khác")
    assert desk.package(ledger) == made


def test_masters_package_carries_every_capture_retaken_ones_too(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="001")
    made = desk.package(ledger, PackageKind.MASTERS)
    assert made.files[0].parent.name == "m1"
    masters = {Path(file).name: (desk.data / file).read_bytes() for file in desk.all(select(Capture.file))}
    with zipfile.ZipFile(made.files[0]) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == masters
    assert len(masters) == 3
    told = manifest(made)
    assert [(row["seq"], row["revision"], row["current"]) for row in told["captures"]] == [
        ("001", 1, False),
        ("002", 1, True),
        ("001", 2, True),
    ]
    assert [page["state"] for page in told["pages"]] == ["unsorted", "unsorted"]


def test_package_carries_the_sheet_that_a_kill_left(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    with suppress(KeyboardInterrupt), desk.session(ledger) as (_run, folder):
        sheet(folder, 2)
        raise KeyboardInterrupt
    with zipfile.ZipFile(desk.package(ledger, PackageKind.MASTERS).files[0]) as archive:
        assert archive.namelist() == ["KH.2007.01.001.jpg", "KH.2007.01.002.jpg"]


def test_both_kinds_count_their_revisions_apart(desk: OpenedStation) -> None:
    ledger = desk.whole()
    desk.package(ledger)
    assert desk.package(ledger, PackageKind.MASTERS).revision == 1
    correct(desk, ledger)
    assert desk.package(ledger).revision == 2
    assert desk.state(ledger) == "packaged"


def test_two_places_of_one_ledger_name_have_packages_of_their_own(desk: OpenedStation) -> None:
    made = []
    for place in (HERE, BESIDE):
        desk.ledger(place=place)
        desk.lay(f"{place}:KH.2007.01")
        desk.entry(f"{place}:KH.2007.01", "001", "1", "2007")
        made.append(desk.package(f"{place}:KH.2007.01"))
    assert [one.files[0].name for one in made] == [
        "xathunghiem_hvd_tm.KH.2007.01.zip",
        "xabencanh_tm.KH.2007.01.zip",
    ]
    assert made[0].files[0].parent != made[1].files[0].parent


def test_ledger_without_entries_has_nothing_to_package(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    with pytest.raises(Refused) as refused:
        desk.package(ledger)
    assert refused.value.code == "package-empty"
    assert desk.package(ledger, PackageKind.MASTERS).revision == 1


@pytest.mark.parametrize("kind", list(PackageKind))
def test_master_that_changed_on_the_disk_never_leaves_the_station(desk: OpenedStation, kind: PackageKind) -> None:
    ledger = desk.whole()
    desk.package(ledger)
    master = next(desk.data.rglob("KH.2007.01.002.jpg"))
    image = master.read_bytes()
    if kind == PackageKind.MASTERS:
        master.write_bytes(image + b"\0")
    else:
        file = next(desk.data.rglob("*.002.pdf"))
        file.write_bytes(file.read_bytes() + b"\0")
        correct(desk, ledger)
        entries.change(desk.station, Act(ledger, WHO), "2", None, new_date=PartialDate.parse("2007-01-02"))
    with pytest.raises(StorageFailed) as failed:
        desk.package(ledger, kind)
    assert failed.value.code == "file-changed"
    assert len(desk.all(select(Package.id).where(Package.state == "made"))) == 1


def test_failed_package_leaves_its_number_to_the_next_try(desk: OpenedStation) -> None:
    ledger = desk.whole()
    master = next(desk.data.rglob("KH.2007.01.002.jpg"))
    image = master.read_bytes()
    master.unlink()
    with pytest.raises(StorageFailed):
        desk.package(ledger, PackageKind.MASTERS)
    master.write_bytes(image)
    assert desk.package(ledger, PackageKind.MASTERS).revision == 1


def test_package_that_the_catalogue_forgot_is_never_overwritten(desk: OpenedStation) -> None:
    """As after a catalogue restored from an older backup: r1 may have left the station."""
    ledger = desk.whole()
    folder = desk.package(ledger).files[0].parent
    for table in ("delivery", "packaged_entry", "package_file", "package"):
        desk.by_hand(f"DELETE FROM {table}")
    correct(desk, ledger)
    before = contents(folder)
    assert desk.package(ledger).revision == 2
    assert contents(folder) == before


def test_two_who_package_at_once_get_the_same_revision(desk: OpenedStation) -> None:
    ledger = desk.whole()
    beginning = threading.Barrier(2, timeout=PATIENCE)
    made: list[PackageRevision] = []

    def package() -> None:
        beginning.wait()
        made.append(desk.package(ledger))

    threads = [threading.Thread(target=package) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(made) == 2
    assert made[0] == made[1]
    assert desk.one(select(func.count(Package.id))) == 1


def test_stranger_in_the_entries_folder_is_not_deleted(desk: OpenedStation) -> None:
    ledger = desk.whole()
    desk.package(ledger)
    folder = next(desk.data.rglob("entries"))
    (folder / "ghi chú.txt").write_text("của bà Lan", encoding="utf-8")
    (folder / "bản in của bà Lan.pdf").write_bytes(b"%PDF-1.4")
    (folder / "cũ").mkdir()
    correct(desk, ledger)
    assert desk.package(ledger).revision == 2
    assert (folder / "ghi chú.txt").exists()
    assert (folder / "bản in của bà Lan.pdf").exists()
    assert not (folder / "KH.2007.01.2007-01-02.002.pdf").exists(), "what was derived and is outdated goes"


def test_entry_pdf_shows_its_pages_in_order(desk: OpenedStation, tmp_path: Path) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    desk.entry(ledger, "003,001", "1", "2007")
    made = desk.package(ledger)
    with zipfile.ZipFile(made.files[0]) as archive, archive.open("KH.2007.01.2007-00-00.001.pdf") as member:
        (tmp_path / "entry.pdf").write_bytes(member.read())
    with pikepdf.open(tmp_path / "entry.pdf") as pdf:
        shown = [bytes(page.Resources.XObject.Scan.read_raw_bytes()) for page in pdf.pages]
        assert pdf.docinfo["/Producer"] == imaging_pdf.PRODUCER
    assert shown == [next(desk.data.rglob(f"KH.2007.01.{label}.jpg")).read_bytes() for label in ("003", "001")]


def test_manifest_has_its_keys_in_order(desk: OpenedStation) -> None:
    """The same content gives the same bytes, in whatever order a later release puts its facts together."""
    for kind in PackageKind:
        made = desk.package(desk.whole(f"KH.2007.0{1 if kind == PackageKind.ENTRIES else 2}"), kind)
        text = made.files[-1].read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def test_unchanged_ledger_that_was_delivered_gives_its_revision_again(desk: OpenedStation) -> None:
    ledger = desk.whole()
    made = desk.package(ledger)
    assert {item.state for item in delivery_queue.run(desk.station)} == {"receipted"}
    assert desk.package(ledger) == made
    assert desk.one(select(func.count(Package.id))) == 1


def test_ledger_that_changes_while_it_is_packed_is_not_packed(
    desk: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = desk.whole()
    build = packages._build

    def changed_meanwhile(*given: Any) -> None:
        correct(desk, ledger)
        build(*given)

    monkeypatch.setattr(packages, "_build", changed_meanwhile)
    with pytest.raises(Refused) as refused:
        desk.package(ledger)
    assert refused.value.code == "package-changed-meanwhile"
    monkeypatch.undo()
    assert manifest(desk.package(ledger))["entries"][1]["date"] == "2007-06-30"


def test_name_under_which_an_entry_left_is_kept_with_its_revision_and_bytes(desk: OpenedStation) -> None:
    """A correction gives it another name in the next package, and takes nothing back of what the first one says."""
    ledger = desk.whole()
    first = desk.package(ledger)
    correct(desk, ledger)
    second = desk.package(ledger)
    for made, name, revision in ((first, "2007-01-02", 1), (second, "2007-06-30", 2)):
        file = f"KH.2007.01.{name}.002.pdf"
        frozen = (PackagedEntry.name == file) & (PackagedEntry.package_id == made.revision)
        assert desk.one(select(PackagedEntry.entry_revision).where(frozen)) == revision
        with zipfile.ZipFile(made.files[0]) as archive:
            content = archive.read(file)
        assert desk.one(select(PackagedEntry.sha256).where(frozen)) == hashlib.sha256(content).hexdigest()
