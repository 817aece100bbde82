"""The page speaks as the office does: ledgers by their full names, no command, no word of the program's own."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from station import messages
from station.messages import Message, on_page
from tests.station.opened_station import HERE
from tests.web.browsing import Browser
from web import texts

#: What nobody in an office says. A fingerprint's kind (SHA-256) is what browsers call it, too.
TECHNICAL = re.compile(
    r"simulated|lossless|\bjson\b|\btoml\b|\bSANE\b|\bdaemon\b|\btramquet \w|(?<![\w-])--[a-z]"
    r"|\b(19|20)\d\d-\d\d(-\d\d)?\b",
    re.IGNORECASE,
)
#: Sentences that only a technician at the command line, or the log, is told.
OF_TECHNICIANS = frozenset(
    {
        "catalogue",
        "doctor",
        "fleet",
        "hand_overs",
        "province",
        "reconciliation",
        "reports",
        "settings",
        "templates",
        "tus",
        "upkeep",
        "verify",
    }
)
#: Said by a command that only starts the page.
AT_THE_COMMAND_LINE = frozenset({"web-port-taken"})
VIEWS = ("scan", "entries", "rows", "finish", "files", "pages", "paper", "asks", "checks", "folder")


def test_station_says_nothing_technical_to_officers() -> None:
    wrong = [
        (code, words)
        for file in Path(messages.__file__).parent.glob("*.toml")
        if file.stem not in OF_TECHNICIANS
        for code in tomllib.loads(file.read_text(encoding="utf-8"))
        if code not in AT_THE_COMMAND_LINE
        for language in messages.LANGUAGES
        if TECHNICAL.search(words := messages._template(code, language, True))
    ]
    assert wrong == []


def test_no_text_of_the_page_has_a_technical_word() -> None:
    wrong = [
        (code, words)
        for code, by_language in texts.table().items()
        for words in by_language.values()
        if TECHNICAL.search(words)
    ]
    assert wrong == []


def test_station_names_no_command_on_the_page_and_does_at_the_command_line() -> None:
    unknown = Message("ledger-unknown", {"ledger": "KH.2007.01"})
    assert "tramquet ledger list" in unknown.sentence("vi")
    with on_page():
        assert unknown.sentence("vi") == "Trạm này chưa có sổ KH.2007.01. Hãy đăng ký sổ trước."
        inner = Message(
            "ledger-incomplete", {"ledger": "KH.2007.01", "gaps": [Message("ledger-unknown", {"ledger": "x"})]}
        )
        assert "tramquet" not in inner.sentence("en")
        assert inner.sentence("en").endswith("or close it with a reason.")


def test_refusal_on_the_page_names_no_command(page: Browser) -> None:
    page.open("/")
    page.open(f"/ledger/{HERE}/KH.2007.01/scan", 409)
    assert "Trạm này chưa có sổ" in page.words
    assert "tramquet" not in page.words


@pytest.mark.parametrize("language", ["vi", "en"])
def test_views_of_a_ledger_call_it_by_its_full_name_and_say_nothing_technical(page: Browser, language: str) -> None:
    ledger = page.desk.whole("KS.2007.01", 2, closing_pages=2, closing_entries=2)
    page.open("/")
    if language == "en":
        page.send("/language/en")
    kind = "Khai sinh" if language == "vi" else "Birth"
    for view in ("/", "/plan", "/reports", "/deliveries", *(f"/ledger/{HERE}/{ledger}/{view}" for view in VIEWS)):
        page.open(view)
        files = re.compile(r"KS\.2007\.01\.\S+")
        assert not TECHNICAL.search(files.sub("", page.words)), view
        if view not in ("/deliveries", "/reports"):
            assert kind in page.words, view
