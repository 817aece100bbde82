"""A scanner with a button, played by a SANE backend of our own (``button_backend.c``), and the finger on it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from drivers import Progress
from tests.waiting import eventually

DEVICE = "button:0"
#: For the settings of a station.
GLASS = f"""
[[scanner]]
id = "glass"
driver = "sane"
device = "{DEVICE}"
button = true
profile = "coarse"

[[profile]]
id = "coarse"
mode = "grey"
dpi = 100
"""


class ButtonScanner:
    """The device ``button:0``; ``environment`` lets SANE find it. Its sensors are files in a folder."""

    def __init__(self, folder: Path) -> None:
        """Compile the backend into ``folder``."""
        self._sensors = folder / "sensors"
        self._sensors.mkdir(parents=True)
        source = Path(__file__).with_name("button_backend.c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", folder / "libsane-button.so.1", source], check=True)
        paths = [str(folder), os.environ.get("LD_LIBRARY_PATH", "")]
        self.environment = {"LD_LIBRARY_PATH": ":".join(filter(None, paths)), "BUTTON_SENSORS": str(self._sensors)}

    def switch_on(self, sensor: str) -> None:
        """Let a sensor say yes: ``scan`` is a button that is held down."""
        (self._sensors / sensor).touch()

    def switch_off(self, sensor: str) -> None:
        """Let it say no."""
        (self._sensors / sensor).unlink(missing_ok=True)

    def finger(self, progress: Progress) -> None:
        """A listener that presses the button, and lets it go, whenever it is waited for."""
        if progress.waiting:
            self.press()

    def press(self) -> None:
        """Press the button and let it go, as quick as it may be: the device keeps it until it is asked."""
        self.switch_on("scan-kept")

    def asked(self) -> int:
        """How often the device was asked for its button."""
        file = self._sensors / "asked"
        return file.stat().st_size if file.exists() else 0

    def until_asked(self, times: int) -> None:
        """Wait until the device was asked so many times more."""
        target = self.asked() + times
        eventually(lambda: self.asked() >= target)
