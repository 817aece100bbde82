"""The catalogue between processes: writers wait, readers see one state, what is unusable is refused untouched."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, func, inspect, select, text
from sqlalchemy.exc import StatementError

from station import context as station_context
from station import settings
from station.catalogue import database, event_log
from station.catalogue.database import BUSY_TIMEOUT, HEAD, Catalogue
from station.catalogue.models import Base, Event, Place
from station.errors import StorageFailed
from tests.station.opened_station import HERE, OpenedStation, contents, opened_station, write_settings
from tests.waiting import PATIENCE

#: A program of its own that opens the station's catalogue and adds lines to its log.
WRITER = """
import sys
from pathlib import Path
from station.catalogue import event_log, station_key
from station.catalogue.database import Catalogue
path = Path(sys.argv[1])
catalogue = Catalogue(path, key=station_key.read(path.parents[1] / "station.key"))
for number in range(int(sys.argv[3])):
    with catalogue.writing() as session:
        event_log.record(session, sys.argv[2], "tried", number=number)
"""


def start(path: Path, who: str, lines: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, path, who, str(lines)], stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[bytes]) -> None:
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said.decode()


def hold(path: Path) -> sqlite3.Connection:
    """Another program in the middle of a write."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


# It cannot read a cast in a computed column back; what SQLite says of both is compared below.
@pytest.mark.filterwarnings("ignore:Computed default on")
def test_models_are_what_the_migrations_make(desk: OpenedStation) -> None:
    engine = create_engine(f"sqlite:///{desk.station.catalogue.path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, Base.metadata) == []
    by_models = create_engine("sqlite://")
    Base.metadata.create_all(by_models)
    # Alembic compares neither the conditions of partial indexes nor CHECK constraints; reading both back does.
    assert told(engine) == told(by_models)
    engine.dispose()
    by_models.dispose()


def told(engine: Engine) -> dict[str, object]:
    """Indexes as SQLite wrote them down, and the CHECK constraints of every table."""
    inspector = inspect(engine)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")
        indexes: dict[str, object] = {name: " ".join(sql.split()) for name, sql in rows}
    return indexes | {
        table: inspector.get_check_constraints(table)
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_empty_file_becomes_a_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite3"
    path.touch()
    Catalogue(path).close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_rows_outlive_a_power_cut_and_hang_together(desk: OpenedStation) -> None:
    with desk.station.catalogue.writing() as session:
        told = [
            session.connection().exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "foreign_keys")
        ]
    assert told == [2, 1], "synchronous FULL, foreign keys on"


def lines_of(catalogue: Catalogue, who: str) -> int:
    with catalogue.reading() as session:
        return session.scalar(select(func.count(Event.id)).where(Event.who == who)) or 0


def test_what_is_read_together_is_read_in_one_session_over_one_state(desk: OpenedStation) -> None:
    catalogue = desk.station.catalogue
    with catalogue.together():
        with catalogue.reading() as first:
            assert lines_of(catalogue, "other") == 0
        ended(start(catalogue.path, "other", 1))
        with catalogue.reading() as again:
            assert again is first
        assert lines_of(catalogue, "other") == 0
        with ThreadPoolExecutor() as other_threads:
            assert other_threads.submit(lines_of, catalogue, "other").result(PATIENCE) == 1
    assert lines_of(catalogue, "other") == 1


def test_what_a_thread_wrote_is_met_by_what_it_reads_next_together(desk: OpenedStation) -> None:
    catalogue = desk.station.catalogue
    with catalogue.together():
        assert lines_of(catalogue, "one") == 0
        with catalogue.writing() as session:
            event_log.record(session, "one", "tried", number=1)
        assert lines_of(catalogue, "one") == 1


def test_catalogue_that_was_taken_away_is_missed_by_what_reads_together(desk: OpenedStation) -> None:
    catalogue = desk.station.catalogue
    with catalogue.together():
        assert lines_of(catalogue, "one") == 0
        kept = catalogue.path.rename(catalogue.path.with_suffix(".away"))
        with pytest.raises(StorageFailed) as failed:
            lines_of(catalogue, "one")
        assert failed.value.code == "catalogue-gone"
        kept.rename(catalogue.path)


def test_two_programs_open_an_empty_catalogue_at_once(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite3"
    starting = [start(path, who, 5) for who in ("one", "other")]
    for process in starting:
        ended(process)
    opened_again = Catalogue(path)
    with opened_again.reading() as session:
        assert session.scalar(select(func.count(Event.id))) == 10
    opened_again.close()


def test_writers_of_two_programs_wait_for_each_other(desk: OpenedStation) -> None:
    other = start(desk.station.catalogue.path, "other", 30)
    for number in range(30):
        with desk.station.catalogue.writing() as session:
            event_log.record(session, "one", "tried", number=number)
    ended(other)
    with desk.station.catalogue.reading() as session:
        for who in ("one", "other"):
            lines = session.scalars(select(Event).where(Event.who == who).order_by(Event.id))
            assert [line.facts["number"] for line in lines] == list(range(30))
        assert list(event_log.broken_links(session)) == []


def test_reader_that_turns_writer_is_no_deadlock(desk: OpenedStation) -> None:
    """A deferred transaction fails at once where another one wrote meanwhile; ours take the lock first."""
    beginning = threading.Barrier(2, timeout=PATIENCE)
    failed: list[BaseException] = []

    def add() -> None:
        try:
            beginning.wait()
            for _ in range(20):
                with desk.station.catalogue.writing() as session:
                    event_log.record(session, "thử", str(session.scalar(select(func.count(Event.id)))))
        except BaseException as error:  # noqa: BLE001 (told by the test's own thread)
            failed.append(error)

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not failed
    assert desk.all(select(Event.what).order_by(Event.id)) == [str(number) for number in range(40)]


def test_reader_sees_one_state_while_another_writes(desk: OpenedStation) -> None:
    with desk.station.catalogue.reading() as session:
        before = session.scalars(select(func.count(Event.id))).one()
        with desk.station.catalogue.writing() as writer:
            event_log.record(writer, "thử", "meanwhile")
        assert session.scalar(select(func.count(Event.id))) == before
    with desk.station.catalogue.reading() as session:
        assert session.scalar(select(func.count(Event.id))) == before + 1


def test_query_that_nobody_read_to_the_end_holds_up_no_later_writer(desk: OpenedStation) -> None:
    """The next one gets its connection, and with it the state of then, if the query is still open."""
    catalogue = desk.station.catalogue
    with catalogue.reading() as session:
        unread = session.scalars(select(Place))
    with closing(sqlite3.connect(catalogue.path)) as other, other:
        other.execute("UPDATE place SET commune = commune")
    with catalogue.writing() as session:
        event_log.record(session, "who", "what")
    assert unread is not None


def test_query_that_nobody_read_to_the_end_gives_the_next_reader_no_old_state(desk: OpenedStation) -> None:
    catalogue = desk.station.catalogue
    with catalogue.reading() as session:
        unread = session.scalars(select(Place))
    with closing(sqlite3.connect(catalogue.path)) as other, other:
        other.execute("UPDATE place SET commune = 'Xã Mới'")
    with catalogue.reading() as session:
        assert set(session.scalars(select(Place.commune))) == {"Xã Mới"}
    assert unread is not None


def test_reader_is_not_held_up_by_a_writer(desk: OpenedStation) -> None:
    holding = hold(desk.station.catalogue.path)
    assert desk.all(select(Place.code).order_by(Place.code))[0] == HERE
    holding.close()


def test_what_was_done_in_a_reading_block_is_thrown_away(desk: OpenedStation) -> None:
    with desk.station.catalogue.reading() as session:
        session.scalars(select(Place)).first().commune = "Xã Khác"  # type: ignore[union-attr]
    assert "Xã Khác" not in desk.all(select(Place.commune))


def test_block_that_fails_leaves_nothing(desk: OpenedStation) -> None:
    half_done = desk.station.catalogue.writing()
    event_log.record(half_done.__enter__(), "thử", "half done")
    failure = ZeroDivisionError()
    assert not half_done.__exit__(ZeroDivisionError, failure, None)
    assert desk.one(select(func.count(Event.id))) == 0


def test_catalogue_held_by_another_program_is_said_so(desk: OpenedStation) -> None:
    holding = hold(desk.station.catalogue.path)

    def waited(patience: float) -> float:
        started = time.monotonic()
        with pytest.raises(StorageFailed) as failed, desk.station.catalogue.writing(patience) as session:
            event_log.record(session, "thử", "tried")
        assert failed.value.code == "catalogue-locked"
        return time.monotonic() - started

    assert waited(0.1) < waited(2.0), "no longer than its patience lasts"
    holding.close()


def test_reader_is_as_patient_as_ever_after_an_impatient_writer(desk: OpenedStation) -> None:
    with desk.station.catalogue.writing(patience=0.2) as session:
        event_log.record(session, "thử", "tried")
    with desk.station.catalogue.reading() as session:
        assert session.scalar(text("PRAGMA busy_timeout")) == BUSY_TIMEOUT * 1000


def test_threads_write_in_turn_and_wait_no_longer_than_their_patience(desk: OpenedStation) -> None:
    asked: list[str] = []

    def write(who: str, patience: float) -> None:
        with desk.station.catalogue.writing(patience) as session:
            event_log.record(session, who, "tried")
            asked.append(who)

    with ThreadPoolExecutor(2) as pool:
        with desk.station.catalogue.writing() as session:
            event_log.record(session, "thử", "first")
            impatient, patient = pool.submit(write, "vội", 0.1), pool.submit(write, "chờ", PATIENCE)
            failure = impatient.exception(timeout=PATIENCE)
            assert not patient.done()
        patient.result(timeout=PATIENCE)
    assert isinstance(failure, StorageFailed)
    assert failure.code == "catalogue-locked"
    assert asked == ["chờ"]
    assert [event.who for event in desk.all(select(Event).order_by(Event.id))][-2:] == ["thử", "chờ"]


def test_transaction_that_takes_long_is_logged(
    desk: OpenedStation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with desk.station.catalogue.writing() as session:
        event_log.record(session, "thử", "quick")
    assert not caplog.messages
    monkeypatch.setattr(database, "LONG", 0.0)
    with desk.station.catalogue.writing() as session:
        event_log.record(session, "thử", "long")
    assert [message.startswith("MainThread took ") for message in caplog.messages] == [True]


def test_catalogue_of_a_newer_station_is_refused_untouched(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        desk.by_hand("UPDATE alembic_version SET version_num = '0099'")
    before = contents(tmp_path)
    with pytest.raises(StorageFailed) as failed, opened_station(tmp_path):
        pass
    assert failed.value.code == "catalogue-newer"
    assert contents(tmp_path) == before


@pytest.mark.parametrize("damage", ["no database at all" * 400, ""])
def test_damaged_catalogue_is_refused_untouched(tmp_path: Path, damage: str) -> None:
    with opened_station(tmp_path) as desk:
        desk.whole()
        path = desk.station.catalogue.path
    whole = path.read_bytes()
    # Either another file altogether, or its first page torn behind the header.
    path.write_bytes(damage.encode() if damage else whole[:100] + b"\xff" * 3996 + whole[4096:])
    before = contents(tmp_path)
    with pytest.raises(StorageFailed) as failed, opened_station(tmp_path):
        pass
    assert failed.value.code == "catalogue-damaged"
    assert contents(tmp_path) == before


def test_places_follow_the_settings_and_one_that_left_them_stays(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        desk.ledger(place="19430")
    file = write_settings(tmp_path)
    text = file.read_text(encoding="utf-8")
    head, _, _ = text.partition('[[place]]\ncode = "19430"')
    file.write_text(head.replace("Xã Thử Nghiệm", "Phường Thử Nghiệm"), encoding="utf-8")
    with station_context.open_station(settings.load(file)) as station:
        again = OpenedStation(station, tmp_path)
        assert again.all(select(Place.commune).order_by(Place.code)) == ["Phường Thử Nghiệm", "Xã Bên Cạnh"]
        assert again.state("19430:KH.2007.01") == "registered"


def test_writer_has_the_lock_from_its_beginning(desk: OpenedStation) -> None:
    """One that first reads and then writes would fail at once where another program wrote in between."""
    with desk.station.catalogue.writing() as session:
        session.scalar(select(func.count(Event.id)))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            take_the_lock(desk.station.catalogue.path)
        event_log.record(session, "thử", "read first")
    with desk.station.catalogue.reading() as session:
        session.scalar(select(func.count(Event.id)))
        take_the_lock(desk.station.catalogue.path)


def take_the_lock(path: Path) -> None:
    """As another program that writes and does not wait."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")


def test_time_without_an_offset_is_refused(desk: OpenedStation) -> None:
    """It would be another moment on a PC of another time zone."""
    with desk.station.catalogue.writing() as session:
        event = event_log.record(session, "thử", "tried")
        event.at = datetime(2026, 1, 15, 8, 30)
        with pytest.raises(StatementError, match="without an offset"):
            session.flush()
        session.rollback()
