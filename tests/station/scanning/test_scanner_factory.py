"""Scanners of the settings: what is asked of them by a profile, what is listed, and where SANE is configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers import Chroma, Encoding, Mode, Source, Storing
from drivers.errors import NotFound
from station import context, settings
from station.scanning import scanner_factory
from station.settings.tables import ScanProfile
from tests.station.opened_station import opened_station, write_settings
from tests.stations import sane_config

TEST_DEVICE = '[[scanner]]\nid = "glass"\ndriver = "sane"\ndevice = "test:0"\n'
FOLDER = '[[scanner]]\nid = "drop"\ndriver = "folder"\npath = "drop"\n'


def test_profile_asks_for_the_ledgers_paper() -> None:
    settings = scanner_factory.settings_for(
        ScanProfile(id="p"), fixed=False, source=None, paper_size="A3", provenance={"station": "qt"}
    )
    assert (settings.width_mm, settings.height_mm) == (297, 420)
    assert (settings.source, settings.mode, settings.dpi) == (Source.FLATBED, Mode.COLOUR, 300)
    assert (settings.storing, settings.provenance) == (Storing(Encoding.JPEG, 90, Chroma.FULL), {"station": "qt"})


def test_profiles_own_paper_and_source_win_over_the_ledgers_and_the_persons_over_both() -> None:
    profile = ScanProfile(id="p", paper="A5", source=Source.ADF, dpi=200, mode=Mode.GREY)
    settings = scanner_factory.settings_for(profile, fixed=False, source=None, paper_size="A3", provenance={})
    assert (settings.width_mm, settings.source, settings.dpi, settings.mode) == (148, Source.ADF, 200, Mode.GREY)
    asked_for = scanner_factory.settings_for(
        profile, fixed=False, source=Source.ADF_DUPLEX, paper_size="A3", provenance={}
    )
    assert asked_for.source == Source.ADF_DUPLEX


def test_scanner_that_decides_itself_is_asked_for_no_size_and_resolution() -> None:
    settings = scanner_factory.settings_for(
        ScanProfile(id="p"), fixed=True, source=None, paper_size="A4", provenance={}
    )
    assert (settings.dpi, settings.width_mm, settings.height_mm) == (None, None, None)


def test_settings_and_sane_are_listed_with_stable_identities(tmp_path: Path) -> None:
    with opened_station(tmp_path, TEST_DEVICE + FOLDER) as desk:
        rows = scanner_factory.all_scanners(desk.station)
    by_id = {row.id: row for row in rows if row.id}
    assert by_id["glass"].device == "test:0"
    assert by_id["glass"].identity, "SANE offers it now, so it has an identity"
    assert by_id["drop"].identity is None
    assert all(row.identity for row in rows if row.id is None)


def test_device_of_the_settings_opens(tmp_path: Path) -> None:
    with (
        opened_station(tmp_path, TEST_DEVICE) as desk,
        scanner_factory.open_scanner(desk.station, desk.station.settings.scanner()) as glass,
    ):
        assert str(glass.identity)
        assert not glass.fixed


def test_watched_folder_opens_when_it_is_there(tmp_path: Path) -> None:
    with opened_station(tmp_path, FOLDER) as desk:
        chosen = desk.station.settings.scanner()
        with pytest.raises(NotFound, match="drop"), scanner_factory.open_scanner(desk.station, chosen):
            pass
        (tmp_path / "drop").mkdir()
        with scanner_factory.open_scanner(desk.station, chosen) as folder:
            assert folder.fixed
            assert str(folder.identity) == "folder/drop"


def test_own_short_sane_configuration_is_made_from_the_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SANE_CONFIG_DIR", raising=False)
    with opened_station(tmp_path, TEST_DEVICE) as desk:
        config = scanner_factory.sane_config(desk.station)
        assert config is not None
        assert config.is_relative_to(desk.data)
        assert (config / "dll.conf").read_text(encoding="ascii").split() == ["test"]


def test_environments_sane_configuration_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANE_CONFIG_DIR", str(tmp_path))
    with opened_station(tmp_path, TEST_DEVICE) as desk:
        assert scanner_factory.sane_config(desk.station) is None


@pytest.mark.parametrize("scanner", ["", TEST_DEVICE.replace("test:0", "Canon/LiDE 400/ABC")])
def test_scanner_known_by_its_identity_alone_may_be_of_any_backend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scanner: str
) -> None:
    monkeypatch.delenv("SANE_CONFIG_DIR", raising=False)
    file = write_settings(tmp_path, scanner)
    file.write_text(file.read_text(encoding="utf-8").replace(sane_config(tmp_path, scanner), ""), encoding="utf-8")
    with context.open_station(settings.load(file)) as station:
        assert scanner_factory.sane_config(station) is None
