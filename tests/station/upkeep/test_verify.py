"""``verify`` tells each kind of difference, by name, and alters nothing of what differs."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from station.catalogue.models import Capture, Document, Event, Package, PackageFile
from station.domain.states import ScanPurpose
from station.storage import durable
from station.upkeep import verify
from tests.station.opened_station import OpenedStation, contents

LEDGER = "ledgers/19429/KH/2007/KH.2007.01"


def told(desk: OpenedStation) -> list[tuple[str, object]]:
    """Each difference with the one thing it names; that looking altered nothing is asserted by the way."""
    before = contents(desk.data / "ledgers")
    rows = snapshot(desk)
    differences = verify.verify(desk.station)
    assert contents(desk.data / "ledgers") == before
    assert snapshot(desk) == rows
    for difference in differences:
        assert str(next(iter(difference.facts.values()))) in difference.sentence("vi")
    return [(difference.code, next(iter(difference.facts.values()))) for difference in differences]


def snapshot(desk: OpenedStation) -> dict[str, list[tuple[object, ...]]]:
    with desk.station.catalogue.reading() as session:
        connection = session.connection()
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        return {name: [tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')] for name in tables}


def test_station_where_all_is_well_has_no_difference(delivered: OpenedStation) -> None:
    assert told(delivered) == []


def test_empty_station_has_no_difference(desk: OpenedStation) -> None:
    assert told(desk) == []


FILES = {
    "master": lambda desk: desk.data / desk.all(select(Capture.file))[1],
    "entry": lambda desk: desk.data / desk.all(select(Document.file))[1],
    "archive": lambda desk: next(desk.data.rglob("r1/*.zip")),
    "workbook": lambda desk: next(desk.data.rglob("r1/*.xlsx")),
    "masters": lambda desk: next(desk.data.rglob("m1/*.zip")),
}


@pytest.mark.parametrize("kind", list(FILES))
def test_missing_file_is_told(delivered: OpenedStation, kind: str) -> None:
    file: Path = FILES[kind](delivered)
    file.unlink()
    assert told(delivered) == [("verify-missing", file.relative_to(delivered.data).as_posix())]


@pytest.mark.parametrize("kind", list(FILES))
@pytest.mark.parametrize("damage", ["one bit", "cut short", "longer"])
def test_changed_file_is_told(delivered: OpenedStation, kind: str, damage: str) -> None:
    file: Path = FILES[kind](delivered)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes({"one bit": content, "cut short": content[:-1], "longer": content + b"\0"}[damage])
    assert told(delivered) == [("verify-changed", file.relative_to(delivered.data).as_posix())]


def test_file_that_cannot_be_read_is_told(delivered: OpenedStation) -> None:
    file: Path = FILES["master"](delivered)
    file.unlink()
    file.mkdir()
    assert told(delivered) == [("verify-unreadable", file.relative_to(delivered.data).as_posix())]


@pytest.mark.parametrize(
    "name",
    [
        "pages/ảnh (1).jpg",
        "entries/KH.2007.01.2007-01-09.009.pdf",
        "packages/r1/more.txt",
        "packages/r9/x.zip",
        "note.txt",
    ],
)
def test_unknown_file_is_told_and_left(delivered: OpenedStation, name: str) -> None:
    file = delivered.data / LEDGER / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"theirs")
    assert told(delivered) == [("verify-unknown-file", f"{LEDGER}/{name}")]


def edited(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def edit(file: Path) -> None:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        change(manifest)
        file.write_text(json.dumps(manifest), encoding="utf-8")

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        edited(lambda told: told["files"].pop()),  # type: ignore[attr-defined]
        edited(lambda told: told["files"][0].update(sha256="0" * 64)),  # type: ignore[index]
        edited(lambda told: told.update(event_head="0" * 64)),
        edited(lambda told: told.pop("files")),
        lambda file: file.write_text("[]", encoding="utf-8"),
        lambda file: file.write_bytes(b"\xff"),
        lambda file: file.unlink(),
    ],
)
def test_manifest_that_does_not_say_what_was_packaged_is_told(
    delivered: OpenedStation, edit: Callable[[Path], None]
) -> None:
    file = next(delivered.data.rglob("r1/manifest.json"))
    edit(file)
    name = file.relative_to(delivered.data).as_posix()
    lost = "verify-changed" if file.exists() else "verify-missing"
    assert told(delivered) == [(lost, name), ("verify-manifest", name)]


def test_manifest_edited_together_with_its_row_is_told(delivered: OpenedStation) -> None:
    """Whoever edits the manifest and gives the catalogue its new hash still has the other rows against him."""
    file = next(delivered.data.rglob("r1/manifest.json"))
    edited(lambda said: said["files"][0].update(sha256="0" * 64))(file)  # type: ignore[index]
    delivered.by_hand(
        "UPDATE package_file SET sha256 = ? WHERE name = 'manifest.json' AND package_id = 1", durable.sha256_of(file)
    )
    assert ("verify-manifest", file.relative_to(delivered.data).as_posix()) in told(delivered)


@pytest.mark.parametrize("change", ["who = 'Ông Nam'", "facts = '{}'"])
def test_changed_line_of_the_log_is_told(delivered: OpenedStation, change: str) -> None:
    line = delivered.all(select(Event.id).where(Event.what == "entry-set"))[1]
    delivered.by_hand(f"UPDATE event SET {change} WHERE id = ?", line)
    assert told(delivered) == [("verify-event", line)]


def test_removed_line_of_the_log_is_told(delivered: OpenedStation) -> None:
    line = delivered.all(select(Event.id).where(Event.what == "entry-set"))[1]
    delivered.by_hand("DELETE FROM event WHERE id = ?", line)
    assert told(delivered) == [("verify-event", line + 1), ("verify-entry", "2007/002")]


def test_log_cut_off_at_its_end_is_told_by_what_stands_on_it(delivered: OpenedStation) -> None:
    delivered.by_hand("DELETE FROM event WHERE id >= ?", delivered.all(select(Capture.counter))[2])
    said = told(delivered)
    assert said[0][0] == "verify-log-end"
    assert [subject for code, subject in said if code == "verify-log"] == [
        f"{LEDGER}/pages/KH.2007.01.003.jpg",
        f"{LEDGER}/packages/r1",
        f"{LEDGER}/packages/m1",
    ]


def test_capture_given_other_bytes_together_with_its_row_is_told_by_the_log(delivered: OpenedStation) -> None:
    file: Path = FILES["master"](delivered)
    file.write_bytes(b"other")
    name = file.relative_to(delivered.data).as_posix()
    delivered.by_hand("UPDATE capture SET sha256 = ? WHERE file = ?", durable.sha256_of(file), name)
    assert told(delivered) == [("verify-log", name)]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM receipt WHERE delivery_id = 2",
        "UPDATE receipt SET sha256 = '00' WHERE delivery_id = 2",
        "UPDATE delivery SET state = 'queued' WHERE id = 2",
    ],
)
def test_delivery_and_receipt_that_do_not_agree_are_told(delivered: OpenedStation, change: str) -> None:
    delivered.by_hand(change)
    assert told(delivered) == [("verify-receipt", 2)]


def test_order_broken_by_hand_is_told(delivered: OpenedStation) -> None:
    delivered.by_hand('UPDATE page SET "order" = 9 WHERE "order" = 2')
    assert told(delivered) == [("verify-order", "19429:KH.2007.01")]


def test_capture_that_no_page_shows_is_told(delivered: OpenedStation) -> None:
    delivered.by_hand('DELETE FROM region WHERE page_id IN (SELECT id FROM page WHERE "order" = 3)')
    delivered.by_hand('DELETE FROM entry_page WHERE page_id IN (SELECT id FROM page WHERE "order" = 3)')
    delivered.by_hand('DELETE FROM page WHERE "order" = 3')
    name = f"{LEDGER}/pages/KH.2007.01.003.jpg"
    assert told(delivered) == [("verify-unplaced", name), ("verify-entry", "2007/003")]


def test_every_difference_is_told_at_once(delivered: OpenedStation) -> None:
    FILES["master"](delivered).unlink()
    (delivered.data / LEDGER / "note.txt").write_bytes(b"theirs")
    delivered.by_hand("DELETE FROM receipt WHERE delivery_id = 1")
    assert {code for code, _ in told(delivered)} == {"verify-missing", "verify-unknown-file", "verify-receipt"}


def test_file_that_differed_only_while_it_was_made_again_is_no_difference(delivered: OpenedStation) -> None:
    """People work while ``verify`` reads. The pipe holds the first look until the file can be put back behind it."""
    file: Path = FILES["entry"](delivered)
    content, pipe = file.read_bytes(), file.with_name("pipe")
    os.mkfifo(pipe)
    pipe.rename(file)

    def make_again() -> None:
        with file.open("wb") as looked_at:
            whole = file.with_name("whole")
            whole.write_bytes(content)
            whole.rename(file)
            looked_at.write(b"half done")

    worker = threading.Thread(target=make_again)
    worker.start()
    differences = verify.verify(delivered.station)
    worker.join(20)
    assert differences == []


def test_packages_know_every_file_they_lie_in(delivered: OpenedStation) -> None:
    """What the other tests stand on: two packages of three files each, and no other."""
    assert len(delivered.all(select(PackageFile.id))) == 6
    assert delivered.all(select(Package.kind).order_by(Package.id)) == ["entries", "masters"]


def test_retaken_image_is_verified_too(desk: OpenedStation) -> None:
    """The older image of a page is stored for good, as the newer one is."""
    ledger = desk.ledger()
    desk.lay(ledger)
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="001")
    old = f"{LEDGER}/pages/KH.2007.01.001.jpg"
    assert told(desk) == []
    (desk.data / old).write_bytes((desk.data / old).read_bytes()[:-1])
    assert told(desk) == [("verify-changed", old)]
    (desk.data / old).unlink()
    assert told(desk) == [("verify-missing", old)]
