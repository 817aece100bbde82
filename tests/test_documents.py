"""What the developers' documents name stands in the tree, and each module stands in the page that leads to it."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAME = re.compile(r"`((?:station|drivers|web)(?:\.(?!js`|toml`)\w+)+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
PATH = re.compile(r"`((?:station|drivers|web|tests|script|systemd|docs)/[\w./-]+)`")


def spoken_of(pattern: re.Pattern[str]) -> list[tuple[Path, str]]:
    """What the documents name, each once per document."""
    return [(file, name) for file in DOCUMENTS for name in sorted(set(pattern.findall(file.read_text("utf-8"))))]


def titled(value: object) -> str:
    return value.name if isinstance(value, Path) else str(value)


@pytest.mark.parametrize(("document", "name"), spoken_of(NAME), ids=titled)
def test_module_class_or_function_that_a_document_names_is_there(document: Path, name: str) -> None:
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            there = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            there = getattr(there, part)
        return
    pytest.fail(f"{document.name} names {name}, which is nowhere")


@pytest.mark.parametrize(("document", "path"), spoken_of(PATH), ids=titled)
def test_file_that_a_document_names_is_there(document: Path, path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("document", "link"), spoken_of(LINK), ids=titled)
def test_link_of_a_document_leads_somewhere(document: Path, link: str) -> None:
    assert (document.parent / link.strip()).exists()


@pytest.mark.parametrize("document", DOCUMENTS, ids=titled)
def test_tests_that_a_document_names_are_there(document: Path) -> None:
    named = set(TEST.findall(document.read_text("utf-8")))
    tests = {file: (ROOT / "tests" / file).read_text("utf-8") for file in {file for file, _ in named}}
    assert {name for file, name in named if f"def {name}(" not in tests[file]} == set()


ROOMS = re.split(r"^## `([\w/]+)/`$", (ROOT / "docs" / "modules.md").read_text("utf-8"), flags=re.MULTILINE)[1:]
LINE = re.compile(r"^- (`[^:]+`):", re.MULTILINE)


@pytest.mark.parametrize(("room", "lines"), list(zip(ROOMS[::2], ROOMS[1::2], strict=True)), ids=ROOMS[::2])
def test_page_of_modules_names_what_is_there(room: str, lines: str) -> None:
    """What a line leads to is a module, a script or a folder of its room; each module of the room has a line."""
    named = {name for words in LINE.findall(lines) for name in re.findall(r"`([^`]+)`", words)}
    there = {file.name.removesuffix(".py") for file in (ROOT / room).iterdir()} | {*_modules(room)}
    assert {name for name in named if name.removesuffix(".py") not in there} == set()
    assert _modules(room) - named == set()


def test_page_of_modules_names_each_room() -> None:
    rooms = {
        str(file.parent.relative_to(ROOT))
        for top in ("drivers", "station", "web")
        for file in (ROOT / top).rglob("*.py")
    }
    assert {room for room in rooms if "migrations" not in room} - {
        *ROOMS[::2],
        "web/texts",
        "station/messages",
    } == set()


def _modules(room: str) -> set[str]:
    """A room's modules by name; a command's is known by the command."""
    modules = [
        file for file in (ROOT / room).glob("*.py") if file.name != "__init__.py" and room.split("/")[0] != "tests"
    ]
    return {file.stem for file in modules if not file.read_text("utf-8").startswith('"""``tramquet')}


def test_word_of_the_glossary_stands_there_once() -> None:
    """One meaning a word: two things of one name are told apart in the name."""
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    words = Counter(
        word for words in re.findall(r"^\| ([^|]+?) \|", glossary, re.MULTILINE) for word in words.split(", ")
    )
    assert {word for word, count in words.items() if count > 1} - {"English", "---"} == set()
