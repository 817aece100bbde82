"""What a province prepared for a station goes where it belongs, for those who may read it."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from station.domain import station_folder
from station.errors import Refused
from station.setup import first_run, prepared_folder
from station.setup.first_run import Answers

ANSWERS = Answers(station_id="qt-01", place_code="19429", commune="Xã Thử Nghiệm", province="Tỉnh Mẫu")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a destination, but with a repository; apt's own folder is not this machine's."""
    monkeypatch.setattr(station_folder, "APT", tmp_path / "apt")
    folder = tmp_path / "qt-01"
    folder.mkdir()
    (folder / "station.toml").write_text(first_run.text(ANSWERS), encoding="utf-8")
    (folder / "tramquet.sources").write_text("Suites: @RELEASE@-first/\n")
    (folder / "tramquet.asc").write_text("key")
    (folder / "52tramquet").write_text("origins")
    return folder


def test_sources_are_for_the_release_of_this_pc_and_everybody_may_read_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "debian", "VERSION_CODENAME": "trixie"})
    prepared_folder.read(folder).put_files()
    sources = tmp_path / "apt/sources.list.d/tramquet.sources"
    assert sources.read_text() == "Suites: trixie-first/\n"
    assert sources.stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "apt/keyrings/tramquet.asc").read_text() == "key"
    assert (tmp_path / "apt/apt.conf.d/52tramquet").read_text() == "origins"


def test_other_systems_are_given_no_repository_of_debian_packages(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "ubuntu", "VERSION_CODENAME": "noble"})
    assert prepared_folder.read(folder).files == ()


def test_half_a_repository_is_refused(folder: Path) -> None:
    (folder / "tramquet.asc").unlink()
    with pytest.raises(Refused, match=r"tramquet\.asc"):
        prepared_folder.read(folder)


def test_settings_stand_where_they_say_the_same_but_for_what_is_the_pc_s_own(folder: Path, tmp_path: Path) -> None:
    prepared = prepared_folder.read(folder)
    config = tmp_path / "station.toml"
    assert not prepared.stands_in(config)
    own = Answers(**{**vars(ANSWERS), "scanner": "test:0", "data": "/srv/tramquet"})
    config.write_text(first_run.text(own) + "# a comment\n", encoding="utf-8")
    assert prepared.stands_in(config)
    config.write_text(first_run.text(own) + "\n[lan]\nenabled = true\n", encoding="utf-8")
    assert not prepared.stands_in(config)
