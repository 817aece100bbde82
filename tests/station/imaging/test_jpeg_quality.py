"""A file that was compressed too much is told by what its own tables say, and by nothing else."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from station.domain.finding_limits import Limits
from station.imaging import analysis
from station.imaging.image_facts import AnalysisRequest
from station.imaging.jpeg_quality import jpeg_quality

PIXELS = np.full((400, 300, 3), 240, np.uint8)


@pytest.mark.parametrize("quality", [1, 5, 10, 20, 30, 50, 75, 90, 95, 100])
def test_quality_is_the_one_that_it_was_stored_with(quality: int) -> None:
    assert jpeg_quality(simplejpeg.encode_jpeg(PIXELS, quality=quality)) == quality


def test_table_of_another_program_is_taken_for_the_nearest() -> None:
    content = io.BytesIO()
    Image.fromarray(PIXELS).save(content, "JPEG", qtables=[[120] * 64, [120] * 64])
    quality = jpeg_quality(content.getvalue())
    assert quality is not None
    assert 20 < quality < 30


def test_table_may_have_another_number_and_what_tells_none_costs_no_page(tmp_path: Path) -> None:
    content = bytearray(simplejpeg.encode_jpeg(PIXELS[:, :, :1].copy(), quality=20, colorspace="GRAY"))
    table, frame = content.index(b"\xff\xdb"), content.index(b"\xff\xc0")
    content[table + 4] = 1  # Pq, Tq
    content[frame + 12] = 1  # the one component's Tq
    file = tmp_path / "0001.jpg"
    file.write_bytes(content)
    assert "over-compressed" in {
        one.code for one in analysis.analyse(file, AnalysisRequest(tmp_path, Limits())).defects
    }
    assert jpeg_quality(b"\xff\xd8 and no more") is None


@pytest.mark.parametrize(("quality", "asked"), [(5, True), (20, True), (29, True), (30, False), (75, False)])
def test_file_that_was_compressed_too_much_is_asked_about(tmp_path: Path, quality: int, asked: bool) -> None:
    file = tmp_path / "0001.jpg"
    file.write_bytes(simplejpeg.encode_jpeg(PIXELS, quality=quality))
    defects = analysis.analyse(file, AnalysisRequest(tmp_path, Limits())).defects
    details = [defect.detail for defect in defects if defect.code == "over-compressed"]
    assert details == ([f"JPEG quality {quality}"] if asked else [])
    off = analysis.analyse(file, AnalysisRequest(tmp_path, Limits(over_compressed=0))).defects
    assert "over-compressed" not in {defect.code for defect in off}
