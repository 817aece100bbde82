"""What is not kept of a page is white in the pixels of the PDF, whatever its master is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from station.imaging import pdf
from station.imaging.pdf import DocumentPage

KEPT = (((0, 32), (99, 32), (99, 63), (0, 63)),)


@pytest.mark.parametrize(("mode", "suffix"), [("RGB", "jpg"), ("L", "jpg"), ("RGB", "png"), ("L", "png"), ("1", "png")])
@pytest.mark.parametrize("crop", [None, (3, 8, 100, 90)])
def test_all_but_the_parts_kept_is_white(
    tmp_path: Path, mode: str, suffix: str, crop: tuple[int, int, int, int] | None
) -> None:
    master = tmp_path / f"master.{suffix}"
    Image.new(mode, (100, 120), 0).save(master, dpi=(200, 200))
    before = master.read_bytes()
    for target in (tmp_path / "one.pdf", tmp_path / "two.pdf"):
        pdf.make_pdf([DocumentPage(master, crop=crop, kept=KEPT)], title="x", target=target)
    with pikepdf.open(tmp_path / "one.pdf") as document:
        scan = document.pages[0].Resources.XObject.Scan
        assert isinstance(scan, pikepdf.Stream)
        shown = pikepdf.PdfImage(scan).as_pil_image()
        pixels = np.asarray(shown.convert("L"))
    top = 0 if crop is None or suffix == "jpg" else crop[1]
    assert (pixels[32 - top : 64 - top] < 60).all()
    # A JPEG rings for the few pixels of a block.
    assert (pixels[: 24 - top] > 240).all()
    assert (pixels[72 - top :] > 240).all()
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    assert master.read_bytes() == before
