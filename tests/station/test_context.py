"""The station's folders: for its own user alone, and what goes away in them meanwhile stops nothing."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from station import context, settings
from station.health import support_bundle
from station.storage.data_folder import files_below
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


def test_companion_of_the_catalogue_that_goes_while_it_is_looked_at_stops_nothing(
    write_settings: Callable[..., Command], drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = write_settings(drawn)
    command.run("ledger", "add", "KH", 2007, 1)
    companion = command.data / "catalogue.sqlite3-wal"
    looked_at = []

    def access(path: Path, mode: int) -> bool:
        """Another process lets go of the catalogue just now, and SQLite removes what stood beside it."""
        if path != companion:
            return os.access(path, mode)
        looked_at.append(path)
        companion.unlink(missing_ok=True)
        return False

    monkeypatch.setattr(context, "os", SimpleNamespace(**{**vars(os), "access": access}))
    with context.open_station(settings.load(command.settings)):
        pass
    assert looked_at == [companion]


def test_file_that_goes_while_the_support_bundle_lists_the_spool_is_left_out(
    write_settings: Callable[..., Command], drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = write_settings(drawn)
    command.run("ledger", "add", "KH", 2007, 1)
    gone = command.data / "spool" / "sessions" / "gone.jpg"
    monkeypatch.setattr(support_bundle, "files_below", lambda folder: [gone, *files_below(folder)])
    command.run("support", tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        files = next(bundle.read(name).decode() for name in bundle.namelist() if name.endswith("files.txt"))
    assert "gone.jpg" not in files
