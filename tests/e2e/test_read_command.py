"""``tramquet read``: one JSON line for each image, and a sentence for each that is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers.drawn import draw_page
from station import context, settings
from station.ledger import page_readings
from station.reading import weight_files
from tests.station.drawn_registers import page
from tests.station.pages_read import reading
from tests.stations import Command


@pytest.fixture
def anywhere(tmp_path: Path) -> Command:
    """The command where there is no station: images lie anywhere."""
    return Command(tmp_path)


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("form") / "trang 12.jpg"
    draw_page(12, type_code="KH").save(file, quality=90, dpi=(300, 300))
    return file


def test_form_is_told_as_one_line_of_json(anywhere: Command, form: Path) -> None:
    told = json.loads(anywhere.run("read", form, "--type", "KH").stdout)
    assert told.keys() == {"file", "fields", "upside_down", "empty_form", "ms"}
    assert told["file"] == str(form)
    assert (told["upside_down"], told["empty_form"], told["ms"] > 0) == (False, False, True)
    values = {field["kind"]: field["value"] for field in told["fields"]}
    assert values == {"type": "KH", "book": "1", "year": "2007", "number": "12", "date": "2007-02-07", "page": "12"}
    for field in told["fields"]:
        assert field.keys() == {"kind", "value", "confidence", "grade", "box"}
        assert field["grade"] == "sure"
        assert 0.99 <= field["confidence"] <= 1
        left, top, right, bottom = field["box"]
        assert 0 <= left < right <= 2480
        assert 0 <= top < bottom <= 3508


def test_ruled_pages_are_read_by_their_columns(anywhere: Command, tmp_path: Path) -> None:
    Image.fromarray(np.asarray(page([(40 + index, 7) for index in range(12)]))).save(tmp_path / "ruled.png")
    told = json.loads(anywhere.run("read", tmp_path / "ruled.png", "--type", "KS", "--columns").stdout)
    numbers = [field["value"] for field in told["fields"] if field["kind"] == "number"]
    assert numbers == [str(40 + index) for index in range(12)]


def test_file_that_is_no_image_is_told_and_the_others_are_read(anywhere: Command, form: Path, tmp_path: Path) -> None:
    (tmp_path / "torn.jpg").write_bytes(form.read_bytes()[:2000])
    (tmp_path / "words.txt").write_text("không phải ảnh", encoding="utf-8")
    files = (tmp_path / "words.txt", tmp_path / "nowhere.jpg", form)
    done = anywhere.run("read", *files, "--type", "KH", exit_status=1)
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [str(form)]
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["words.txt", "nowhere.jpg"]


def test_damaged_weights_are_one_sentence(anywhere: Command, form: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weight_files, "FOLDER", form.parent)
    done = anywhere.run("read", form, "--type", "KH", exit_status=1)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "[reader-weights-missing]" in done.stderr


def test_pages_of_a_ledger_are_read_as_they_are_shown(write_settings: Callable[..., Command], tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    draw_page(4, type_code="KH").save(pages / "0001.jpg", quality=90, dpi=(300, 300))
    draw_page(5, type_code="KH").rotate(180).save(pages / "0002.jpg", quality=90, dpi=(300, 300))
    command = write_settings(pages)
    command.run("ledger", "add", "KH", "2007", "01")
    command.run("scan", "KH.2007.01", "--source", "adf")
    told = [json.loads(line) for line in command.run("read", "KH.2007.01").stdout.splitlines()]
    numbers = [field["value"] for page_ in told for field in page_["fields"] if field["kind"] == "number"]
    assert ([page_["seq"] for page_ in told], numbers) == (["001", "002"], ["4", "5"])
    assert [page_["upside_down"] for page_ in told] == [False, True]
    command.run("page", "KH.2007.01", "002", "rotate", "180")
    turned = json.loads(command.run("read", "KH.2007.01").stdout.splitlines()[1])
    assert not turned["upside_down"]
    assert turned["fields"] == told[1]["fields"], "boxes are those of the image as stored, however it is shown"


def test_ledger_that_is_not_there_is_refused(write_settings: Callable[..., Command]) -> None:
    command = write_settings(None)
    command.run("ledger", "add", "KH", "2007", "01")
    assert "[ledger-unknown]" in command.run("read", "KH.2007.02", exit_status=1).stderr


def test_type_that_cannot_be_one_is_refused(anywhere: Command, form: Path) -> None:
    assert "[" in anywhere.run("read", form, "--type", "k/h", exit_status=1).stderr


def test_what_the_station_has_read_is_told_and_not_read_again(
    write_settings: Callable[..., Command], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    draw_page(4, type_code="KH", dpi=150).save(pages / "0001.jpg", quality=90, dpi=(150, 150))
    command = write_settings(pages)
    command.run("ledger", "add", "KH", "2007", "01")
    command.run("scan", "KH.2007.01", "--source", "adf")
    assert command.json("pages", "KH.2007.01")[0]["read"] is None
    said = reading(page="4", number="7", date="2007-02-04", likely=("date",))
    with context.open_station(settings.load(command.settings)) as station, station.catalogue.writing() as session:
        page = page_readings.next_unread(session)
        assert page is not None
        page_readings.keep(session, page, said, 712)
    expected = said.as_json() | {"ms": 712}
    (row,) = command.json("pages", "KH.2007.01")
    assert row["read"] == expected
    with monkeypatch.context() as without:
        without.setattr(weight_files, "FOLDER", tmp_path)
        assert json.loads(command.run("read", "KH.2007.01").stdout) == {"seq": "001", **expected}
    columns = json.loads(command.run("read", "KH.2007.01", "--columns").stdout)
    assert columns["fields"] == [], "that page was not read by its columns, and has none"
