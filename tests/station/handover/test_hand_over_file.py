"""A file that is not what a station made is refused in one sentence, and nothing of it is stored."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from station.errors import Refused
from station.handover import hand_over_file
from station.handover.hand_over_file import CATALOGUE, MANIFEST
from tests.prepared import once
from tests.station.handover.two_stations import give, take
from tests.station.opened_station import OpenedStation, opened_station


@pytest.fixture(scope="session")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a ledger of two pages."""

    def hand_over(folder: Path) -> None:
        with opened_station(folder) as desk:
            book = desk.ledger()
            desk.lay(book, 2)
            desk.entry(book, "001", "1", "2007-01-15")
            give(desk, book, folder / "book.zip")

    return once(tmp_path_factory, "handed-over", hand_over) / "book.zip"


def remade(
    given: Path,
    file: Path,
    *,
    told: Callable[[dict[str, Any]], object] = lambda told: None,
    rows: tuple[str, ...] = (),
    files: Callable[[dict[str, bytes]], object] = lambda files: None,
    proven: bool = True,
) -> Path:
    """The same file with something else in it; where it is ``proven``, with the hashes that belong to that."""
    with zipfile.ZipFile(given) as pack:
        members = {name: pack.read(name) for name in pack.namelist()}
    manifest = json.loads(members.pop(MANIFEST))
    catalogue = file.with_suffix(".sqlite3")
    catalogue.write_bytes(members[CATALOGUE])
    with sqlite3.connect(catalogue) as connection:
        for statement in rows:
            connection.execute(statement)
    connection.close()
    members[CATALOGUE] = catalogue.read_bytes()
    files(members)
    if proven:
        manifest["files"] = [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in members.items()
        ]
    told(manifest)
    with zipfile.ZipFile(file, "w") as pack:
        for name, content in members.items():
            pack.writestr(name, content)
        pack.writestr(MANIFEST, json.dumps(manifest))
    return file


def refused(other: OpenedStation, file: Path) -> str:
    """Why a file is refused; nothing of it is stored."""
    with pytest.raises(Refused) as refusal:
        take(other, file)
    for language in ("vi", "en"):
        assert refusal.value.sentence(language)
    assert other.one_row("SELECT count(*) FROM ledger") == 0
    assert list((other.data / "ledgers").rglob("*")) == []
    return refusal.value.code


def test_what_is_the_same_with_other_hashes_is_taken(given: Path, other: OpenedStation, tmp_path: Path) -> None:
    """What the tests below change is what they are refused for."""
    assert take(other, remade(given, tmp_path / "same.zip")).images == 2


LIES: dict[str, dict[str, Any]] = {
    "station": {"told": lambda told: told.update(station="qt-thu-99")},
    "station-no-id": {"told": lambda told: told.update(station="../<b>")},
    "code": {"told": lambda told: told.update(code="0" * 16)},
    "ledger": {"told": lambda told: told.update(ledger="19429:KH.2007.02")},
    "place": {"told": lambda told: told.update(ledger="19430:KH.2007.01")},
    "two-ledgers": {
        "rows": (
            (
                "INSERT INTO ledger (place_id, type, year, book, last_year, paper, state, created_at)"
                " SELECT place_id, type, year, '02', last_year, paper, state, created_at FROM ledger"
            ),
        )
    },
    "not-handed-over": {"rows": ("UPDATE ledger SET state = 'scanning'",)},
    "state-before": {"rows": ("UPDATE hand_over SET was = 'handed-over'",)},
    "page-state": {"rows": ("UPDATE page SET state = '<script>'",)},
    "open-session": {"rows": ("UPDATE session SET state = 'open'",)},
    "label": {"rows": ("UPDATE capture SET label = '../../../x' WHERE label = '002'",)},
    "path": {"rows": ("UPDATE capture SET file = '../elsewhere/pages/KH.2007.01.002.jpg' WHERE label = '002'",)},
    "other-page": {"files": lambda files: files.update({"pages/KH.2007.01.002.jpg": b"another"})},
    "page-missing": {"files": lambda files: files.pop("pages/KH.2007.01.002.jpg")},
    "page-beside": {"files": lambda files: files.update({"pages/KH.2007.01.003.jpg": b"more"})},
    "outside": {"files": lambda files: files.update({"../../x": b"more"})},
    "hash": {"files": lambda files: files.update({"pages/KH.2007.01.002.jpg": b"another"}), "proven": False},
    "trigger": {"rows": ("CREATE TRIGGER t AFTER INSERT ON page BEGIN DELETE FROM page; END",)},
    "row-of-nobody": {"rows": ("PRAGMA foreign_keys = OFF", "UPDATE region SET capture_id = 99")},
    "image-of-nobody": {
        "rows": (
            (
                'INSERT INTO "check" (page_id, kind, verdict, who, at, image, turn)'
                " SELECT id, 'first', 'right', 'x', '2026-01-15T08:30:00+00:00', 99, 0 FROM page"
            ),
        )
    },
    "time": {"rows": ("UPDATE capture SET accepted_at = 'yesterday'",)},
    "time-of-nowhere": {"rows": ("UPDATE session SET started_at = '2026-01-15T08:30:00'",)},
    "history": {"rows": ("UPDATE carried_line SET facts = '{'",)},
    "no-catalogue-at-all": {"files": lambda files: files.update({CATALOGUE: b"SQLite"})},
}


