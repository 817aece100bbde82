"""Masters go only when the policy asks, and only when a destination holds them at that very moment."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from station.catalogue.models import Event
from station.delivery import queue as delivery_queue
from station.domain.states import PackageKind, ScanPurpose
from station.errors import Refused, StorageFailed
from station.ledger import ledgers
from station.storage import durable
from station.upkeep import backup, master_retention, verify
from tests.delivery.scripted_server import Answer, scripted_server
from tests.station.daemons import running
from tests.station.opened_station import STICK, OpenedStation, opened_station
from tests.stations import Command
from tests.waiting import eventually

POLICY = STICK + "[retention]\nmasters_after_days = 30\n"
LEDGER = "KH.2007.01"


@pytest.fixture
def old(tmp_path: Path, delivered_folder: Path) -> Iterator[OpenedStation]:
    """A ledger whose masters were delivered 40 days ago, with a policy of 30."""
    shutil.copytree(delivered_folder, tmp_path, dirs_exist_ok=True)
    with opened_station(tmp_path, POLICY) as desk:
        age(desk, 40)
        yield desk


def age(desk: OpenedStation, days: int) -> None:
    desk.by_hand("UPDATE receipt SET at = ?", (datetime.now(UTC) - timedelta(days=days)).isoformat())


def masters(desk: OpenedStation) -> list[Path]:
    return sorted((desk.data / "ledgers").rglob("pages/*.jpg"))


def size_of(desk: OpenedStation) -> int:
    return sum(file.stat().st_size for file in (desk.data / "ledgers").rglob("*") if file.is_file())


def stays(desk: OpenedStation) -> str | None:
    (outcome,) = master_retention.free(desk.station, who="thử")
    return outcome.reason.code if outcome.reason else None


def test_delivered_masters_are_freed_and_everything_else_stays(old: OpenedStation) -> None:
    before = size_of(old)
    (outcome,) = master_retention.free(old.station, who="thử")
    assert outcome.reason is None
    assert masters(old) == []
    assert [*old.data.rglob("*.masters.zip")] == []
    assert len([*old.data.rglob("entries/*.pdf")]) == 3
    assert len([*old.data.rglob("r1/*.zip")]) == 1
    assert outcome.bytes == before - size_of(old) > 0
    assert verify.verify(old.station) == []
    assert "masters-freed" in old.all(select(Event.what))


def test_without_a_policy_nothing_is_ever_freed(delivered: OpenedStation) -> None:
    with pytest.raises(Refused) as refused:
        master_retention.free(delivered.station, who="thử")
    assert refused.value.code == "retention-off"


def test_masters_stay_until_the_policys_last_day(old: OpenedStation) -> None:
    age(old, 29)
    assert stays(old) == "retention-too-early"
    assert len(masters(old)) == 3
    age(old, 30)
    assert stays(old) is None


def test_looking_frees_nothing(old: OpenedStation) -> None:
    (outcome,) = master_retention.free(old.station, who="thử", only_look=True)
    assert outcome.bytes > 0
    assert len(masters(old)) == 3


def unplugged(desk: OpenedStation) -> str:
    desk.stick.rename(desk.folder / "away")
    return "retention-not-held"


def wiped(desk: OpenedStation) -> str:
    next(desk.stick.rglob("*.masters.zip")).unlink()
    return "retention-not-held"


def rotten(desk: OpenedStation) -> str:
    file = next(desk.stick.rglob("*.masters.zip"))
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    return "retention-not-held"


def changed_here(desk: OpenedStation) -> str:
    masters(desk)[0].write_bytes(b"something else")
    return "retention-file-differs"


def package_changed_here(desk: OpenedStation) -> str:
    next(desk.data.rglob("*.masters.zip")).write_bytes(b"something else")
    return "retention-file-differs"


def retaken(desk: OpenedStation) -> str:
    """A capture that no package has, though the ledger is delivered by its state."""
    desk.by_hand("UPDATE ledger SET state = 'reopened'")
    desk.lay(LEDGER, purpose=ScanPurpose.RETAKE, anchor="001")
    desk.by_hand("UPDATE ledger SET state = 'delivered'")
    return "retention-file-differs"


def receipt_lost(desk: OpenedStation) -> str:
    desk.by_hand("UPDATE package SET state = 'made' WHERE kind = 'masters'")
    return "retention-not-delivered"


@pytest.mark.parametrize("harm", [unplugged, wiped, rotten, changed_here, package_changed_here, retaken, receipt_lost])
def test_no_master_goes_that_is_not_proven_to_be_elsewhere(
    old: OpenedStation, harm: Callable[[OpenedStation], str]
) -> None:
    wanted = harm(old)
    before = masters(old)
    assert stays(old) == wanted
    assert masters(old) == before


def test_ledger_that_is_being_corrected_keeps_its_masters(old: OpenedStation) -> None:
    ledgers.reopen(old.station, LEDGER, who="thử")
    assert master_retention.free(old.station, who="thử") == []
    assert len(masters(old)) == 3


def test_wrong_clock_frees_nothing(old: OpenedStation) -> None:
    future = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    old.by_hand("INSERT INTO event (at, who, what, facts, previous, hash) VALUES (?, 'a', 'b', '{}', 'c', 'd')", future)
    with pytest.raises(Refused) as refused:
        master_retention.free(old.station, who="thử")
    assert refused.value.code == "retention-clock"
    assert len(masters(old)) == 3


def test_freeing_that_was_killed_is_finished_the_next_time(old: OpenedStation) -> None:
    kept = old.folder / "kept"
    shutil.copytree(old.data / "ledgers", kept)
    master_retention.free(old.station, who="thử")
    shutil.copytree(kept, old.data / "ledgers", dirs_exist_ok=True)  # as a kill before the first file leaves it
    assert master_retention.free(old.station, who="thử") == []
    assert masters(old) == []
    assert verify.verify(old.station) == []


def test_freed_ledger_refuses_corrections_until_its_masters_are_back(old: OpenedStation) -> None:
    before = {file.name: durable.sha256_of(file) for file in masters(old)}
    book = next(old.stick.rglob("*.masters.zip"))
    master_retention.free(old.station, who="thử")
    with pytest.raises(Refused) as refused:
        ledgers.reopen(old.station, LEDGER, who="thử")
    assert refused.value.code == "ledger-freed"
    assert master_retention.bring_back(old.station, LEDGER, book, who="thử") == 3
    assert {file.name: durable.sha256_of(file) for file in masters(old)} == before
    ledgers.reopen(old.station, LEDGER, who="thử")
    assert verify.verify(old.station) == []


def test_archive_of_other_pages_brings_nothing_back(old: OpenedStation) -> None:
    other = next(old.stick.rglob("r1/*.zip"))
    master_retention.free(old.station, who="thử")
    with pytest.raises(Refused) as refused:
        master_retention.bring_back(old.station, LEDGER, other, who="thử")
    assert refused.value.code == "retention-other-archive"
    assert masters(old) == []


def test_archive_that_is_changed_after_it_was_looked_at_brings_no_other_pages_back(
    old: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = next(old.stick.rglob("*.masters.zip"))
    with zipfile.ZipFile(book) as pack:
        forged = {name: pack.read(name) for name in pack.namelist()}
    master_retention.free(old.station, who="thử")
    insist_on = master_retention._insist_on

    def then_changed(path: Path, wanted: dict[str, str]) -> None:
        insist_on(path, wanted)
        with zipfile.ZipFile(path, "w") as pack:
            for name in forged:
                pack.writestr(name, b"another page")

    monkeypatch.setattr(master_retention, "_insist_on", then_changed)
    with pytest.raises(StorageFailed) as failed:
        master_retention.bring_back(old.station, LEDGER, book, who="thử")
    assert failed.value.code == "backup-not-read-back"
    assert masters(old) == []


def test_freed_ledger_can_still_be_delivered_and_listed_and_its_masters_package_is_the_same(old: OpenedStation) -> None:
    master_retention.free(old.station, who="thử")
    assert old.package(LEDGER, PackageKind.MASTERS).revision == 1
    assert list(delivery_queue.run(old.station)) == []
    assert old.state(LEDGER) == "delivered"


def test_command_says_what_stays_and_why(old: OpenedStation) -> None:
    command = Command(old.folder, {"TRAMQUET_LANGUAGE": "en"})
    assert "would be freed" in command.run("masters", "free", "--look").stdout
    age(old, 3)
    assert "27 to go" in command.run("masters", "free").stdout
    age(old, 40)
    assert "MB freed" in command.run("masters", "free").stdout
    book = next(old.stick.rglob("*.masters.zip"))
    assert "3 masters are back" in command.run("masters", "bring-back", LEDGER, book).stdout


def test_daemon_frees_by_itself(old: OpenedStation) -> None:
    with running(Command(old.folder), old.folder):
        eventually(lambda: masters(old) == [])


PROVINCE = """
[[destination]]
id = "stick"
kind = "tus"
url = "{address}/files"
receipts = "{address}/receipts"

