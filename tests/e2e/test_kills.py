"""kill -9 at every stage of the way: whatever was accepted stays, once; whatever was not is scanned again."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from drivers.drawn import draw_ledger
from tests.e2e.killing import Kill, Killer
from tests.e2e.strace_reading import needs_strace, through_strace
from tests.stations import Command

#: Kills of sessions altogether, and kills at least in each phase; a longer soak: TRAMQUET_KILLS=300.
KILLS = int(os.environ.get("TRAMQUET_KILLS", "30"))
QUOTA = max(5, KILLS // 10)
SEED = int(os.environ.get("TRAMQUET_SEED", "2007"))
LEDGER = "KH.2007.01"

#: What is waited for in a session (None: its start), and within which time after it (s) the kill comes (None: there).
SESSION_AIMS: tuple[tuple[str | None, float | None], ...] = (
    ("reading", 0.05),
    ("before-name", None),
    ("named", 0.003),
    ("committed", 0.0015),
    (None, 1.5),
)
SESSION_PHASES = ("reading", "before-name", "named", "committed")
#: A package of these tests takes a third of a second, the delivery of one of its files some milliseconds.
PACKAGING_WITHIN, DELIVERING_WITHIN = 0.35, 0.015


class Kills:
    """The kills of one test: each at a moment drawn from the seed, told in one line and counted by its phase."""

    def __init__(self, command: Any, killer: Killer) -> None:
        self._command = command
        self._killer = killer
        self._chance = random.Random(SEED)
        self.done: list[Kill] = []
        self.counts: Counter[str] = Counter()
        print(f"seed {SEED}, at least {QUOTA} kills in each phase")

    def kill(self, *words: object, point: str | None, within: float | None, occurrences: int = 1) -> bool:
        """Kill the command at one of the first ``occurrences`` of the point; False where it had ended before."""
        kill = self._killer.kill(
            self._command.line(*words),
            self._command.env(),
            point,
            self._chance.randint(1, occurrences),
            None if within is None else self._chance.uniform(0, within),
        )
        if not kill.ended:
            self.done.append(kill)
            self.counts[kill.phase] += 1
            print(f"{len(self.done):3} {kill}")
        return not kill.ended

    def wanted(self, *phases: str) -> bool:
        """Whether one of the phases was not hit often enough."""
        assert len(self.done) < 4 * max(KILLS, QUOTA), f"the phases cannot be hit: {self.counts}"
        return any(self.counts[phase] < QUOTA for phase in phases)


@pytest.fixture
def killer(tmp_path: Path) -> Iterator[Killer]:
    killer = Killer(tmp_path, tmp_path / "data" / "spool" / "sessions")
    yield killer
    killer.close()


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More small sheets than the kills can use up, each different."""
    folder = tmp_path_factory.mktemp("sheets")
    draw_ledger(folder, 3 * KILLS + 50, dpi=40, type_code="KH")
    return folder


def pixels(image: Path) -> str:
    with Image.open(image) as opened:
        return hashlib.sha256(opened.mode.encode() + opened.tobytes()).hexdigest()


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def repaired(command: Command) -> list[str]:
    """What ``verify --repair`` says of the pages that it takes in."""
    told = command.run("verify", "--repair").stdout.splitlines()
    return [line for line in told if line.startswith("recovered: ")]


def files_below(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): sha256(file) for file in folder.rglob("*") if file.is_file()}


def test_whatever_is_killed_every_page_is_there_once_and_in_order(write_settings, sheets: Path, killer: Killer) -> None:
    command = write_settings(sheets)
    command.run("ledger", "add", "KH", 2007, 1)
    kills = Kills(command, killer)
    scan = ("scan", LEDGER, "--profile", "lossless", "--json")
    while len(kills.done) < KILLS or kills.wanted(*SESSION_PHASES):
        point, within = SESSION_AIMS[len(kills.done) % len(SESSION_AIMS)]
        if len(kills.done) >= KILLS:  # chance left a phase out, so it is struck at its very point
            point, within = min(SESSION_PHASES, key=kills.counts.__getitem__), None
        assert kills.kill(*scan, point=point, within=within, occurrences=3), "the sheets were used up"
    command.run(*scan)
    command.run("verify")

    rows = command.json("pages", LEDGER)
    by_label = {row["seq"]: row for row in rows}
    for kill in kills.done:
        assert set(kill.committed) <= by_label.keys()
        for row in map(json.loads, kill.printed.splitlines()):
            assert all(by_label[row["seq"]][fact] == row[fact] for fact in ("name", "file", "sha256", "order"))
    assert [row["seq"] for row in rows] == [f"{number:03d}" for number in range(1, len(rows) + 1)]
    sources = [pixels(sheet) for sheet in sorted(sheets.iterdir())]
    assert len(set(sources)) == len(sources)
    assert [pixels(command.data / row["file"]) for row in rows] == sources
    assert all(sha256(command.data / row["file"]) == row["sha256"] for row in rows)
    assert list((command.data / "spool" / "sessions").iterdir()) == []
    print(f"{len(kills.done)} kills: {dict(kills.counts)}")


