"""The program that makes copies answers each command, with the reader or without it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from drivers.drawn import draw_page
from station.copies import worker
from station.reading import weight_files
from station.reading.page_image import load
from station.reading.page_reader import PageReader


def test_without_the_readers_weights_the_ink_is_the_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "KH.2007.01.001.jpg"
    draw_page(4, seed=1, dpi=200).save(page, quality=90)
    fields = [field.as_dict() for field in PageReader().read_form(load(page)).fields]
    budget = {"bytes_per_a4": 100_000, "limit_per_a4": 200_000, "dpi": 200}
    page_order = {"file": str(page), "crop": None, "dpi": [200, 200], "turn": 0}
    order = {"do": "copy", **page_order, "kept": [], "budget": budget, "fields": fields}
    monkeypatch.setattr(weight_files, "FOLDER", tmp_path)
    lines = [json.dumps(each) for each in (order, order, {"do": "close"}, order)]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(lines)))
    worker.serve()
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(event["event"], event["copy"]["read"]) for event in events] == [("made", 0)] * 2
    assert fields
