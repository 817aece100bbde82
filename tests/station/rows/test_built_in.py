"""The ministry's import files as data: their columns by number and order, and what each takes."""

from __future__ import annotations

import pytest

from station.messages import LANGUAGES
from station.rows import built_in
from station.rows.columns import OF_THE_ENTRY, ColumnKind, Template

COUNTS = {"KS": 60, "KH": 44, "KT": 48, "CMC": 50, "HN": 35}
TEMPLATES = [built_in.template(code) for code in built_in.TYPES]


def test_who_somebody_is_is_proposed_for_nobody_else_but_an_applicant_may_be_one_of_the_persons() -> None:
    told = {
        (code, column.name): column.persons
        for code in built_in.TYPES
        for column in built_in.template(code).columns.values()
        if column.is_of_one_person and column.persons
    }
    assert told["KS", "nycHoTen"] == ("meHoTen", "chaHoTen", "nksHoTen")
    assert told["HN", "nycHoTen"] == ("nxnHoTen",)
    assert {(code, name[:3]) for code, name in told} == {(code, "nyc") for code in ("KS", "CMC", "HN")}
    assert not built_in.template("KH").columns["voHoTen"].persons


def test_each_import_file_has_the_ministrys_number_of_columns() -> None:
    assert {one.type: len(one.columns) for one in TEMPLATES} == COUNTS


def test_births_begin_and_end_as_the_ministrys_file_does() -> None:
    births = list(built_in.template("KS").columns)
    assert births[:4] == ["so", "quyenSo", "trangSo", "ngayDangKy"]
    assert births[20:23] == ["nksLoaiKhaiSinh", "nksMatTich", "nksMatTichNgayGhiChuTuyenBo"]
    assert births[30:32] == ["nksHanCheNangLucHanhViNgayCanCuHuyTuyenBo", "meHoTen"]
    assert births[-1] == "qgNuocNgoaiDaDangKy"


def test_marriages_have_the_clerk_behind_the_day_since_which_they_hold() -> None:
    marriages = list(built_in.template("KH").columns)
    assert marriages[8:12] == ["ngayXacLapQuanHeHonNhan", "nguoiThucHien", "ghiChu", "tinhTrangKetHon"]
    assert marriages[16:18] == ["chongHoTen", "chongNgaySinh"]


def test_type_without_import_file_has_what_the_station_knows() -> None:
    template = built_in.template("GH")
    assert not template.imported
    assert {"so", "ngayDangKy", "noiDangKy"} <= template.columns.keys()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.type)
def test_columns_that_only_the_code_kind_takes_have_codes(template: Template) -> None:
    assert all((column.kind == ColumnKind.CODE) == bool(column.codes) for column in template.columns.values())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.type)
def test_all_is_named_in_both_languages(template: Template) -> None:
    labels = [group.label for group in template.groups]
    labels += [one.title for one in template.columns.values()]
    labels += [label for one in template.columns.values() for label in (one.codes or {}).values()]
    assert all(label.sentence(language) for label in labels for language in LANGUAGES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.type)
def test_checks_speak_of_columns_that_are_there(template: Template) -> None:
    known = template.columns.keys() | template.later.keys()
    for check in template.checks:
        names = {check.first, check.then, check.number, check.paper, check.birth, check.sex} - {""}
        assert names <= known, check


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.type)
def test_the_station_fills_number_book_page_and_date(template: Template) -> None:
    assert {one.fill for one in template.columns.values()} >= OF_THE_ENTRY


def test_lists_that_columns_name_are_there() -> None:
    for template in TEMPLATES:
        for column in template.columns.values():
            assert column.names_list is None or built_in.names_list(column.names_list) is not None


def test_date_in_words_belongs_to_a_date_of_its_own_group() -> None:
    words = {one.name: one.words_of for one in built_in.template("KS").columns.values() if one.words_of}
    assert words == {"nksNgaySinhBangChu": "nksNgaySinh"}
    assert built_in.template("KT").columns["nktNgayChetGhiBangChu"].words_of == "nktNgayChet"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.type)
def test_what_a_column_tells_more_of_is_a_code_that_may_say_nothing(template: Template) -> None:
    details = {one.name: one.detail_of for one in template.columns.values() if one.detail_of}
    for code in details.values():
        assert "0" in (template.columns[code].codes or {}), code


def test_number_of_a_paper_tells_more_of_that_paper() -> None:
    births, deaths = (built_in.template(one).columns for one in ("KS", "KT"))
    assert births["meSoGiayToTuyThan"].detail_of == "meLoaiGiayToTuyThan"
    assert deaths["gbtSo"].detail_of == "gbtLoai"


def test_there_are_fifty_four_ethnic_groups() -> None:
    assert len(set(built_in.names_list("ethnic-groups"))) == 54
