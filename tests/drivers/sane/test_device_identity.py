from __future__ import annotations

from pathlib import Path

import pytest

from drivers import Identity, Offer
from drivers.errors import Ambiguous
from drivers.sane.device_identity import address_of, is_sane_name, lock_name, matches, matching_offer, serial_of

GLASS = Offer("epson2:libusb:001:004", Identity("Epson", "DS-1630/60", "X5"), "flatbed scanner")
OTHER = Offer("epson2:libusb:001:009", Identity("Epson", "DS-1630/60", "X6"), "flatbed scanner")
REMOTE = Offer("net:10.0.0.9:epson2:libusb:001:004", Identity("Epson", "DS-1630/60"), "flatbed scanner")
UPSTAIRS = Offer("airscan:e0:Upstairs", Identity("eSCL", "Upstairs"), "ip=10.0.0.8")


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    for folder, facts in {"1-2": ("1", "4", "X5K0"), "1-3": ("1", "14", "X5K1"), "usb1": ("1", "1", "")}.items():
        (tmp_path / folder).mkdir()
        for name, text in zip(("busnum", "devnum", "serial"), facts, strict=True):
            (tmp_path / folder / name).write_text(f"{text}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "serial"),
    [
        ("epson2:libusb:001:004", "X5K0"),
        ("canon_dr:libusb:001:014", "X5K1"),
        ("genesys:libusb:002:004", ""),
        ("hpaio:/usb/HP_ScanJet_Pro?serial=CN12", "CN12"),
        ("pixma:04A91912_31DF3E", "31DF3E"),
        ("fujitsu:fi-7160:123456", "123456"),
        ("test:0", ""),
        ("net:10.0.0.9:epson2:libusb:001:004", ""),
    ],
)
def test_serial_comes_from_the_name_or_the_kernel(sysfs: Path, name: str, serial: str) -> None:
    assert serial_of(name, sysfs) == serial


def test_identity_finds_the_device_whatever_it_is_called_today() -> None:
    offers = [OTHER, GLASS]
    assert matching_offer("Epson/DS-1630/60/X5", offers) is GLASS
    assert matching_offer("epson/ds-1630/60", [GLASS]) is GLASS
    assert matching_offer("epson2:libusb:001:004", offers) is GLASS
    assert matching_offer("Epson/DS-1630/60/X7", offers) is None
    assert matching_offer("on/DS-1630/60/X5", offers) is None


def test_identity_of_two_devices_is_refused_with_both_named() -> None:
    with pytest.raises(Ambiguous, match=r"epson2:libusb:001:004 .*X5.* or epson2:libusb:001:009 .*X6"):
        matching_offer("Epson/DS-1630/60", [GLASS, OTHER])


@pytest.mark.parametrize(
    ("device", "offer"),
    [
        ("epson2:Epson/DS-1630/60/X5", GLASS),
        ("net:10.0.0.9:Epson/DS-1630/60", REMOTE),
        ("net:epson/ds-1630/60", REMOTE),
        ("airscan:eSCL/Upstairs", UPSTAIRS),
        ("airscan:escl:Upstairs:http://10.0.0.8/eSCL", UPSTAIRS),
    ],
)
def test_identity_may_say_through_which_backend(device: str, offer: Offer) -> None:
    assert [candidate for candidate in (GLASS, OTHER, REMOTE, UPSTAIRS) if matches(device, candidate)] == [offer]


@pytest.mark.parametrize(
    "device",
    [
        "net:10.0.0.10:Epson/DS-1630/60",
        "epsonds:Epson/DS-1630/60/X5",
        "airscan:wsd:Upstairs:http://10.0.0.8/WSDScanner",
    ],
)
def test_identity_is_not_found_through_another_backend(device: str) -> None:
    assert matching_offer(device, [GLASS, OTHER, REMOTE, UPSTAIRS]) is None


def test_address_is_told_from_a_name() -> None:
    assert address_of("airscan:escl:Tang 2:https://10.0.0.8:443/eSCL") == (
        "escl",
        "Tang 2",
        "https://10.0.0.8:443/eSCL",
    )
    assert address_of("airscan:e0:Upstairs") is None
    assert address_of('airscan:escl:a"b:http://10.0.0.8/eSCL') is None


def test_identity_with_a_slash_is_no_sane_name() -> None:
    assert is_sane_name("net:host:test:0")
    assert not is_sane_name("Canon/N650U/N656U")


def test_lock_survives_a_power_cycle() -> None:
    moved = Offer("epson2:libusb:001:007", GLASS.identity, GLASS.kind)
    assert lock_name(GLASS.name, GLASS.identity) == lock_name(moved.name, moved.identity)
    assert lock_name(REMOTE.name, REMOTE.identity) == "net:10.0.0.9:epson2:Epson/DS-1630/60"
    assert lock_name("test:0", Identity("Noname", "tester")) != lock_name("test:1", Identity("Noname", "tester"))


def test_device_with_a_serial_number_has_one_lock_by_whatever_name() -> None:
    """SANE lists one scanner several times: by USB, by two backends, by the network."""
    known = Identity("Epson", "DS-1630", "X5K0")
    names = ("epson2:libusb:001:004", "epsonds:libusb:001:004", "epsonscan2:DS-1630:X5K0", "airscan:e0:Epson DS-1630")
    assert {lock_name(name, known) for name in names} == {"Epson/DS-1630/X5K0"}
