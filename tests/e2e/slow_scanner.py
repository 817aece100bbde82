"""A real SANE device that takes about a second for a sheet, so that a scan can be watched, met and stopped."""

from __future__ import annotations

from pathlib import Path

#: A second scanner for the settings; its feeder holds ten sheets. Reads are delayed by SANE's test backend itself.
SLOW = """
[[scanner]]
id = "slow"
driver = "sane"
device = "test:0"
profile = "coarse"

[scanner.options]
read-delay = true
read-delay-duration = 200000
read-limit = true
read-limit-size = 20000

[[profile]]
id = "coarse"
mode = "grey"
dpi = 100
paper = "A4"
"""

SCAN_SLOWLY = ("--scanner", "slow", "--source", "adf")


def children_of(pid: int) -> list[int]:
    """The scanner programs that the process ``pid`` started and that still run."""
    command_line = f"drivers.sane.child\0--parent\0{pid}\0".encode()
    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if command_line in _command_line(process)]


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it ended meanwhile
        return b""
