"""``tramquet scan`` and ``scanners`` as other programs meet them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.killing import children_of
from tests.e2e.slow_scanner import SCAN_SLOWLY, SLOW
from tests.stations import Command, hashes, new_station, pixels
from tests.waiting import PATIENCE, eventually

LEDGER = "KS.2003.11"


def registered(command: Command) -> Command:
    command.run("ledger", "add", "KS", "2003", "11")
    return command


def test_simulated_scanner_goes_on_where_the_last_process_stopped(
    write_settings: Callable[..., Command], scraps: Path
) -> None:
    command = registered(write_settings(scraps, scanner='profile = "lossless"'))
    told = [*command.scan("scan", LEDGER, "--pages", 2), *command.scan("scan", LEDGER, "--pages", 3)]
    assert [capture["seq"] for capture in told] == ["001", "002", "003", "004", "005"]
    assert [pixels(command.data / capture["file"]) for capture in told] == [
        pixels(file) for file in sorted(scraps.iterdir())[:5]
    ]


def test_scan_of_a_feeder_that_was_emptied_says_so(write_settings: Callable[..., Command], drawn: Path) -> None:
    command = registered(write_settings(drawn))
    assert len(command.scan("scan", LEDGER)) == 12
    assert "no paper" in command.refused("scan", LEDGER)
    assert len(command.json("pages", LEDGER)) == 12


def test_simulated_scanner_without_pages_feeds_ten_patterns(write_settings: Callable[..., Command]) -> None:
    command = registered(write_settings(None, scanner='profile = "coarse"', more=SLOW))
    assert len(command.scan("scan", LEDGER)) == 10


@pytest.fixture
def slow(write_settings: Callable[..., Command], drawn: Path) -> Command:
    return registered(write_settings(drawn, more=SLOW))


@pytest.fixture
def running(slow: Command) -> Iterator[subprocess.Popen[str]]:
    """A scan that has given its first page and goes on; whatever a test leaves of it is ended."""
    with slow.start("scan", LEDGER, *SCAN_SLOWLY, "--json") as process:
        yield process
        process.kill()


def test_each_page_is_told_while_the_scan_goes_on(slow: Command, running: subprocess.Popen[str]) -> None:
    assert running.stdout
    capture = json.loads(running.stdout.readline())
    assert running.poll() is None
    assert capture["seq"] == "001"
    assert slow.json("pages", LEDGER)[0]["sha256"] == capture["sha256"]
    assert running.poll() is None
    assert json.loads(running.stdout.readline())["seq"] == "002"


def test_second_scan_on_the_same_scanner_is_told_that_it_is_busy(slow: Command, running: subprocess.Popen[str]) -> None:
    assert running.stdout
    running.stdout.readline()
    running.send_signal(signal.SIGSTOP)  # however long the second one tries
    sentence = slow.refused("scan", LEDGER, *SCAN_SLOWLY)
    assert "busy" in sentence
    assert "0 pages" in sentence
    assert len(slow.scan("scan", LEDGER, "--scanner", "sim", "--pages", 1)) == 1  # another scanner is free


def test_ctrl_c_keeps_what_was_accepted_and_leaves_no_child(slow: Command, running: subprocess.Popen[str]) -> None:
    assert running.stdout
    assert running.stderr
    told = [json.loads(running.stdout.readline()) for _ in range(2)]
    assert children_of(running.pid)
    running.send_signal(signal.SIGINT)
    rest, sentence = running.communicate(timeout=PATIENCE)
    told += map(json.loads, rest.splitlines())
    assert running.returncode == 1
    assert f"{len(told)} pages of this session are safe" in sentence
    assert f"page {len(told) + 1} of this scan back" in sentence
    eventually(lambda: not children_of(running.pid))
    assert [page["sha256"] for page in slow.json("pages", LEDGER)] == [capture["sha256"] for capture in told]
    assert len(slow.scan("scan", LEDGER, "--scanner", "slow")) == 1  # the flatbed: free again, without a restart
    assert slow.run("verify").stderr == ""


def test_reader_that_goes_away_ends_the_scan_and_loses_nothing(slow: Command, running: subprocess.Popen[str]) -> None:
    assert running.stdout
    running.stdout.readline()
    running.stdout.close()
    assert running.wait(timeout=PATIENCE) == 1
    eventually(lambda: not children_of(running.pid))
    assert len(slow.json("pages", LEDGER)) >= 1
    assert slow.run("verify").stderr == ""


@pytest.fixture(scope="session")
def own_mounts() -> tuple[str, ...]:
    """What runs a command with mounts that nobody else sees."""
    through = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--map-root-user", "--mount")
    if shutil.which("unshare") is None or subprocess.run([*through, "true"], check=False).returncode != 0:
        pytest.skip("this system gives no mounts of one's own")
    return through


def test_no_sane_no_scan(write_settings: Callable[..., Command], drawn: Path, own_mounts: tuple[str, ...]) -> None:
    command = registered(write_settings(drawn))
    backends = [file for root in ("/usr/lib", "/usr/lib64") for file in Path(root).rglob("libsane-pnm.so*")]
    assert backends
    hide = "; ".join(f"mount --bind /dev/null {file}" for file in backends if not file.is_symlink())
    sentence = command.refused("scan", LEDGER, through=(*own_mounts, "sh", "-ec", f'{hide}; exec "$@"', "sh"))
    assert "software is missing" in sentence
    assert "pnm" in sentence
    assert command.json("pages", LEDGER) == []
    assert hashes(command.data / "ledgers") == {}
    assert len(command.scan("scan", LEDGER, "--pages", 1)) == 1


def test_scanners_lists_the_settings_and_what_sane_offers(slow: Command) -> None:
    listed = slow.json("scanners")
    assert {tuple(scanner) for scanner in listed} == {("id", "driver", "device", "identity")}
    by_id = {scanner["id"]: scanner for scanner in listed}
    assert by_id["sim"]["driver"] == "simulated"
    assert (by_id["slow"]["device"], by_id["slow"]["identity"]) == ("test:0", "Noname/frontend-tester")
    assert {"id": None, "driver": "sane", "device": "test:1", "identity": "Noname/frontend-tester"} in listed


def test_sane_configuration_of_the_environment_wins(slow: Command, tmp_path: Path) -> None:
    empty = tmp_path / "sane.d"
    empty.mkdir()
    (empty / "dll.conf").write_text("pnm\n", encoding="ascii")
    slow.environment["SANE_CONFIG_DIR"] = str(empty)
    assert "test:0" not in {scanner["device"] for scanner in slow.json("scanners") if scanner["id"] is None}
    assert slow.refused("scan", LEDGER, *SCAN_SLOWLY)


def test_data_option_wins_over_the_settings(
    write_settings: Callable[..., Command], drawn: Path, tmp_path: Path
) -> None:
    command = write_settings(drawn)
    command.run("--data", tmp_path / "elsewhere", "ledger", "add", "KS", "2003", "11")
    assert (tmp_path / "elsewhere" / "catalogue.sqlite3").exists()
    assert not command.data.exists()


@pytest.mark.parametrize(
    "words",
    [("scan",), ("scan", LEDGER, "--pages", "many"), ("scan", LEDGER, "--source", "window"), ("scam", LEDGER)],
)
def test_wrong_usage_is_exit_status_2(write_settings: Callable[..., Command], drawn: Path, words: tuple[str]) -> None:
    write_settings(drawn).run(*words, exit_status=2)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--pages", "0"), "0 is no number of pages"),
        (("--scanner", "glas"), '"glas"'),
        (("--profile", "finest"), '"finest"'),
    ],
)
def test_scan_that_cannot_be_is_refused_before_the_scanner_is_touched(
    tmp_path: Path, drawn: Path, words: tuple[str, ...], named: str
) -> None:
    command = registered(new_station(tmp_path, drawn))
    before = command.stored()
    assert named in command.refused("scan", LEDGER, *words)
    assert command.stored() == before
