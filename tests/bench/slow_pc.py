"""An old PC, made of this one: a group of processes whose processors and disk the kernel holds back.

All processors together give a share of their time, in steps so short that no page sees them, and what is sent to the
disk at a sync goes at a hard disk's pace. The kernel's own late writing (30 s) and its journal are not held back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.waiting import eventually

#: Of each processor's time.
SHARE = 0.25
#: Bytes a second.
DISK = 20_000_000
_STEP = 20_000  # microseconds
#: The share is its own, whatever else this PC has to do (cpu.shares, the most there is).
_BEFORE_OTHERS = 262_144
#: Control groups, version 1: each kind has a tree of its own (Documentation/admin-guide/cgroup-v1 of the kernel).
_PROCESSORS, _DISKS = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup/blkio")
_ENTER = 'for group in "$1" "$2"; do echo $$ > "$group/cgroup.procs" || exit; done; shift 2; exec "$@"'


def missing() -> str:
    """Why no PC can be made slow here; empty where it can."""
    if os.geteuid() != 0:
        return "only root may make groups of processes"
    lacking = [str(tree) for tree in (_PROCESSORS, _DISKS) if not (tree / "cgroup.procs").exists()]
    return f"no groups of version 1 at {' and '.join(lacking)}" if lacking else ""


@contextmanager
def slow_pc(folder: Path) -> Iterator[list[str]]:
    """The words to put before a command: with all its children it then runs on an old PC whose disk has ``folder``.

    All of them must have ended when the block does.
    """
    with ExitStack() as groups:
        processors = groups.enter_context(_group(_PROCESSORS))
        (processors / "cpu.shares").write_text(str(_BEFORE_OTHERS))
        (processors / "cpu.cfs_period_us").write_text(str(_STEP))
        (processors / "cpu.cfs_quota_us").write_text(str(int(SHARE * (os.cpu_count() or 1) * _STEP)))
        disk = groups.enter_context(_group(_DISKS))
        (disk / "blkio.throttle.write_bps_device").write_text(f"{_disk_of(folder)} {DISK}")
        yield ["sh", "-c", _ENTER, "sh", str(processors), str(disk)]


@contextmanager
def _group(tree: Path) -> Iterator[Path]:
    group = tree / f"tramquet-bench-{os.getpid()}"
    group.mkdir()
    try:
        yield group
    finally:
        eventually(lambda: not (group / "cgroup.procs").read_text())
        group.rmdir()


def _disk_of(folder: Path) -> str:
    """The number of the whole disk below a folder: a part of one cannot be held back."""
    number = folder.stat().st_dev
    device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve(strict=True)
    return ((device.parent if (device / "partition").exists() else device) / "dev").read_text().strip()
