"""The file for the technician on the phone tells of the machine, and of no person."""

from __future__ import annotations

import unicodedata
import zipfile
from pathlib import Path

import pytest

from tests.stations import Command, new_station

PERSONS = {"Nguyễn Thị Hoa": "135790", "Trần Văn Bình": "246801", "Hoa": "864213"}
#: No person of the station: only the log knows the name.
AT_THE_COMMAND_LINE = "Lê Văn Cúc"
NOTE = "trang của bà Đặng Thị Mơ bị rách"
SECRETS = ["very-secret-token", "pin 135790 on a comment", "mật khẩu"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, drawn: Path) -> dict[str, str]:
    """The texts of a station at which several people worked."""
    folder = tmp_path_factory.mktemp("support")
    scanner = 'options = { password = "mật khẩu" }\n'
    command = new_station(
        folder, drawn, more=f'# {SECRETS[1]}\n[[scanner]]\nid = "t"\ndriver = "sane"\ndevice = "test:0"\n{scanner}'
    )
    (folder / "token").write_text(SECRETS[0])
    (folder / "token").chmod(0o600)
    line = '\n[[destination]]\nid = "p"\nkind = "tus"\nurl = "http://127.0.0.1:9/f"\n'
    line += 'receipts = "http://127.0.0.1:9/r"\ntoken_file = "token"\n'
    command.settings.write_text(command.settings.read_text() + line)
    command.environment["TRAMQUET_LANGUAGE"] = "en"
    pins = [command.run("user", "add", name, "--role", "operator").stdout.strip() for name in PERSONS]
    PINS[:] = pins
    command.run("ledger", "add", "KH", "2007", "1")
    command.run("scan", "KH.2007.01", "--scanner", "sim", "--pages", "2", "--operator", "Nguyễn Thị Hoa")
    command.environment["SUDO_USER"] = AT_THE_COMMAND_LINE
    command.run("entry", "set", "KH.2007.01", "001", "--number", "77", "--date", "2007-03-19")
    del command.environment["SUDO_USER"]
    command.run("ledger", "close", "KH.2007.01", "--reason", NOTE)
    command.run("support", folder / "help.zip", "--sane-trace")
    with zipfile.ZipFile(folder / "help.zip") as pack:
        return {name: pack.read(name).decode() for name in pack.namelist()}


PINS: list[str] = []


@pytest.mark.parametrize("name", [*PERSONS, AT_THE_COMMAND_LINE])
def test_no_name_of_a_person_is_in_it(told: dict[str, str], name: str) -> None:
    for spelled in (name, unicodedata.normalize("NFD", name), name.upper(), name.lower()):
        assert [file for file, text in told.items() if spelled in text and _alone(spelled, text)] == []


def _alone(name: str, text: str) -> bool:
    import re

    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def test_no_pin_token_or_comment_is_in_it(told: dict[str, str]) -> None:
    for secret in (*PINS, *SECRETS):
        assert [file for file, text in told.items() if secret in text] == []


def test_no_image_and_no_entry_is_in_it(told: dict[str, str]) -> None:
    assert {Path(name).suffix for name in told} == {".txt", ".json"}
    for word in ("2007-03-19", "2007/077", "2007/77", "Mơ", "bị rách"):
        assert [file for file, text in told.items() if word in text] == []


def test_it_tells_what_a_technician_asks_first(told: dict[str, str]) -> None:
    assert "tramquet" in told["about.txt"]
    assert "destination p" in told["doctor.txt"]
    assert "session-started 19429:KH.2007.01" in told["log.txt"]
    assert "person-" in told["log.txt"]
    assert "token_file" in told["settings.json"]
    assert "finished" in told["sessions.txt"]
    assert 'tramquet_pages{state="entry"} 1' in told["figures.txt"]


def test_what_sane_says_is_in_it_on_demand(told: dict[str, str]) -> None:
    assert "[dll]" in told["sane-trace.txt"]
    assert "[test]" in told["sane-trace.txt"]
    assert '"test:0": null' in told["sane-trace.txt"]


def test_without_being_asked_sane_is_not_traced(tmp_path: Path) -> None:
    command: Command = new_station(tmp_path, None)
    command.run("support", tmp_path / "help.zip")
    with zipfile.ZipFile(tmp_path / "help.zip") as pack:
        assert "sane-trace.txt" not in pack.namelist()
    assert "[file-there]" in command.refused("support", tmp_path / "help.zip")
