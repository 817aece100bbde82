from __future__ import annotations

import io
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw

from station.errors import Refused, StationError, StorageFailed
from station.imaging import pdf as imaging_pdf
from station.imaging.pdf import DocumentPage, make_pdf
from tests.waiting import PATIENCE

REGISTERS = Path(__file__).parents[4] / "shared" / "data" / "registers"
REAL_PAGES = sorted(REGISTERS.glob("FRAN_*.jpg"))[:2]  # real JPEG, 300 dpi; the DAFANCH96_* are PNG despite their names


def drawn(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """A page with a red corner at the top left and a blue one at the bottom right."""
    image = Image.new("RGB", size, "ivory")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red")
    draw.rectangle((size[0] * 3 // 4, size[1] * 3 // 4, *size), fill="blue")
    draw.line((0, 0, *size), fill="black", width=3)
    return image.convert(mode)


@pytest.fixture
def jpeg(tmp_path: Path) -> Path:
    drawn((827, 1169)).save(tmp_path / "KH.2007.01.001.jpg", dpi=(100, 100), quality=90, subsampling=0)
    return tmp_path / "KH.2007.01.001.jpg"


@pytest.fixture
def tiff(tmp_path: Path) -> Path:
    drawn((827, 1169)).save(tmp_path / "KH.2007.01.002.tif", dpi=(100, 100), compression="tiff_lzw")
    return tmp_path / "KH.2007.01.002.tif"


def made(tmp_path: Path, *pages: DocumentPage, title: str = "KH.2007.01.2007-01-15.001") -> Path:
    make_pdf(pages, title=title, target=tmp_path / "entry.pdf")
    return tmp_path / "entry.pdf"


def info(pdf: Path) -> dict[str, str]:
    text = subprocess.run(["pdfinfo", "-box", pdf], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    return {key: value.strip() for key, value in (line.split(":", 1) for line in text.splitlines() if ":" in line)}


def images(pdf: Path) -> list[dict[str, str]]:
    text = subprocess.run(
        ["pdfimages", "-list", pdf], capture_output=True, text=True, check=True, timeout=PATIENCE
    ).stdout
    header, _, *rows = text.splitlines()
    names = [name for name in header.split() if name != "ID"]
    # "object ID" is one heading over two values; the second, the generation, is always 0
    return [dict(zip(names, re.sub(r"(\d+)\s+0(?=\s+\d+\s+\d+\s)", r"\1", row).split(), strict=False)) for row in rows]


def embedded(pdf: Path, folder: Path) -> list[bytes]:
    """The image streams as they lie in the PDF."""
    folder.mkdir()
    subprocess.run(["pdfimages", "-all", pdf, folder / "image"], check=True, timeout=PATIENCE)
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def rendered(pdf: Path, dpi: int) -> Image.Image:
    command = ["pdftoppm", "-r", str(dpi), "-cropbox", "-singlefile", str(pdf)]
    return Image.open(io.BytesIO(subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE).stdout))


@pytest.mark.parametrize(("dpi", "pixels"), [(200, (1654, 2339)), (300, (2480, 3508))])
@pytest.mark.parametrize(("mode", "color"), [("RGB", "rgb"), ("L", "gray")])
@pytest.mark.parametrize(("suffix", "encoding"), [(".jpg", "jpeg"), (".tif", "image")])
def test_an_a4_page_keeps_its_resolution_and_its_true_size(
    tmp_path: Path, dpi: int, pixels: tuple[int, int], mode: str, color: str, suffix: str, encoding: str
) -> None:
    drawn(pixels, mode).save(tmp_path / f"page{suffix}", dpi=(dpi, dpi))
    pdf = made(tmp_path, DocumentPage(tmp_path / f"page{suffix}"))
    (image,) = images(pdf)
    assert (image["x-ppi"], image["y-ppi"]) == (str(dpi), str(dpi))
    assert (image["width"], image["height"], image["color"], image["enc"]) == (*map(str, pixels), color, encoding)
    assert info(pdf)["Page size"].endswith("(A4)")


def test_a_jpeg_lies_in_the_pdf_byte_for_byte(tmp_path: Path, jpeg: Path) -> None:
    assert embedded(made(tmp_path, DocumentPage(jpeg)), tmp_path / "out") == [jpeg.read_bytes()]


@pytest.mark.parametrize("page", REAL_PAGES, ids=lambda page: page.name)
def test_a_real_register_page_lies_in_the_pdf_byte_for_byte(tmp_path: Path, page: Path) -> None:
    pdf = made(tmp_path, DocumentPage(page, rotation=90))
    assert embedded(pdf, tmp_path / "out") == [page.read_bytes()]
    assert images(pdf)[0]["x-ppi"] == "300"


@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_deflate"])
def test_a_tiff_keeps_every_pixel(tmp_path: Path, mode: str, compression: str) -> None:
    original = drawn((333, 517), mode)
    original.save(tmp_path / "page.tif", dpi=(100, 100), compression=compression)
    (stream,) = embedded(made(tmp_path, DocumentPage(tmp_path / "page.tif")), tmp_path / "out")
    with Image.open(io.BytesIO(stream)) as image:
        assert image.convert(mode).tobytes() == original.tobytes()


def test_an_entry_of_several_pages_keeps_their_order(tmp_path: Path, jpeg: Path, tiff: Path) -> None:
    pdf = made(tmp_path, DocumentPage(tiff), DocumentPage(jpeg), DocumentPage(tiff))
    assert info(pdf)["Pages"] == "3"
    assert [image["enc"] for image in images(pdf)] == ["image", "jpeg", "image"]


@pytest.mark.parametrize(
    ("rotation", "red_corner", "landscape"),
    [(0, (0, 0), False), (90, (1, 0), True), (180, (1, 1), False), (270, (0, 1), True)],
)
def test_a_page_is_turned_clockwise(
    tmp_path: Path, jpeg: Path, rotation: int, red_corner: tuple[int, int], landscape: bool
) -> None:
    pdf = made(tmp_path, DocumentPage(jpeg, rotation=rotation))
    assert info(pdf)["Page rot"] == str(rotation)
    seen = rendered(pdf, 50)
    assert (seen.width > seen.height) is landscape
    across, down = (seen.width * 15 // 100, seen.width * 85 // 100), (seen.height * 5 // 100, seen.height * 95 // 100)
    corners = [(x, y) for x in (0, 1) for y in (0, 1) if is_red(seen.getpixel((across[x], down[y])))]
    assert corners == [red_corner]


def is_red(colour: object) -> bool:
    assert isinstance(colour, tuple)
    red, green, blue = colour
    return bool(red > 200 and green < 60 and blue < 60)


def test_half_of_a_spread_is_shown_at_its_own_true_size(tmp_path: Path) -> None:
    drawn((1654, 1169)).save(tmp_path / "spread.jpg", dpi=(100, 100))
    pdf = made(tmp_path, DocumentPage(tmp_path / "spread.jpg", crop=(0, 0, 827, 1169)))
    assert info(pdf)["Page size"].endswith("(A4)")
    assert info(pdf)["CropBox"] == info(pdf)["MediaBox"]
    assert images(pdf)[0]["x-ppi"] == "100"
    assert rendered(pdf, 100).size == (827, 1169)


def test_a_crop_counts_from_the_top_left_of_the_stored_image(tmp_path: Path) -> None:
    drawn((800, 400)).save(tmp_path / "page.tif", dpi=(100, 100))
    pdf = made(tmp_path, DocumentPage(tmp_path / "page.tif", crop=(0, 0, 190, 90), rotation=90))
    assert info(pdf)["Page size"] == "136.8 x 64.8 pts"  # before turning
    seen = rendered(pdf, 100)
    assert {is_red(seen.getpixel((x, y))) for x in (5, 50, 85) for y in (5, 100, 150)} == {True}


def test_a_confirmed_resolution_wins_over_the_files(tmp_path: Path, jpeg: Path) -> None:
    assert images(made(tmp_path, DocumentPage(jpeg, dpi=(200, 150))))[0]["y-ppi"] == "150"


def test_resolution_in_centimetres_is_understood(tmp_path: Path) -> None:
    drawn((600, 600)).save(tmp_path / "page.tif", resolution_unit="cm", x_resolution=118.11, y_resolution=118.11)
    assert images(made(tmp_path, DocumentPage(tmp_path / "page.tif")))[0]["x-ppi"] == "300"


def test_the_colour_profile_of_a_master_goes_along(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    drawn((200, 200)).save(tmp_path / "page.jpg", dpi=(100, 100), icc_profile=profile)
    pdf = made(tmp_path, DocumentPage(tmp_path / "page.jpg"))
    assert images(pdf)[0]["color"] == "icc"
    assert rendered(pdf, 50).size == (100, 100)


def test_a_colour_profile_of_other_channels_does_not_go_along(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name in ("page.jpg", "page.tif"):
        drawn((200, 200), "L").save(tmp_path / name, dpi=(100, 100), icc_profile=profile)
        assert images(made(tmp_path, DocumentPage(tmp_path / name)))[0]["color"] == "gray"


def test_the_title_is_the_entrys_and_the_version_what_the_decree_asks(tmp_path: Path, jpeg: Path) -> None:
    told = info(made(tmp_path, DocumentPage(jpeg), title="Kết hôn 001/2007"))
    assert (told["Title"], told["Producer"], told["PDF version"]) == ("Kết hôn 001/2007", imaging_pdf.PRODUCER, "1.4")


def test_two_processes_make_the_same_bytes_and_no_time_of_day(tmp_path: Path, jpeg: Path, tiff: Path) -> None:
    code = """
import sys, pathlib
from station.imaging.pdf import DocumentPage, make_pdf
target, jpeg, tiff = map(pathlib.Path, sys.argv[1:])
make_pdf([DocumentPage(jpeg, 90), DocumentPage(tiff, crop=(1, 2, 300, 400))], title="Kết hôn", target=target)
"""
    written = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Ho_Chi_Minh")):
        path = tmp_path / f"{seed}.pdf"
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
        subprocess.run([sys.executable, "-c", code, path, jpeg, tiff], env=environment, check=True, timeout=PATIENCE)
        os.utime(jpeg, (1, 1))
        written.append(path.read_bytes())
    assert written[0] == written[1]
    assert "CreationDate" not in info(tmp_path / "1.pdf")
    assert "ModDate" not in info(tmp_path / "1.pdf")


def test_other_pages_make_another_document_id(tmp_path: Path, jpeg: Path, tiff: Path) -> None:
    identities = []
    for page in (jpeg, tiff):
        with pikepdf.open(made(tmp_path, DocumentPage(page))) as document:
            identities.append(bytes(document.trailer.ID[0]))
    assert identities[0] != identities[1]


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")
@pytest.mark.parametrize("kind", ["jpeg", "tiff"])
@pytest.mark.parametrize("part", [0.0, 0.02, 0.5, 0.9])
def test_a_master_that_was_cut_off_is_named_in_both_languages(
    tmp_path: Path, jpeg: Path, tiff: Path, kind: str, part: float
) -> None:
    master = {"jpeg": jpeg, "tiff": tiff}[kind]
    whole = master.read_bytes()
    master.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(StorageFailed) as failure:
        made(tmp_path, DocumentPage(master))
    assert failure.value.code == "master-damaged"
    assert master.name in failure.value.sentence("vi")
    assert master.name in failure.value.sentence("en")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")
def test_a_master_damaged_at_random_gives_a_pdf_or_a_typed_error(tmp_path: Path) -> None:
    chance = random.Random(158)
    masters = []
    for form, options in (("JPEG", {}), ("TIFF", {"compression": "tiff_lzw"}), ("TIFF", {})):
        whole = io.BytesIO()
        drawn((80, 60)).save(whole, form, dpi=(100, 100), **options)
        masters.append(whole.getvalue())
    outcomes = set()
    for attempt in range(400):
        damaged = bytearray(masters[attempt % 3])
        for _ in range(chance.randint(1, 5)):
            damaged[chance.randrange(min(chance.choice((20, 300, 10_000)), len(damaged))) * chance.choice((1, -1))] ^= (
                0x5A
            )
        (tmp_path / "page").write_bytes(damaged)
        try:
            made(tmp_path, DocumentPage(tmp_path / "page", dpi=(100, 100)))
            outcomes.add("made")
        except StationError as error:
            outcomes.add(error.code)
    assert outcomes <= {"made", "master-damaged", "master-unsuitable"}
    assert {"made", "master-damaged"} <= outcomes


def test_a_master_that_is_gone_is_an_alarm(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed) as failure:
        made(tmp_path, DocumentPage(tmp_path / "KH.2007.01.003.jpg"))
    assert failure.value.code == "master-missing"


def test_a_master_without_resolution_is_refused_rather_than_guessed(tmp_path: Path) -> None:
    drawn((100, 100)).save(tmp_path / "page.jpg")
    with pytest.raises(Refused) as refusal:
        made(tmp_path, DocumentPage(tmp_path / "page.jpg"))
    assert refusal.value.code == "master-without-dpi"


@pytest.mark.parametrize(
    ("mode", "name"), [("CMYK", "page.jpg"), ("RGBA", "page.tif"), ("I;16", "page.tif"), ("P", "page.tif")]
)
def test_an_image_that_cannot_go_in_as_it_is_is_refused(tmp_path: Path, mode: str, name: str) -> None:
    Image.new(mode, (10, 10)).save(tmp_path / name, dpi=(100, 100))
    with pytest.raises(Refused) as refusal:
        made(tmp_path, DocumentPage(tmp_path / name))
    assert refusal.value.code == "master-unsuitable"


def test_the_second_image_of_a_tiff_is_never_dropped_silently(tmp_path: Path) -> None:
    drawn((10, 10)).save(tmp_path / "page.tif", save_all=True, append_images=[drawn((10, 10))], dpi=(100, 100))
    with pytest.raises(Refused):
        made(tmp_path, DocumentPage(tmp_path / "page.tif"))


def test_what_a_file_is_counts_and_not_what_it_is_called(tmp_path: Path) -> None:
    drawn((300, 200), "L").save(tmp_path / "page.png", dpi=(100, 100))
    shutil.move(tmp_path / "page.png", tmp_path / "page.jpg")
    assert images(made(tmp_path, DocumentPage(tmp_path / "page.jpg")))[0]["enc"] == "image"
    (tmp_path / "page.tif").write_bytes(b"%PDF-1.4")
    with pytest.raises(StorageFailed) as failure:
        made(tmp_path, DocumentPage(tmp_path / "page.tif"))
    assert str(tmp_path) not in failure.value.sentence("en")


@pytest.mark.parametrize("crop", [(0, 0, 828, 10), (-1, 0, 10, 10), (10, 0, 10, 10), (0, 20, 10, 10)])
def test_a_crop_outside_the_image_is_a_mistake_of_ours(
    tmp_path: Path, jpeg: Path, crop: tuple[int, int, int, int]
) -> None:
    with pytest.raises(ValueError, match="crop"):
        made(tmp_path, DocumentPage(jpeg, crop=crop))


def test_an_odd_rotation_and_an_empty_entry_are_mistakes_of_ours(tmp_path: Path, jpeg: Path) -> None:
    with pytest.raises(ValueError, match="rotation"):
        made(tmp_path, DocumentPage(jpeg, rotation=45))
    with pytest.raises(ValueError, match="page"):
        made(tmp_path)
