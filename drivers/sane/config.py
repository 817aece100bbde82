"""A configuration folder for SANE with only the backends that the settings name.

With the stock list of some seventy backends discovery takes seconds; with the needed ones, nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from drivers.sane.device_identity import address_of, backend_of, is_sane_name

_STOCK = Path("/etc/sane.d")
_NET_HOST = re.compile(r"net:(\[[^]]+\]|[^:]+)")
# The test backend starts with 200 mm of glass, too short for A4. As soon as it has a file of its own it forgets the
# default resolution (0.0008 dpi was read back), so that must stand here too.
_TEST = "number_of_devices 2\nresolution 50.0\ngeometry_max 432.0\n"


def write_config(folder: Path, devices: Iterable[str], *, stock: Path = _STOCK) -> Path:
    """Write a folder for ``SANE_CONFIG_DIR`` that serves ``devices`` (as the settings name them), and return it.

    The backends' own files are linked from ``stock``. A device named by its identity alone may belong to any backend,
    so the stock list stays then. Network scanners named by their address are not searched for.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    devices = list(devices)
    backends = sorted({backend_of(device) for device in devices if is_sane_name(device)})
    own = {"test.conf": _TEST}
    if hosts := sorted({match[1] for device in devices if (match := _NET_HOST.match(device))}):
        own["net.conf"] = "".join(f"{line}\n" for line in ("connect_timeout = 10", *hosts))
    through_airscan = [device for device in devices if backend_of(device) == "airscan"]
    if addresses := sorted({address for device in through_airscan if (address := address_of(device))}):
        own["airscan.conf"] = _airscan(addresses, searching=len(addresses) < len(set(through_airscan)))
    if all(is_sane_name(device) for device in devices):
        own["dll.conf"] = "".join(f"{backend}\n" for backend in backends)
        file_names = {f"{backend}.conf" for backend in backends}
    else:
        file_names = {"dll.d", *(file.name for file in stock.glob("*.conf"))}
    linked = {name for name in file_names - own.keys() if (stock / name).exists()}
    for name, text in own.items():
        _replace(folder / name, lambda new, text=text: new.write_text(text, encoding="ascii"))  # type: ignore[misc]
    for name in linked:
        _replace(folder / name, lambda new, name=name: new.symlink_to(stock / name))  # type: ignore[misc]
    for stale in {entry.name for entry in folder.iterdir()} - own.keys() - linked:
        (folder / stale).unlink()
    return folder


def _airscan(addresses: list[tuple[str, str, str]], *, searching: bool) -> str:
    """sane-airscan(5): the devices, and whether others are looked for in the network, which takes seconds."""
    devices = [f'"{name}" = {url}, {protocol}' for protocol, name, url in addresses]
    return "\n".join(["[devices]", *devices, "[options]", f"discovery = {'enable' if searching else 'disable'}", ""])


def _replace(file: Path, make: Callable[[Path], object]) -> None:
    """Put a new file in place of ``file`` at once: another process of the station may be reading it."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    make(new)
    new.rename(file)
