"""What can be wrong at the other end or on the way: said in words, nothing lost, nothing sent twice."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from station import messages
from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.tus import TusSender
from station.delivery.destinations.tus_http import LineTimeouts
from station.errors import DeliveryStuck, DeliveryWaits
from tests.delivery.authority import Authority
from tests.delivery.bad_line import BadLine
from tests.delivery.conftest import Diary
from tests.delivery.province import Kind, Province
from tests.delivery.queued import new_station, queue_files
from tests.ports import free_port
from tests.waiting import PATIENCE, eventually

QUICK = LineTimeouts(connect=2, read=4, receipt=1, failures=1)
MB = 1024 * 1024
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

Make = Callable[..., DeliveryFile]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def behind_tls(tmp_path: Path, authority: Authority) -> Iterator[Callable[..., Province]]:
    """Start a province whose nginx shows a certificate of ``authority``."""
    started: list[Province] = []

    def start(**certificate: int) -> Province:
        if Kind.NGINX.missing:
            pytest.skip(Kind.NGINX.missing)
        province = Province(tmp_path / "province", Kind.NGINX, certificate=authority.server(**certificate))
        started.append(province)
        province.start()
        return province

    yield start
    for province in started:
        province.stop()


def trouble(province: Province, delivery_file: DeliveryFile, **destination: Any) -> DeliveryWaits:
    with (
        pytest.raises(DeliveryWaits) as raised,
        TusSender(province.destination(**destination), QUICK) as sender,
    ):
        sender.send(delivery_file, Diary())
    for language in messages.LANGUAGES:
        assert "{" not in raised.value.sentence(language)
    return raised.value


def test_no_server_waits_for_the_next_try(tmp_path: Path, delivery_file: Make) -> None:
    found = trouble(Province(tmp_path / "nobody"), delivery_file(10))
    assert (found.code, type(found)) == ("tus-unreachable", DeliveryWaits)
    assert "Connection refused" in found.sentence("en")


def test_a_receiver_that_looks_elsewhere_is_named(node_province: Province, tmp_path: Path, delivery_file: Make) -> None:
    sent, spool = delivery_file(1000), node_province.spool
    node_province.kill("receiver")
    node_province.spool = tmp_path / "elsewhere"
    node_province.start_receiver()
    found = trouble(node_province, sent)
    assert (found.code, type(found)) == ("tus-receipt-late", DeliveryWaits)
    node_province.kill("receiver")
    node_province.spool = spool
    node_province.start_receiver()
    with TusSender(node_province.destination(), QUICK) as sender:
        assert sender.send(sent, Diary()).endswith(sent.sha256)


def test_a_wrong_address_for_receipts_is_told_before_anything_is_sent(
    node_province: Province, delivery_file: Make
) -> None:
    found = trouble(node_province, delivery_file(1000), receipts=node_province.files)
    assert (found.code, type(found)) == ("tus-not-tus", DeliveryStuck)
    assert node_province.left_in_spool() == []


def test_the_right_token_opens_and_a_wrong_one_is_told(tmp_path: Path, delivery_file: Make) -> None:
    if Kind.NODE.missing:
        pytest.skip(Kind.NODE.missing)
    province = Province(tmp_path / "province", token="bí-mật".encode().hex())
    token = tmp_path / "token"
    token.touch(mode=0o600)
    try:
        province.start()
        token.write_text("wrong")
        found = trouble(province, delivery_file(10), token_file=str(token))
        assert (found.code, type(found)) == ("tus-token-refused", DeliveryStuck)
        assert trouble(province, delivery_file(10)).code == "tus-token-refused"
        token.write_text(f"{province.token}\n")
        with TusSender(province.destination(token_file=str(token)), QUICK) as sender:
            sender.send(delivery_file(10), Diary())
    finally:
        province.stop()
    logs = "".join(log.read_text() for log in province.folder.glob("*.log"))
    assert str(province.token) not in logs


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [
        (b"secret", 0o644, "tus-token-open"),
        (b"", 0o600, "tus-token-unreadable"),
        (b"two words", 0o600, "tus-token-unreadable"),
        (b"\xff\xfe", 0o600, "tus-token-unreadable"),
        (None, 0o600, "tus-token-unreadable"),
    ],
)
def test_a_token_that_cannot_be_used_is_not_shown_to_anybody(
    tmp_path: Path, delivery_file: Make, content: bytes | None, mode: int, code: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
        file.chmod(mode)
    with BadLine(free_port()) as line:
        found = trouble(
            Province(tmp_path / "p"), delivery_file(10), files=line.port, receipts=line.port, token_file=str(file)
        )
    assert (found.code, type(found)) == (code, DeliveryStuck)
    assert "secret" not in str(found)


def test_a_provinces_own_authority_is_trusted_where_the_settings_name_it(
    behind_tls: Callable[..., Province], authority: Authority, delivery_file: Make
) -> None:
    province, sent = behind_tls(), delivery_file(3 * MB)
    with TusSender(province.destination(ca_file=str(authority.certificate)), QUICK) as sender:
        sender.check()
        sender.send(sent, Diary())
    assert province.rows() == [sent.sha256]


def test_a_wrong_certificate_gets_no_byte(
    behind_tls: Callable[..., Province], tmp_path: Path, delivery_file: Make, authority: Authority
) -> None:
    province = behind_tls()
    stranger = Authority(tmp_path / "stranger", "Người Lạ")
    for trusted in ({}, {"ca_file": str(stranger.certificate)}):
        found = trouble(province, delivery_file(10), **trusted)
        assert (found.code, type(found)) == ("tus-certificate-wrong", DeliveryStuck)
    bad = tmp_path / "not.pem"
    bad.write_text("nothing")
    assert trouble(province, delivery_file(10), ca_file=str(bad)).code == "tus-ca-unreadable"
    assert province.left_in_spool() == []


def test_a_certificate_that_is_over_is_told_with_this_pcs_date(
    behind_tls: Callable[..., Province], delivery_file: Make, authority: Authority
) -> None:
    found = trouble(behind_tls(days=-1), delivery_file(10), ca_file=str(authority.certificate))
    assert (found.code, type(found)) == ("tus-certificate-date", DeliveryStuck)


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")
@pytest.mark.parametrize(
    ("date", "code"), [("2001-01-01 00:00:00", "tus-clock-wrong"), ("2061-01-01 00:00:00", "tus-certificate-date")]
)
def test_a_clock_years_off_is_told_and_nothing_is_lost(
    behind_tls: Callable[..., Province], authority: Authority, tmp_path: Path, date: str, code: str
) -> None:
    station = new_station(tmp_path / "station", behind_tls(), ca_file=str(authority.certificate))
    queue_files(station, b"sheet")
    station.environment = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": date}
    said = station.refused("queue", "run")
    assert f"[{code}]" in said
    assert date[:4] in said
    station.environment = {}
    station.run("queue", "run", "--until-empty")
    assert [item["state"] for item in station.json("queue", "list")] == ["receipted"]


def test_a_receipt_for_other_bytes_does_not_count(node_province: Province, delivery_file: Make) -> None:
    sent = delivery_file(1000)
    with TusSender(node_province.destination(), QUICK) as sender:
        sender.send(sent, Diary())
        with sqlite3.connect(node_province.store / "receipts.sqlite3") as ledger:
            ledger.execute("UPDATE receipt SET bytes = 999")
        ledger.close()
        with pytest.raises(DeliveryStuck) as raised:
            sender.send(sent, Diary())
    assert raised.value.code == "tus-receipt-for-other-bytes"


def test_an_address_that_is_no_tus_server_is_told(node_province: Province, delivery_file: Make) -> None:
    found = trouble(node_province, delivery_file(10), files=node_province.receipts)
    assert (found.code, type(found)) == ("tus-not-tus", DeliveryStuck)


def test_a_package_changed_after_packaging_is_not_receipted(node_province: Province, delivery_file: Make) -> None:
    sent = delivery_file(1000)
    sent.source.write_bytes(bytes(1000))
    assert trouble(node_province, sent).code == "package-file-changed"
    assert node_province.rows() == []
    sent.source.write_bytes(b"short")
    assert trouble(node_province, sent).code == "package-file-changed"
    sent.source.unlink()
    assert trouble(node_province, sent).code == "package-file-changed"


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system can be mounted by root only")
def test_a_full_store_keeps_the_upload_and_takes_it_when_there_is_room(tmp_path: Path, delivery_file: Make) -> None:
    if Kind.NODE.missing:
        pytest.skip(Kind.NODE.missing)
    sent, diary = delivery_file(3 * MB), Diary()
    store = tmp_path / "store"
    store.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", store], check=True)
    province = Province(tmp_path / "province", store=store)
    try:
        province.start()
        with BadLine(province.port) as line, TusSender(province.destination(files=line.port), QUICK) as sender:
            with pytest.raises(DeliveryWaits) as raised:
                sender.send(sent, diary)
            assert raised.value.code == "tus-receiver-full"
            assert province.rows() == []
            assert len(province.left_in_spool()) == 2
            subprocess.run(["mount", "-o", "remount,size=8m", store], check=True)
            carried = line.carried
            eventually(lambda: province.rows() == [sent.sha256])
            sender.send(sent, diary)
            assert line.carried == carried
        assert province.stored() == [sent.sha256]
        eventually(lambda: not province.left_in_spool())
    finally:
        province.stop()
        subprocess.run(["umount", store], check=True)


def test_two_stations_with_the_same_ledger_both_get_the_receipt(node_province: Province, tmp_path: Path) -> None:
    contents = [random.Random(seed).randbytes(200_000) for seed in range(3)]
    stations = [new_station(tmp_path / name, node_province, name) for name in ("qt-a", "qt-b")]
    for station in stations:
        queue_files(station, *contents)
    started = [station.start("queue", "run", "--until-empty") for station in stations]
    assert [process.wait(PATIENCE) for process in started] == [0, 0], [process.stderr for process in started]
    for process in started:
        process.communicate()
    hashes = [{row["sha256"] for row in station.json("queue", "receipts")} for station in stations]
    assert hashes[0] == hashes[1] == set(node_province.rows()) == set(node_province.stored())
    assert len(node_province.rows()) == 3
    eventually(lambda: not node_province.left_in_spool())
