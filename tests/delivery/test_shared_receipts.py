"""Receipts in PostgreSQL: several receivers share them, and the database may go away and come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import psycopg
import pytest

from station.errors import Refused
from station.receiver.receipt_pages import application
from station.receiver.receipts import Receipts, StoredReceipt
from station.receiver.tokens import Tokens
from tests.delivery.backings import EngineBacking, heartbeats_of, receiver_of, words_of
from tests.delivery.engines import Postgres
from tests.delivery.spooled import SHA256, lay, lay_whole, receipt, working
from tests.ports import free_port
from tests.stations import Command
from tests.waiting import eventually


@pytest.fixture
def restored(postgres: Postgres) -> Iterator[Postgres]:
    """The cluster, of which settings are changed meanwhile."""
    yield postgres
    postgres.ask("postgres", "ALTER SYSTEM RESET ALL")
    postgres.ask("postgres", "SELECT pg_reload_conf()")


def lock_number(sha256: str) -> int:
    return int.from_bytes(bytes.fromhex(sha256[:16]), signed=True)


def test_receivers_that_start_together_make_the_tables_once(postgres: Postgres) -> None:
    address, made = postgres.new_database(), []
    threads = [threading.Thread(target=lambda: made.append(Receipts(address))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6


def test_of_two_rows_for_one_file_the_table_takes_the_first(postgres: Postgres) -> None:
    """Whatever becomes of the lock that keeps receivers apart."""
    address = postgres.new_database()
    each = [Receipts(address) for _ in range(4)]

    def enter(number: int) -> None:
        for name in range(50):
            row = StoredReceipt(f"{name:064x}", 5, "p", f"qt-thu-0{number}", "a.zip", "2026-03-02T08:00:00+00:00", "x")
            each[number].enter(row)

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert postgres.ask(address, "SELECT count(*), count(DISTINCT sha256) FROM receipt") == [(50, 50)]


def test_file_that_another_receiver_stores_now_waits_and_the_others_do_not(spool: Path, engines: EngineBacking) -> None:
    receiver = receiver_of(spool, engines)
    lay(spool, "a")
    other = lay_whole(spool, "b", b"of another one")
    with closing(psycopg.connect(engines.receipts)) as busy:
        busy.execute("SELECT pg_advisory_xact_lock(%s)", (lock_number(SHA256),))
        with working(receiver):
            receipt(receiver, other)
            assert receiver.receipt(SHA256, 5) == HTTPStatus.NOT_FOUND
            assert engines.content(SHA256) is None
            busy.close()  # that receiver was killed
            eventually(lambda: not list(spool.iterdir()))
            receipt(receiver)


def test_database_that_goes_away_costs_nothing_and_nobody_starts_anything_anew(
    spool: Path, engines: EngineBacking, postgres: Postgres
) -> None:
    receiver = receiver_of(spool, engines)
    client = application(receiver, Tokens("secret"), heartbeats_of(engines)).test_client()
    shown = {"Authorization": "Bearer secret"}
    said = {"format": 1, "station": "qt-thu-01", "run": "a" * 16, "version": "1", "at": "2026-03-02T08:00:00Z"}
    said |= {"free_bytes": 1, "total_bytes": 2, "waiting": 0, "stuck": 0}
    with working(receiver):
        assert client.get(f"/receipts/{SHA256}", headers=shown).status_code == 404
        postgres.kill()
        try:
            lay(spool, "a")
            answer = client.get(f"/receipts/{SHA256}", headers=shown)
            assert (answer.status_code, answer.get_json()) == (503, {"error": "database"})
            assert client.post("/receipts/heartbeat", json=said, headers=shown).status_code == 503
            assert client.get("/receipts/token", headers=shown).status_code == 204, "uploads go on"
        finally:
            postgres.start()
        eventually(lambda: not list(spool.iterdir()))
        assert client.get(f"/receipts/{SHA256}", headers=shown).status_code == 200
        assert client.post("/receipts/heartbeat", json=said, headers=shown).status_code == 204
    assert engines.rows() == engines.stored() == [SHA256]


def test_receipts_that_were_saved_and_put_back_answer_as_before(
    spool: Path, engines: EngineBacking, postgres: Postgres, tmp_path: Path
) -> None:
    lay(spool, "a")
    with working(receiver_of(spool, engines)):
        eventually(lambda: engines.rows() == [SHA256])
    postgres.save(engines.receipts, tmp_path / "receipts.dump")
    later = lay_whole(spool, "b", b"after the backup")
    with working(receiver_of(spool, engines)):
        eventually(lambda: later in engines.rows())
    engines.receipts = postgres.put_back(tmp_path / "receipts.dump")
    assert engines.rows() == [SHA256]
    receiver = receiver_of(spool, engines)
    lay_whole(spool, "c", b"after the backup")
    with working(receiver):
        assert receipt(receiver).filename == "a.zip"
        receipt(receiver, later)
    assert engines.rows() == engines.stored() == sorted([SHA256, later])


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_database_that_a_power_cut_would_rob_is_refused(restored: Postgres, setting: str) -> None:
    address = restored.new_database()
    restored.ask("postgres", f"ALTER SYSTEM SET {setting} = off")
    restored.ask("postgres", "SELECT pg_reload_conf()")
    eventually(lambda: restored.ask(address, f"SHOW {setting}") == [("off",)])
    with pytest.raises(Refused, match=setting) as caught:
        Receipts(address)
    assert caught.value.code == "receive-database-unsafe"


def test_database_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    place = f"postgresql://tramquet:hush@127.0.0.1:{free_port()}/receipts"
    words = ("receive", "--spool", tmp_path / "spool", "--store", tmp_path / "store", "--receipts", place)
    said = Command(tmp_path).refused(*words)
    assert "[receive-database]" in said
    assert "hush" not in said


def test_address_that_is_none_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        Receipts("postgresql://tramquet:hush@host:port/receipts")
    assert caught.value.code == "receive-database-address"
    assert "hush" not in str(caught.value)


def test_two_receivers_on_one_spool_are_told(tmp_path: Path, engines: EngineBacking) -> None:
    command, spool = Command(tmp_path), tmp_path / "spool"
    words = ("receive", "--spool", spool, "--listen", f"127.0.0.1:{free_port()}", *words_of(engines))
    first = command.start(*words)
    assert first.stdout
    assert first.stdout.readline().startswith("http://")
    said = command.refused(*words)
    first.terminate()
    first.communicate()
    assert "[receive-twice]" in said
    assert str(spool) in said
