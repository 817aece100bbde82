"""Every sentence in both languages, saying the same; every code that the source speaks has one."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from drivers.errors import BY_CODE
from station import messages
from web import texts

ROOT = Path(messages.__file__).parents[2]
SOURCES = [file for package in ("drivers", "station", "web") for file in sorted((ROOT / package).rglob("*.py"))]

#: What is called with a message's code as its first argument, and facts by name or as a table.
SPEAKERS = re.compile(r"Refused|[A-Z]\w*(Refused|Failed|Stopped|Waits|Stuck|Held|Closed)|Message|sentence|_refused")
TABLE = messages.table()


def placeholders(text: str) -> set[str]:
    return {name.split("!")[0] for _, name, _, _ in Formatter().parse(text) if name}


@cache  # and not as the module is imported, which every worker does
def spoken() -> list[tuple[str, str, set[str] | None]]:
    """Each call that speaks a code: where, the code, and the names of its facts (None where they come as a table)."""
    calls: list[tuple[str, str, set[str] | None]] = []
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and SPEAKERS.fullmatch(_name(node.func)):
                code = node.args[0]
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    calls.append((f"{file.relative_to(ROOT)}:{node.lineno}", code.value, _facts(node)))
    return calls


def spoken_in_templates() -> set[str]:
    """The codes that the station's own templates speak; the page's have texts of their own."""
    templates = (ROOT / "station").rglob("*.html")
    return {code for file in templates for code in re.findall(r"words\('([\w-]+)'", file.read_text(encoding="utf-8"))}


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _facts(call: ast.Call) -> set[str] | None:
    names = {keyword.arg for keyword in call.keywords}
    table = next((argument for argument in call.args[1:] if isinstance(argument, ast.Dict)), None)
    if table is not None:
        keys = {key.value for key in table.keys if isinstance(key, ast.Constant)}
        return {str(key) for key in keys} if len(keys) == len(table.keys) else None
    if None in names or (len(call.args) > 1 and not names):
        return None
    return {name for name in names if name is not None}


@pytest.mark.parametrize("code", TABLE)
def test_sentence_is_there_in_both_languages_with_the_same_placeholders(code: str) -> None:
    assert set(TABLE[code]) == set(messages.LANGUAGES)
    assert placeholders(TABLE[code]["vi"]) == placeholders(TABLE[code]["en"])


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 pages wait"), (1, "1 page waits"), ("1", "1 page waits"), (2, "2 pages wait")]
)
def test_words_of_a_number_are_chosen_by_it(count: int | str, said: str) -> None:
    assert messages.filled("{count:page waits|pages wait} in {place}", {"count": count, "place": "A"}) == f"{said} in A"


#: What a driver or a library says of a failure, in English; elsewhere ``detail`` is a page, a file or a figure.
OWN_WORDS = re.compile(
    "image-damaged|intake-(damaged|pdf-codec|deadly|part|unmoved)"
    "|scan-(no-button|cut-short|access-denied|not-found|backend-missing|setting-refused|wrong-image|damaged-image"
    "|stalled|child-died|not-started|device-error)|program-not-started"
)


@pytest.mark.parametrize("code", [code for code in TABLE if OWN_WORDS.fullmatch(code)])
def test_own_words_of_a_driver_are_said_at_the_command_line_only(code: str) -> None:
    for language in messages.LANGUAGES:
        assert "{detail}" in messages._template(code, language, False)
        assert "{detail}" not in messages._template(code, language, True)


@pytest.mark.parametrize("code", [code for code in TABLE if code.startswith(("scan-", "intake-"))])
def test_every_detail_of_a_driver_was_looked_at(code: str) -> None:
    names_files = "scan-(ambiguous|folder-empty|files-.*|still-written)|intake-.*"
    assert "{detail}" not in TABLE[code]["vi"] or OWN_WORDS.fullmatch(code) or re.fullmatch(names_files, code)


#: A number before one of these words may be one.
PLURALS = re.compile(
    r"\{\w+\} (?:pages|entries|rows|files|ledgers|packages|images|sheets|days|minutes|labels|mistakes|acts)\b|\w\(e?s\)"
)
#: Before one of these, too, where the placeholder is a number: in some sentence it has both forms.
VERBS = re.compile(r"\{(\w+)\} (?:[a-z]+ ){0,2}(?:are|were|have|need|wait|belong)\b")
NUMBER = re.compile(r"\{(\w+):[^{}|]*\|")
#: A verb that stands outside of the two forms agrees with one of them only.
OUTSIDE = re.compile(r"\{\w+:[^{}|]*\|[^{}]*\}(?: (?:of|in) (?:\{\w+\}|\w+))? (?:are|were|have|belong)\b")


@pytest.mark.parametrize("table", [TABLE, texts.table()], ids=["station", "page"])
def test_no_sentence_says_one_pages(table: messages.SentenceTable) -> None:
    english = {code: table[code]["en"] for code in table}
    numbers = {name for words in english.values() for name in NUMBER.findall(words)}
    wrong = [
        code
        for code, words in english.items()
        if PLURALS.search(words) or OUTSIDE.search(words) or numbers & set(VERBS.findall(words))
    ]
    assert wrong == []


@pytest.mark.parametrize("code", TABLE)
def test_vietnamese_is_vietnamese(code: str) -> None:
    words = re.sub(r"\{[^{}]*\}", "", TABLE[code]["vi"])
    if any(letter.isalpha() for letter in words) and code != "doctor-versions":
        assert re.search("[ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", words.lower())
        assert words != re.sub(r"\{[^{}]*\}", "", TABLE[code]["en"])


def test_source_speaks_many_codes() -> None:
    assert len(spoken()) > 100, "the search for spoken codes finds too little to prove anything"


def test_every_code_the_source_speaks_has_its_sentence() -> None:
    assert [(where, code) for where, code, _ in spoken() if code not in TABLE] == []
    assert spoken_in_templates() <= TABLE.keys()


def test_every_sentence_gets_the_facts_it_names() -> None:
    # "purpose", "template" and the like are added by a method that speaks for many.
    lacking = [
        (where, code, wanted)
        for where, code, facts in spoken()
        if facts is not None
        and not code.startswith("template-")
        and (wanted := placeholders(TABLE[code]["en"]) - facts)
    ]
    assert lacking == []


def test_every_driver_error_has_a_sentence_that_names_the_pages_safe() -> None:
    for code in BY_CODE:
        for language in messages.LANGUAGES:
            assert placeholders(TABLE[f"scan-{code}"][language]) & {"safe", "kept"}


def test_no_sentence_is_left_that_nobody_speaks() -> None:
    nodes = [node for file in SOURCES for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    texts |= spoken_in_templates()
    # f"scan-{error.code}": what stands before the brace, and behind it any text of the source.
    heads = {head for node in nodes if (head := _head_of_code(node)) is not None}
    said = texts | {head + tail for head in heads for tail in texts}
    assert sorted(TABLE.keys() - said) == []


def _head_of_code(node: ast.AST) -> str | None:
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else None
    head = str(first.value) if isinstance(first, ast.Constant) else ""
    return head if re.fullmatch("[a-z]+-", head) else None


def test_scan_sentences_differ_from_each_other() -> None:
    for language in messages.LANGUAGES:
        told = [TABLE[f"scan-{code}"][language] for code in BY_CODE]
        assert len(set(told)) == len(told)


def test_every_table_of_a_file_is_found_by_its_heading() -> None:
    for folder, table in (("station/messages", TABLE), ("web/texts", texts.table())):
        files = (ROOT / folder).glob("*.toml")
        assert dict(table) == {code: one for file in files for code, one in tomllib.loads(file.read_text()).items()}


def test_code_that_two_files_define_is_a_mistake_of_ours(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text('[twice]\nen = "a"\nvi = "ạ"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="twice"):
        messages.SentenceTable(tmp_path)


def test_facts_may_be_sentences_themselves() -> None:
    gaps = [messages.Message("gap-no-pages"), messages.Message("gap-pages", {"found": 3, "expected": 4})]
    told = messages.sentence("ledger-incomplete", "vi", {"ledger": "KH.2007.01", "gaps": gaps})
    assert "chưa quét trang nào; có 3 trang" in told
