from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from station.domain.naming.export_templates import BUILT_IN, NameProfile, NameTemplate, Purpose
from station.domain.naming.keys import (
    EntryNumber,
    LedgerKey,
    book_code,
    file_word,
    first_letters,
    parse_reference,
    place_code,
    small_word,
    type_code,
)
from station.domain.naming.labels import Label
from station.domain.naming.partial_dates import PartialDate
from station.domain.paper import SIZES
from station.errors import Refused


def refusal(template: str, purpose: Purpose = Purpose.PAGE) -> Refused:
    with pytest.raises(Refused) as refused:
        NameTemplate(template, purpose)
    return refused.value


def test_a_ledger_key_reads_its_own_name() -> None:
    key = LedgerKey.parse("KH.2007.01")
    assert key == LedgerKey("KH", 2007, "01")
    assert str(key) == key.name == "KH.2007.01"


@pytest.mark.parametrize(("text", "book"), [("1", "01"), ("01", "01"), ("001", "01"), ("12a", "12A"), ("123", "123")])
def test_a_book_has_one_spelling(text: str, book: str) -> None:
    assert book_code(text) == book
    assert LedgerKey.of("KH", 2007, text).book == book


@pytest.mark.parametrize(
    "name",
    ["KH.2007", "KH.07.01", "kh.2007.01", "KH.2007.01.001", "K.2007.01", "KH.2007.", "KH.5005.01", "KH.2007.01AB"],
)
def test_wrong_ledger_names_are_refused(name: str) -> None:
    with pytest.raises(Refused):
        LedgerKey.parse(name)


def test_a_key_is_never_made_of_another_spelling() -> None:
    with pytest.raises(Refused):
        LedgerKey("KH", 2007, "1")


def test_a_reference_may_name_the_place() -> None:
    assert parse_reference("KH.2007.01") == (None, LedgerKey("KH", 2007, "01"))
    assert parse_reference("19429:KH.2007.1") == ("19429", LedgerKey("KH", 2007, "01"))


@pytest.mark.parametrize("text", [":KH.2007.01", "a b:KH.2007.01", "1:2:KH.2007.01", "../x:KH.2007.01"])
def test_wrong_places_in_references_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_reference(text)
    assert refused.value.code == "place-code-malformed"


def test_codes_that_windows_cannot_store_are_refused() -> None:
    with pytest.raises(Refused):
        type_code("CON")
    with pytest.raises(Refused):
        place_code("lpt1")


@pytest.mark.parametrize(
    ("text", "number"), [("1", "001"), ("001", "001"), ("0001", "001"), ("1a", "001a"), ("1B", "001b")]
)
def test_an_entry_number_has_one_spelling(text: str, number: str) -> None:
    assert str(EntryNumber.parse(text)) == number


@pytest.mark.parametrize("text", ["", "0", "000", "a", "-1", "1 a", "1.5", "٣", "1\n", "1234567"])
def test_wrong_entry_numbers_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        EntryNumber.parse(text)
    assert refused.value.code == "number-malformed"


def test_entry_numbers_sort_as_numbers() -> None:
    numbers = sorted(map(EntryNumber.parse, ["1000", "10", "2aa", "2z", "2", "999"]))
    assert [str(number) for number in numbers] == ["002", "002z", "002aa", "010", "999", "1000"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Xã Thử Nghiệm", "XaThuNghiem"),
        ("Đắk Lắk", "DakLak"),
        ("đường", "duong"),
        ("../../x", "x"),
        ("a\x00b\n/c", "abc"),
        ("X\u0061\u0303", "Xa"),
    ],
)
def test_a_place_name_becomes_one_safe_word(text: str, word: str) -> None:
    assert file_word(text) == word


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Quận Hải Châu", "qhc"),
        ("Thành phố Đà Nẵng", "tpdn"),
        ("Tỉnh Bà Rịa - Vũng Tàu", "tbrvt"),
        ("Quận 12", "q12"),
        ("Đắk Lắk", "dl"),
    ],
)
def test_district_and_province_are_their_words_first_letters(text: str, letters: str) -> None:
    assert first_letters(text) == letters


def test_commune_is_whole_in_small_letters() -> None:
    assert small_word("Phường Hải Châu 2") == "phuonghaichau2"


@pytest.mark.parametrize("text", ["", "../..", "村", "x" * 49])
def test_a_name_that_leaves_nothing_to_write_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        file_word(text)
    assert refused.value.code == "word-not-for-files"


@given(st.text())
def test_whatever_stands_in_a_place_name_only_letters_and_digits_get_out(text: str) -> None:
    try:
        word = file_word(text)
    except Refused:
        return
    assert word.isascii()
    assert word.isalnum()
    assert file_word(word) == word


