"""Asking SANE for its version and devices in a process of its own: for ``doctor``, the support file, and by hand.

``python -m drivers.sane.probe [DEVICE ...]`` prints one JSON object: libsane's version, what is on offer, and for each
DEVICE (a SANE name or an identity) null where it could be opened, else what SANE said.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from drivers.errors import BackendMissing, DriverError, Stalled

#: Discovery with SANE's whole list, and a scanner in the network that does not answer (s).
_PATIENCE = 60.0


@dataclass(frozen=True)
class ProbeResult:
    """``offers`` are (SANE name, identity), ``opened`` maps each device to why it could not be opened, or None.

    ``trace`` is everything that SANE and its backends printed meanwhile.
    """

    version: str
    offers: list[tuple[str, str]]
    opened: dict[str, str | None]
    trace: str


def probe(
    sane_config: Path | None, devices: Sequence[str] = (), *, environment: Mapping[str, str] | None = None
) -> ProbeResult:
    """Load SANE, discover, and open and close each of ``devices``; ``environment`` is added for that process.

    :raises BackendMissing: python-sane or libsane cannot be loaded, or crashes.
    :raises Stalled: no answer in time.
    """
    env = {**os.environ, **(environment or {})}
    if sane_config is not None:
        env["SANE_CONFIG_DIR"] = str(sane_config)
    command = [sys.executable, "-m", "drivers.sane.probe", *devices]
    try:
        process = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", env=env, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Stalled(f"SANE gave no answer for {_PATIENCE:g} s") from error
    if process.returncode:
        lines = process.stderr.strip().splitlines()
        raise BackendMissing(lines[-1] if lines else f"SANE ended the process ({process.returncode})")
    answer = json.loads(process.stdout.splitlines()[-1])
    return ProbeResult(
        answer["version"], [(name, identity) for name, identity in answer["offers"]], answer["opened"], process.stderr
    )


def _main(devices: Sequence[str]) -> None:
    from drivers.sane.library import Library

    try:
        library = Library()
        offers = library.offers()
    except DriverError as error:
        sys.exit(error.detail)
    errors: dict[str, str | None] = {}
    for device in devices:
        try:
            library.open(library.resolve(device).name).close()
        except DriverError as error:
            errors[device] = f"{error.code}: {error.detail}"
        else:
            errors[device] = None
    # What sane_init tells is the loader's own number, not the package's.
    loaded = re.search(r"libsane\.so\.([\d.]+)", Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace"))
    answer = {
        "version": loaded[1] if loaded else "?",
        "offers": [(one.name, str(one.identity)) for one in offers],
        "opened": errors,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    _main(sys.argv[1:])
