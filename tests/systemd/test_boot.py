"""The package on a real systemd, without network: installed, scanning, killed, upgraded, removed (see payload/boot.py).

And a new version that is broken: Debian's own unattended-upgrades brings it to a station of the first tenth, and there
it stops (payload/rollout.py). And a province's server by its manual (payload/province.py).

Packages are built first, so it takes minutes: only with ``TRAMQUET_LONG_TESTS=1`` (``script/test boot``; .ci/run, where
there is time). Left out where the tools for it are not beside the repository, and for anyone but root, who alone makes
Debian trees.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from station.province.repository import Repository
from station.province.stages import Stage
from station.receiver.heartbeats import Heartbeat
from tests.delivery.engines import IDENTITIES, WEED, SeaweedFS
from tests.delivery.province import Kind
from tests.station.province.debian_packages import signing_home
from tests.station.province.received import Received
from tests.stations import Command
from tests.systemd.bundles import PAYLOAD, REPOSITORY, SUITES, TOOLS, boot, needs, package

#: The last commit whose catalogue is of version 0001: what an office has before its first upgrade.
PREVIOUS = "2fca266"
PYTHONS = {"12": "3.11", "13": "3.13"}
LONG = bool(os.environ.get("TRAMQUET_LONG_TESTS"))

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes Debian trees"),
    pytest.mark.skipif(not TOOLS.is_dir(), reason="../shared/tools is not here"),
]


def previous(folder: Path) -> Path:
    """The source of the previous version, out of the history."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", PREVIOUS], cwd=REPOSITORY, stdout=subprocess.PIPE, check=False)
    if archive.returncode != 0:
        pytest.skip(f"{PREVIOUS} is not in this checkout's history")
    subprocess.run(["tar", "x"], cwd=folder, input=archive.stdout, check=True)
    return folder


@pytest.mark.skipif(not LONG, reason="a long test: script/test boot")
@pytest.mark.parametrize("release", list(SUITES))
def test_package_lives_through_a_pc_s_life(release: str, tmp_path: Path) -> None:
    payload = tmp_path / "payload"
    shutil.copytree(PAYLOAD, payload)
    shutil.copy(REPOSITORY / "docs" / "technician.md", payload)
    earlier = ("--source", previous(tmp_path / "previous"), "--version", "0.0.9")
    package(tmp_path, "--release", release, *earlier).rename(payload / "old")
    package(tmp_path, "--release", release).rename(payload / "new")
    package(tmp_path, "--wheelhouse", PYTHONS[release]).rename(payload / "opt")
    # Debian 13's smallest system makes no file systems.
    needs("mkfs.ext4", "e2fsprogs")
    subprocess.run(["/usr/sbin/mkfs.ext4", "-q", "-L", "QUET", payload / "stick", "400M"], check=True)
    booted = boot(release, payload, "boot.py", tmp_path)
    assert "FAILED" not in booted.stdout
    assert booted.stdout.rstrip().endswith("passed, 0 failed")
    assert booted.returncode == 0


def broken(bundle: Path, version: str, work: Path) -> Path:
    """The station's package in ``bundle`` as another version that ends as soon as it is started."""
    (good,) = bundle.glob("tramquet_*.deb")
    tree = work / "broken"
    subprocess.run(["dpkg-deb", "--raw-extract", good, tree], check=True)
    control = tree / "DEBIAN" / "control"
    text, old = control.read_text(encoding="utf-8"), good.name.split("_")[1]
    control.write_text(text.replace(f"Version: {old}", f"Version: {version}"), encoding="utf-8")
    (tree / "usr/lib/tramquet/bin/tramquet").write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    file = work / good.name.replace(old, version)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, file], check=True)
    shutil.rmtree(tree)
    return file


