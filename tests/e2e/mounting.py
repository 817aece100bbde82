"""A mount namespace of a test's own: real small disks and sticks, seen by the test's commands alone."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, eventually


class MountError(Exception):
    """A command inside the namespace failed; its words say how."""


class Mounts:
    """A namespace held by a process that does nothing; ``through`` runs a command inside, :meth:`seen` looks in."""

    def __init__(self) -> None:
        root = os.geteuid() == 0
        unshare = ["unshare", "--mount", "--propagation", "private", *([] if root else ["--map-root-user"])]
        self._holder = subprocess.Popen([*unshare, "cat"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        pid = self._holder.pid
        user = [] if root else ["--user", "--preserve-credentials"]
        self.through: tuple[str, ...] = ("nsenter", "--target", str(pid), "--mount", *user)
        eventually(lambda: self._holder.poll() is not None or _program(pid) == "cat")

    def close(self) -> None:
        """End the namespace, and with it all that is mounted in it."""
        self._holder.kill()
        self._holder.wait()

    def run(self, *words: object) -> None:
        """Run a command inside."""
        command = [*self.through, *map(str, words)]
        process = subprocess.run(command, capture_output=True, timeout=PATIENCE, text=True)
        if process.returncode:
            raise MountError(f"{' '.join(command)}: exit {process.returncode}: {process.stderr.strip()}")

    def tmpfs(self, folder: Path, size: int) -> None:
        """Put a disk of ``size`` bytes in memory on ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        self.run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", folder)

    def read_only(self, folder: Path) -> None:
        """Let what lies in ``folder`` be seen there as before, and written by nobody inside.

        It is made so aside and then put in its place: where somebody has a file open for writing at that moment,
        the kernel refuses (EBUSY).
        """
        self.run("mount", "--bind", folder, "/mnt")
        self.run("mount", "-o", "remount,bind,ro", "/mnt")
        self.run("mount", "--move", "/mnt", folder)

    def resize(self, folder: Path, size: int) -> None:
        """Change the size of such a disk."""
        self.run("mount", "-o", f"remount,size={size}", folder)

    def seen(self, path: Path) -> Path:
        """The path by which the test sees what lies at ``path`` inside."""
        return Path(f"/proc/{self._holder.pid}/root{path}")

    def fill(self, folder: Path) -> Path:
        """Take all room of the disk at ``folder``, at once; gives the file that takes it."""
        filler = self.seen(folder) / "filler"
        with filler.open("wb") as file:
            # Whoever writes at the same time may be quicker, and may give room back.
            while remaining := _free(filler):
                with contextlib.suppress(OSError):
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), remaining)
        return filler


def _free(path: Path) -> int:
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def _program(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def new_mounts() -> Mounts:
    """A new namespace; the test is skipped where this user may not have one."""
    mounts = Mounts()
    try:
        mounts.run("mount", "-t", "tmpfs", "tmpfs", "/mnt")
        mounts.run("umount", "/mnt")
    except MountError:
        mounts.close()
        pytest.skip("this user may not mount anything, not even in a namespace of its own")
    return mounts
