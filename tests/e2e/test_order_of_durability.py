"""A trace of system calls proves that nothing counts before it is durable; each step left out is noticed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.e2e.strace_reading import Durability, OrderBroken, needs_strace, read, through_strace
from tests.stations import Command, sha256

pytestmark = needs_strace

LEDGER = "KH.2007.01"

#: The command with one step of the order left out, or done too late, and what the proof then says.
LEFT_OUT = {
    "data": ("durable.sync_file = lambda path: None", "were not synced before the name"),
    "data-too-late": (
        """
sync, name = durable.sync_file, durable.name_exclusively
durable.sync_file = lambda path: None
durable.name_exclusively = lambda source, final: (name(source, final), sync(final))
""",
        "were not synced before the name",
    ),
    "exclusive-name": (
        "durable.name_exclusively = lambda source, final: os.rename(source, final)",
        "was not given exclusively",
    ),
    "folder": ("durable.sync_folder = lambda path: None", "was not synced after its name"),
    "commit": (
        """
from sqlalchemy import event
from station.catalogue import database
engine_of = database._engine
def unsynced(path):
    engine = engine_of(path)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return engine
database._engine = unsynced
""",
        "the row of .* was not synced",
    ),
}

LAUNCHER = """
import os, sys
from station import cli
from station.storage import durable
{change}
sys.argv[0] = "tramquet"
cli.main()
"""


class Changed(Command):
    """The command with a change made to it before it starts."""

    change = ""

    def line(self, *words: object) -> list[str]:
        _program, *arguments = super().line(*words)
        return [sys.executable, "-c", LAUNCHER.format(change=self.change), *arguments]


@pytest.fixture
def command(write_settings, drawn: Path) -> Command:
    command = write_settings(drawn)
    command.run("ledger", "add", "KH", 2007, 1)
    return command


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "trace"


def changed(command: Command, left_out: str) -> tuple[Command, str]:
    """The command with a step left out, and what the proof should say."""
    change, complaint = LEFT_OUT[left_out]
    weaker = Changed(command.folder)
    weaker.change = change
    return weaker, complaint


def prove_captures(command: Command, trace: Path) -> int:
    """Scan three pages under strace and prove the order of each."""
    printed = command.run("scan", LEDGER, "--pages", 3, "--json", through=through_strace(trace)).stdout
    rows = [json.loads(line) for line in printed.splitlines()]
    durability = Durability(read(trace), command.catalogue)
    for row in rows:
        commit = durability.prove(command.data / row["file"], row["sha256"])
        durability.told_after(commit, row["sha256"])
    return len(rows)


def prove_package(command: Command, trace: Path) -> None:
    """Package under strace and prove the order of the package: three files, folder, row, told."""
    printed = command.run("package", LEDGER, through=through_strace(trace)).stdout
    files = [Path(line) for line in printed.splitlines()]
    durability = Durability(read(trace), command.catalogue)
    commit = durability.prove(files[-1].parent, sha256(files[-1]), members=[file.name for file in files])
    durability.told_after(commit, str(files[-1]))


def make_ready(command: Command) -> None:
    command.run("scan", LEDGER, "--pages", 1)
    command.run("entry", "set", LEDGER, "001", "--number", 1, "--date", "2007-01-15")


def test_each_capture_is_durable_before_its_row_and_committed_before_it_is_told(command: Command, trace: Path) -> None:
    assert prove_captures(command, trace) == 3


def test_a_raw_sheet_is_never_truncated_for_ext4_would_send_it_to_the_disk(command: Command, trace: Path) -> None:
    """Each file in the spool is opened empty once: a raw sheet by the scanner's child, a master by a worker."""
    command.run("scan", LEDGER, "--pages", 3, through=("strace", "-f", "-o", str(trace), "-e", "trace=openat"))
    lines = trace.read_text(errors="replace").splitlines()
    assert sum("/000" in line and '.part"' in line and "O_TRUNC" in line for line in lines) == 2 * 3


@pytest.mark.parametrize("left_out", LEFT_OUT)
def test_a_capture_with_a_step_left_out_is_noticed(command: Command, trace: Path, left_out: str) -> None:
    weaker, complaint = changed(command, left_out)
    with pytest.raises(OrderBroken, match=complaint):
        prove_captures(weaker, trace)


def test_the_files_of_a_package_are_durable_before_its_row(command: Command, trace: Path) -> None:
    make_ready(command)
    prove_package(command, trace)


def test_a_package_whose_files_are_not_synced_is_noticed(command: Command, trace: Path) -> None:
    make_ready(command)
    weaker, complaint = changed(command, "data")
    with pytest.raises(OrderBroken, match=complaint):
        prove_package(weaker, trace)


def test_the_pdf_of_an_entry_is_durable_before_its_row(command: Command, trace: Path) -> None:
    command.run("scan", LEDGER, "--pages", 1)
    make_pdf = ("entry", "set", LEDGER, "001", "--number", 1, "--date", "2007-01-15")
    command.run(*make_pdf, through=through_strace(trace))
    (entry,) = command.json("entry", "list", LEDGER)
    Durability(read(trace), command.catalogue).prove(command.data / entry["file"], entry["sha256"])


def test_a_file_on_the_stick_is_durable_before_its_receipt(command: Command, trace: Path) -> None:
    make_ready(command)
    command.run("package", LEDGER)
    command.run("queue", "run", through=through_strace(trace))
    durability = Durability(read(trace), command.catalogue)
    receipts = command.json("queue", "receipts")
    assert len(receipts) == 3
    for receipt in receipts:
        destination, _, below = receipt["store"].partition(":")
        durability.prove(command.folder / destination / below, receipt["store"])
