"""The signed repository of our own packages: a folder that any web server serves, made by Debian's own tools.

A suite for each Debian release and stage, such as ``bookworm-first``: a folder with the packages that its stations may
have, their index and its signature. What a suite offers is what lies in it. Not apt's phased updates: Debian's
unattended-upgrades does not know them, and which stations come first would be others with each version.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cmp_to_key
from pathlib import Path
from typing import Self

from station.errors import Refused, StorageFailed
from station.province.settings import ReleaseTable
from station.province.stages import Stage
from station.storage import durable, locks

#: As sources and unattended-upgrades name it.
ORIGIN = "tramquet"
PUBLIC_KEY = "tramquet.asc"
_PACKAGE = "tramquet"
#: Our packages by the end of their versions (systemd/debian/build-deb), and Debian's name for that release.
_RELEASES = {"12": "bookworm", "13": "trixie"}
_FILE = re.compile(rf"{_PACKAGE}_(?P<version>[0-9A-Za-z.~-]+)\+deb(?P<release>{'|'.join(_RELEASES)})_amd64\.deb")


@dataclass(frozen=True)
class Repository:
    """The repository in ``folder``, signed by the one key in gpg's home ``signing``."""

    folder: Path
    signing: Path

    @classmethod
    def of(cls, release: ReleaseTable) -> Self:
        """The one that the settings name."""
        return cls(release.repository, release.signing)

    def newest(self, stage: Stage) -> str | None:
        """The newest version that stations of this stage are offered, as stations say it: "0.3.0"; None: none."""
        versions = {match["version"] for suite in self._suites(stage) for match in _packages(suite)}
        return max(versions, key=cmp_to_key(_compare), default=None)

    def stage(self, version: str) -> Stage | None:
        """How far a version has come; None where it is offered to nobody."""
        reached = [stage for stage in Stage for suite in self._suites(stage) if _of_version(suite, version)]
        return reached[-1] if reached else None

    def add(self, packages: Sequence[Path]) -> str:
        """Offer a new version to the first stage; gives that version.

        Raises ``Refused`` where these are not the packages of one version newer than all others, ``StorageFailed``
        where the folder or one of the tools does not work.
        """
        version = _version(packages)
        newest = self.newest(Stage.FIRST)
        if newest is not None and (_compare(version, newest) < 0 or self.stage(version) not in (None, Stage.FIRST)):
            raise Refused("release-not-newer", version=version, newest=newest)
        with self._changing():
            for package in packages:
                suite = self._suite(_match(package)["release"], Stage.FIRST)
                _public_folder(suite)
                _put(suite / package.name, package)
        return version

    def raise_stage(self, version: str, stage: Stage) -> None:
        """Offer a version of the first stage to ``stage`` and those before it too."""
        with self._changing():
            for release in _RELEASES:
                first = self._suite(release, Stage.FIRST)
                for target in (self._suite(release, one) for one in stage.until_then):
                    for name in _of_version(first, version):
                        _public_folder(target)
                        if not (target / name).exists():
                            os.link(first / name, target / name)

    def withdraw(self, version: str) -> None:
        """Offer a version to nobody any more; who has it keeps it, and the others are offered the one before."""
        with self._changing():
            for stage in Stage:
                for suite in self._suites(stage):
                    for name in _of_version(suite, version):
                        (suite / name).unlink()

    def _suite(self, release: str, stage: Stage) -> Path:
        return self.folder / f"{_RELEASES[release]}-{stage}"

    def _suites(self, stage: Stage) -> list[Path]:
        return [suite for release in _RELEASES if (suite := self._suite(release, stage)).is_dir()]

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One at a time; after the block each suite's index is signed anew, also what a kill left unsigned before."""
        with durable.storage_failures(self.folder):
            _public_folder(self.folder)
        with locks.hold(self.folder / ".lock", wait=True):
            with durable.storage_failures(self.folder):
                yield
            _publish(self.folder / PUBLIC_KEY, self._gpg("--export", "--armor"))
            for release in _RELEASES:
                for stage in Stage:
                    self._index(self._suite(release, stage))

    def _index(self, suite: Path) -> None:
        """Write what lies in the suite and sign it; stations of a stage that has nothing yet find it empty."""
        with durable.storage_failures(suite):
            _public_folder(suite)
        # Names of files count from the repository's folder.
        _publish(suite / "Packages", _tool(["apt-ftparchive", "packages", suite.name], self.folder))
        facts = {"Origin": ORIGIN, "Label": ORIGIN, "Suite": suite.name, "Codename": suite.name}
        named = [word for key, value in facts.items() for word in ("-o", f"APT::FTPArchive::Release::{key}={value}")]
        told = _tool(["apt-ftparchive", *named, "release", "."], suite)
        _publish(suite / "InRelease", self._gpg("--clearsign", told=told))

    def _gpg(self, *words: str, told: bytes | None = None) -> bytes:
        return _tool(["gpg", "--homedir", str(self.signing), "--quiet", *words], self.folder, told)


