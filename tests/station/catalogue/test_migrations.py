"""A catalogue of an earlier version: kept as it was, then migrated as a whole or not at all."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from station.catalogue import database, migrations
from station.catalogue.database import HEAD, Catalogue
from station.errors import StorageFailed
from tests.waiting import PATIENCE

PLACE = "INSERT INTO place (code, commune, province) VALUES ('19429', 'Xã Thử Nghiệm', 'Tỉnh Mẫu')"


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A catalogue as the first version left it, with one place in it."""
    path = tmp_path / "catalogue.sqlite3"
    engine = database._engine(path)
    migrations.upgrade(engine, "0001")
    with engine.execution_options(writing=database.MIGRATION_PATIENCE).begin() as connection:
        connection.exec_driver_sql(PLACE)
    engine.dispose()
    return path


def revision(path: Path) -> str:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    engine.dispose()
    return str(found)


def dump(path: Path) -> list[str]:
    # The dump refers to its connection in a circle: left to itself it stays open until garbage is collected.
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def kept(path: Path) -> Path:
    return path.with_name(f"catalogue.before-0001-{HEAD}.sqlite3")


def test_new_catalogue_is_made_without_a_copy(tmp_path: Path) -> None:
    Catalogue(tmp_path / "catalogue.sqlite3").close()
    assert list(tmp_path.glob("*.before-*")) == []


def test_catalogue_is_kept_before_it_is_migrated(first: Path) -> None:
    before = dump(first)
    Catalogue(first).close()
    assert revision(first) == HEAD
    assert dump(kept(first)) == before
    assert kept(first).stat().st_mode & 0o777 == 0o600
    assert {path.name for path in first.parent.iterdir()} == {first.name, kept(first).name}
    with sqlite3.connect(first) as connection:
        assert connection.execute("SELECT commune FROM place").fetchall() == [("Xã Thử Nghiệm",)]


def test_migration_that_fails_leaves_the_catalogue_as_it_was(first: Path) -> None:
    with sqlite3.connect(first) as connection:
        # In the way of the second migration, behind its first step.
        connection.execute("CREATE TABLE intake_file (id INTEGER)")
    before = dump(first)
    for _ in range(2):  # as systemd tries again
        with pytest.raises(StorageFailed) as failed:
            Catalogue(first)
        assert failed.value.code == "catalogue-failed"
        assert dump(first) == before == dump(kept(first))


def test_copy_that_cannot_be_made_stops_the_migration(first: Path) -> None:
    before = dump(first)
    kept(first).mkdir()
    with pytest.raises(StorageFailed) as failed:
        Catalogue(first)
    assert failed.value.code == "storage-failed"
    assert dump(first) == before
    assert list(first.parent.glob("*.part")) == []


def test_program_waits_for_another_that_takes_long_to_migrate(first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", PATIENCE)
    with ThreadPoolExecutor(1) as pool, closing(sqlite3.connect(first, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = pool.submit(lambda: Catalogue(first).close())
        with pytest.raises(TimeoutError):
            waiting.result(timeout=2)
        other.execute("ROLLBACK")
        waiting.result(timeout=PATIENCE)
    assert revision(first) == HEAD


def test_two_programs_migrate_at_once(first: Path) -> None:
    code = "import sys; from pathlib import Path; from station.catalogue import database; "
    code += f"database.MIGRATION_PATIENCE = database.BUSY_TIMEOUT = {PATIENCE}; database.Catalogue(Path(sys.argv[1]))"
    starting = [subprocess.Popen([sys.executable, "-c", code, first], stderr=subprocess.PIPE) for _ in range(3)]
    for process in starting:
        _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said.decode()
    assert revision(first) == HEAD
    assert revision(kept(first)) == "0001"


def test_who_changed_a_row_before_second_looks_came_has_keyed_it(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite3"
    engine = database._engine(path)
    migrations.upgrade(engine, "0015")
    row = (
        'INSERT INTO entry_row (id, entry_id, revision, "values", complete, keyed_by, keyed_at)'
        " VALUES (?, ?, 2, '{}', ?, 'hai', 'then')"
    )
    change = (
        "INSERT INTO row_revision (entry_row_id, revision, changes, who, at, why) VALUES (?, ?, '{}', ?, 'then', '')"
    )
    with closing(sqlite3.connect(path)) as connection:  # no foreign keys: the entries themselves are another matter
        connection.executemany(row, [(1, 1, True), (2, 2, False)])
        connection.executemany(change, [(1, 1, "một"), (1, 2, "hai"), (2, 1, "một"), (2, 2, "một")])
        connection.commit()
    migrations.upgrade(engine.execution_options(writing=database.MIGRATION_PATIENCE), "0018")
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT keyers, completed_at FROM entry_row ORDER BY id").fetchall()
    assert rows == [('["một","hai"]', "then"), ('["một"]', None)]


def test_package_that_was_made_before_ledgers_needed_looks_lacks_none(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite3"
    engine = database._engine(path)
    migrations.upgrade(engine, "0016")
    made = (
        "INSERT INTO package (ledger_id, kind, revision, state, partial, checked, recipe, folder, event_head, made_by,"
        " started_at) VALUES (1, 'entries', ?, 'made', 0, ?, '', '', '', 'một', 'then')"
    )
    with closing(sqlite3.connect(path)) as connection:  # no foreign keys: the ledger itself is another matter
        connection.executemany(made, [(1, False), (2, True), (3, None)])
        connection.commit()
    migrations.upgrade(engine.execution_options(writing=database.MIGRATION_PATIENCE), "0017")
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT checked FROM package ORDER BY revision").fetchall()
    assert rows == [(None,), (1,), (None,)]
