"""Weights are used only where they are what the station was made with; anything else is one typed error."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from station.errors import ReaderFailed
from station.reading import weight_files
from station.reading.recogniser import Recogniser


def test_weights_of_the_environment_are_whole() -> None:
    for name in (weight_files.DETECTOR, weight_files.RECOGNISER):
        assert weight_files.verified_path(name).is_file()


def test_notice_of_their_authors_lies_beside_them() -> None:
    assert "PaddleOCR" in (weight_files.FOLDER / "MODEL_LICENSES.md").read_text(encoding="utf-8")


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(ReaderFailed) as failed:
        weight_files.verified_path(weight_files.DETECTOR, tmp_path)
    assert failed.value.code == "reader-weights-missing"
    assert "Scanning and all else go on" in failed.value.sentence("en")


def test_one_changed_byte_is_told(tmp_path: Path) -> None:
    copy = Path(shutil.copy(weight_files.FOLDER / weight_files.DETECTOR, tmp_path))
    with copy.open("r+b") as file:
        file.seek(5_000_000)
        byte = file.read(1)
        file.seek(5_000_000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(ReaderFailed) as failed:
        weight_files.verified_path(weight_files.DETECTOR, tmp_path)
    assert failed.value.code == "reader-weights-damaged"


def test_damaged_weights_stop_the_reader_before_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / weight_files.RECOGNISER).write_bytes(b"")
    monkeypatch.setattr(weight_files, "FOLDER", tmp_path)
    with pytest.raises(ReaderFailed):
        Recogniser()
