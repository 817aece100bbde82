"""The master is untouched: decoded it is the source, pixel for pixel, and its true size goes into the PDF."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, JpegImagePlugin

from tests.stations import REGISTERS, Command, new_station, pixels

LEDGER = "KS.1998.02"
FOLDER = "ledgers/19429/KS/1998/KS.1998.02"

needs_poppler = pytest.mark.skipif(shutil.which("pdfimages") is None, reason="poppler-utils is not installed")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory, drawn: Path) -> Path:
    """Colour, grey, and a page whose two resolutions differ: noise, so that no compression goes unseen."""
    folder = tmp_path_factory.mktemp("pictures")
    shutil.copy(drawn / "0002.jpg", folder / "a-drawn.jpg")
    Image.frombytes("RGB", (211, 301), os.urandom(211 * 301 * 3)).save(folder / "b-colour.png", dpi=(200, 200))
    Image.frombytes("L", (203, 307), os.urandom(203 * 307)).save(folder / "c-grey.png", dpi=(300, 300))
    Image.frombytes("L", (120, 80), os.urandom(120 * 80)).save(folder / "d-uneven.tif", dpi=(200, 100))
    return folder


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Callable[[str], Command]:
    """A station that scanned the pictures with a profile, each its own entry."""
    made: dict[str, Command] = {}

    def scan(profile: str) -> Command:
        if profile not in made:
            command = new_station(tmp_path_factory.mktemp(profile), pictures)
            command.run("ledger", "add", "KS", "1998", "2")
            command.run("scan", LEDGER, "--profile", profile)
            command.run("entry", "set", LEDGER, "002", "--number", 1, "--date", "1998-01-02")
            command.run("entry", "set", LEDGER, "003-004", "--number", 2, "--date", "1998-01-02")
            made[profile] = command
        return made[profile]

    return scan


def masters(command: Command) -> list[Path]:
    return sorted((command.data / FOLDER / "pages").iterdir())


def test_lossless_master_equals_the_source_pixel_for_pixel(scanned: Callable[[str], Command], pictures: Path) -> None:
    stored = masters(scanned("lossless"))
    assert [file.suffix for file in stored] == [".tif"] * 4
    assert [pixels(file) for file in stored] == [pixels(file) for file in sorted(pictures.iterdir())]


@pytest.mark.skipif(not REGISTERS.is_dir(), reason="the register pages are not here")
def test_real_register_pages_come_through_pixel_for_pixel(write_settings: Callable[..., Command]) -> None:
    command = write_settings(REGISTERS, scanner='profile = "lossless"')
    command.run("ledger", "add", "KS", "1998", "2")
    captures = command.scan("scan", LEDGER)
    sources = sorted(REGISTERS.glob("*.jpg"))
    assert len(captures) == len(sources) == 16
    for capture, source in zip(captures, sources, strict=True):
        assert pixels(command.data / capture["file"]) == pixels(source)
        with Image.open(source) as image:
            assert capture["dpi"] == pytest.approx([float(value) for value in image.info["dpi"]], abs=0.01)
            assert (capture["width"], capture["height"]) == image.size


@pytest.mark.parametrize("profile", ["standard", "lossless"])
def test_resolution_stands_in_the_master_and_in_the_list(scanned: Callable[[str], Command], profile: str) -> None:
    expected = [(60, 60), (200, 200), (300, 300), (200, 100)]
    command = scanned(profile)
    assert [tuple(page["dpi"]) for page in command.json("pages", LEDGER)] == expected
    for file, dpi in zip(masters(command), expected, strict=True):
        with Image.open(file) as image:
            assert tuple(map(float, image.info["dpi"])) == pytest.approx(dpi, abs=0.01)


def test_default_master_is_jpeg_of_quality_90_without_chroma_subsampling(
    scanned: Callable[[str], Command], tmp_path: Path
) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "90.jpg", quality=90, subsampling="4:4:4")
    with Image.open(tmp_path / "90.jpg") as reference:
        assert isinstance(reference, JpegImagePlugin.JpegImageFile)
        wanted = reference.quantization
    for file in masters(scanned("standard")):
        with Image.open(file) as image:
            assert image.format == "JPEG"
            assert isinstance(image, JpegImagePlugin.JpegImageFile)
            assert image.quantization[0] == wanted[0]
            if image.mode == "RGB":
                assert JpegImagePlugin.get_sampling(image) == 0  # 4:4:4
                assert image.quantization == wanted


@needs_poppler
@pytest.mark.parametrize("profile", ["standard", "lossless"])
def test_pdf_keeps_resolution_and_paper_size(scanned: Callable[[str], Command], profile: str) -> None:
    command = scanned(profile)
    one, two = (command.data / entry["file"] for entry in command.json("entry", "list", LEDGER))
    assert images_of(one) == [(211, 301, "rgb", 200, 200)]
    assert images_of(two) == [(203, 307, "gray", 300, 300), (120, 80, "gray", 200, 100)]
    assert sizes_of(one) == [pytest.approx((211 / 200 * 72, 301 / 200 * 72), abs=0.01)]
    assert sizes_of(two) == [
        pytest.approx((203 / 300 * 72, 307 / 300 * 72), abs=0.01),
        pytest.approx((120 / 200 * 72, 80 / 100 * 72), abs=0.01),
    ]


@needs_poppler
@pytest.mark.parametrize("profile", ["standard", "lossless"])
def test_pdf_shows_the_masters_own_pixels(scanned: Callable[[str], Command], tmp_path: Path, profile: str) -> None:
    command = scanned(profile)
    two = command.data / command.json("entry", "list", LEDGER)[1]["file"]
    subprocess.run(["pdfimages", "-all", two, tmp_path / "page"], check=True)
    taken_out = sorted(tmp_path.glob("page*"))
    assert [pixels(file) for file in taken_out] == [pixels(file) for file in masters(command)[2:]]


def images_of(pdf: Path) -> list[tuple[int, int, str, int, int]]:
    """Width, height, colour and resolution of each image as poppler sees it on its page."""
    table = subprocess.run(["pdfimages", "-list", pdf], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in table.splitlines()[2:]]
    return [(int(row[3]), int(row[4]), row[5], int(row[12]), int(row[13])) for row in rows]


def sizes_of(pdf: Path) -> list[tuple[float, float]]:
    """Each page's size in points (1/72 inch)."""
    told = subprocess.run(["pdfinfo", "-l", "-1", pdf], capture_output=True, text=True, check=True).stdout
    return [(float(x), float(y)) for x, y in re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+) pts", told)]