@pytest.mark.skipif(not LONG, reason="a long test: script/test boot")
@pytest.mark.parametrize("release", list(SUITES))
def test_broken_new_version_stops_at_the_first_tenth(release: str, tmp_path: Path) -> None:
    payload = tmp_path / "payload"
    shutil.copytree(PAYLOAD, payload)
    old = package(tmp_path, "--release", release, "--version", "0.9.0").rename(payload / "old")
    bad = broken(old / f"debian{release}", f"0.9.1+deb{release}", tmp_path)
    (payload / "versions").write_text(f"0.9.0+deb{release} 0.9.1+deb{release}")
    with signing_home() as home:
        repository = Repository(payload / "repository", home)
        repository.add(list((old / f"debian{release}").glob("tramquet_*.deb")))
        repository.raise_stage("0.9.0", Stage.ALL)
        repository.add([bad])
        received = a_province(tmp_path, payload, home)
        line = ("province", "--settings", received.folder / "province.toml")
        Command(tmp_path).run(*line, "stations", "--to", payload / "stations")
        shutil.copy(received.folder / "station-tokens", payload)
        booted = boot(release, payload, "rollout.py", tmp_path, "unattended-upgrades")
        assert "FAILED" not in booted.stdout
        assert booted.returncode == 0

        said = next(line for line in booted.stdout.splitlines() if line.startswith("heartbeats "))
        for told in json.loads(said.removeprefix("heartbeats ")):
            told |= {"format": 1, "health": [code for code in told["health"].split(",") if code]}
            received.heartbeats.keep(Heartbeat.model_validate(told), datetime.fromisoformat(told["received_at"]))
        received.receipt("0" * 64, 1, "x", "qt-01", datetime.now(UTC))
        refused = Command(tmp_path).refused(*line, "release", "raise")
        assert "qt-01" in refused
        assert "qt-02" not in refused
        assert repository.stage("0.9.1") is Stage.FIRST


#: What docs/province.md has from Debian 13; the certificate of its PostgreSQL is Debian's own.
PROVINCE = (
    *("nginx-light", "nodejs", "python3-venv", "python3-dev", "gcc", "libsane-dev", "sqlite3", "rsync"),
    *("sudo", "openssl", "postgresql", "ssl-cert"),
)


@pytest.mark.skipif(not LONG, reason="a long test: script/test boot")
def test_province_is_set_up_by_its_manual_and_moves_onto_engines(tmp_path: Path) -> None:
    if Kind.NODE.missing or SeaweedFS.missing:
        pytest.skip(f"{Kind.NODE.missing or SeaweedFS.missing}")
    payload = tmp_path / "payload"
    shutil.copytree(PAYLOAD, payload)
    shutil.copy(REPOSITORY / "docs" / "province.md", payload)
    wheels = package(tmp_path, "--wheelhouse", PYTHONS["13"], "--extra", "province")
    wheels = wheels.rename(payload / wheels.name)
    (payload / "systemd").symlink_to(f"{wheels.name}/systemd")
    delivery = REPOSITORY / "tests" / "delivery"
    (payload / "tus").mkdir()
    for name in ("tus-server.js", "package.json", "package-lock.json"):
        shutil.copy(delivery / name, payload / "tus")
    shutil.copytree(delivery / "node_modules", payload / "tus" / "node_modules", symlinks=True)
    shutil.copy(WEED, payload / "weed")
    (payload / "identities.json").write_text(IDENTITIES, encoding="utf-8")
    booted = boot("13", payload, "province.py", tmp_path, *PROVINCE)
    assert "FAILED" not in booted.stdout
    assert booted.returncode == 0


def a_province(folder: Path, payload: Path, home: Path) -> Received:
    """A province of two stations, one of the first tenth, with receiver and repository on the stations' own PC."""
    received = Received(folder / "province")
    file = received.settings("Mã xã,Xã\n19429,Xã Thử Nghiệm\n")
    more = f"""
[stations]
sheet = "stations.csv"
tokens = "station-tokens"

[[destination]]
id = "province"
kind = "tus"
url = "http://127.0.0.1:8159/files"
receipts = "http://127.0.0.1:8159/receipts"

[release]
repository = "{payload}/repository"
address = "http://127.0.0.1:8180"
signing = "{home}"
"""
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    rows = "Mã trạm,Mã xã,Máy quét,Đợt\nqt-01,19429,test:0,1\nqt-02,19429,test:0,2\n"
    (received.folder / "stations.csv").write_text(rows, encoding="utf-8")
    return received
