"""Which devices udev will call scanners by our hwdb, as systemd itself reads it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HWDB = Path(__file__).parents[2] / "systemd" / "60-tramquet-scanners.hwdb"

pytestmark = pytest.mark.skipif(not shutil.which("systemd-hwdb"), reason="systemd-hwdb is not here")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A system whose hwdb is ours alone."""
    root = tmp_path_factory.mktemp("root")
    folder = root / "etc" / "udev" / "hwdb.d"
    folder.mkdir(parents=True)
    shutil.copy(HWDB, folder)
    said = hwdb(root, "--strict", "update")
    assert said == "", "systemd finds no mistake"
    return root


def hwdb(root: Path, *words: str) -> str:
    done = subprocess.run(["systemd-hwdb", "--root", root, *words], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "scanner",
    ["v07B3p0C2B", "v07B3pFFFF", "v0638p0A27", "v1083p1700", "v040Ap6013", "v04DAp1010", "v05CAp0307"],
)
def test_scanner_that_sane_s_list_may_lack_is_known(root: Path, scanner: str) -> None:
    assert hwdb(root, "query", f"usb:{scanner}:") == "libsane_matched=yes\n"


@pytest.mark.parametrize(
    "other",
    [
        "v040Ap0580",  # a camera of Kodak's
        "v04DAp104D",  # a whiteboard of Panasonic's
        "v04C5p125A",  # Fujitsu's reader of palms
        "v05CAp0306",  # another of Ricoh's
        "v04A9p1913",  # a scanner that SANE's own list knows
        "v1234pABCD",
    ],
)
def test_what_is_no_scanner_or_known_anyway_is_left_alone(root: Path, other: str) -> None:
    assert hwdb(root, "query", f"usb:{other}:") == ""