SINGLE_YEAR = {
    "type": "KS",
    "year": "1999",
    "place": "93719",
    "book": "02",
    "paper": "A2",
    "commune": "XaThuNghiem",
    "district": "HuyenViDu",
    "province": "TinhMau",
    "ward": "xathunghiem",
    "district_letters": "hvd",
    "province_letters": "tm",
    "date": "1999-03-00",
    "number": "259",
    "seq": "012a",
    "entry_year": None,
}


def test_the_ministrys_names() -> None:
    ministry = BUILT_IN["ministry"]
    assert ministry.page.render(SINGLE_YEAR) == "KS.1999.02.012a"
    assert ministry.entry.render(SINGLE_YEAR) == "KS.1999.02.1999-03-00.259"
    assert ministry.package.render(SINGLE_YEAR) == "xathunghiem_hvd_tm.KS.1999.02"
    assert ministry.package.render(SINGLE_YEAR | {"district_letters": None}) == "xathunghiem_tm.KS.1999.02"
    assert ministry.folders.render(SINGLE_YEAR) == ""


def test_the_names_with_the_place_code() -> None:
    placecode = BUILT_IN["placecode"]
    assert placecode.page.render(SINGLE_YEAR) == "KS.1999.93719.02.012a"
    assert placecode.entry.render(SINGLE_YEAR) == "KS.1999.93719.02.A2.259"
    assert placecode.entry.render(SINGLE_YEAR | {"entry_year": "2000"}) == "KS.1999.93719.02.A2.2000.259"
    assert placecode.package.render(SINGLE_YEAR) == "KS.1999.93719.02"
    assert placecode.folders.render(SINGLE_YEAR) == "KS/1999/93719/02/A2"


words = st.text("abcXYZ0189", min_size=1, max_size=8)
years = st.integers(1850, 2100).map(str)
dates = st.tuples(st.dates(date(1850, 1, 1), date(2100, 12, 31)), st.integers(0, 3)).map(
    lambda drawn: PartialDate(*(drawn[0].year, drawn[0].month, drawn[0].day)[: drawn[1]]).placeholder()
)
suffixes = st.text("abz", max_size=2)
field_sets = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["KS", "KT", "KH", "CMC"]),
        "year": years,
        "place": st.text("abcXYZ0189", min_size=1, max_size=16),
        "book": st.builds(
            lambda number, letter: f"{number:02d}{letter}", st.integers(0, 9999), st.sampled_from(["", "A"])
        ),
        "paper": st.sampled_from(sorted(SIZES)),
        "commune": words,
        "district": st.none() | words,
        "province": words,
        "ward": words.map(str.lower),
        "district_letters": st.none() | words.map(str.lower),
        "province_letters": words.map(str.lower),
        "entry_year": st.none() | years,
        "date": dates,
        "number": st.builds(EntryNumber, st.integers(1, 999_999), suffixes).map(str),
        "seq": st.builds(Label, st.integers(1, 999_999), suffixes).map(str),
    }
)
OTHERS = NameProfile.of(
    "other",
    page="p-{seq}_[{district}.]{type}.{year}.{book}x",
    entry="[{district}_{commune}_]{type}.{year}-.{book}[.x{entry_year}..]_{number}",
    package="{commune}.{type}_{year}_{book}",
    folders="ledgers/[{district}/]{type}-x/{year}",
)
TEMPLATES = [
    template
    for profile in (*BUILT_IN.values(), OTHERS)
    for template in (profile.page, profile.entry, profile.package, profile.folders)
]


@given(st.sampled_from(TEMPLATES), field_sets)
def test_every_name_reads_back_into_the_fields_it_shows(template: NameTemplate, fields: dict[str, str | None]) -> None:
    shown = {field: fields[field] for field in fields if f"{{{field}}}" in template.text}
    if template is OTHERS.entry and not fields["district"]:
        shown["commune"] = None
    assert template.parse(template.render(fields)) == {field: value for field, value in shown.items() if value}


@given(st.sampled_from(TEMPLATES), field_sets, field_sets, st.data())
def test_two_different_field_sets_never_get_one_name(
    template: NameTemplate, one: dict[str, str | None], drawn: dict[str, str | None], data: st.DataObject
) -> None:
    """The second set differs in a few fields only: two sets drawn apart would hardly ever come close."""
    used = [field for field in one if f"{{{field}}}" in template.text]
    assume(used)
    changed = data.draw(st.sets(st.sampled_from(used), min_size=1))
    other = one | {field: drawn[field] for field in changed}
    if template is OTHERS.entry:
        other |= {"district": one["district"]}
        assume(one["district"])
    assume(any(one[field] != other[field] for field in used))
    assert template.render(one) != template.render(other)


@given(st.sampled_from(TEMPLATES), field_sets, st.data())
def test_a_damaged_name_is_refused_or_is_another_whole_name(
    template: NameTemplate, fields: dict[str, str | None], data: st.DataObject
) -> None:
    name = template.render(fields)
    start = data.draw(st.integers(0, len(name)))
    damaged = (
        name[:start] + data.draw(st.text("KS.19_0-aA/ \n", max_size=2)) + name[start + data.draw(st.integers(0, 2)) :]
    )
    try:
        read = template.parse(damaged)
    except Refused:
        return
    assert template.render(read) == damaged


