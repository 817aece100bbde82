"""Packages of the station as Debian's tools see them, with nothing in them, and a key that signs a repository."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def package(folder: Path, version: str, release: str = "12", script: str = "") -> Path:
    """A package of that version for a Debian release; ``script`` runs when it is configured."""
    tree = Path(tempfile.mkdtemp(dir=folder))
    control = tree / "DEBIAN" / "control"
    control.parent.mkdir()
    for each in (tree, control.parent):  # whatever umask a command left that ran in this process
        each.chmod(0o755)
    control.write_text(
        f"Package: tramquet\nVersion: {version}+deb{release}\nArchitecture: amd64\n"
        "Maintainer: Trạm Quét <tramquet@localhost>\nDescription: nothing\n"
    )
    if script:
        (control.parent / "postinst").write_text(script)
        (control.parent / "postinst").chmod(0o755)
    file = folder / f"tramquet_{version}+deb{release}_amd64.deb"
    build = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(file)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return file


@contextmanager
def signing_home() -> Iterator[Path]:
    """Gpg's home folder with a key in it, by a name that is short enough for the socket of its agent."""
    with tempfile.TemporaryDirectory(prefix="gpg-") as name:
        home = Path(name)
        gpg = ["gpg", "--homedir", name, "--batch", "--quiet"]
        new_key = ["--passphrase", "", "--quick-generate-key", "Tỉnh Mẫu", "ed25519", "sign", "never"]
        subprocess.run([*gpg, *new_key], check=True)
        try:
            yield home
        finally:
            subprocess.run(["gpgconf", "--homedir", name, "--kill", "all"], check=False)
