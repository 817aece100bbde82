"""The programs that are plain scripts: mounting a stick, and the page in the full screen."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.mounting import MountError, Mounts, new_mounts
from tests.waiting import PATIENCE

SYSTEMD = Path(__file__).parents[2] / "systemd"
#: In place of systemd, which runs what stands behind the options.
OUTSIDE = 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"'


@pytest.fixture
def mounts() -> Iterator[Mounts]:
    mounts = new_mounts()
    mounts.run("mount", "-t", "tmpfs", "tmpfs", "/media")
    yield mounts
    mounts.close()


def shims(folder: Path, **programs: str) -> str:
    """A PATH on which these programs, given as shell, come first."""
    folder.mkdir()
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"


def fat(file: Path, label: bytes) -> None:
    """The first sector of a FAT16 stick, by which the system knows it (EFI FAT32 spec., 3.1), and its label (6.4)."""
    head = struct.pack(
        "<3s8sHBHBHHBHHHII", b"\xeb\x3c\x90", b"MSDOS5.0", 512, 4, 1, 2, 512, 65000, 0xF8, 64, 63, 255, 0, 0
    )
    head += struct.pack("<BBBI11s8s", 0x80, 0, 0x29, 1, b"NO NAME".ljust(11), b"FAT16   ")
    with file.open("wb") as image:
        image.write(head.ljust(510, b"\0") + b"\x55\xaa")
        image.seek((1 + 2 * 64) * 512)
        image.write(label.ljust(11) + b"\x08" if label else b"")
        image.truncate(65000 * 512)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts sticks")
@pytest.mark.parametrize(("label", "name"), [(b"QUET", "QUET"), (b"../A B", "_A_B"), (b"", "stick")])
def test_fat_stick_is_mounted_by_its_label_for_the_service_user(
    mounts: Mounts, tmp_path: Path, label: bytes, name: str
) -> None:
    """Only its last step is left out: this kernel need not know FAT."""
    fat(tmp_path / "image", label)
    told = f'echo "$@" > {tmp_path}/mounted'
    programs = {"systemd-run": OUTSIDE, "mount": told, "id": "echo 990", "getent": "echo plugdev:x:46:"}
    path = shims(tmp_path / "shims", **programs)
    device = f"..{tmp_path}/image"
    mounts.run("env", f"PATH={path}", "sh", SYSTEMD / "sticks", "add", device)
    words = (tmp_path / "mounted").read_text(encoding="utf-8").split()
    options = "nodev,nosuid,noexec,nosymfollow,uid=990,gid=46,umask=0007,utf8=1,flush"
    assert words == ["-t", "vfat", "-o", options, f"/dev/{device}", f"/media/tramquet/{name}"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts sticks")
def test_link_on_a_stick_leads_nowhere(mounts: Mounts, tmp_path: Path) -> None:
    """Mounted for true with the options that the script gives, on a file system that this kernel knows."""
    (tmp_path / "image").touch()
    told = f'for word; do [ "$before" != -o ] || echo "$word" > {tmp_path}/options; before=$word; done'
    path = shims(tmp_path / "shims", mount=told, blkid='case "$*" in *TYPE*) echo ext4;; esac', id="echo 990")
    mounts.run("env", f"PATH={path}", "sh", SYSTEMD / "sticks", "add", f"..{tmp_path}/image")
    options = (tmp_path / "options").read_text(encoding="utf-8").strip()
    mounts.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", "/mnt")
    stick = mounts.seen(Path("/mnt"))
    (stick / "secret").symlink_to("/etc/hostname")
    assert (stick / "secret").is_symlink()
    with pytest.raises(OSError, match="symbolic links"):
        (stick / "secret").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts sticks")
def test_stick_that_cannot_be_mounted_leaves_no_folder(mounts: Mounts, tmp_path: Path) -> None:
    fat(tmp_path / "image", b"QUET")
    path = shims(tmp_path / "shims", **{"systemd-run": OUTSIDE}, mount="exit 32", id="echo 990")
    with pytest.raises(MountError):
        mounts.run("env", f"PATH={path}", "sh", SYSTEMD / "sticks", "add", f"..{tmp_path}/image")
    assert list(mounts.seen(Path("/media/tramquet")).iterdir()) == []


def test_kiosk_waits_until_the_page_answers_and_opens_it_in_the_full_screen(tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    path = shims(tmp_path / "shims", chromium=f'echo "$@" > {opened}', sleep="echo waited; exec /bin/sleep 0.05")
    with socket.socket() as page:
        page.bind(("127.0.0.1", 0))
        port = page.getsockname()[1]
        kiosk = subprocess.Popen(
            [SYSTEMD / "kiosk", str(port)],
            env={"PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert kiosk.stdout
        assert kiosk.stdout.readline() == "waited\n"
        assert not opened.exists()
        page.listen()
        _, trouble = kiosk.communicate(timeout=PATIENCE)
    assert trouble == ""
    assert opened.read_text(encoding="utf-8").split()[::4] == ["--kiosk", f"http://127.0.0.1:{port}/"]
