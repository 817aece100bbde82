"""The log is sealed by the station's key and its end is kept outside; rows changed past it are found by it."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from station.access import device_pairing, users
from station.catalogue import event_log, log_head, log_sealing, station_key
from station.catalogue.models import Event
from station.catalogue.station_key import Key
from station.domain.naming.partial_dates import PartialDate
from station.domain.roles import Role
from station.errors import Refused, StorageFailed
from station.ledger import entries, page_order
from station.ledger.entries import Act
from station.upkeep import verify
from tests.station.daemons import Browser, running
from tests.station.opened_station import KEY, WHO, OpenedStation, opened_station
from tests.stations import Command
from tests.waiting import eventually


@pytest.fixture
def station(tmp_path: Path, delivered_folder: Path) -> Command:
    shutil.copytree(delivered_folder, tmp_path / "station")
    return Command(tmp_path / "station", {"TRAMQUET_LANGUAGE": "en"})


def doctor(station: Command) -> list[str]:
    done = subprocess.run(station.line("doctor"), capture_output=True, text=True, env=station.env(), check=False)
    return done.stdout.splitlines()


def told(desk: OpenedStation) -> list[tuple[str, object]]:
    return [(one.code, next(iter(one.facts.values()))) for one in verify.verify(desk.station)]


def newest(desk: OpenedStation) -> int:
    return int(desk.one(select(func.max(Event.id))))


def forged(desk: OpenedStation, what: str, by: Key | None = None, **facts: object) -> None:
    """Append a line as somebody would who knows how the chain is made."""
    with desk.station.catalogue.reading() as session:
        previous = event_log.head(session)
    at = "2026-01-15T08:30:00.000000+00:00"
    line = ["2026-01-15T08:30:00+00:00", "Kẻ Lạ", what, None, facts, previous]
    content = json.dumps(line, sort_keys=True).encode()
    digest = hashlib.sha256(content).hexdigest() if by is None else by.seal("event", content)
    desk.by_hand(
        "INSERT INTO event (at, who, what, facts, previous, hash) VALUES (?, ?, ?, ?, ?, ?)",
        at, "Kẻ Lạ", what, json.dumps(facts), previous, digest,
    )  # fmt: skip


# The end.


@pytest.mark.parametrize("lines", [1, 3])
def test_log_that_lost_its_last_lines_is_told_with_the_line_it_had(desk: OpenedStation, lines: int) -> None:
    for number in range(5):
        desk.ledger(f"KH.2007.{number + 1:02}")
    end = newest(desk)
    desk.by_hand("DELETE FROM event WHERE id > ?", end - lines)
    assert told(desk) == [("verify-log-end", end)]


def test_lost_end_is_still_told_when_the_log_has_grown_beyond_it_until_a_person_accepts_it(station: Command) -> None:
    with closing(sqlite3.connect(station.catalogue)) as catalogue:
        catalogue.execute("DELETE FROM event WHERE what = 'receipt' AND id = (SELECT max(id) FROM event)")
        assert catalogue.total_changes == 1
        catalogue.commit()
    for number in range(3):
        station.run("ledger", "add", "KS", "2008", number + 1)
    assert "log: its end is lost" in station.refused("verify")
    station.run("verify", "--accept-log-end", exit_status=1)
    said = station.refused("verify")
    assert "its end is lost" not in said
    assert said.startswith("receipt: "), "what stood in the lost line is missed for ever"


@pytest.mark.parametrize("how", ["removed", "damaged", "of another key"])
def test_file_with_the_end_cannot_be_done_away_with(station: Command, how: str) -> None:
    file = station.data / log_head.NAME
    if how == "removed":
        file.unlink()
    elif how == "damaged":
        file.write_bytes(bytes(512))
    else:
        log_head.begin(station.catalogue, log_head.Head(1, "0" * 64), Key.new())
    assert station.refused("verify").startswith("log: ")
    station.run("ledger", "add", "KS", "2008", 1)
    assert "log: its end is lost" in station.refused("verify")


def test_power_cut_in_the_middle_of_writing_the_end_leaves_the_one_before(desk: OpenedStation) -> None:
    desk.ledger()
    file = desk.data / log_head.NAME
    content = file.read_bytes()
    for torn in range(2):
        half = bytearray(content)
        half[torn * 256 : torn * 256 + 80] = bytes(80)
        file.write_bytes(half)
        assert told(desk) == []


def test_daemon_tells_the_journal_where_the_log_ends(
    write_settings: Callable[..., Command], tmp_path: Path, scraps: Path
) -> None:
    station = write_settings(scraps)
    station.run("ledger", "add", "KH", "2007", "1")
    pin = station.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    with running(station, tmp_path) as daemon:
        browser = Browser(daemon.address)
        browser.log_in("Hoa", pin)
        browser.send("/ledger/19429/KH.2007.01/scan/start", scanner="sim", pages="1")
        eventually(lambda: "the log's end is line" in (tmp_path / "daemon.log").read_text())


# The chain.


def test_forged_line_is_found(desk: OpenedStation) -> None:
    desk.ledger()
    forged(desk, "ledger-closed", reason=None, gaps=[])
    assert told(desk) == [("verify-event", newest(desk))]


def test_line_sealed_by_another_key_is_found(desk: OpenedStation) -> None:
    desk.ledger()
    forged(desk, "ledger-closed", Key.new(), reason=None, gaps=[])
    assert told(desk) == [("verify-event", newest(desk))]


def test_tail_written_anew_is_found(desk: OpenedStation) -> None:
    for number in range(4):
        desk.ledger(f"KH.2007.{number + 1:02}")
    last = newest(desk)
    desk.by_hand("DELETE FROM event WHERE id > ?", last - 2)
    for _ in range(2):
        forged(desk, "ledger-added", last_year=2007)
    assert told(desk) == [("verify-log-end", last), ("verify-event", last - 1), ("verify-event", last)]


def test_whole_log_written_anew_without_the_key_is_found(desk: OpenedStation) -> None:
    desk.ledger()
    desk.by_hand("DELETE FROM event")
    for _ in range(2):
        forged(desk, "ledger-added", last_year=2007)
    assert ("verify-unsealed", desk.folder / "station.key") in told(desk)


def test_forged_taking_of_a_key_seals_nothing(desk: OpenedStation) -> None:
    desk.ledger()
    other = Key.new()
    forged(desk, event_log.KEY_TAKEN, other, key=other.id, before="0" * 64)
    forged(desk, "ledger-closed", other)
    assert told(desk)[0] == ("verify-unproven", newest(desk) - 1)


# The rows.


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET date = '2007-12-31' WHERE number = '002'",
        "UPDATE entry SET number = '022' WHERE number = '002'",
        "UPDATE entry SET living = 0 WHERE number = '002'",
        "UPDATE entry_page SET page_id = 3 WHERE page_id = 2",
        "INSERT INTO entry (ledger_id, year, number, date, living, revision) VALUES (1, 2007, '002b', '2007', 1, 1)",
    ],
)
def test_entry_changed_past_the_station_is_told(delivered: OpenedStation, change: str) -> None:
    delivered.by_hand(change)
    (code, entry), *_ = told(delivered)
    assert code == "verify-entry"
    assert str(entry).startswith("2007/002") or str(entry) == "2007/022"


def test_entry_corrected_at_the_station_is_no_difference(delivered: OpenedStation) -> None:
    act = Act("KH.2007.01", WHO, "sửa")
    entries.swap(delivered.station, act, "001", "002", None)
    entries.remove(delivered.station, act, "003", None)
    page_order.move(delivered.station, "KH.2007.01", "003", "000", who=WHO)
    entries.set_entry(delivered.station, act, "003,001", "7", PartialDate.parse("2007-03"))
    assert told(delivered) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE user SET role = 'technician'",
        "UPDATE user SET pin_hash = 'scrypt:1:1:1$x$y'",
        "UPDATE user SET active = 0",
        "DELETE FROM user",
        "INSERT INTO user (name, role, active, created_at) SELECT 'Hoa', 'technician', 1, created_at FROM user",
    ],
)
def test_person_changed_past_the_station_is_told(desk: OpenedStation, change: str) -> None:
    users.add(desk.station, "Lan", Role.OPERATOR, who=WHO)
    users.reset_pin(desk.station, "Lan", who=WHO)
    assert told(desk) == []
    desk.by_hand(change)
    assert told(desk) == [("verify-person", "Hoa" if "INSERT" in change else "Lan")]


def test_device_added_past_the_station_is_told(tmp_path: Path) -> None:
    with opened_station(tmp_path, "[lan]\nenabled = true\n") as desk:
        device_pairing.redeem_code(desk.station, device_pairing.offer_code(desk.station, "Máy bàn", who=WHO))
        assert told(desk) == []
        columns = "name, token_hash, paired_at, seen_at"
        desk.by_hand(f"INSERT INTO device ({columns}) SELECT 'Lạ', 'x', paired_at, seen_at FROM device")
        desk.by_hand("UPDATE device SET token_hash = 'y' WHERE name = 'Máy bàn'")
        assert told(desk) == [("verify-device", "Lạ"), ("verify-device", "Máy bàn")]


def test_receipt_added_past_the_station_is_told(delivered: OpenedStation) -> None:
    """It would let masters go that nobody holds."""
    delivered.by_hand("UPDATE receipt SET package = 'KH.2007.01 r9' WHERE delivery_id = 3")
    assert told(delivered) == [("verify-receipt", 3)]


# Logs that were begun without a key.


@pytest.fixture
def unsealed(delivered: OpenedStation) -> OpenedStation:
    """As a version before keys left it: a plain chain, lines that say less, nothing beside the catalogue."""
    with delivered.station.catalogue.writing() as session:
        previous = event_log.BEGINNING
        for event in session.scalars(select(Event).order_by(Event.id)):
            event.facts = {name: fact for name, fact in event.facts.items() if name not in ("rows", "stamp", "active")}
            event.previous = previous
            line = [event.at.isoformat(), event.who, event.what, event.ledger, event.facts, previous]
            event.hash = previous = hashlib.sha256(json.dumps(line, sort_keys=True).encode()).hexdigest()
        session.flush()
        session.connection().exec_driver_sql(
            "UPDATE package SET event_head = (SELECT hash FROM event WHERE what = 'ledger-closed')"
        )
    (delivered.data / log_head.NAME).unlink()
    return delivered


def sealed_again(desk: OpenedStation) -> None:
    log_sealing.settle(desk.station.catalogue, desk.folder / "station.key")


def test_log_of_an_earlier_version_is_sealed_with_all_that_stands_in_it(unsealed: OpenedStation) -> None:
    before = newest(unsealed)
    sealed_again(unsealed)
    whats = unsealed.all(select(Event.what).where(Event.id > before).order_by(Event.id))
    assert whats == ["key-taken", "entries-stated", "people-stated"]
    with unsealed.station.catalogue.reading() as session:
        assert list(event_log.broken_links(session)) == []
    sealed_again(unsealed)
    assert newest(unsealed) == before + 3, "once"


@pytest.mark.parametrize("when", ["before", "after"])
def test_line_of_an_earlier_version_changed_is_found_whether_before_or_after_the_key_was_taken(
    unsealed: OpenedStation, when: str
) -> None:
    if when == "after":
        sealed_again(unsealed)
    with unsealed.station.catalogue.writing() as session:
        event = session.get_one(Event, 3)
        event.who = "Ông Nam"
    if when == "before":
        sealed_again(unsealed)
    with unsealed.station.catalogue.reading() as session:
        assert 3 in list(event_log.broken_links(session))


def test_earlier_lines_written_anew_as_a_whole_chain_are_found_by_the_line_that_took_the_key(
    unsealed: OpenedStation,
) -> None:
    sealed_again(unsealed)
    taken = unsealed.one(select(Event.id).where(Event.what == "key-taken"))
    with unsealed.station.catalogue.writing() as session:
        previous = event_log.BEGINNING
        for event in session.scalars(select(Event).where(Event.id < taken).order_by(Event.id)):
            event.who, event.previous = "Ông Nam", previous
            line = [event.at.isoformat(), event.who, event.what, event.ledger, event.facts, previous]
            event.hash = previous = hashlib.sha256(json.dumps(line, sort_keys=True).encode()).hexdigest()
    with unsealed.station.catalogue.reading() as session:
        assert list(event_log.broken_links(session)) == [taken]


def test_entry_of_an_earlier_version_is_compared_with_what_was_stated(unsealed: OpenedStation) -> None:
    sealed_again(unsealed)
    unsealed.by_hand("UPDATE entry SET date = '2007-12-31' WHERE number = '002'")
    assert ("verify-entry", "2007/002") in told(unsealed)


# The key.


def test_printed_key_is_typed_in_as_hands_do_and_a_slip_is_refused() -> None:
    for _ in range(50):
        key = Key.new()
        printed = key.printed()
        assert [len(group) for group in printed.split("-")] == [4] * 9
        assert Key.parse(printed.lower().replace("-", " ").replace("o", "0").replace("i", "1")) == key
        wrong = ("B" if printed[7] != "B" else "C") if printed[7] != "-" else "-"
        with pytest.raises(Refused):
            Key.parse(printed[:7] + wrong + printed[8:])
    assert "secret" not in repr(key) or key.secret.hex() not in repr(key)


def test_new_station_has_a_key_that_nobody_else_reads(write_settings: Callable[..., Command]) -> None:
    station = write_settings(None)
    station.run("ledger", "add", "KH", "2007", "1")
    key = station.folder / "station.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert station.run("key").stdout == key.read_text()
    assert station.run("verify").stderr == ""


@pytest.mark.parametrize("how", ["gone", "another"])
def test_log_is_not_gone_on_with_by_another_key(station: Command, how: str) -> None:
    key = station.folder / "station.key"
    printed = key.read_text()
    key.unlink()
    if how == "another":
        station_key.store(key, Key.new())
    code = "[key-missing]" if how == "gone" else "[key-other]"
    for words in (("ledger", "list"), ("run",), ("user", "list")):
        assert station.refused(*words).endswith(code)
    assert station.refused("verify").startswith("log: ")
    assert station.refused("key", "--enter", through=("sh", "-c", f'echo {Key.new().printed()} | "$@"', "sh"))
    station.run("key", "--enter", through=("sh", "-c", f'echo {printed.strip()} | "$@"', "sh"))
    assert key.read_text() == printed
    assert station.run("verify").stderr == ""


def test_lost_key_is_replaced_and_what_it_sealed_stays_proven(station: Command) -> None:
    key = station.folder / "station.key"
    key.unlink()
    printed = station.run("key", "--new").stdout
    assert key.read_text() == printed
    assert station.run("verify").stderr == ""
    station.run("ledger", "add", "KS", "2008", 1)
    assert station.run("verify").stderr == ""
    with closing(sqlite3.connect(station.catalogue)) as catalogue:
        catalogue.execute("UPDATE event SET who = 'Ông Nam' WHERE id = 3")
        catalogue.commit()
    assert "log: " in station.refused("verify")


def test_old_key_brought_back_after_a_new_one_is_refused(station: Command) -> None:
    key = station.folder / "station.key"
    old = key.read_text()
    station.run("key", "--new")
    key.write_text(old)
    assert station.refused("ledger", "list").endswith("[key-other]")


def test_station_that_could_not_make_a_key_is_sealed_when_it_gets_one(
    write_settings: Callable[..., Command], scraps: Path
) -> None:
    """As the service's user, who may not write beside the settings."""
    station = write_settings(scraps, station='key_file = "closed/station.key"')
    station.environment["TRAMQUET_LANGUAGE"] = "en"
    station.run("ledger", "add", "KH", "2007", "1")
    station.run("scan", "KH.2007.01", "--pages", "2")
    station.run("entry", "set", "KH.2007.01", "001", "--number", "1", "--date", "2007-01-15")
    assert station.run("verify").stderr == ""
    assert any(line.split()[:2] == ["warning", "key"] for line in doctor(station))
    (station.folder / "closed").mkdir()
    assert "not sealed by the station's key" not in station.run("verify").stderr
    station.run("key", "--make")
    assert station.run("verify").stderr == ""
    with closing(sqlite3.connect(station.catalogue)) as catalogue:
        whats = [what for (what,) in catalogue.execute("SELECT what FROM event ORDER BY id")]
        assert whats[-3:] == ["key-taken", "entries-stated", "people-stated"]
        assert "log-end-lost" not in whats
        catalogue.execute("UPDATE entry SET date = '2007-01-16'")
        catalogue.commit()
    assert "entry 2007/001" in station.refused("verify")


def test_program_that_runs_on_with_the_old_key_writes_nothing_more(station: Command) -> None:
    with opened_station(station.folder) as desk:
        station.run("key", "--new")
        with pytest.raises(StorageFailed) as failed:
            desk.ledger("KS.2008.01")
        assert failed.value.code == "key-exchanged"
    assert station.run("verify").stderr == ""


def test_key_that_everybody_may_read_is_told_by_doctor(station: Command) -> None:
    assert any(line.split()[:2] == ["ok", "key"] for line in doctor(station))
    (station.folder / "station.key").chmod(0o644)
    assert any(line.split()[:2] == ["failure", "key"] for line in doctor(station))


def test_torn_key_is_told(station: Command) -> None:
    (station.folder / "station.key").write_text("ABCD")
    assert station.refused("ledger", "list").endswith("[key-damaged]")
    assert KEY.printed() not in station.refused("key")


def test_settle_refuses_before_it_writes(station: Command) -> None:
    with opened_station(station.folder) as desk:
        before = newest(desk)
        desk.station.catalogue.key = Key.new()
        with pytest.raises(StorageFailed):
            log_sealing.settle(desk.station.catalogue, station.folder / "station.key")
        assert newest(desk) == before