@pytest.mark.parametrize("phase", ["before-name", "named"])
def test_sheets_that_were_read_before_the_kill_are_told_once_as_recovered(
    write_settings, drawn: Path, killer: Killer, phase: str
) -> None:
    command = write_settings(drawn)
    command.run("ledger", "add", "KH", 2007, 1)
    kills = Kills(command, killer)
    assert kills.kill("scan", LEDGER, point=phase, within=None)
    told = repaired(command)
    recovered = [row["file"] for row in command.json("pages", LEDGER) if "recovered" in row["findings"]]
    assert [line.split()[:2] for line in told] == [["recovered:", file] for file in recovered]
    assert recovered
    command.run("verify")


@needs_strace
def test_a_sheet_killed_between_its_label_and_its_name_gets_the_label_that_was_reserved_for_it(
    write_settings, drawn: Path, tmp_path: Path
) -> None:
    command = write_settings(drawn)
    command.run("ledger", "add", "KH", 2007, 1)
    # Too short a moment to be hit by chance: the kernel kills the command when it asks for the name.
    killed = through_strace(tmp_path / "trace", "-e", "inject=renameat2:signal=KILL:when=1")
    command.run("scan", LEDGER, through=killed, exit_status=-signal.SIGKILL)
    told = repaired(command)
    assert "KH.2007.01.001" in told[0]
    command.run("scan", LEDGER, "--pages", 2)
    labels = [row["seq"] for row in command.json("pages", LEDGER)]
    assert labels == [f"{number:03d}" for number in range(1, len(told) + 3)]


def test_a_package_killed_on_its_way_is_made_once_and_arrives_once(write_settings, drawn: Path, killer: Killer) -> None:
    command = write_settings(drawn)
    command.run("ledger", "add", "KH", 2007, 1)
    command.run("scan", LEDGER, "--profile", "lossless")
    command.run("entry", "set", LEDGER, "001-012", "--number", 1, "--date", "2007-01-15")
    kills = Kills(command, killer)
    packages = command.data / Path(command.json("pages", LEDGER)[0]["file"]).parents[1] / "packages"
    made: dict[str, str] = {}
    while kills.wanted("packaging", "delivering"):
        for within in (PACKAGING_WITHIN, PACKAGING_WITHIN, None):
            if kills.counts["packaging"] < QUOTA:
                kills.kill("package", LEDGER, point="packaging", within=within)
        command.run("package", LEDGER)
        made = {**files_below(packages), **made}
        while kills.counts["delivering"] < QUOTA:
            within = DELIVERING_WITHIN if len(kills.done) % 2 else None
            if not kills.kill("queue", "run", point="delivering", within=within, occurrences=3):
                break
        corrected = date(2007, 1, 15) + timedelta(days=len(kills.done))
        command.run("entry", "change", LEDGER, 1, "--date", corrected)
    command.run("package", LEDGER)
    command.run("package", LEDGER)
    command.run("queue", "run", "--until-empty")
    command.run("verify")

    found = files_below(packages)
    assert made.items() <= found.items()
    revisions = sorted(int(folder.name[1:]) for folder in packages.iterdir())
    assert revisions == list(range(1, len(revisions) + 1))
    assert all(len(list(folder.iterdir())) == 3 for folder in packages.iterdir())
    arrived = {"/".join(Path(name).parts[-2:]): digest for name, digest in files_below(command.stick).items()}
    assert arrived == found
    receipts = command.json("queue", "receipts")
    proven = {f"{receipt['package'].rpartition('/')[2]}/{receipt['file']}": receipt["sha256"] for receipt in receipts}
    assert proven == found
    assert len(receipts) == len(found)
    assert {row["state"] for row in command.json("queue", "list")} == {"receipted"}
    print(f"{len(kills.done)} kills, {len(revisions)} revisions: {dict(kills.counts)}")
