"""The alphabet is read out of the recogniser's own file."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.errors import ReaderFailed
from station.reading import weight_files
from station.reading.alphabet import letters_of
from station.reading.recogniser import LOOKALIKES, SYMBOLS


def test_alphabet_begins_with_the_blank_and_holds_every_symbol_that_is_scored() -> None:
    letters = letters_of(weight_files.verified_path(weight_files.RECOGNISER))
    assert letters[0] == ""
    assert set(SYMBOLS) <= set(letters)
    assert set("".join(LOOKALIKES.values())) <= set(letters)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff" * 30, b"\x72\x04\x0a\x02hi", b"\x72\x7f", b"\x72\x0b\x0a\x09character"],
    ids=["empty", "endless", "another key", "cut off", "no value"],
)
def test_file_that_tells_no_alphabet_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "weights.onnx"
    file.write_bytes(content)
    with pytest.raises(ReaderFailed):
        letters_of(file)
