from __future__ import annotations

from pathlib import Path

import pytest

from drivers.sane import scanner as sane


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    folder = tmp_path / "stock"
    (folder / "dll.d").mkdir(parents=True)
    for name in ("dll.conf", "epson2.conf", "net.conf", "test.conf", "fujitsu.conf"):
        (folder / name).write_text(f"# stock {name}\n")
    return folder


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_only_the_named_backends_are_asked(tmp_path: Path, stock: Path) -> None:
    folder = sane.write_config(tmp_path / "own", ["epson2:libusb:001:004", "net:10.0.0.9:test:0"], stock=stock)
    assert (folder / "dll.conf").read_text() == "epson2\nnet\n"
    assert (folder / "net.conf").read_text() == "connect_timeout = 10\n10.0.0.9\n"
    assert (folder / "epson2.conf").read_text() == "# stock epson2.conf\n"
    assert "fujitsu.conf" not in names(folder)


def test_identity_with_its_backend_keeps_the_list_short(tmp_path: Path, stock: Path) -> None:
    devices = ["epson2:Epson/DS-1630/X5", "net:10.0.0.9:Epson/DS-1630"]
    folder = sane.write_config(tmp_path / "own", devices, stock=stock)
    assert (folder / "dll.conf").read_text() == "epson2\nnet\n"
    assert (folder / "net.conf").read_text().split()[-1] == "10.0.0.9"


def test_network_scanners_known_by_their_address_are_not_searched_for(tmp_path: Path, stock: Path) -> None:
    devices = ["airscan:escl:Tang 2:http://10.0.0.8/eSCL", "airscan:wsd:Tang 3:http://10.0.0.7:5358/WSDScanner"]
    written = (sane.write_config(tmp_path / "own", devices, stock=stock) / "airscan.conf").read_text()
    assert '"Tang 2" = http://10.0.0.8/eSCL, escl\n"Tang 3" = http://10.0.0.7:5358/WSDScanner, wsd\n' in written
    assert "discovery = disable" in written
    searched = sane.write_config(tmp_path / "own", [*devices, "airscan:eSCL/Tang 4"], stock=stock)
    assert "discovery = enable" in (searched / "airscan.conf").read_text()


def test_a_device_named_by_identity_keeps_the_stock_list(tmp_path: Path, stock: Path) -> None:
    folder = sane.write_config(tmp_path / "own", ["Epson/DS-1630"], stock=stock)
    assert (folder / "dll.conf").read_text() == "# stock dll.conf\n"
    assert {"fujitsu.conf", "dll.d"} <= names(folder)


def test_writing_again_forgets_what_is_not_named_any_more(tmp_path: Path, stock: Path) -> None:
    sane.write_config(tmp_path / "own", ["Epson/DS-1630"], stock=stock)
    folder = sane.write_config(tmp_path / "own", ["test:0"], stock=stock)
    assert names(folder) == {"dll.conf", "test.conf"}


def test_written_config_offers_the_virtual_devices_with_room_for_a3(config: Path) -> None:
    offers = sane.discover(config)
    assert {"test:0", "pnm:0"} <= {offer.name for offer in offers}
    assert {str(offer.identity) for offer in offers} == {"Noname/frontend-tester", "Noname/PNM file reader"}