@pytest.mark.parametrize(
    "name",
    [
        "KS.1999.02.1999-03-00.259 (1)",
        "KS.1999.1999-03-00.259",
        "KS.99.02.1999-03-00.259",
        "ks.1999.02.1999-03-00.259",
        "KS.1999.02.1999-13-00.259",
        "KS.1999.02.5005-03-01.259",
        "KS.1999.2.1999-03-00.259",
        "KS.1999.02.1999-03-00.0259",
        "KS.1999.02.1999-03-00.259\n",
        " KS.1999.02.1999-03-00.259",
    ],
)
def test_the_accidents_seen_in_delivered_trees_are_no_names(name: str) -> None:
    with pytest.raises(Refused) as refused:
        BUILT_IN["ministry"].entry.parse(name)
    assert refused.value.code == "name-malformed"


def test_a_hostile_value_gets_into_no_name() -> None:
    with pytest.raises(Refused):
        BUILT_IN["ministry"].package.render(SINGLE_YEAR | {"ward": "../../etc"})
    with pytest.raises(Refused):
        BUILT_IN["placecode"].folders.render(SINGLE_YEAR | {"place": ".."})


def test_a_field_without_value_is_named() -> None:
    with pytest.raises(Refused) as refused:
        BUILT_IN["placecode"].entry.render(SINGLE_YEAR | {"paper": None})
    assert refused.value.code == "name-field-missing"
    assert "{paper}" in refused.value.sentence("vi")


def test_an_unknown_field_gets_a_suggestion() -> None:
    assert "did you mean {book}?" in refusal("{type}.{year}.{bok}.{seq}").sentence("en")
    assert "{type}" in refusal("{Type}.{year}.{book}.{seq}").sentence("en")
    assert refusal("{type}.{year}.{book}.{seq}.{zzz}").code == "template-field-unknown"


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("{type}.{year}.{book}.{seq}.{year}", "template-field-twice"),
        ("{type}{year}.{book}.{seq}", "template-no-separator"),
        ("{type}-{year}.{book}.{seq}", "template-no-separator"),
        ("{type}[.{place}]{year}.{book}.{seq}", "template-no-separator"),
        ("../{type}.{year}.{book}.{seq}", "template-characters"),
        ("{type}/{year}.{book}.{seq}", "template-characters"),
        ("{type}.{year}.{book}.{seq} ", "template-characters"),
        ("sổ.{type}.{year}.{book}.{seq}", "template-characters"),
        (".{type}.{year}.{book}.{seq}", "template-edge"),
        ("-{type}.{year}.{book}.{seq}", "template-edge"),
        ("{type}.{year}.{book}.{seq}.", "template-edge"),
        ("[{place}].{type}.{year}.{book}.{seq}", "template-edge"),
        ("{type}.{year}.{book}", "template-field-needed"),
        ("{type}.{year}.{seq}", "template-field-needed"),
        ("{type}.{year}.{book}[.{seq}.{place}]", "template-field-needed"),
        ("", "template-field-needed"),
        ("{type}.{year}.{book}.{seq}.{number}", "template-field-not-here"),
        ("{type.{year}.{book}.{seq}", "template-brackets"),
        ("{type}.{year}.{book}.{seq}}", "template-brackets"),
        ("{type}.[[{place}.].]{year}.{book}.{seq}", "template-brackets"),
        ("{type}.[{year}.{book}.{seq}", "template-brackets"),
        ("{type}.{year}].{book}.{seq}", "template-brackets"),
        ("{type}.[a.]{year}.{book}.{seq}", "template-section-empty"),
        ("[{commune}.][{district}.]{type}.{year}.{book}.{seq}", "template-ambiguous"),
    ],
)
def test_a_template_that_could_go_wrong_is_refused(template: str, code: str) -> None:
    refused = refusal(template)
    assert refused.code == code
    assert refused.sentence("vi") != refused.sentence("en")


def test_entries_need_what_tells_years_apart() -> None:
    assert refusal("{type}.{year}.{book}.{number}", Purpose.ENTRY).code == "template-field-needed"
    NameTemplate("{type}.{year}.{book}.[{entry_year}.]{number}", Purpose.ENTRY)
    NameTemplate("{type}.{year}.{book}.{date}.{number}", Purpose.ENTRY)


def test_packages_need_what_tells_places_apart() -> None:
    assert refusal("{type}.{year}.{book}", Purpose.PACKAGE).code == "template-field-needed"


@pytest.mark.parametrize("folders", ["/{type}", "{type}/", "{type}//{year}", "{type}/../{year}", "{type}/.x/{year}"])
def test_folders_stay_inside(folders: str) -> None:
    assert refusal(folders, Purpose.FOLDERS).code == "template-edge"
