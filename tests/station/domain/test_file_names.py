"""Names of captures' files: what is given can be read back, and nothing else can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.naming.file_names import file_stem, parse_file_stem
from station.domain.naming.labels import Label
from station.errors import Refused

labels = st.builds(Label, st.integers(1, 999_999), st.text("abcz", max_size=3))


def test_the_first_revision_has_no_mark_and_later_ones_do() -> None:
    assert file_stem("KH.2007.01", "012", 1) == "KH.2007.01.012"
    assert file_stem("KH.2007.01", "012a", 2) == "KH.2007.01.012a.r2"


@given(labels, st.integers(1, 999_999))
def test_file_stems_read_back(label: Label, revision: int) -> None:
    stem = file_stem("KH.2007.01A", str(label), revision)
    assert parse_file_stem(stem) == ("KH.2007.01A", str(label), revision)


@pytest.mark.parametrize(
    "stem",
    ["KH.2007.01", "KH.2007.012", "KH.2007.01.12", "KH.2007.01.012.r1", "KH.2007.01.012.r02", "KH.2007.01.012 (1)"],
)
def test_what_is_no_file_stem_is_refused(stem: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_file_stem(stem)
    assert refused.value.code == "file-stem-malformed"


def test_a_file_stem_is_not_made_of_a_wrong_ledger_name() -> None:
    with pytest.raises(Refused):
        file_stem("../KH.2007", "012")
    with pytest.raises(Refused):
        file_stem("KH.2007.01", "012", 0)
