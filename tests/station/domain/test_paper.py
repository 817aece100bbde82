"""How paper sizes are written, what ISO size they stand for, and what is refused."""

from __future__ import annotations

import pytest

from station.domain.paper import iso_size, paper_name, size
from station.errors import Refused


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a4", "A4"),
        (" A3 ", "A3"),
        ("252x341", "252x341"),
        ("252X341", "252x341"),
        ("252 × 341 mm", "252x341"),  # noqa: RUF001
        ("25,2 x 34,1 cm", "252x341"),
        ("25.2cm*34.1cm", "252x341"),
        ("210x297", "A4"),
        ("29,7 x 42 cm", "A3"),
        ("300x300", "300x300"),
    ],
)
def test_size_is_known_by_name_and_by_its_sides(text: str, name: str) -> None:
    assert paper_name(text) == name
    assert paper_name(name) == name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A9", "paper-unknown"),
        ("Letter", "paper-unknown"),
        ("", "paper-unknown"),
        ("252", "paper-unknown"),
        ("252x", "paper-unknown"),
        ("252x341x3", "paper-unknown"),
        ("-252x341", "paper-unknown"),
        ("25.2cm x 341mm", "paper-unknown"),
        ("9" * 5000 + "x1", "paper-unknown"),
        ("0x0", "paper-extent"),
        ("49x300", "paper-extent"),
        ("5000x5000", "paper-extent"),
        ("999999x999999 cm", "paper-extent"),
        ("341x252", "paper-on-its-side"),
        ("42 x 29,7 cm", "paper-on-its-side"),
    ],
)
def test_size_that_no_page_has_is_refused_in_one_sentence(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        paper_name(text)
    assert refused.value.code == code
    for language in ("vi", "en"):
        sentence = refused.value.sentence(language)
        assert "252x341" in sentence or "297x420" in sentence
        assert "\n" not in sentence


@pytest.mark.parametrize(
    ("paper", "iso"),
    [
        ("A4", "A4"),
        ("A2", "A2"),
        ("205x290", "A4"),
        ("215x303", "A4"),
        ("252x341", "A3"),
        ("246x355", "A3"),
        ("341x504", "A2"),
        ("120x180", "A5"),
        ("1000x1200", "A0"),
    ],
)
def test_size_between_counts_as_the_smallest_iso_size_that_holds_it(paper: str, iso: str) -> None:
    assert iso_size(paper) == iso


def test_sides_are_told_upright() -> None:
    assert size("252x341") == (252, 341)
    assert size("A3") == (297, 420)
