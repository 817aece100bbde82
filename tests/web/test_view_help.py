"""Each view tells in itself what it is for, what its keys do and what comes next, in both languages."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

import web
from tests.e2e.help_pictures import PARTS
from tests.web.browsing import Browser
from web import texts, view_help

LEDGER = "/ledger/19429/KH.2007.01"
VIEWS = {
    **{"/": "ledgers", "/deliveries": "queue", "/plan": "plan", "/reports": "report", "/people": "people"},
    **{
        "/inventory": "inventory",
        "/reconciliation": "reconciliation",
        "/covers": "covers",
        f"{LEDGER}/scan": "scan",
        f"{LEDGER}/asks": "look",
    },
    **{f"{LEDGER}/{name}": name for name in ("entries", "rows", "checks", "pages", "finish", "files", "paper")},
    f"{LEDGER}/folder": "folder",
    f"{LEDGER}/history": "history",
    f"{LEDGER}/regions": "regions",
}
#: Where a view's keys are: this template, and every part that it names.
TEMPLATES = {
    "scan": "scanning.html",
    "look": "questions.html",
    "entries": "entries.html",
    "renumber": "renumbering.html",
    "runs": "entry_runs.html",
    "regions": "entry_regions.html",
    "rows": "rows.html",
    "decide": "second_decide.html",
    "checks": "checks.html",
}
#: Keys by other names than they have where they are declared.
DECLARED = {"Space": " ", "Esc": "Escape", "←": "ArrowLeft", "→": "ArrowRight", "Ctrl+→": "Ctrl+ArrowRight"}
DECLARED |= {"Ctrl+↓": "Ctrl+ArrowDown", "PgDn": "PageDown"}
#: A form's own keys, which no button declares.
OF_FORMS = frozenset({"Enter", "↑", "↓"})
#: Declared by the list of states of a page.
OF_LISTS = frozenset({"F2", "F3", "F4"})


def help_words(page: Browser) -> str:
    (dialog,) = re.findall(r'<dialog id="help-words".*?</dialog>', page.html, re.DOTALL)
    return unescape(dialog)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_view_has_its_help(page: Browser, language: str) -> None:
    page.desk.lay(page.desk.ledger(), 1)
    page.open("/")
    page.send(f"/language/{language}")
    for address, name in VIEWS.items():
        page.open(address)
        words = help_words(page)
        for code in (f"help-{name}", f"help-{name}-next"):
            assert texts.table()[code][language] in words, (address, code)
        assert 'id="help"' in page.html
    assert set(VIEWS.values()) | {"runs", "renumber", "decide", "minutes", "login"} == set(view_help.NAMES.values())


def test_stranger_is_helped_to_log_in(stranger: Browser) -> None:
    stranger.open("/login")
    assert texts.table()["help-login"]["vi"] in help_words(stranger)


def with_parts(name: str) -> str:
    """The words of a template and of the parts that it takes in, and of those that these take in."""
    words = (Path(web.__file__).parent / "templates" / name).read_text(encoding="utf-8")
    return words + "".join(map(with_parts, re.findall(r'{% (?:include|from) "([^"]+)"', words)))


@pytest.mark.parametrize("name", TEMPLATES)
def test_keys_that_a_help_tells_are_keys_of_its_view(name: str) -> None:
    declared = " ".join(re.findall(r'data-(?:key|anywhere)="([^"]*)"', with_parts(TEMPLATES[name])))
    by_language = texts.table()[f"help-{name}-keys"]
    lines = {language: words.splitlines() for language, words in by_language.items()}
    assert len(lines["vi"]) == len(lines["en"])
    told = [key for line in lines["en"] for key in line.partition(" | ")[0].split(" ")]
    for key in told:
        spelled = DECLARED.get(key, key)
        is_there = spelled.lower() in declared.lower()
        assert is_there or key in OF_FORMS or (name == "entries" and key in OF_LISTS), key


@pytest.mark.parametrize("name", sorted(set(view_help.NAMES.values())))
def test_every_help_has_a_picture_whose_parts_are_numbered_in_words(name: str) -> None:
    words = texts.table()[f"help-{name}-parts"]
    for language, said in words.items():
        assert len(said.splitlines()) == len(PARTS[name])
        assert (Path(web.__file__).parent / "static" / "help" / language / f"{name}.webp").read_bytes()[8:12] == b"WEBP"
    assert PARTS.keys() == set(view_help.NAMES.values())
