"""The folders of stations and the receiver's list of tokens: together right, whenever it was broken off."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.errors import Refused, StationError
from station.province import station_files
from station.province.stages import Stage
from station.province.station_files import StationsWritten
from station.province.station_sheet import StationRow
from station.receiver import tokens
from station.receiver.tokens import Tokens
from station.settings.tables import PlaceTable
from station.storage import durable
from tests.stations import hashes

PLACE = PlaceTable(code="19429", commune="Xã Thử Nghiệm", province="Tỉnh Mẫu")
OLD = "0" * 64


def rows(*stations: str) -> list[StationRow]:
    return [StationRow(station, (PLACE,), "none", (), Stage.ALL) for station in stations]


def write(folder: Path, *stations: str, anew: tuple[str, ...] = ()) -> StationsWritten:
    token_list = folder / "etc" / "station-tokens"
    return station_files.write(
        folder / "out", rows(*stations), lambda row: {"station.toml": row.station.encode()}, token_list, anew=anew
    )


def token(folder: Path, station: str) -> str:
    return (folder / "out" / station / "token").read_text().strip()


def owner(folder: Path, station: str) -> str | None:
    """Whose token the receiver takes the station's for."""
    return Tokens(stations=folder / "etc" / "station-tokens").owner(f"Bearer {token(folder, station)}")


def test_each_station_gets_a_token_of_its_own_that_the_receiver_knows(tmp_path: Path) -> None:
    written = write(tmp_path, "qt-02", "qt-01")
    assert sorted(written.fresh) == ["qt-01", "qt-02"]
    assert [owner(tmp_path, station) for station in ("qt-01", "qt-02")] == ["qt-01", "qt-02"]
    told = (tmp_path / "etc/station-tokens").read_text()
    assert token(tmp_path, "qt-01") not in told
    assert (tmp_path / "out/qt-01/token").stat().st_mode & 0o077 == 0
    assert (tmp_path / "etc/station-tokens").stat().st_mode & 0o777 == 0o644, "the receiver is another user"


def test_run_again_in_any_order_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "qt-01", "qt-02")
    before = hashes(tmp_path)
    assert write(tmp_path, "qt-02", "qt-01").fresh == ()
    assert hashes(tmp_path) == before


def test_lines_of_others_and_comments_stay_and_a_station_that_is_there_keeps_its_token(tmp_path: Path) -> None:
    token_list = tmp_path / "etc" / "station-tokens"
    token_list.parent.mkdir()
    token_list.write_text(f"# since 2025\nqt-01 {OLD}   # xã cũ\n")
    token_list.chmod(0o640)
    written = write(tmp_path, "qt-01", "qt-02")
    assert (written.fresh, written.without_token) == (("qt-02",), ("qt-01",))
    assert token_list.read_text().startswith(f"# since 2025\nqt-01 {OLD}   # xã cũ\nqt-02 ")
    assert token_list.stat().st_mode & 0o777 == 0o640
    assert not (tmp_path / "out/qt-01/token").exists()
    assert (tmp_path / "out/qt-01/station.toml").exists()


def test_new_token_that_is_asked_for_revokes_the_old_one_and_no_other(tmp_path: Path) -> None:
    write(tmp_path, "qt-01", "qt-02")
    old, other = token(tmp_path, "qt-01"), token(tmp_path, "qt-02")
    assert write(tmp_path, "qt-01", "qt-02", anew=("qt-01",)).fresh == ("qt-01",)
    assert owner(tmp_path, "qt-01") == "qt-01"
    known = Tokens(stations=tmp_path / "etc/station-tokens")
    assert (known.owner(f"Bearer {old}"), known.owner(f"Bearer {other}")) == (None, "qt-02")


def test_run_that_was_broken_off_before_the_list_is_finished_by_the_next_with_the_same_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies on a stick by then may be at its station already."""
    with monkeypatch.context() as cut:
        cut.setattr(tokens, "enter", lambda *_, **__: pytest.fail("cut"))
        with pytest.raises(pytest.fail.Exception):
            write(tmp_path, "qt-01")
    told = token(tmp_path, "qt-01")
    assert write(tmp_path, "qt-01").fresh == ("qt-01",)
    assert (token(tmp_path, "qt-01"), owner(tmp_path, "qt-01")) == (told, "qt-01")


def test_disk_that_gets_full_leaves_a_list_that_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "qt-01")
    before = (tmp_path / "etc/station-tokens").read_bytes()
    with monkeypatch.context() as full:
        full.setattr(durable, "sync_file", lambda path: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(StationError, match="full"):
            write(tmp_path, "qt-01", "qt-02")
    assert (tmp_path / "etc/station-tokens").read_bytes() == before
    assert write(tmp_path, "qt-01", "qt-02").fresh == ("qt-02",)


def test_stale_token_on_a_stick_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    write(tmp_path, "qt-01")
    (tmp_path / "out/qt-01/token").write_text("of last year\n")
    with pytest.raises(Refused) as refused:
        write(tmp_path, "qt-01", "qt-02")
    assert refused.value.code == "stations-token-other"
    assert "of last year" not in refused.value.sentence("en")
    assert not (tmp_path / "out/qt-02").exists()


def test_token_of_another_station_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "qt-01")
    (tmp_path / "out/qt-02").mkdir()
    (tmp_path / "out/qt-02/token").write_text(token(tmp_path, "qt-01"))
    with pytest.raises(Refused, match="qt-02"):
        write(tmp_path, "qt-01", "qt-02")


def test_station_that_is_not_in_the_sheet_gets_no_new_token(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="qt-09"):
        write(tmp_path, "qt-01", anew=("qt-09",))
    assert not (tmp_path / "out").exists()
