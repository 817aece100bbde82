"""Fake USB devices on the kernel's own dummy host controller: plugged in, pulled out (see usb-gadget.sh)."""

from __future__ import annotations

from pathlib import Path

from checks import eventually, run

_CONFIGURED = Path("/sys/kernel/config/usb_gadget")
_DEVICES = Path("/sys/bus/usb/devices")


def plug_scanner(name: str, vendor: str, product: str) -> Path:
    """Plug in a device of these ids, which answers like no scanner; gives its device node."""
    script = f". /payload/usb-gadget.sh; gadget {name} {vendor} {product}; echo $D"
    return Path(run("bash", "-c", script).stdout.split()[-1])


def plug_stick(name: str, image: Path) -> None:
    """Plug in a stick whose content is ``image``; again after it was pulled out."""
    gadget = _CONFIGURED / name
    if not gadget.exists():
        run("bash", "-c", ". /payload/usb-gadget.sh && modprobe usb_f_mass_storage")
        for folder in ("strings/0x409", "configs/c.1", "functions/mass_storage.0"):
            (gadget / folder).mkdir(parents=True)
        _set(gadget / "idVendor", "0x0951")
        _set(gadget / "idProduct", "0x1666")
        _set(gadget / "strings/0x409/serialnumber", name)
        _set(gadget / "functions/mass_storage.0/lun.0/removable", "1")
        (gadget / "configs/c.1/mass_storage.0").symlink_to(gadget / "functions/mass_storage.0")
    _set(gadget / "functions/mass_storage.0/lun.0/file", str(image))
    _set(gadget / "UDC", next(Path("/sys/class/udc").iterdir()).name)


def pull(name: str) -> None:
    """Pull it out, whoever uses it; returns when the kernel knows."""
    before = {path.name for path in _DEVICES.iterdir()}
    _set(_CONFIGURED / name / "UDC", "")
    eventually(lambda: {path.name for path in _DEVICES.iterdir()} < before)
    run("udevadm", "settle")


def _set(file: Path, value: str) -> None:
    file.write_text(f"{value}\n")