def test_file_that_lies_is_refused(given: Path, other: OpenedStation, tmp_path: Path) -> None:
    said = {name: refused(other, remade(given, tmp_path / f"{name}.zip", **lie)) for name, lie in LIES.items()}
    assert said == dict.fromkeys(LIES, "hand-over-damaged")


def test_damage_on_the_way_is_found(given: Path, other: OpenedStation, tmp_path: Path) -> None:
    """Cut off at any place, or one bit turned in any member."""
    content = given.read_bytes()
    file = tmp_path / "damaged.zip"
    for length in (0, 10, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        assert refused(other, file) == "hand-over-damaged"
    with zipfile.ZipFile(given) as pack:
        middles = [one.header_offset + 60 + one.file_size // 2 for one in pack.infolist()]
    for middle in middles:
        flipped = bytearray(content)
        flipped[middle] ^= 1
        file.write_bytes(flipped)
        assert refused(other, file) == "hand-over-damaged"


def test_other_files_are_no_hand_over(given: Path, other: OpenedStation, tmp_path: Path) -> None:
    for number, change in enumerate((lambda told: told.pop("code"), lambda told: told.update(files=[{}]))):
        assert refused(other, remade(given, tmp_path / f"{number}.zip", told=change)) == "hand-over-none"
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as pack:
        pack.writestr("backup.json", "{}")
    assert refused(other, tmp_path / "other.zip") == "hand-over-none"


@pytest.mark.parametrize("newer", [{"format": hand_over_file.FORMAT + 1}, {"catalogue": "9999"}])
def test_file_of_a_newer_station_waits_for_that_version(
    given: Path, other: OpenedStation, tmp_path: Path, newer: dict[str, object]
) -> None:
    file = remade(given, tmp_path / "newer.zip", told=lambda told: told.update(newer))
    assert refused(other, file) == "hand-over-newer"


def test_catalogue_that_claims_a_newer_version_is_refused(given: Path, other: OpenedStation, tmp_path: Path) -> None:
    rows = ("UPDATE alembic_version SET version_num = '9999'",)
    assert refused(other, remade(given, tmp_path / "newer.zip", rows=rows)) == "hand-over-damaged"


def test_names_that_mean_something_elsewhere_stay_names(given: Path, other: OpenedStation, tmp_path: Path) -> None:
    rows = ("UPDATE capture SET operator = '=1+1\"; DROP TABLE page; <script>alert(1)</script>'",)
    take(other, remade(given, tmp_path / "names.zip", rows=rows))
    assert other.rows("SELECT DISTINCT operator FROM capture") == [
        ('=1+1"; DROP TABLE page; <script>alert(1)</script>',)
    ]
