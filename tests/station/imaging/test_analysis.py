"""What a worker makes of a master: previews in true proportions, and findings that never cost a page."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers import Encoding, Mode, Storing
from drivers.images import masters, raw_sheet
from station.domain.finding_codes import FindingCode
from station.domain.finding_limits import Limits
from station.imaging import analysis, findings, preview_files, target_measurement, thumbnails
from station.imaging.image_facts import Analysis, AnalysisRequest, Appearance, Defect, RuledLines
from tests.station.opened_station import GLASS, MOMENT

FAX = (204.0, 98.0)


def master(folder: Path, dpi: tuple[float, float], encoding: Encoding = Encoding.JPEG) -> Path:
    """A fax of A4, grey, 8.5 x 11.7 inches at this resolution."""
    pixels = np.full((round(11.7 * dpi[1]), round(8.5 * dpi[0])), 240, np.uint8)
    content = io.BytesIO()
    masters.encode(pixels, content, raw_sheet.Origin(GLASS, MOMENT, dpi), Storing(encoding))
    file = folder / f"0001.{encoding}"
    file.write_bytes(content.getvalue())
    return file


def size_of(picture: Path) -> tuple[int, int]:
    with Image.open(picture) as image:
        return image.size


@pytest.mark.parametrize("encoding", [Encoding.JPEG, Encoding.TIFF])
@pytest.mark.parametrize("dpi", [FAX, FAX[::-1], (200.0, 200.0)])
def test_preview_of_a_fax_has_the_proportions_of_its_paper(
    tmp_path: Path, encoding: Encoding, dpi: tuple[float, float]
) -> None:
    file = master(tmp_path, dpi, encoding)
    looked = analysis.analyse(file, AnalysisRequest(tmp_path, Limits(), (210, 297)))
    kept = size_of(preview_files.name_of(tmp_path, looked.examined.sha256, preview_files.SIZES["large"], 0))
    assert kept[1] / kept[0] == pytest.approx(11.7 / 8.5, rel=0.02)
    assert "wrong-size" not in {found.code for found in looked.defects}
    thumbnails.make(file, tmp_path / "part.jpg", 220, 90, (0, 0, *size_of(file)))
    part = size_of(tmp_path / "part.jpg")
    assert part[0] / part[1] == pytest.approx(11.7 / 8.5, rel=0.02)


def test_raw_sheet_of_a_scanner_with_two_resolutions_is_previewed_alike(tmp_path: Path) -> None:
    width, height = round(8.5 * FAX[0]), round(11.7 * FAX[1])
    sheet = raw_sheet.Raw(1, width, height, Mode.GREY, raw_sheet.Origin(GLASS, MOMENT, FAX), Storing())
    path = raw_sheet.name_of(tmp_path, 1)
    content = raw_sheet.header(Mode.GREY, width, height) + bytes([240]) * (width * height)
    path.with_suffix(raw_sheet.PART).write_bytes(content)
    raw_sheet.finish(sheet, path)
    looked = analysis.analyse(path, AnalysisRequest(tmp_path, Limits(), (210, 297)))
    kept = size_of(preview_files.name_of(tmp_path, looked.examined.sha256, preview_files.SIZES["large"], 0))
    assert kept[1] / kept[0] == pytest.approx(11.7 / 8.5, rel=0.02)


def test_place_of_a_defect_is_told_on_the_image_as_it_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = Defect(FindingCode.UNREADABLE_PART, "edges", (0.5, 0.0, 1.0, 0.1))
    look = Appearance(0.6, None, RuledLines(b"\x00\xc8", b"\xff"))
    found = findings.PageDefects((defect,), "", appearance=look)
    monkeypatch.setattr(findings, "find_defects", lambda *_, **__: found)
    looked = analysis.analyse(master(tmp_path, (200.0, 200.0)), AnalysisRequest(tmp_path, Limits(), turn=90))
    # What is above at the right of the upright image is above at the left of one that lies on its left side.
    assert looked.defects[0].place == pytest.approx((0.0, 0.0, 0.1, 0.5))
    told = Analysis.of(json.loads(json.dumps(looked.as_dict())))
    assert told.defects == looked.defects
    assert told.appearance == look


def test_finding_that_fails_asks_a_person_and_the_page_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> findings.PageDefects:
        raise IndexError("index 1 is out of bounds")

    monkeypatch.setattr(findings, "find_defects", fails)
    looked = analysis.analyse(master(tmp_path, (200.0, 200.0)), AnalysisRequest(tmp_path, Limits()))
    assert [(found.code, found.detail) for found in looked.defects] == [
        ("unjudged", "IndexError: index 1 is out of bounds")
    ]


def test_look_for_a_capture_target_that_fails_asks_a_person_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> bool:
        raise IndexError("index 1 is out of bounds")

    monkeypatch.setattr(target_measurement, "holds_target", fails)
    file, request = master(tmp_path, (200.0, 200.0)), AnalysisRequest(tmp_path, Limits())
    assert [found.code for found in analysis.analyse(file, request).defects].count(FindingCode.UNJUDGED) == 1
    monkeypatch.setattr(findings, "find_defects", fails)
    assert [found.code for found in analysis.analyse(file, request).defects] == [FindingCode.UNJUDGED], "once"
