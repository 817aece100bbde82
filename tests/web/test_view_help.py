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
from web.checks import REASON_KEYS
from web.entries import STATE_KEYS

LEDGER = "/ledger/19429/KH.2007.01"
VIEWS = {
    **{"/": "ledgers", "/deliveries": "queue", "/plan": "plan", "/reports": "report", "/people": "people"},
    **{
        "/inventory": "inventory",
        "/reconciliation": "reconciliation",
        "/covers": "covers",
        "/covers/labels": "labels",
        "/target": "target",
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
    "pages": "pages.html",
}
#: Keys by other names than they have where they are declared.
DECLARED = {"Space": " ", "Esc": "Escape", "←": "ArrowLeft", "→": "ArrowRight", "↑": "ArrowUp", "↓": "ArrowDown"}
DECLARED |= {"Ctrl+→": "Ctrl+ArrowRight", "Ctrl+↓": "Ctrl+ArrowDown", "Ctrl+Del": "Ctrl+Delete"}
DECLARED |= {"PgUp": "PageUp", "PgDn": "PageDown"}
#: A form's own keys, which no button declares.
OF_FORMS = frozenset({"enter", "arrowup", "arrowdown"})
#: Declared by a list: the states of a page, the reasons to send one back.
OF_LISTS = {"entries": frozenset(STATE_KEYS.values()), "checks": frozenset(REASON_KEYS.values())}
#: Declared above every view of a ledger, and told where a person works longest.
ABOVE_EVERY_VIEW = frozenset({"ctrl+o"})
#: Letters whose buttons say one thing in other words, by what is asked.
IN_OTHER_WORDS = {
    "k": {"asks-keep", "asks-keep-both", "asks-keep-here", "asks-file-keep", "asks-done"},
    "a": {"asks-file-another", "asks-file-all"},
    "p": {"asks-place", "asks-place-there"},
    "s": {"check-book", "check-one-page"},
}


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
    elsewhere = {"runs", "renumber", "decide", "minutes", "login", "devices", "pair"}
    assert set(VIEWS.values()) | elsewhere == set(view_help.NAMES.values())


def test_stranger_is_helped_to_log_in(stranger: Browser) -> None:
    stranger.open("/login")
    assert texts.table()["help-login"]["vi"] in help_words(stranger)


def with_parts(name: str) -> str:
    """The words of a template and of the parts that it takes in, and of those that these take in."""
    words = (Path(web.__file__).parent / "templates" / name).read_text(encoding="utf-8")
    return words + "".join(map(with_parts, re.findall(r'{% (?:include|from) "([^"]+)"', words)))


def declared_keys(name: str) -> set[str]:
    """The keys that the buttons of a view declare; an expression has them as its strings."""
    values = re.findall(r'data-(?:key|anywhere)="([^"]*)"', with_parts(TEMPLATES[name]))
    keys = {
        key
        for value in values
        for one in (re.findall(r"'(\w+)'", value) if "{{" in value else [value])
        for key in one.split() or [one]
    }
    return {key.lower() for key in keys | OF_LISTS.get(name, frozenset())}


def told_keys(name: str, language: str) -> set[str]:
    """The keys that a help tells, as they are declared."""
    lines = texts.table()[f"help-{name}-keys"][language].replace("Phím cách", "Space").splitlines()
    told = [key for line in lines for key in line.partition(" | ")[0].replace("0–9", " ".join("0123456789")).split()]
    assert len(told) == len(set(told)), "each once"
    return {DECLARED.get(key, key).lower() for key in told}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_help_tells_the_keys_of_its_view_and_no_others(name: str, language: str) -> None:
    declared, told = declared_keys(name), told_keys(name, language)
    assert declared - told == set(), "not told"
    assert told - declared - OF_FORMS - ABOVE_EVERY_VIEW == set(), "told, and not there"


def test_letter_means_one_thing_in_all_views() -> None:
    meanings: dict[str, set[str]] = {}
    for file in (Path(web.__file__).parent / "templates").glob("*.html"):
        for key, words in re.findall(r'data-key="([a-z])"[^>]*>(.*?)<kbd>', file.read_text(encoding="utf-8")):
            meanings.setdefault(key, set()).update(re.findall(r"t\('([\w-]+)'", words))
    assert set("kurbdpzals") <= set(meanings), "the test sees the buttons"
    assert {key: said for key, said in meanings.items() if len(said) > 1} == IN_OTHER_WORDS
    assert set(meanings).isdisjoint(REASON_KEYS.values())


@pytest.mark.parametrize("name", sorted(set(view_help.NAMES.values())))
def test_every_help_has_a_picture_whose_parts_are_numbered_in_words(name: str) -> None:
    words = texts.table()[f"help-{name}-parts"]
    for language, said in words.items():
        assert len(said.splitlines()) == len(PARTS[name])
        assert (Path(web.__file__).parent / "static" / "help" / language / f"{name}.webp").read_bytes()[8:12] == b"WEBP"
    assert PARTS.keys() == set(view_help.NAMES.values())