[retention]
masters_after_days = 30
"""


@pytest.mark.parametrize("held", ["another hash", "another length", "nothing"])
def test_masters_stay_where_the_province_does_not_say_that_it_holds_these_very_bytes(
    old: OpenedStation, held: str
) -> None:
    book = next(old.data.rglob("*.masters.zip"))
    right: dict[str, object] = {"sha256": durable.sha256_of(book), "bytes": book.stat().st_size}
    answers: dict[str, dict[str, object]] = {
        "another hash": {"sha256": "0" * 64},
        "another length": {"bytes": 1},
        "nothing": {},
    }
    wrong = answers[held]
    with (
        scripted_server(Answer(404 if held == "nothing" else 200, told=right | wrong)) as province,
        opened_station(old.folder, PROVINCE.format(address=province.address)) as desk,
    ):
        assert stays(desk) == "retention-not-held"
        assert len(masters(desk)) == 3
        province.answer = lambda *_: Answer(told=right)
        assert stays(desk) is None
        assert masters(desk) == []


SECOND = """
[[destination]]
id = "second"
kind = "folder"
path = "second"
"""


@pytest.mark.parametrize("late", ["stick", "second"])
def test_age_counts_from_the_last_destinations_receipt(tmp_path: Path, late: str) -> None:
    (tmp_path / "second").mkdir()
    with opened_station(tmp_path, POLICY + SECOND) as desk:
        ledger = desk.whole()
        desk.package(ledger)
        desk.package(ledger, PackageKind.MASTERS)
        assert {item.state for item in delivery_queue.run(desk.station)} == {"receipted"}
        age(desk, 40)
        recent = (datetime.now(UTC) - timedelta(days=10)).isoformat()
        desk.by_hand(
            "UPDATE receipt SET at = ? WHERE delivery_id IN (SELECT id FROM delivery WHERE destination = ?)",
            recent,
            late,
        )
        assert stays(desk) == "retention-too-early"
        assert len(masters(desk)) == 3


def test_retaken_master_that_the_archive_lacks_keeps_them_all(old: OpenedStation) -> None:
    """Of a page that was scanned again both images are masters; here the older one has no copy anywhere."""
    with zipfile.ZipFile(next(old.data.rglob("*.masters.zip"))) as pack:
        proven = pack.namelist()
    old.by_hand("UPDATE ledger SET state = 'reopened'")
    old.lay(LEDGER, purpose=ScanPurpose.RETAKE, anchor="001")
    old.by_hand("UPDATE ledger SET state = 'delivered'")
    # As if the archive held the new image and not the old one.
    old.by_hand("UPDATE capture SET current = 0 WHERE label = '001'")
    old.by_hand("UPDATE capture SET current = 1 WHERE label = '001' AND revision = 1")
    assert len(masters(old)) == len(proven) + 1
    assert stays(old) == "retention-file-differs"
    assert len(masters(old)) == 4


def test_receipt_of_another_archive_frees_nothing(old: OpenedStation) -> None:
    for column, value in (("sha256", "0" * 64), ("bytes", 1)):
        right = old.all(text(f"SELECT {column} FROM receipt ORDER BY id"))
        old.by_hand(f"UPDATE receipt SET {column} = ?", value)
        assert stays(old) == "retention-not-held"
        assert len(masters(old)) == 3
        for number, was in enumerate(right, start=1):
            old.by_hand(f"UPDATE receipt SET {column} = ? WHERE id = ?", was, number)
    assert stays(old) is None


def test_entries_alone_free_no_master(tmp_path: Path) -> None:
    with opened_station(tmp_path, POLICY) as desk:
        desk.package(desk.whole())
        assert {item.state for item in delivery_queue.run(desk.station)} == {"receipted"}
        age(desk, 40)
        assert stays(desk) == "retention-not-delivered"


@pytest.mark.parametrize("column", ["partial", "state"])
def test_masters_package_that_was_partial_or_replaced_frees_nothing(old: OpenedStation, column: str) -> None:
    if column == "partial":
        old.by_hand("UPDATE package SET partial = 1 WHERE kind = 'masters'")
    else:
        old.by_hand(
            "INSERT INTO package (ledger_id, kind, revision, state, partial, recipe, folder, event_head, made_by, "
            "started_at) SELECT ledger_id, kind, 2, 'made', 0, '-', folder || '2', event_head, made_by, started_at "
            "FROM package WHERE kind = 'masters'"
        )
    assert stays(old) == "retention-not-delivered"
    assert len(masters(old)) == 3


def test_nothing_is_freed_or_brought_back_while_a_backup_runs(old: OpenedStation) -> None:
    book = next(old.stick.rglob("*.masters.zip"))
    with backup.exclusive_upkeep(old.station):
        for act in (
            lambda: master_retention.free(old.station, who="thử"),
            lambda: master_retention.bring_back(old.station, LEDGER, book, who="thử"),
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.code == "upkeep-busy"
    assert len(masters(old)) == 3


def test_ledger_that_is_reopened_in_the_last_moment_keeps_its_masters(
    old: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    proven = master_retention._insist_that_it_holds_all

    def reopened(*given: Any) -> None:
        proven(*given)
        ledgers.reopen(old.station, LEDGER, who="người khác")

    monkeypatch.setattr(master_retention, "_insist_that_it_holds_all", reopened)
    master_retention.free(old.station, who="thử")
    assert len(masters(old)) == 3
    assert verify.verify(old.station) == []


def test_archive_with_one_bit_changed_brings_nothing_back(old: OpenedStation) -> None:
    book = next(old.stick.rglob("*.masters.zip"))
    master_retention.free(old.station, who="thử")
    with zipfile.ZipFile(book) as pack:
        content = {name: pack.read(name) for name in pack.namelist()}
    last = sorted(content)[-1]
    content[last] = content[last][:-3] + bytes([content[last][-3] ^ 1]) + content[last][-2:]
    with zipfile.ZipFile(old.folder / "other.zip", "w") as pack:
        for name, bytes_ in content.items():
            pack.writestr(name, bytes_)
    with pytest.raises(Refused) as refused:
        master_retention.bring_back(old.station, LEDGER, old.folder / "other.zip", who="thử")
    assert refused.value.code == "retention-other-archive"
    assert masters(old) == []


def test_master_that_the_disk_keeps_otherwise_does_not_come_back(
    old: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = next(old.stick.rglob("*.masters.zip"))
    names = sorted(file.name for file in masters(old))
    master_retention.free(old.station, who="thử")
    copy = shutil.copyfileobj

    def worn(source: Any, target: Any, length: int = 0) -> None:
        copy(source, target, length)
        if source.name == names[1]:
            target.seek(100)
            target.write(b"?")

    monkeypatch.setattr(shutil, "copyfileobj", worn)
    with pytest.raises(StorageFailed) as failed:
        master_retention.bring_back(old.station, LEDGER, book, who="thử")
    monkeypatch.undo()
    assert failed.value.code == "backup-not-read-back"
    assert names[1] not in [file.name for file in masters(old)]
    assert master_retention.bring_back(old.station, LEDGER, book, who="thử") == 3, "it is begun again"
    assert verify.verify(old.station) == []
