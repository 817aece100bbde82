from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivers import Identity, Offer
from drivers.errors import Busy
from drivers.sane_identities import claim, is_sane_name, lock_name, matching, serial_of

GLASS = Offer("epson2:libusb:001:004", Identity("Epson", "DS-1630/60", "X5"), "flatbed scanner")
OTHER = Offer("epson2:libusb:001:009", Identity("Epson", "DS-1630/60", "X6"), "flatbed scanner")


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
    ],
)
def test_serial_comes_from_the_name_or_the_kernel(sysfs: Path, name: str, serial: str) -> None:
    assert serial_of(name, sysfs) == serial


def test_identity_finds_the_device_whatever_it_is_called_today() -> None:
    offers = [OTHER, GLASS]
    assert matching("Epson/DS-1630/60/X5", offers) is GLASS
    assert matching("epson/ds-1630/60", offers) is OTHER
    assert matching("epson2:libusb:001:004", offers) is GLASS
    assert matching("Epson/DS-1630/60/X7", offers) is None


def test_identity_with_a_slash_is_no_sane_name() -> None:
    assert is_sane_name("net:host:test:0")
    assert not is_sane_name("Canon/N650U/N656U")


def test_lock_survives_a_power_cycle() -> None:
    moved = Offer("epson2:libusb:001:007", GLASS.identity, GLASS.kind)
    assert lock_name(GLASS.name, GLASS.identity) == lock_name(moved.name, moved.identity)
    assert lock_name("test:0", Identity("Noname", "tester")) != lock_name("test:1", Identity("Noname", "tester"))


def test_lock_is_held_once_and_free_after(locks: Path) -> None:
    held = claim(locks, "Máy quét/1")
    with pytest.raises(Busy):
        claim(locks, "Máy quét/1")
    os.close(claim(locks, "Máy quét/2"))
    os.close(held)
    os.close(claim(locks, "Máy quét/1"))
    assert all(file.name.isascii() for file in locks.iterdir())
