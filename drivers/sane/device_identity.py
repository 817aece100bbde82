"""Stable identities of devices, derived from SANE's names, and the names of their locks.

SANE's device list has vendor and model but no serial number. Some backends put it into the device name; for a
``libusb:BUS:DEVICE`` name, which changes on every power cycle, the kernel knows it.

A device is meant by one of four spellings:

* its SANE name, ``epson2:libusb:001:004``: what SANE calls it today;
* its identity, ``Epson/DS-1630`` or ``Epson/DS-1630/X5K0``: whatever SANE calls it, but every backend must be asked;
* both, ``epson2:Epson/DS-1630`` or ``net:10.0.0.9:Epson/DS-1630``: found by its identity, and only there;
* its address, ``airscan:escl:Upstairs:http://10.0.0.8/eSCL``: a network scanner that nothing has to search for.
"""

from __future__ import annotations

import re
from pathlib import Path

from drivers import Identity, Offer
from drivers.errors import Ambiguous

_SYSFS = Path("/sys/bus/usb/devices")
_LIBUSB = re.compile(r"libusb:(\d+):(\d+)")
# hpaio:/usb/HP_ScanJet?serial=CN1234, pixma:04A91912_31DF3E, fujitsu:fi-7160:123456
_SERIAL_IN_NAME = re.compile(r"[?&]serial=([^&]+)|^pixma:[0-9A-Fa-f]{8}_([^:]+)$|^fujitsu:[^:]+:(\d+)$")
_SANE_NAME = re.compile(r"[a-z][a-z0-9_-]*:")
# Quotes and control characters would end the name in the backend's own file; python-sane reads names as Latin-1.
_AIRSCAN = re.compile(r"airscan:(escl|wsd):([^:\"\x00-\x1f\x7f-\U0010ffff]+):(https?://[^\s\",;#]+)")


def is_sane_name(device: str) -> bool:
    """Whether ``device`` is a name for SANE (``backend:...``) and not an identity (``vendor/model/serial``)."""
    return _SANE_NAME.match(device) is not None


def backend_of(device: str) -> str:
    """The backend that a SANE name belongs to: ``test`` of ``test:0``."""
    return device.partition(":")[0]


def serial_of(name: str, sysfs: Path = _SYSFS) -> str:
    """The serial number of the device that SANE calls ``name``, or "" where it is not known."""
    if backend_of(name) == "net":  # the USB of another PC
        return ""
    if usb := _LIBUSB.search(name):
        for folder in sorted(sysfs.glob("*")):
            if _numbers(folder) == (int(usb[1]), int(usb[2])):
                return _read(folder / "serial")
        return ""
    if match := _SERIAL_IN_NAME.search(name):
        return next(group for group in match.groups() if group)
    return ""


def address_of(device: str) -> tuple[str, str, str] | None:
    """Protocol (``escl``, ``wsd``), name and URL of a network scanner that is meant by its address, else None."""
    return (match[1], match[2], match[3]) if (match := _AIRSCAN.fullmatch(device)) else None


def matches(device: str, offer: Offer) -> bool:
    """Whether ``device``, in any of its four spellings, is ``offer``; upper and lower case of an identity are one."""
    if device == offer.name:
        return True
    if address := address_of(device):
        return (address[0], address[1]) == (offer.identity.vendor.casefold(), offer.identity.model)
    for identity in (str(offer.identity), f"{offer.identity.vendor}/{offer.identity.model}"):
        if device.casefold().endswith(identity.casefold()):
            through = device[: -len(identity)]
            if not through or (through.endswith(":") and offer.name.startswith(through)):
                return True
    return False


def matching_offer(device: str, offers: list[Offer]) -> Offer | None:
    """The one of ``offers`` that ``device`` means, None where none is.

    :raises Ambiguous: an identity fits several devices, all named in the error; a person must say which.
    """
    fitting = [offer for offer in offers if offer.name == device] or [
        offer for offer in offers if matches(device, offer)
    ]
    if len(fitting) > 1:
        raise Ambiguous(f"{device} may be " + " or ".join(f"{offer.name} ({offer.identity})" for offer in fitting))
    return fitting[0] if fitting else None


def lock_name(name: str, identity: Identity) -> str:
    """What the lock of a device is called.

    With a serial number it is the identity. Without one it is the SANE name where that is stable; a libusb name is not,
    so two such devices of one model on one PC share a lock.
    """
    if usb := _LIBUSB.search(name):
        through = name[: usb.start()] if backend_of(name) == "net" else ""
        return f"{through}{identity}"
    return str(identity) if identity.serial else name


def _numbers(folder: Path) -> tuple[int, int] | None:
    bus, device = _read(folder / "busnum"), _read(folder / "devnum")
    return (int(bus), int(device)) if bus.isdigit() and device.isdigit() else None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
