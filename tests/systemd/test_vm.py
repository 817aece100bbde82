"""The station on a whole PC with a kernel of its own: from the stick to the doctor, USB, and the power cut.

``script/test vm``; each payload's docstring says what it does. Debian 12, emulated: about three quarters of an hour on
two free cores, most of it ``TRAMQUET_CUTS`` (20) power cuts while scanning. ``TRAMQUET_SEED`` makes a run again,
``TRAMQUET_BUNDLE`` names a folder for the stick that is built already.
"""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.systemd.bundles import PAYLOAD, TOOLS, boot, needs, package
from tests.systemd.disk import Disk
from tests.systemd.vm import Kernel, Machine, faults_of

CUTS = int(os.environ.get("TRAMQUET_CUTS", "20"))
#: Power cuts of one installation.
INSTALL_CUTS = 4
#: From the stick to the green doctor, in seconds of the machine.
LIMIT = 180.0

pytestmark = [
    pytest.mark.skipif(not os.environ.get("TRAMQUET_VM_TESTS"), reason="a long test: script/test vm"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes Debian trees"),
    pytest.mark.skipif(not TOOLS.is_dir(), reason="../shared/tools is not here"),
]


@dataclass(frozen=True)
class Installed:
    """The disk of a PC on which the station was installed, and what was said meanwhile."""

    image: Path
    said: str
    #: Processor time of the emulated machine, from its start to its end (s).
    worked: float

    def copy(self, image: Path) -> Path:
        subprocess.run(["cp", "--sparse=always", self.image, image], check=True)
        return image


@pytest.fixture(scope="module")
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = os.environ.get("TRAMQUET_BUNDLE")
    return Path(built) if built else package(tmp_path_factory.mktemp("bundle"), "--release", "12")


@pytest.fixture(scope="module")
def stick(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The technician's stick."""
    stick = new_stick(tmp_path_factory.mktemp("stick") / "stick.img", "TRAMQUET", megabytes=300)
    needs("mcopy", "mtools")
    subprocess.run(["mcopy", "-s", "-i", stick, bundle, "::"], check=True)
    return stick


@pytest.fixture
def chance() -> random.Random:
    """Draws the moments of the power cuts."""
    seed = int(os.environ.get("TRAMQUET_SEED", time.time_ns() % 10**6))
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture(scope="module")
def installed(kernel: Kernel, stick: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    work = tmp_path_factory.mktemp("installed")
    image = kernel.new_image(work / "pc.img")
    disk = Disk(image, work / "disk")
    before = _worked()
    machine = Machine(kernel, work, f"file=nbd:unix:{work}/disk", PAYLOAD, "install.py", *plugged(stick))
    try:
        machine.ended()
    finally:
        machine.kill()
    disk.end()
    worked = _worked() - before
    print(f"the emulated machine had the processor for {worked:.0f} s, from boot to power-off")
    return Installed(image, machine.told(), worked)


def _worked() -> float:
    """Processor time of all our children that have ended (s)."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def new_stick(image: Path, label: str, megabytes: int) -> Path:
    """A stick of FAT, as it is bought."""
    needs("mkfs.vfat", "dosfstools")
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    subprocess.run(["mkfs.vfat", "-C", "-n", label, image, str(megabytes * 1024)], env=env, check=True)
    return image


def plugged(stick: Path) -> tuple[str, ...]:
    """QEMU's words for a stick in a USB socket."""
    drive = f"file={stick},format=raw,if=none,id=stick"
    return "-device", "qemu-xhci", "-drive", drive, "-device", "usb-storage,drive=stick,removable=on"


def all_held(said: str) -> None:
    assert "FAILED" not in said
    assert re.search(r"^[1-9]\d* passed, 0 failed$", said, re.MULTILINE), said


def took(said: str, what: str = "all") -> float:
    """Seconds from the stick to the green doctor, or of a part of that way."""
    line = rf"^from the stick to the green doctor: .*\b{re.escape(what)} ([\d.]+) s(?:,|$)"
    found = re.search(line, said, re.MULTILINE)
    assert found, said
    return float(found[1])


def test_it_is_minutes_from_the_stick_to_the_green_doctor_and_nothing_is_asked_twice(installed: Installed) -> None:
    all_held(installed.said)
    # Where this PC has other work, the clock counts that too.
    assert min(took(installed.said), installed.worked) < LIMIT


def test_the_same_takes_less_where_the_processor_is_not_emulated(bundle: Path, tmp_path: Path) -> None:
    """In namespaces: the kernel, the disk and the processor of this PC, no stick."""
    payload = tmp_path / "payload"
    shutil.copytree(PAYLOAD, payload)
    shutil.copytree(bundle, payload / "new")
    booted = boot("12", payload, "install.py", tmp_path)
    all_held(booted.stdout)
    assert took(booted.stdout) < LIMIT


def test_installation_that_power_cuts_interrupt_is_finished_when_it_is_started_again(
    kernel: Kernel, stick: Path, installed: Installed, chance: random.Random, tmp_path: Path
) -> None:
    span = took(installed.said, "install.sh")
    image = kernel.new_image(tmp_path / "pc.img")
    for turn in range(INSTALL_CUTS + 1):
        work = tmp_path / f"turn{turn}"
        work.mkdir()
        assert faults_of(image) == ""
        last = turn == INSTALL_CUTS
        disk = Disk(image, work / "disk")
        drive, words = f"file=nbd:unix:{work}/disk", "" if last else "install.cut"
        machine = Machine(kernel, work, drive, PAYLOAD, "install.py", *plugged(stick), words=words)
        try:
            if last:
                machine.ended()
            else:
                machine.until("installing")
                time.sleep(chance.uniform(0, span))
                disk.written.clear()
                disk.written.wait(5)
        finally:
            machine.kill()
        lost = disk.end(None if last else chance)
        how = "to its end" if last else "cut after it" if "installed" in machine.said else "cut"
        print(f"turn {turn}: {how}, {lost} unflushed sectors lost")
    all_held(machine.told())
    assert faults_of(image, "-f") == ""


def test_scanners_and_sticks_come_and_go(kernel: Kernel, installed: Installed, tmp_path: Path) -> None:
    payload = tmp_path / "payload"
    shutil.copytree(PAYLOAD, payload)
    shutil.copy(TOOLS / "usb-gadget.sh", payload)
    new_stick(payload / "stick.img", "QUET", megabytes=64)
    there_already = plugged(new_stick(tmp_path / "earlier.img", "TRUOC", megabytes=40))
    image = installed.copy(tmp_path / "pc.img")
    machine = Machine(kernel, tmp_path, f"file={image}", payload, "devices.py", *there_already)
    try:
        assert machine.ended() == 0, machine.told()
    finally:
        machine.kill()
    all_held(machine.told())


def test_no_page_that_was_told_as_accepted_is_lost_by_power_cuts(
    kernel: Kernel, installed: Installed, chance: random.Random, tmp_path: Path
) -> None:
    """Sessions from the page and by the command in turn, each ended by the cut; the next boot looks at what is left."""
    image = installed.copy(tmp_path / "pc.img")
    accepted: set[str] = set()
    for turn in range(CUTS + 1):
        work = tmp_path / f"turn{turn}"
        work.mkdir()
        assert faults_of(image) == ""
        by = "nobody" if turn == CUTS else ("page", "command")[turn % 2]
        disk = Disk(image, work / "disk")
        machine = Machine(kernel, work, f"file=nbd:unix:{work}/disk", PAYLOAD, "cut.py", words=f"cut.by={by}")
        try:
            if by == "nobody":
                machine.ended()
            else:
                machine.until("scanning")
                for _ in range(chance.randint(1, 4)):
                    machine.until("accepted ")
                # Somewhere in the next page's way, which takes about so long here: mostly while it is being written.
                time.sleep(chance.uniform(0, 1.5))
                disk.written.clear()
                disk.written.wait(chance.choice([0, 5, 5, 5]))
                time.sleep(chance.choice([0, 0.002, 0.02]))
        finally:
            machine.kill()
        lost = disk.end(chance if by != "nobody" else None)
        there = told(machine.said, "have ")
        assert not accepted - there, f"turn {turn}"
        assert "FAILED" not in machine.told(), f"turn {turn}\n{machine.told()}"
        accepted |= told(machine.said, "accepted ")
        print(f"turn {turn}, by {by}: {len(there)} there, {len(accepted)} accepted, {lost} unflushed sectors lost")
    assert faults_of(image, "-f") == ""
    print(f"{CUTS} power cuts: {len(accepted)} accepted pages, none lost")


def told(lines: list[str], start: str) -> set[str]:
    """SHA-256 and file of the lines that begin so."""
    return {line.removeprefix(start) for line in lines if line.startswith(start)}
