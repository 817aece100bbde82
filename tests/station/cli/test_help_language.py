"""What --help and usage errors say, in both languages."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

from station.cli import help_language
from station.cli.command import COMMANDS, tramquet
from tests.stations import TRAMQUET


def said(*words: str, language: str, exit_status: int = 0) -> str:
    env = {**os.environ, "TRAMQUET_LANGUAGE": language}
    done = subprocess.run([TRAMQUET, *words], capture_output=True, text=True, env=env, timeout=60, check=False)
    assert done.returncode == exit_status, done.stderr
    return done.stdout + done.stderr


def english() -> Iterator[str]:
    """Every sentence of every command's help, as its source has it."""
    for module in set(COMMANDS.values()):
        import_module(f"station.cli.{module}")
    commands: list[click.Command] = [tramquet]
    for command in commands:
        yield from (command.help or "").split("\n\n")
        yield from (text for option in command.params if (text := getattr(option, "help", None)))
        commands += getattr(command, "commands", {}).values()


def test_every_sentence_of_the_commands_help_has_its_vietnamese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAMQUET_LANGUAGE", "vi")
    assert sorted({text for text in english() if help_language.in_words(text) == text}) == []


def test_every_vietnamese_sentence_belongs_to_one_that_is_said() -> None:
    ours = {" ".join(text.split()) for text in english()}
    exact, _ = help_language._vietnamese()
    clicks = {"Usage:", "Options", "Commands", "Positional arguments", "required", "Aborted!", "Missing command."}
    own = {"rotate needs DEGREES: 90, 180 or 270", "set-aside needs --repeats SEQ"}
    own |= {"say what is right: --number or --date", "Show this message and exit."}
    own |= {"say the totals: --closing-pages or --closing-entries", "move-to needs LEDGER"}
    own |= {"take-again needs the number of a scan", "write each column as COLUMN=VALUE"}
    own |= {"hand-over needs FOLDER, or --cancel"}
    own |= {"check needs ok or reject", "write the rows of an entry as NUMBER=FROM-TO"}
    assert exact.keys() - ours == clicks | own


@pytest.mark.parametrize("words", [("--help",), ("ledger", "--help"), ("backup", "--help"), ("setup", "--help")])
def test_help_is_in_the_language_of_the_person(words: tuple[str, ...]) -> None:
    vietnamese, in_english = (said(*words, language=language) for language in ("vi", "en"))
    assert vietnamese.startswith("Cách dùng: tramquet")
    assert in_english.startswith("Usage: tramquet")
    assert re.search(r"\b(the|of|and|Options|default)\b", vietnamese) is None, vietnamese
    assert "In hướng dẫn này rồi thoát." in vietnamese


@pytest.mark.parametrize(
    ("words", "needle"),
    [
        (("ledger", "ad"), "Không có lệnh 'ad'"),
        (("pages",), "Thiếu đối số 'LEDGER'"),
        (("pages", "--jsn", "KH.2007.01"), "Không có tùy chọn '--jsn'. Ý bạn là '--json'?"),
        (("scan", "KH.2007.01", "--pages", "x"), "Giá trị của '--pages' không đúng: 'x' không phải số nguyên."),
        (("scan", "KH.2007.01", "--source", "x"), "không thuộc 'flatbed'"),
        (("setup", "--port", "0"), "không nằm trong khoảng"),
        (("pages", "a", "b"), "Thừa đối số (b)"),
        (("ledger", "import", "/nowhere"), "Không có tệp '/nowhere'."),
    ],
)
def test_usage_errors_are_in_the_language_of_the_person(words: tuple[str, ...], needle: str) -> None:
    vietnamese = said(*words, language="vi", exit_status=2)
    assert needle in vietnamese
    assert "Lỗi: " in vietnamese
    assert "Xem hướng dẫn bằng 'tramquet" in vietnamese
    assert "Error: " in said(*words, language="en", exit_status=2)


def test_help_in_one_language_leaves_the_next_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands of several people may run in one process, such as that of the tests."""
    source = sorted(english())
    for words in (["--help"], ["ledger", "--help"], ["ledger", "close", "--help"]):
        done = CliRunner().invoke(tramquet, words, env={"TRAMQUET_LANGUAGE": "vi"})
        assert done.output.startswith("Cách dùng: "), done.output
    assert sorted(english()) == source
    assert CliRunner().invoke(tramquet, ["--help"], env={"TRAMQUET_LANGUAGE": "en"}).output.startswith("Usage: ")
