"""Registers are personal data: whatever the station makes is for its own user, whatever umask it was started with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.stations import Command

LEDGER = "KH.2007.01"


def test_whatever_a_command_makes_is_for_the_stations_user_alone(
    write_settings: Callable[..., Command], drawn: Path
) -> None:
    command = write_settings(drawn)
    careless = ("sh", "-c", 'umask 000; exec "$@"', "sh")
    command.run("ledger", "add", "KH", 2007, 1, through=careless)
    command.run("scan", LEDGER, "--pages", 2, through=careless)
    command.run("entry", "set", LEDGER, "001-002", "--number", 1, "--date", "2007-01-15", through=careless)
    for words in (("package", LEDGER), ("package", LEDGER, "--masters"), ("queue", "run"), ("verify",)):
        command.run(*words, through=careless)
    command.run("backup", command.folder / "backup.zip", through=careless)
    made = [command.data, *command.data.rglob("*"), *command.stick.rglob("*"), command.folder / "backup.zip"]
    kinds = {path.suffix for path in made}
    assert {".jpg", ".pdf", ".zip", ".xlsx", ".json", ".sqlite3", ".lock"} <= kinds
    assert [str(path) for path in made if path.stat().st_mode & 0o077] == []
