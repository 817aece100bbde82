"""What the tests of a whole PC share: folders for the stick, trees to boot, and the tools beside the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
TOOLS = REPOSITORY.parent / "shared" / "tools"
PAYLOAD = Path(__file__).with_name("payload")
SUITES = {"12": "bookworm", "13": "trixie"}
CACHE = Path(os.environ.get("TRAMQUET_CACHE", Path.home() / ".cache" / "tramquet"))


def needs(program: str, package: str) -> None:
    """Install Debian's ``package`` where ``program`` is not here."""
    if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"):
        # Another test may be installing something at the same time.
        apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "-qq", "--no-install-recommends"]
        subprocess.run([*apt, package], check=True)


def package(out: Path, *words: str | Path) -> Path:
    """Build a folder for the stick; as the real one, only packed faster."""
    process = subprocess.run(
        [REPOSITORY / "script" / "package", "--out", out, *words],
        env={**os.environ, "DEB_LEVEL": "1", "TRAMQUET_CACHE": str(CACHE)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Path(process.stdout.strip())


def boot(release: str, payload: Path, script: str, work: Path, *packages: str) -> subprocess.CompletedProcess[str]:
    """Boot the systemd of that Debian release in namespaces, run ``script`` of ``payload``; what it printed.

    ``packages`` of Debian are there as well, in a tree of their own.
    """
    needs("mmdebstrap", "mmdebstrap")
    needs("newuidmap", "uidmap")
    tree = CACHE / "-".join([f"boot{release}", *packages])
    subprocess.run([TOOLS / "mkroot.sh", tree, SUITES[release], *packages], check=True)
    booted = subprocess.run(
        [TOOLS / "boot-ns.sh", tree, payload, script],
        env={**os.environ, "TIMEOUT": "600", "NSTMP": str(_roomy(work))},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    print(booted.stdout)
    return booted


def _roomy(folder: Path) -> Path:
    """Where the booted system writes: in memory where there is enough, as dpkg syncs every one of 8,000 files."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 4 * 1024**3 else folder
