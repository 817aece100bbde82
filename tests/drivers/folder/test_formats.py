"""What is in a dropped file: JPEG kept bit for bit, everything else decoded once, places forgotten."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pi_heif
import pikepdf
import pytest
import simplejpeg
from PIL import Image, ImageChops, ImageOps, TiffImagePlugin

from drivers import Mode
from drivers.errors import Unreadable
from drivers.folder import formats, pictures
from drivers.folder import jpeg as folder_jpeg
from drivers.folder import pdf as folder_pdf
from drivers.folder.formats import open_pages
from drivers.folder.pictures import Camera, Picture
from tests.drivers.dropping import HEIC, drop, pdf, photo, picture, profile, saved, scanned, scans

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
def test_jpeg_keeps_its_compressed_data_bit_for_bit_and_loses_its_place(read: Read, how: dict[str, Any]) -> None:
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


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize(
    ("mode", "space", "kept"),
    [("RGB", b"RGB ", True), ("L", b"GRAY", True), ("L", b"RGB ", False), ("RGB", b"CMYK", False)],
)
def test_colour_profile_is_kept_where_it_fits_the_channels(
    read: Read, kind: str, mode: str, space: bytes, kept: bool
) -> None:
    given = profile(space)
    (page,) = read(saved(picture(mode=mode), kind, icc_profile=given))
    assert page.profile == (given if kept else None)
    assert b"ICC_PROFILE" not in (page.jpeg or b""), "the master gets it from here, or not at all"


@pytest.mark.parametrize(
    "given", [b"profile" * 20, b"", profile(b"RGB ")[:140], profile(b"RGB ").replace(b"acsp", b"xxxx")]
)
def test_what_is_no_whole_profile_is_not_kept(read: Read, given: bytes) -> None:
    (page,) = read(photo(icc_profile=given))
    assert (page.profile, page.mode) == (None, Mode.COLOUR)


def test_cmyk_is_turned_into_rgb_by_its_own_profile_or_without_one(read: Read) -> None:
    inks = picture().convert("CMYK")
    (page,) = read(saved(inks, "JPEG", icc_profile=profile(b"CMYK")))
    assert (page.profile, page.mode) == (None, Mode.COLOUR)


def test_colour_profile_of_a_heic_is_kept(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    to_pillow = pi_heif.HeifFile.to_pillow

    def with_profile(self: object) -> Image.Image:
        image = to_pillow(self)
        image.info["icc_profile"] = profile(b"RGB ")
        return image

    monkeypatch.setattr(pi_heif.HeifFile, "to_pillow", with_profile)
    (page,) = read(HEIC)
    assert page.profile == profile(b"RGB ")


def broken_scan(jpeg: bytes, at: int, by: int) -> bytes:
    """The same with so many bytes of its scan set to zero, as a card does that loses a block."""
    start = jpeg.index(b"\xff\xda") + at
    return jpeg[:start] + bytes(by) + jpeg[start + by :]


def surplus_restarts(jpeg: bytes) -> bytes:
    """The same with two more restart intervals than it has lines for."""
    more = b"\x12\x34" * 40
    return jpeg[:-2] + more + b"\xff\xd0" + more + b"\xff\xd1" + more + jpeg[-2:]


def wrong_parameters(jpeg: bytes) -> bytes:
    """The same with the parameters that some phones write into a baseline scan: the last coefficient is 0, not 63."""
    start = jpeg.index(b"\xff\xda")
    length = int.from_bytes(jpeg[start + 2 : start + 4])
    return jpeg[: start + 2 + length - 3] + bytes(3) + jpeg[start + 2 + length :]


def strewn(jpeg: bytes) -> bytes:
    """The same with bytes between two segments."""
    at = jpeg.index(b"\xff\xdb")
    return jpeg[:at] + b"\0\0\x17\x2a" + jpeg[at:]


MENDED = {
    "wrong parameters of the scan": (wrong_parameters(photo()), photo()),
    "more restart intervals than lines": (
        surplus_restarts(photo(restart_marker_rows=1)),
        photo(restart_marker_rows=1),
    ),
    "bytes between segments": (strewn(photo()), photo()),
    "bytes behind the end": (photo() + b"trailer" * 300, photo()),
    "filling before the end": (photo()[:-2] + bytes(700) + b"\xff\xd9", photo()),
    "a few bytes before the end": (photo()[:-2] + b"\x01\x02\x03" + b"\xff\xd9", photo()),
    "no end": (photo()[:-2], photo()),
    "half an end": (photo()[:-1], photo()),
    "no end of a progressive one": (photo(progressive=True)[:-2], photo(progressive=True)),
}


@pytest.mark.parametrize(("content", "sound"), MENDED.values(), ids=MENDED.keys())
def test_jpeg_that_every_viewer_shows_with_a_warning_is_kept_without_what_warned(
    read: Read, content: bytes, sound: bytes
) -> None:
    (page,) = read(content)
    assert page.jpeg is not None
    assert (simplejpeg.decode_jpeg(page.jpeg, strict=True) == simplejpeg.decode_jpeg(sound, strict=True)).all()


LINES_LOST = {
    "a block of zeros": broken_scan(photo(size=(400, 600), quality=95), 3000, 2048),
    "cut off, with an end": photo()[:-300] + b"\xff\xd9",
    "the last byte of the last line": photo()[:-3] + b"\xff\xd9",
    "a restart interval is gone": re.sub(rb"\xff\xd1.*?(?=\xff\xd2)", b"", photo(restart_marker_rows=1), flags=re.S),
    "the last scans of a progressive one": photo(progressive=True)[: photo(progressive=True).rindex(b"\xff\xda")],
}


@pytest.mark.parametrize("content", LINES_LOST.values(), ids=LINES_LOST.keys())
def test_jpeg_that_lost_lines_is_damaged_and_says_what_the_decoder_said(read: Read, content: bytes) -> None:
    refused = refusal(read, content)
    assert refused.code == "damaged"
    assert len(str(refused.facts["detail"])) > 10


def test_lines_that_went_astray_are_told_from_filling(read: Read) -> None:
    """Of what is left over behind the last line, only filling is no damage."""
    whole = photo(size=(400, 600), quality=95)
    found = set()
    for at in range(1000, 9000, 500):
        try:
            (page,) = read(broken_scan(whole, at, 700))
            found.add("taken")
            assert page.jpeg is not None
        except Unreadable as refused:
            found.add(refused.code)
    assert found == {"damaged"}


def test_jpeg_cut_anywhere_is_damaged(read: Read) -> None:
    whole = photo()
    for length in random.Random(7).sample(range(3, len(whole) - 2), 40):
        assert refusal(read, whole[:length]).code == "damaged", length


def test_jpeg_of_random_bytes_is_damaged_and_never_hangs() -> None:
    for seed in range(200):
        with pytest.raises(ValueError, match=r"cut off|no end|no image|a scan without"):
            folder_jpeg.read(b"\xff\xd8" + random.Random(seed).randbytes(200))


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


def coded(read: Read, content: bytes, *, draw: str = DRAW, **facts: object) -> Picture:
    """The one page of a PDF whose image, a JPEG, has these facts beside it."""
    (page,) = read(pdf((draw, {"I": content}), facts=facts))
    return page


def seen(page: Picture) -> np.ndarray:
    """The pixels of a picture, whichever way it is kept."""
    if page.pixels is not None:
        return page.pixels
    assert page.jpeg is not None
    with Image.open(io.BytesIO(page.jpeg)) as image:
        return np.asarray(image)


def test_negative_in_a_pdf_is_turned_back_as_the_pdf_says(read: Read) -> None:
    content = saved(picture(mode="L"), "JPEG")
    for decode, negative in (([1, 0], True), ([0, 1], False)):
        page = coded(read, content, Decode=decode, ColorSpace=pikepdf.Name.DeviceGray)
        with Image.open(io.BytesIO(content)) as source:
            wanted = ImageOps.invert(source) if negative else source
            assert (seen(page) == np.asarray(wanted)).all()
        assert (page.jpeg is None) == negative


def test_colours_in_a_pdf_that_are_stretched_are_refused(read: Read) -> None:
    content = pdf((DRAW, {"I": photo()}), facts={"Decode": [0, 0.5, 0, 1, 0, 1]})
    refused = refusal(read, content)
    assert refused.code == "pdf-codec"
    assert "/Decode" in str(refused.facts["detail"])


@pytest.mark.parametrize("decode", [None, [1, 0, 1, 0, 1, 0, 1, 0]])
def test_inks_of_a_jpeg_in_a_pdf_are_what_the_pdf_says(read: Read, decode: list[int] | None) -> None:
    inks = Image.new("CMYK", (62, 88), (10, 20, 200, 30))
    # Pillow writes them as Adobe does, upside down: without /Decode a PDF shows the opposite.
    content = saved(inks, "JPEG", quality=100)
    more: dict[str, Any] = {"Decode": decode} if decode else {}
    page = coded(read, content, ColorSpace=pikepdf.Name.DeviceCMYK, **more)
    wanted = np.asarray((inks if decode else ImageChops.invert(inks)).convert("RGB")).astype(int)
    assert abs(seen(page).astype(int) - wanted).max() < 6


def test_colour_profile_that_a_pdf_gives_an_image_is_kept_where_it_fits(read: Read) -> None:
    for space, kept in ((b"RGB ", True), (b"GRAY", False)):
        page = coded(read, photo(), icc=profile(space))
        assert page.profile == (profile(space) if kept else None)


def test_pixel_of_a_pdf_is_as_high_as_the_page_draws_it(read: Read) -> None:
    assert coded(read, photo()).proportion == 1
    flat = coded(read, photo(), draw="q 595 0 0 1684 0 0 cm /I Do Q")
    assert flat.proportion == pytest.approx(1684 / 842, rel=0.01)
    lying = coded(read, photo(), draw="q 0 -595 1684 0 0 595 cm /I Do Q")
    assert lying.proportion == pytest.approx(1684 / 842, rel=0.01)


@pytest.mark.parametrize(
    ("annotations", "code"), [("[null]", None), ("[5]", None), ("[<< /Subtype /Stamp >>]", "pdf-more")]
)
def test_notes_of_a_page_that_are_nothing_are_no_obstacle(read: Read, annotations: str, code: str | None) -> None:
    content = pdf((DRAW, {"I": photo()}), annotations=annotations)
    if code is None:
        assert len(read(content)) == 1
    else:
        assert refusal(read, content).code == code


def stencil(colour: str, decode: list[int] | None = None) -> bytes:
    """A PDF of a stencil, 16 x 16, its left half painted, in this colour."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(160, 160))
    more = {"Decode": pikepdf.Array(decode)} if decode else {}
    mask = document.make_stream(
        b"\x00\xff" * 16, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=16, Height=16, ImageMask=True,
        BitsPerComponent=1, **more,
    )  # fmt: skip
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=mask))
    page.obj.Contents = document.make_stream(f"{colour} q 160 0 0 160 0 0 cm /I Do Q".encode())
    into = io.BytesIO()
    document.save(into)
    return into.getvalue()


