"""``tramquet row``: keying the workbook's columns at the command line, each refusal one sentence, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stations import Command

LEDGER = "KH.2007.01"
HUSBAND = ("chongHoTen=Nguyễn Văn Thử", "chongNgaySinh=2/1985", "chongDanToc=Kinh")


@pytest.fixture(scope="module")
def two_entries(tmp_path_factory: pytest.TempPathFactory, scanned_scraps: Command) -> Command:
    station = scanned_scraps.copy(tmp_path_factory.mktemp("rows") / "station")
    for page, number, day in (("001", 1, "2007-01-15"), ("002", 2, "2007-02")):
        station.run("entry", "set", LEDGER, page, "--number", number, "--date", day)
    return station


@pytest.fixture
def ledger(two_entries: Command, tmp_path: Path) -> Command:
    return two_entries.copy(tmp_path / "station")


def test_keyed_row_is_listed_beside_what_the_station_knows(ledger: Command) -> None:
    ledger.run("row", "set", LEDGER, "1", *HUSBAND, "voHoTen=?")
    first, second = ledger.json("row", "list", LEDGER)
    assert {"number", "date", "columns", "state", "keyed_by", "checked_by"} <= first.keys()
    assert (first["number"], first["date"], first["state"], first["checked_by"]) == ("001", "2007-01-15", "begun", None)
    columns = first["columns"]
    assert len(columns) == 44
    assert (columns["so"], columns["quyenSo"], columns["ngayDangKy"]) == ("001", "01/2007", "15.01.2007")
    assert (columns["chongHoTen"], columns["chongNgaySinh"]) == ("Nguyễn Văn Thử", "02.1985")
    assert (columns["voHoTen"], first["marks"]) == ("", {"voHoTen": "illegible"})
    assert (second["state"], second["columns"]["ngayDangKy"], second["keyed_by"]) == ("empty", "02.2007", None)


def test_what_is_odd_is_told_and_stored_all_the_same(ledger: Command) -> None:
    done = ledger.run("row", "set", LEDGER, "1", "chongNgaySinh=2/1995")
    assert "husband's age at the marriage is 11" in done.stderr
    assert ledger.json("row", "list", LEDGER)[0]["columns"]["chongNgaySinh"] == "02.1995"


def test_what_is_odd_is_as_on_the_page_and_not_told_again(ledger: Command) -> None:
    ledger.run("row", "set", LEDGER, "1", "chongNgaySinh=2/1995")
    assert "husband's age" in ledger.run("row", "as-on-page", LEDGER, "1").stderr
    assert ledger.run("row", "set", LEDGER, "1", "chongHoTen=Nguyễn Văn Thử").stderr == ""
    assert "was changed" in ledger.run("row", "as-on-page", LEDGER, "1", exit_status=1).stderr


@pytest.mark.parametrize(
    "assignment", ["chongHoTen==1+1", "chongHoTen=Nguyễn\nVăn", "chongHoTne=x", "so=5", "loaiDangKy=9", "voNgaySinh=x"]
)
def test_what_cannot_be_stored_is_one_sentence_and_changes_nothing(ledger: Command, assignment: str) -> None:
    done = ledger.run("row", "set", LEDGER, "1", "voHoTen=Trần Thị Mẫu", assignment, exit_status=1)
    assert len(done.stderr.strip().splitlines()) == 1
    assert ledger.json("row", "list", LEDGER)[0]["state"] == "empty"


def test_word_without_a_sign_of_equality_is_wrong_usage(ledger: Command) -> None:
    ledger.run("row", "set", LEDGER, "1", "chongHoTen", exit_status=2)


def test_second_of_two_who_saw_the_same_row_types_nothing_over(ledger: Command) -> None:
    ledger.run("row", "set", LEDGER, "1", "voHoTen=Trần Thị Mẫu", "--operator", "một", "--revision", "0")
    ledger.run("row", "set", LEDGER, "1", "voHoTen=Trần Thị Mậu", "--operator", "hai", "--revision", "0", exit_status=1)
    assert ledger.json("row", "list", LEDGER)[0]["columns"]["voHoTen"] == "Trần Thị Mẫu"


def test_row_shows_where_each_value_comes_from_and_its_changes(ledger: Command) -> None:
    ledger.run("row", "set", LEDGER, "1", "nguoiKy=Lê Văn Ký", "--operator", "một")
    shown = {one["column"]: (one["value"], one["source"]) for one in ledger.json("row", "show", LEDGER, "2")}
    assert (shown["nguoiKy"], shown["so"]) == (("Lê Văn Ký", "proposed"), ("002", "known"))
    (change,) = ledger.json("row", "show", LEDGER, "1", "--history")
    assert (change["who"], change["changes"]) == ("một", {"nguoiKy": "Lê Văn Ký"})


def test_another_keying_is_compared(ledger: Command) -> None:
    ledger.run("row", "set", LEDGER, "1", *HUSBAND)
    other = ledger.folder / "other.csv"
    other.write_text("so;chongHoTen\n1;Nguyễn Văn Thứ\n2;\n", encoding="utf-8")
    (difference,) = ledger.json("row", "compare", LEDGER, other)
    assert (difference["number"], difference["column"], difference["kind"]) == ("001", "chongHoTen", "signs")


def test_rows_are_keyed_again_compared_and_looked_at_without_the_page(ledger: Command) -> None:
    settings = ledger.settings.read_text()
    ledger.settings.write_text(f'{settings}\n[rows]\nsecond_look = {{ KH = "double" }}\n')
    required = [one["column"] for one in ledger.json("template", "show", "KH") if one["required"] and not one["filled"]]
    ledger.run("row", "set", LEDGER, "1", *(f"{one}=?" for one in required), "noiDangKy=?", "--operator", "một")
    ledger.run("row", "set", LEDGER, "1", "chongHoTen=Nguyễn Văn Thử", "--operator", "một")
    ledger.run("row", "again", LEDGER, "1", "--operator", "một", exit_status=1)
    ledger.run("row", "again", LEDGER, "1", "chongHoTen=Nguyễn Văn Tư", "--done", "--operator", "hai")
    (difference, other) = ledger.json("row", "compare", LEDGER)
    assert (difference["here"], difference["there"], difference["kind"]) == ("Nguyễn Văn Thử", "Nguyễn Văn Tư", "value")
    assert (other["number"], other["kind"]) == ("002", "only-here")
    ledger.settings.write_text(f'{settings}\n[rows]\nsecond_look = {{ KH = "review" }}\n')
    ledger.run("row", "check", LEDGER, "1", "ok", "--operator", "một", exit_status=1)
    ledger.run("row", "check", LEDGER, "1", "ok", "--operator", "ba")
    first = ledger.json("row", "list", LEDGER)[0]
    assert (first["state"], first["checked_by"], first["checked_alone"]) == ("complete", "ba", False)


@pytest.mark.parametrize(("look", "told"), [('{ KX = "double" }', "KX"), ('{ KH = "twice" }', "double")])
def test_second_look_that_the_settings_name_wrongly_is_told(ledger: Command, look: str, told: str) -> None:
    ledger.settings.write_text(f"{ledger.settings.read_text()}\n[rows]\nsecond_look = {look}\n")
    assert told in ledger.run("row", "list", LEDGER, exit_status=1).stderr
