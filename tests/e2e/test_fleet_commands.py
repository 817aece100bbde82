"""Stations set up from the province's sheet, by the commands as a technician gives them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from station import settings
from station.domain import station_folder
from station.receiver.tokens import Tokens
from station.settings.tables import FolderDestination, TusDestination
from tests.station.province.debian_packages import package, signing_home
from tests.station.province.received import Received
from tests.stations import Command

COMMUNES = "Mã xã,Xã,Huyện cũ,Tỉnh\n01234,Xã Thử Nghiệm,Huyện Ví Dụ,Tỉnh Mẫu\n19430,Xã Bên Cạnh,,\n"
SHEET = "Mã trạm,Mã xã,Máy quét,Đợt\nqt-01,01234; 19430,,1\nqt-02,19430,plustek/opticbook/2,2\n"


@pytest.fixture
def province(tmp_path: Path) -> Received:
    """A province whose settings name a sheet, two destinations and an authority of its own."""
    received = Received(tmp_path / "province")
    file = received.settings(COMMUNES)
    stick = tmp_path / "stick"
    stick.mkdir()
    more = f"""
[stations]
sheet = "stations.csv"
tokens = "station-tokens"

[[destination]]
id = "stick"
kind = "folder"
path = "{stick}"

[[destination]]
id = "province"
kind = "tus"
url = "https://tiepnhan.example/files"
receipts = "https://tiepnhan.example/receipts"
ca_file = "tinh.pem"
limit_kbit = 512
"""
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    (received.folder / "stations.csv").write_text(SHEET, encoding="utf-8")
    (received.folder / "tinh.pem").write_text("authority")
    return received


def stations(province: Received, *words: object, exit_status: int = 0) -> str:
    """What the command prints, on both streams."""
    line = ("province", "--settings", province.folder / "province.toml", "stations", *words)
    done = Command(province.folder, {"TRAMQUET_LANGUAGE": "en"}).run(*line, exit_status=exit_status)
    return str(done.stdout + done.stderr)


def test_folders_hold_what_each_station_needs_and_no_token_is_printed(province: Received, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = stations(province, "--to", out)
    assert "2 stations have their folders" in said
    first, second = (settings.load(out / station / "station.toml") for station in ("qt-01", "qt-02"))
    assert [(place.code, place.province) for place in first.places] == [("01234", "Tỉnh Mẫu"), ("19430", "Tỉnh Mẫu")]
    stick, line = first.destinations
    assert isinstance(stick, FolderDestination)
    assert isinstance(line, TusDestination)
    assert (line.limit_kbit, str(line.token_file), str(line.ca_file)) == (
        512,
        "/etc/tramquet/token",
        "/etc/tramquet/tinh.pem",
    )
    assert (first.scanners, len(second.scanners)) == ((), 1)
    token = (out / "qt-01/token").read_text().strip()
    assert Tokens(stations=province.folder / "station-tokens").owner(f"Bearer {token}") == "qt-01"
    assert token not in said
    assert token not in stations(province, "--to", out, "--json")


def test_bad_row_is_refused_with_its_cell_and_nothing_is_written(province: Received, tmp_path: Path) -> None:
    (province.folder / "stations.csv").write_text(SHEET + "qt-03,99999,,\n", encoding="utf-8")
    said = stations(province, "--to", tmp_path / "out", exit_status=1)
    assert 'Row 4: The list of communes has no code 99999; mend the code, or the list. (cell B4, seen: "99999")' in said
    assert not (tmp_path / "out").exists()
    assert not (province.folder / "station-tokens").exists()


def test_other_sheet_may_be_named_and_a_new_token_asked_for(province: Received, tmp_path: Path) -> None:
    sheet = tmp_path / "one.csv"
    sheet.write_text("Mã trạm,Mã xã\nqt-07,19430\n", encoding="utf-8")
    stations(province, sheet, "--to", tmp_path / "out")
    (tmp_path / "out/qt-07/token").unlink()
    assert "hold none: qt-07" in stations(province, sheet, "--to", tmp_path / "out")
    assert "1 with a new token" in stations(province, sheet, "--to", tmp_path / "out", "--new-token", "qt-07")


def test_setup_takes_the_folder_without_asking_and_again_changes_nothing(province: Received, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stations(province, "--to", out)
    folder = out / "qt-02"
    text = (folder / "station.toml").read_text(encoding="utf-8")
    text = text.replace("/etc/tramquet", str(tmp_path / "etc"))  # this machine's own stays as it is
    (folder / "station.toml").write_text(text, encoding="utf-8")
    (tmp_path / "sane").mkdir()
    (tmp_path / "sane/dll.conf").touch()
    pc = Command(tmp_path, {"TRAMQUET_LANGUAGE": "en", "SANE_CONFIG_DIR": str(tmp_path / "sane")})
    words = ("--data", pc.data, "setup", "--from", folder, "--untested")
    pc.run(*words, exit_status=1)  # doctor tells that neither scanner nor line are here
    loaded = settings.load(pc.settings)
    assert (loaded.station.id, [one.id for one in loaded.destinations]) == ("qt-02", ["stick", "province"])
    assert loaded.station.data == pc.data
    assert (tmp_path / "etc/token").read_bytes() == (folder / "token").read_bytes()
    assert (tmp_path / "etc/token").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "etc/tinh.pem").read_text() == "authority"

    before = pc.settings.read_text(encoding="utf-8")
    (folder / "token").write_text("a new one\n")
    pc.run(*words, exit_status=1)
    assert pc.settings.read_text(encoding="utf-8") == before
    assert (tmp_path / "etc/token").read_text() == "a new one\n"

    pc.settings.write_text(before.replace("qt-02", "qt-99"), encoding="utf-8")
    (folder / "token").write_text("yet another\n")
    assert "[settings-there]" in pc.refused(*words)
    assert (tmp_path / "etc/token").read_text() == "a new one\n", "refused, nothing is exchanged by half"
    pc.run(*words, "--replace", exit_status=1)
    assert settings.load(pc.settings).station.id == "qt-02"


def test_folder_that_lacks_a_file_its_settings_name_is_refused(province: Received, tmp_path: Path) -> None:
    stations(province, "--to", tmp_path / "out")
    folder = tmp_path / "out/qt-01"
    text = (folder / "station.toml").read_text(encoding="utf-8").replace("/etc/tramquet", str(tmp_path / "etc"))
    (folder / "station.toml").write_text(text, encoding="utf-8")
    (folder / station_folder.TOKEN).unlink()
    pc = Command(tmp_path, {"TRAMQUET_LANGUAGE": "en"})
    assert "[setup-file-missing]" in pc.refused("--data", pc.data, "setup", "--from", folder)
    assert not pc.settings.exists()
    assert not (tmp_path / "etc").exists()


@pytest.fixture
def releasing(province: Received, tmp_path: Path) -> Iterator[Received]:
    """The same with a repository; station qt-01 is of the first stage, qt-02 of the second."""
    with signing_home() as home:
        file = province.folder / "province.toml"
        release = f'[release]\nrepository = "repository"\naddress = "https://tinh.example/apt"\nsigning = "{home}"\n'
        file.write_text(file.read_text(encoding="utf-8") + release, encoding="utf-8")
        yield province


def release(province: Received, *words: object, exit_status: int = 0) -> str:
    line = ("province", "--settings", province.folder / "province.toml", "release", *words)
    done = Command(province.folder, {"TRAMQUET_LANGUAGE": "en"}).run(*line, exit_status=exit_status)
    return str(done.stdout + done.stderr)


def test_version_goes_from_stage_to_stage_only_while_all_that_have_it_are_well(
    releasing: Received, tmp_path: Path
) -> None:
    made = tmp_path / "tramquet-0.3.0"
    (made / "debian12").mkdir(parents=True)
    package(made / "debian12", "0.3.0")
    now = datetime.now(UTC)
    releasing.receipt("0" * 64, 1, "x", "qt-01", now)
    assert "[release-none]" in release(releasing, exit_status=1)
    assert "first tenth" in release(releasing, "add", made)
    assert "qt-01: silent, last heard – with version –" in release(releasing, "raise", exit_status=1)

    releasing.heard("qt-01", ago=6, version="0.3.0", received_at=now)
    releasing.heard("qt-01", version="0.3.0", received_at=now)
    assert "1 station is well with it, 0 not. It may go on" in release(releasing)
    assert "half of the stations" in release(releasing, "raise")
    held = release(releasing, "raise", exit_status=1)
    assert "qt-02: silent" in held
    assert "qt-01" not in held
    assert "all stations" in release(releasing, "raise", "--without", "qt-02")
    assert "nobody any more" in release(releasing, "stop", "0.3.0")
    assert "[release-unknown]" in release(releasing, "stop", "0.3.0", exit_status=1)


def test_folders_of_stations_name_the_repository_their_stage_and_its_key(releasing: Received, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "tramquet.asc" in stations(releasing, "--to", out, exit_status=1)
    package(tmp_path, "0.3.0")
    release(releasing, "add", tmp_path)
    stations(releasing, "--to", out)
    told = {station: (out / station / "tramquet.sources").read_text() for station in ("qt-01", "qt-02")}
    assert "Suites: @RELEASE@-first/\n" in told["qt-01"]
    assert "Suites: @RELEASE@-half/\n" in told["qt-02"]
    assert "URIs: https://tinh.example/apt\n" in told["qt-02"]
    assert (out / "qt-01/tramquet.asc").read_bytes() == (releasing.folder / "repository/tramquet.asc").read_bytes()
    assert "origin=tramquet" in (out / "qt-01/52tramquet").read_text()
