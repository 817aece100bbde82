"""``tramquet receive`` at the province: whose its files are, and which token it takes."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from tests.delivery.province import free_port
from tests.stations import TRAMQUET, Command
from tests.waiting import eventually


def line(folder: Path, port: int, *more: object) -> list[str]:
    where = ["--spool", folder / "spool", "--store", folder / "store", "--listen", f"127.0.0.1:{port}"]
    return [str(TRAMQUET), "receive", *map(str, (*where, *more))]


def test_what_the_receiver_makes_is_for_its_user_alone(tmp_path: Path) -> None:
    process = subprocess.Popen(line(tmp_path, free_port()), stdout=subprocess.PIPE, text=True, umask=0o022)
    assert process.stdout
    assert process.stdout.readline().startswith("http://")
    eventually(lambda: (tmp_path / "store" / "receipts.sqlite3").exists())
    process.terminate()
    process.communicate()
    made = [tmp_path / "spool", tmp_path / "store", *(tmp_path / "store").rglob("*")]
    assert [str(path) for path in made if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("places", [("postgresql://u@127.0.0.1/db", "store"), ("store", "https://s3.example/bucket")])
def test_files_in_a_database_and_receipts_in_a_bucket_are_refused(tmp_path: Path, places: tuple[str, str]) -> None:
    where = ("--spool", tmp_path / "spool", "--listen", "127.0.0.1:0", "--store", places[0], "--receipts", places[1])
    assert "[receive-places]" in Command(tmp_path).refused("receive", *where)


def test_one_folder_written_in_two_ways_is_one(tmp_path: Path) -> None:
    process = subprocess.Popen(
        line(tmp_path, free_port(), "--receipts", f"{tmp_path}/store/"), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline().startswith("http://")
    process.terminate()
    process.communicate()


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602])
def test_token_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    token = tmp_path / "token"
    token.write_text("secret")
    token.chmod(mode)
    with socket.create_server(("127.0.0.1", 0)) as taken:  # else a receiver that takes the token goes on for ever
        words = line(tmp_path, taken.getsockname()[1], "--token-file", token)[1:]
        said = Command(tmp_path).refused(*words)
    assert "[tus-token-open]" in said
    assert "secret" not in said
