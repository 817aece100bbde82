"""What is in a dropped file: JPEG kept bit for bit, everything else decoded once, places forgotten."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dropping import HEIC, drop, pdf, photo, picture, saved, scanned, scans
from PIL import Image

from drivers import Mode
from drivers.folder import jpeg
from drivers.folder.formats import Camera, Picture, Unreadable, open_pages

DRAW = "q 595 0 0 842 0 0 cm /I Do Q"


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], list[Picture]]:
    """All pages of a file with this content."""

    def read_it(content: bytes) -> list[Picture]:
        with open_pages(drop(tmp_path, "tệp", content)) as pages:
            return [pages.page(index) for index in range(pages.count)]

    return read_it


Read = Callable[[bytes], list[Picture]]


def refusal(read: Read, content: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read(content)
    return refused.value


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"restart_marker_blocks": 2}, {"subsampling": "4:4:4"}])
def test_jpeg_keeps_its_compressed_data_bit_for_bit_and_loses_its_place(read: Read, how: dict[str, object]) -> None:
    original = photo(**how)
    (page,) = read(original)
    assert page.jpeg is not None
    assert scans(page.jpeg) == scans(original)
    assert not any(word in page.jpeg for word in (b"Exif", b"at home"))
    with Image.open(io.BytesIO(page.jpeg)) as kept, Image.open(io.BytesIO(original)) as source:
        assert kept.tobytes() == source.tobytes()
    assert page.camera == Camera("Invented", "Phone 1", "2026:01:15 08:30:00")


@pytest.mark.parametrize(("orientation", "turn"), [(None, 0), (1, 0), (3, 180), (6, 90), (8, 270), (99, 0)])
def test_orientation_of_a_photo_is_how_far_it_is_to_be_turned(read: Read, orientation: int | None, turn: int) -> None:
    (page,) = read(photo(orientation=orientation))
    assert (page.rotation, page.width, page.height) == (turn, 62, 88)


def test_mirrored_photo_is_decoded_and_turned(read: Read) -> None:
    original = photo(orientation=5)
    (page,) = read(original)
    assert page.jpeg is None
    assert page.pixels is not None
    with Image.open(io.BytesIO(original)) as source:
        assert (page.pixels == np.asarray(source.transpose(Image.Transpose.TRANSPOSE))).all()
    assert page.lossy


def test_grey_jpeg_stays_grey(read: Read) -> None:
    (page,) = read(saved(picture(mode="L"), "JPEG"))
    assert page.mode is Mode.GREY
    assert page.jpeg is not None


def test_jpeg_whose_colours_would_change_is_decoded(read: Read) -> None:
    for content in (saved(picture().convert("CMYK"), "JPEG"), saved(picture(), "JPEG", keep_rgb=True)):
        (page,) = read(content)
        if page.jpeg is not None:
            with Image.open(io.BytesIO(page.jpeg)) as kept, Image.open(io.BytesIO(content)) as source:
                assert kept.convert("RGB").tobytes() == source.convert("RGB").tobytes()
        else:
            assert page.pixels is not None
            with Image.open(io.BytesIO(content)) as source:
                assert page.pixels.tobytes() == source.convert("RGB").tobytes()


def test_second_view_and_trailer_of_a_phone_are_left_out(read: Read) -> None:
    into = io.BytesIO()
    picture(1).save(into, "MPO", save_all=True, append_images=[picture(2)])
    (page,) = read(into.getvalue() + b"trailer with a place")
    assert page.jpeg is not None
    assert page.jpeg.count(b"\xff\xd8\xff") == 1
    assert b"trailer" not in page.jpeg
    assert b"MPF" not in page.jpeg


def test_colour_profile_of_a_jpeg_stays(read: Read) -> None:
    (page,) = read(photo(icc_profile=b"profile" * 20))
    assert page.jpeg is not None
    with Image.open(io.BytesIO(page.jpeg)) as kept:
        assert kept.info["icc_profile"] == b"profile" * 20


def test_jpeg_cut_anywhere_is_damaged(read: Read) -> None:
    whole = photo()
    for length in random.Random(7).sample(range(3, len(whole) - 2), 40):
        assert refusal(read, whole[:length]).code == "damaged", length


def test_jpeg_of_random_bytes_is_damaged_and_never_hangs() -> None:
    for seed in range(200):
        with pytest.raises(ValueError, match=r"cut off|no end|no JPEG"):
            jpeg.without_metadata(b"\xff\xd8" + random.Random(seed).randbytes(200))


@pytest.mark.parametrize(
    ("image", "mode"),
    [
        (picture(), Mode.COLOUR),
        (picture(mode="L"), Mode.GREY),
        (picture(mode="L").convert("1"), Mode.GREY),
        (picture().convert("P"), Mode.COLOUR),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_png_and_tiff_keep_every_pixel(read: Read, image: Image.Image, mode: Mode, kind: str) -> None:
    (page,) = read(saved(image, kind))
    assert page.pixels is not None
    assert page.mode is mode
    assert page.pixels.tobytes() == image.convert("RGB" if mode is Mode.COLOUR else "L").tobytes()
    assert not page.lossy


def test_png_transparent_where_nothing_is_shows_paper(read: Read) -> None:
    (page,) = read(saved(Image.new("RGBA", (4, 4), (9, 9, 9, 0)), "PNG"))
    assert page.pixels is not None
    assert (page.pixels == 255).all()


def test_every_page_of_a_tiff_comes(read: Read) -> None:
    frames = [picture(seed) for seed in (1, 2, 3)]
    content = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="tiff_lzw")
    pages = read(content)
    assert [page.pixels is not None and page.pixels.tobytes() for page in pages] == [one.tobytes() for one in frames]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_orientation_of_decoded_pixels_is_honoured_once(read: Read, kind: str) -> None:
    exif = Image.Exif()
    exif[0x112] = 6
    (page,) = read(saved(picture(), kind, exif=exif))
    assert page.pixels is not None
    assert (page.width, page.height, page.rotation) == (88, 62, 0)
    assert page.pixels.tobytes() == picture().transpose(Image.Transpose.ROTATE_270).tobytes()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_png_and_tiff_cut_short_are_damaged(read: Read, kind: str) -> None:
    whole = saved(picture(size=(120, 120)), kind)
    assert refusal(read, whole[: len(whole) // 2]).code == "damaged"


def test_heic_is_decoded_and_tells_its_camera(read: Read) -> None:
    (page,) = read(HEIC)
    assert page.pixels is not None
    assert (page.width, page.height, page.mode, page.rotation) == (64, 48, Mode.COLOUR, 0)
    assert page.lossy
    assert page.camera == Camera("Phone", "P1", "")
    left, right = page.pixels[2, 2], page.pixels[2, -3]
    assert left[2] > 150 > left[0]
    assert right[0] > 150 > right[2]


def test_heic_turned_by_its_own_property_comes_upright(read: Read) -> None:
    (page,) = read(turned(HEIC))
    assert (page.width, page.height) == (48, 64)
    assert page.camera == Camera()


def test_heic_cut_short_is_damaged(read: Read) -> None:
    assert refusal(read, HEIC[:-40]).code == "damaged"


def test_file_of_another_kind_is_told_from_a_damaged_one(read: Read) -> None:
    assert refusal(read, b"").code == "empty"
    assert refusal(read, b"PK\x03\x04 a zip archive").code == "format"
    assert refusal(read, bytes(5000)).code == "damaged", "a copy that reserved its room and has not begun"
    assert refusal(read, b"\xff").code == "damaged", "the first byte of a photo"
    assert refusal(read, saved(picture(), "GIF")).code == "format"


def test_image_of_more_pixels_than_any_page_is_refused_before_it_is_decoded(read: Read) -> None:
    huge = saved(Image.new("1", (20_000, 9_000)), "PNG")
    assert refusal(read, huge).code in ("large", "damaged")


def test_scanned_pdf_gives_the_very_jpegs_that_are_in_it(read: Read) -> None:
    pages = read(scanned([1, 2, 3]))
    assert [scans(page.jpeg or b"") for page in pages] == [scans(photo(seed)) for seed in (1, 2, 3)]


def test_recognised_text_that_nobody_sees_is_no_obstacle(read: Read) -> None:
    words = "BT 3 Tr /F1 12 Tf (Nguyen) Tj ET"
    (page,) = read(pdf((f"{DRAW} {words}", {"I": photo()})))
    assert page.jpeg is not None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "pdf-no-image"),
        (f"{DRAW} {DRAW}", "pdf-several"),
        (f"{DRAW} BT /F1 12 Tf (Nguyen) Tj ET", "pdf-more"),
        (f"q BT 3 Tr ET Q {DRAW} BT /F1 12 Tf (Nguyen) Tj ET", "pdf-more"),
        (f"{DRAW} 0 0 9 9 re f", "pdf-more"),
        ("q 500 80 -80 700 0 0 cm /I Do Q", "pdf-turned"),
        ("q -595 0 0 842 595 0 cm /I Do Q", "pdf-turned"),
    ],
)
def test_pdf_page_that_is_not_one_image_is_refused_by_its_number(read: Read, content: str, code: str) -> None:
    refused = refusal(read, pdf((DRAW, {"I": photo(1)}), (content, {"I": photo(2)})))
    assert (refused.code, refused.facts["page"]) == (code, 2)


@pytest.mark.parametrize(
    ("content", "rotate", "turn"),
    [
        (DRAW, 90, 90),
        ("q 0 842 -595 0 595 0 cm /I Do Q", 0, 270),
        ("q 0 -842 595 0 0 842 cm /I Do Q", 0, 90),
        ("q -595 0 0 -842 595 842 cm /I Do Q", 0, 180),
        ("q 0 -842 595 0 0 842 cm /I Do Q", 270, 0),
    ],
)
def test_pdf_page_says_how_its_image_lies_and_the_images_own_orientation_does_not(
    read: Read, content: str, rotate: int, turn: int
) -> None:
    (page,) = read(pdf((content, {"I": photo(orientation=3)}), rotate=rotate))
    assert page.rotation == turn


def test_protected_damaged_and_empty_pdf_are_told_apart(read: Read) -> None:
    import pikepdf

    protected = pdf((DRAW, {"I": photo()}), encryption=pikepdf.Encryption(owner="a", user="b"))
    assert refusal(read, protected).code == "pdf-protected"
    assert refusal(read, scanned([1])[:300]).code == "damaged"
    assert refusal(read, pdf()).code == "pdf-empty"


def test_pdf_whose_image_is_cut_is_damaged(read: Read) -> None:
    assert refusal(read, pdf((DRAW, {"I": photo()[:-200]}))).code == "damaged"


def turned(heic: bytes) -> bytes:
    """The same file with one more property of its image: turned by 90 degrees counter-clockwise (ISO 23008-12, 6.5.10).

    The primary item gets a fifth, essential property; all that lies behind moves by the bytes that this takes.
    """
    irot = b"\0\0\0\x09irot\x01"
    end_of_properties = heic.index(b"ipma") - 4
    more = {b"ipma": 1, b"ipco": len(irot), b"iprp": len(irot) + 1, b"meta": len(irot) + 1}
    grown = bytearray(heic)
    for box, by in more.items():
        at = heic.index(box) - 4
        grown[at : at + 4] = (int.from_bytes(heic[at : at + 4]) + by).to_bytes(4)
    grown[end_of_properties:end_of_properties] = irot
    # Only of the image: its EXIF is found no more, which costs the name of the camera.
    data = heic.index(b"mdat") + 4
    moved = grown.replace(data.to_bytes(4), (data + len(irot) + 1).to_bytes(4))
    return bytes(moved.replace(b"\0\x02\x02\x03\x84", b"\0\x02\x03\x03\x84\x85"))