def _tool(words: Sequence[str], folder: Path, told: bytes | None = None) -> bytes:
    """Run one of Debian's tools in ``folder``; what it prints. Raises ``StorageFailed`` in its own words."""
    try:
        done = subprocess.run(words, cwd=folder, input=told, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise Refused("release-tool-missing", tool=words[0]) from error
    if done.returncode != 0 or not (done.stdout or words[1] == "packages"):
        why = done.stderr.decode(errors="replace").strip().splitlines()
        raise StorageFailed("release-tool-failed", tool=words[0], detail=why[-1] if why else done.returncode)
    return done.stdout


def _version(packages: Sequence[Path]) -> str:
    """The version of all these files, each of which is what its name says."""
    versions = set()
    for package in packages:
        match = _match(package)
        fields = _tool(
            ["dpkg-deb", "--show", "--showformat=${Package} ${Version}", str(package)], package.parent
        ).decode()
        if fields != f"{_PACKAGE} {match['version']}+deb{match['release']}":
            raise Refused("release-no-package", file=package.name)
        versions.add(match["version"])
    if len(versions) != 1:
        raise Refused("release-packages", count=len(versions))
    return versions.pop()


def _match(package: Path) -> re.Match[str]:
    match = _FILE.fullmatch(package.name)
    if match is None:
        raise Refused("release-no-package", file=package.name)
    return match


def _packages(suite: Path) -> list[re.Match[str]]:
    return [match for file in sorted(suite.iterdir()) if (match := _FILE.fullmatch(file.name))]


def _of_version(suite: Path, version: str) -> list[str]:
    return [match.string for match in _packages(suite) if match["version"] == version] if suite.is_dir() else []


def _compare(one: str, other: str) -> int:
    """Which version is newer, as dpkg says: below 0, 0, above 0."""
    if one == other:
        return 0
    is_less = subprocess.run(["dpkg", "--compare-versions", one, "lt", other], check=False).returncode == 0
    return -1 if is_less else 1


def _put(target: Path, package: Path) -> None:
    """Copy a package; what is offered under a name is not exchanged for something else."""
    if target.exists():
        if durable.sha256_of(target) != durable.sha256_of(package):
            raise Refused("release-other-bytes", file=package.name)
        return
    with durable.new_file(target) as temporary:
        shutil.copyfile(package, temporary)
        temporary.chmod(0o644)


def _publish(file: Path, content: bytes) -> None:
    """Have ``content`` in a file that everybody may read, whole or not at all."""
    with durable.new_file(file, replace=True) as temporary:
        temporary.write_bytes(content)
        temporary.chmod(0o644)


def _public_folder(folder: Path) -> None:
    """Make a folder, and let nginx read it whatever the umask."""
    if not folder.is_dir():
        durable.make_folders(folder)
        folder.chmod(0o755)
