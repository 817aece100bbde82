"""Virtual machines that live through more than one boot: started, listened to, and killed.

``boot-vm.sh`` of ../shared/tools makes Debian's kernel and tree, and boots them for one script and with a disk that
forgets. Here the disk is kept, and a file system gets the journal that a PC's has.
"""

from __future__ import annotations

import os
import queue
import subprocess
import threading
import time
from pathlib import Path

from tests.systemd.bundles import CACHE, TOOLS, needs

#: Emulated without KVM everything takes ten to twenty times as long as on a PC.
PATIENCE = 600.0
_CLOSED = "@@closed@@"


class Kernel:
    """Debian 12's own kernel and its smallest tree, as boot-vm.sh makes them (40 s, once)."""

    def __init__(self) -> None:
        needs("qemu-system-x86_64", "qemu-system-x86")
        for program in ("mmdebstrap", "cpio", "zstd", "e2fsck"):
            needs(program, "e2fsprogs" if program == "e2fsck" else program)
        cache = CACHE / "vm"
        cache.mkdir(parents=True, exist_ok=True)
        if not list(cache.glob("bookworm-*/root.img")):
            nothing = cache / "nothing.sh"
            nothing.write_text("#!/bin/sh\n", encoding="utf-8")
            subprocess.run([TOOLS / "boot-vm.sh", nothing], env={**os.environ, "CACHE": str(cache)}, check=True)
        self.folder = next(cache.glob("bookworm-*/root.img")).parent

    def new_image(self, image: Path) -> Path:
        """A PC's disk with nothing but Debian: 5 GB, ext4 with its journal."""
        subprocess.run(["cp", "--sparse=always", self.folder / "root.img", image], check=True)
        os.truncate(image, 5 * 1024**3)
        for words in (["e2fsck", "-fp"], ["resize2fs"], ["tune2fs", "-j"]):
            process = subprocess.run([*words, image], capture_output=True, text=True, env={"PATH": _SBIN}, check=False)
            assert process.returncode <= 1, process.stdout + process.stderr  # 1: e2fsck has mended
        return image


_SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"


def faults_of(image: Path, *words: str) -> str:
    """Look at a file system as a PC does at each start; gives what only a person could mend, empty for nothing.

    Debian's initramfs runs fsck before it mounts the root (fsck(8): -a is e2fsck's -p), boot-vm.sh's has none. A commit
    of the journal that reached the disk by half is refused by the kernel and mended by e2fsck (seen with 6.1).
    """
    line: list[str | Path] = ["e2fsck", "-p", *words, image]
    process = subprocess.run(line, capture_output=True, text=True, env={"PATH": _SBIN}, check=False)
    return "" if process.returncode <= 1 else process.stdout + process.stderr


class Machine:
    """A machine that boots ``drive`` and runs ``script`` of the folder ``payload``; what that prints comes in lines."""

    def __init__(
        self, kernel: Kernel, work: Path, drive: str, payload: Path, script: str, *more: str, words: str = ""
    ) -> None:
        subprocess.run(["tar", "--sparse", "-cf", work / "payload.tar", "-C", payload, "."], check=True)
        self._console = work / "console"
        words = f"console=ttyS0 quiet panic=-1 mitigations=off audit=0 systemd.show_status=no {words}"
        self._qemu = subprocess.Popen(
            [
                *("qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max"),
                *("-smp", "2", "-m", "1536", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
                *("-nic", "none", "-device", "virtio-rng-pci"),
                *("-kernel", kernel.folder / "vmlinux", "-initrd", kernel.folder / "initrd.zst"),
                *("-append", f"{words} ci.script={script}"),
                *("-drive", f"{drive},format=raw,if=virtio,cache=writeback"),
                *("-drive", f"file={work}/payload.tar,format=raw,if=virtio,readonly=on"),
                *("-serial", f"file:{self._console}", "-serial", "stdio", *more),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self.said: list[str] = []
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def until(self, start: str, within: float = PATIENCE) -> str:
        """Wait for a line that begins so, at most ``within`` s from one line to the next; the end is a failure."""
        while True:
            line = self._next(time.monotonic() + within)
            assert line != _CLOSED, f"the machine ended before it said {start!r}\n{self.told()}"
            if line.startswith(start):
                return line

    def ended(self, within: float = PATIENCE) -> int:
        """Wait until the payload is done and the machine is off; gives the payload's exit status."""
        status = self.until("@@RC=", within)
        self._qemu.wait(60)
        return int(status.removeprefix("@@RC=").removesuffix("@@"))

    def kill(self) -> None:
        """Take its power away, and hear what it still said."""
        self._qemu.kill()
        self._qemu.wait()
        self._listener.join()
        while not self._lines.empty():
            self.said.append(self._lines.get())

    def told(self) -> str:
        """All it said, and the end of what its kernel said."""
        console = self._console.read_text(errors="replace") if self._console.exists() else ""
        return "\n".join([*self.said, *console.splitlines()[-20:]])

    def _next(self, deadline: float) -> str:
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            self.kill()
            raise AssertionError(f"the machine is silent\n{self.told()}") from None
        self.said.append(line)
        print(line, flush=True)
        return line

    def _listen(self) -> None:
        assert self._qemu.stdout
        for line in self._qemu.stdout:
            if line.endswith("\n"):  # the last one may be torn by the cut
                self._lines.put(line.rstrip())
        self._lines.put(_CLOSED)
