"""When the scanner fails, the operator reads how many pages are safe and what to do; the next try works."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from station import messages
from tests.stations import Command, hashes, new_station, pixels

LEDGER = "KT.1985.01"

#: Each fault with the act its sentence must ask for.
ACTIONS = {
    "en": {
        "jammed": "take the paper out",
        "cover-open": "Close the cover",
        "no-documents": "Put in the sheets",
        "io-error": "Check cable and power",
        "eof": "Put the sheet",
        "truncated": "Put the sheet",
        "access-denied": "Call the technician",
        "no-memory": "Switch the scanner off and on",
    },
    "vi": {
        "jammed": "lấy giấy ra",
        "cover-open": "đóng nắp",
        "no-documents": "đặt các tờ",
        "io-error": "kiểm tra cáp và nguồn điện",
        "eof": "đặt lại tờ",
        "truncated": "đặt lại tờ",
        "access-denied": "gọi kỹ thuật viên",
        "no-memory": "tắt và bật lại máy quét",
    },
}
SAFE = {
    "en": "{safe:page of this session is|pages of this session are} safe",
    "vi": "{safe} trang của phiên này đã lưu an toàn",
}


@dataclass
class Stop:
    """One scan that a fault ended: how many pages it told before, what it said, what lay on the disk around it."""

    safe: int
    captures: list[Any]
    sentence: str
    before: dict[str, str]
    after: dict[str, str]


@dataclass
class Troubled:
    """A station whose scanner failed in every way, one scan after the other; the last scan went well."""

    command: Command
    language: str
    stops: dict[str, Stop]
    last: list[Any]


@pytest.fixture(scope="module", params=["vi", "en"])
def troubled(request: pytest.FixtureRequest, scraps: Path, tmp_path_factory: pytest.TempPathFactory) -> Troubled:
    """The n-th fault strikes when n pages of its session are safe, so that no count fits another sentence."""
    faults = dict(enumerate(ACTIONS["en"], 1))
    positions = {safe: sum(range(1, safe + 1)) + 1 for safe in faults}
    command = new_station(
        tmp_path_factory.mktemp("troubled"),
        scraps,
        faults=tuple(f"{positions[safe]}:{fault}" for safe, fault in faults.items()),
        scanner='profile = "lossless"',
    )
    command.environment["TRAMQUET_LANGUAGE"] = request.param
    command.run("ledger", "add", "KT", "1985", "1")
    stops = {}
    for safe, fault in faults.items():
        before = hashes(command.data / "ledgers")
        done = command.run("scan", LEDGER, exit_status=1)
        after = hashes(command.data / "ledgers")
        stops[fault] = Stop(safe, done.stdout.splitlines(), done.stderr.strip(), before, after)
    return Troubled(command, request.param, stops, command.scan("scan", LEDGER))


@pytest.mark.parametrize("fault", ACTIONS["en"])
def test_sentence_names_pages_safe_and_what_to_do(troubled: Troubled, fault: str) -> None:
    stop = troubled.stops[fault]
    assert messages.filled(SAFE[troubled.language], {"safe": stop.safe}) in stop.sentence
    assert ACTIONS[troubled.language][fault].casefold() in stop.sentence.casefold()
    assert "\n" not in stop.sentence


@pytest.mark.parametrize("fault", ["jammed", "cover-open", "io-error", "eof", "truncated", "no-memory"])
def test_sentence_says_which_sheet_to_put_back(troubled: Troubled, fault: str) -> None:
    stop = troubled.stops[fault]
    assert {"en": f"page {stop.safe + 1}", "vi": f"trang thứ {stop.safe + 1}"}[troubled.language] in stop.sentence


def test_no_two_faults_sound_alike(troubled: Troubled) -> None:
    without_numbers = [
        "".join(letter for letter in stop.sentence if not letter.isdigit()) for stop in troubled.stops.values()
    ]
    assert all(one != other for one, other in combinations(without_numbers, 2))


@pytest.mark.parametrize("fault", ACTIONS["en"])
def test_pages_before_the_fault_stay_and_the_sheet_in_flight_leaves_nothing(troubled: Troubled, fault: str) -> None:
    stop = troubled.stops[fault]
    assert len(stop.captures) == stop.safe
    assert len(stop.after) == len(stop.before) + stop.safe
    assert stop.before.items() <= stop.after.items()


def test_after_all_faults_every_sheet_is_there_once_in_order(troubled: Troubled, scraps: Path) -> None:
    pages = troubled.command.json("pages", LEDGER)
    assert len(troubled.last) == 60 - sum(range(1, 9))
    assert [pixels(troubled.command.data / page["file"]) for page in pages] == [
        pixels(file) for file in sorted(scraps.iterdir())
    ]
    assert troubled.command.run("verify").stderr == ""