def test_stencil_that_is_painted_in_black_is_a_page_and_another_one_is_refused(read: Read) -> None:
    for colour in ("", "0 g", "0 0 0 rg", "0 0 0 1 k", "q 1 0 0 rg Q"):
        (page,) = read(stencil(colour))
        assert (seen(page)[0, 0], seen(page)[0, 15]) == (0, 255), colour
    (page,) = read(stencil("", [1, 0]))
    assert (seen(page)[0, 0], seen(page)[0, 15]) == (255, 0)
    for colour in ("1 0 0 rg", "1 g", "/Cs1 cs"):
        assert refusal(read, stencil(colour)).code == "pdf-more", colour


def held(data: bytes, *, size: tuple[int, int] = (62, 88), mask: bytes = b"", **facts: object) -> bytes:
    """A PDF of one image that is stored as these facts say, with a soft ``mask`` of 8 bits if one is given."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    told = {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Image, "Width": size[0], "Height": size[1]}
    more = {"BitsPerComponent": 8, "ColorSpace": pikepdf.Name.DeviceGray, **facts}
    if mask:
        soft = {**told, "BitsPerComponent": 8, "ColorSpace": pikepdf.Name.DeviceGray}
        more["SMask"] = document.make_stream(mask, **soft)
    image = document.make_stream(data, **told, **more)
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
    page.obj.Contents = document.make_stream(DRAW.encode())
    into = io.BytesIO()
    document.save(into)
    return into.getvalue()


@pytest.mark.parametrize(("black_is_1", "decode"), [(False, None), (True, None), (False, [1, 0]), (True, [1, 0])])
def test_fax_in_a_pdf_is_as_light_and_dark_as_the_pdf_says(
    read: Read, black_is_1: bool, decode: list[int] | None
) -> None:
    image = Image.new("1", (64, 88), 1)
    image.paste(0, (0, 0, 32, 88))
    tiff = saved(image, "TIFF", compression="group4")
    with Image.open(io.BytesIO(tiff)) as written:
        assert isinstance(written, TiffImagePlugin.TiffImageFile)
        (start,), (length,) = written.tag_v2[273], written.tag_v2[279]
    facts: dict[str, Any] = {
        "BitsPerComponent": 1,
        "Filter": pikepdf.Name.CCITTFaxDecode,
        "DecodeParms": pikepdf.Dictionary(K=-1, Columns=64, Rows=88, BlackIs1=black_is_1),
    }
    if decode:
        facts["Decode"] = pikepdf.Array(decode)
    (page,) = read(held(tiff[start : start + length], size=(64, 88), **facts))
    (plain,) = read(held(tiff[start : start + length], size=(64, 88), **{**facts, "Decode": pikepdf.Array([0, 1])}))
    same = (seen(page) == seen(plain)).all()
    assert bool(same) == (decode is None)
    assert set(np.unique(seen(page))) == {0, 255}


def test_what_a_soft_mask_hides_is_paper(read: Read) -> None:
    (page,) = read(held(bytes(62 * 88), mask=bytes(62 * 44) + b"\xff" * (62 * 44)))
    assert (seen(page)[0, 0], seen(page)[87, 0]) == (255, 0)


def test_image_of_16_bits_keeps_the_upper_8(read: Read) -> None:
    rows = np.tile(np.arange(62, dtype=np.uint16) * 1000, (88, 1))
    for content in (
        held(rows.astype(">u2").tobytes(), BitsPerComponent=16),
        saved(Image.fromarray(rows), "PNG"),
        saved(Image.fromarray(rows), "TIFF"),
    ):
        (page,) = read(content)
        assert abs(seen(page)[0].astype(int) - rows[0] // 256).max() <= 1


def test_jpeg_2000_in_a_pdf_is_read_and_codings_that_nobody_reads_are_refused_in_words(read: Read) -> None:
    jpx = saved(picture(mode="L"), "JPEG2000")
    (page,) = read(held(jpx, Filter=pikepdf.Name.JPXDecode))
    assert (page.width, page.height) == (62, 88)
    for coding in ("JBIG2Decode", "Crypt"):
        refused = refusal(read, held(b"x" * 100, Filter=pikepdf.Name("/" + coding)))
        assert refused.code in ("pdf-codec", "damaged"), coding
        assert refused.facts["detail"], coding


def test_palette_with_a_clear_colour_shows_paper_there(read: Read) -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(0, (0, 0, 4, 8))
    (page,) = read(saved(image, "PNG", transparency=0))
    assert (tuple(seen(page)[0, 0]), tuple(seen(page)[0, 7])) == ((255, 255, 255), (0, 0, 255))


def test_page_turned_by_no_quarter_is_refused(read: Read) -> None:
    assert refusal(read, pdf((DRAW, {"I": photo()}), rotate=45)).code == "pdf-turned"


def test_small_images_within_a_tiff_are_no_pages(read: Read) -> None:
    page, thumb, mask = picture(1), picture(2, size=(20, 30)), picture(3, mode="L")
    content = frames((page, 0), (thumb, 1), (page, 2), (mask, 4))
    assert [(one.width, one.height) for one in read(content)] == [(62, 88), (62, 88)]
    assert [(one.width, one.height) for one in read(frames((thumb, 1), (thumb, 1)))] == [(20, 30), (20, 30)]


def frames(*images: tuple[Image.Image, int]) -> bytes:
    """A TIFF of these images, each with its NewSubfileType."""
    into = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(into) as writer:
        for image, kind in images:
            image.save(writer, "TIFF", tiffinfo={254: kind})
            writer.newFrame()
    return into.getvalue()


def test_file_of_more_pages_than_any_ledger_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST_PAGES", 2)
    monkeypatch.setattr("drivers.folder.pdf.MOST_PAGES", 2)
    for content in (scanned([1, 2, 3]), frames(*((picture(seed), 0) for seed in (1, 2, 3)))):
        assert refusal(read, content).code == "many"


@pytest.mark.parametrize(
    ("content", "proportion"),
    [
        (saved(picture(), "TIFF", dpi=(204, 98)), 204 / 98),
        (saved(picture(), "PNG", dpi=(200, 100)), 2),
        (photo(dpi=(204, 98)), 204 / 98),
        (photo(dpi=(300, 300)), 1),
        (photo(dpi=(72, 1)), 1),
        (photo(dpi=(204, 98), orientation=5), 98 / 204),
    ],
)
def test_pixels_that_are_not_square_are_told(read: Read, content: bytes, proportion: float) -> None:
    (page,) = read(content)
    assert page.proportion == pytest.approx(proportion, rel=0.01)


def test_same_image_in_two_files_has_the_same_digest(read: Read) -> None:
    (alone,) = read(photo(1))
    (first, second) = read(scanned([1, 2]))
    assert alone.digest == first.digest != second.digest


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


@pytest.mark.parametrize(
    ("kind", "pixels"),
    [
        (lambda: photo(), 62 * 88),
        (lambda: saved(picture(), "PNG"), 62 * 88),
        (lambda: saved(picture(), "TIFF"), 62 * 88),
        (lambda: HEIC, 64 * 48),
        (lambda: scanned([1]), 62 * 88),
    ],
    ids=["jpeg", "png", "tiff", "heic", "pdf"],
)
def test_each_kind_of_image_has_its_limit_of_pixels(
    read: Read, kind: Callable[[], bytes], pixels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for most, refused in ((pixels, False), (pixels - 1, True)):
        for module in (pictures, folder_pdf):
            monkeypatch.setattr(module, "MOST_PIXELS", most)
        if refused:
            problem = refusal(read, kind())
            assert (problem.code, problem.facts["pixels"]) == ("large", pixels)
        else:
            assert len(read(kind())) == 1


def test_image_in_a_pdf_is_measured_before_it_is_taken_out(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    def unpacked(*_: object, **__: object) -> str:
        raise AssertionError("a few kilobytes may unpack to a mountain")

    monkeypatch.setattr(folder_pdf, "MOST_PIXELS", 62 * 88 - 1)
    monkeypatch.setattr(pikepdf.PdfImage, "extract_to", unpacked)
    assert refusal(read, scanned([1])).code == "large"
