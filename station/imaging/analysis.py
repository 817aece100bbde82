"""Analysis of one image by a worker: the master is made if need be, decoded, hashed, measured, searched for defects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from drivers.images import masters, raw_sheet
from station.domain.finding_codes import FindingCode
from station.domain.image_places import turned
from station.errors import Refused
from station.imaging import decoding, findings, target_measurement, thumbnails
from station.imaging.decoding import Pixels, Resolution
from station.imaging.findings import fold
from station.imaging.image_facts import Analysis, AnalysisRequest, DecodedFile, Defect, TargetMeasures
from station.imaging.preview_files import SIZES
from station.imaging.sheet_follower import SheetFollower
from station.storage import durable
from station.storage.checkpoints import Checkpoint, reach


def analyse(
    file: Path,
    request: AnalysisRequest,
    on_preview: Callable[[bytes], None] | None = None,
    follower: SheetFollower | None = None,
) -> Analysis:
    """Look at ``file``, a master, or a raw sheet that becomes one: its raw file then goes when the master is whole.

    Of a raw sheet ``on_preview`` is told the large preview, a JPEG, as soon as there is one: an operator sees the page
    while its master is still being made; a ``follower`` of it has encoded its first lines. Raises ``Refused``
    ("image-damaged", "image-too-large") when it is not the image it should be, OSError when the disk does not take it.
    The file stays where it was then.
    """
    reach(Checkpoint.LOOKING, file.name)
    if file.suffix == raw_sheet.SUFFIX:
        analysis = _develop(file, request, on_preview, follower)
        raw_sheet.remove(file)
        return analysis
    dpi, supposed = _resolution(file)
    examined, picture = decoding.decode(file, _coarser(dpi))
    upright, previews = _shown(picture, dpi, request)
    picture_analysis = _analyse_picture(upright, previews, dpi, (examined.width, examined.height), request)
    analysis = _result(file, examined, picture_analysis, request, measured=dpi is not None and not supposed)
    return _with_target(analysis, _target(picture, lambda: decoding.decode_whole(file)))


def _develop(
    source: Path,
    request: AnalysisRequest,
    on_preview: Callable[[bytes], None] | None,
    follower: SheetFollower | None,
) -> Analysis:
    """Make the master of a raw sheet beside it, and look at the sheet meanwhile: the last one has all cores."""
    try:
        sheet = raw_sheet.read(source)
        pixels = masters.pixels_of(sheet, source)
    except ValueError as error:
        raise Refused("image-damaged", file=source.name, detail=error) from error
    dpi = _known_resolution(sheet.origin.dpi)

    def shown() -> tuple[Pixels, Pixels, Mapping[int, bytes]]:
        picture = decoding.reduced_view(pixels, _coarser(dpi))
        return picture, *_shown(picture, dpi, request, on_preview)

    def analysed() -> tuple[_PictureAnalysis, TargetMeasures | Defect | None]:
        picture, upright, previews = showing.result()
        analysis = _analyse_picture(upright, previews, dpi, (sheet.width, sheet.height), request)
        return analysis, _target(picture, lambda: pixels)

    with ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(1) as disk:
        showing, analysing = beside.submit(shown), beside.submit(analysed)
        master = source.with_suffix(f".{sheet.encoding}")
        half = master.with_suffix(durable.TEMPORARY_SUFFIX)
        with half.open("wb") as into:
            begun = follower.encoder_of(source, sheet.storing) if follower else None
            masters.encode(pixels, into, sheet.origin, sheet.storing, begun=begun)
        synced = disk.submit(durable.sync_file, half)
        showing.result()  # somebody waits for it, and an old PC does one thing at a time
        examined = decoding.decode_reduced(half)
        synced.result()  # what has a master's name after a power cut is one
        half.rename(master)
        picture_analysis, target = analysing.result()
        return _with_target(_result(master, examined, picture_analysis, request, measured=dpi is not None), target)


@dataclass(frozen=True)
class _PictureAnalysis:
    """What came of an image's reduced picture."""

    previews: Mapping[int, bytes]
    page_defects: findings.PageDefects
    fold: float | None


def _shown(
    picture: Pixels,
    dpi: Resolution | None,
    request: AnalysisRequest,
    on_preview: Callable[[bytes], None] | None = None,
) -> tuple[Pixels, Mapping[int, bytes]]:
    """The reduced ``picture`` of an image at ``dpi`` in true proportions and upright, and its previews."""
    straight = decoding.squared(picture, dpi)
    upright = np.ascontiguousarray(np.rot90(straight, -request.turn // 90)) if request.turn else straight
    previews = thumbnails.thumbnails_of(upright)
    if on_preview is not None:
        on_preview(previews[SIZES["large"]])
    return upright, previews


def _analyse_picture(
    upright: Pixels,
    previews: Mapping[int, bytes],
    dpi: Resolution | None,
    size: tuple[int, int],
    request: AnalysisRequest,
) -> _PictureAnalysis:
    """Look at the reduced, upright picture of an image of this ``size`` (pixels) at ``dpi``."""
    share = max(upright.shape[:2]) / max(decoding.square_size(*size, dpi))
    reduced_dpi = (max(dpi) if dpi else decoding.USUAL_DPI) * share
    grey = np.asarray(cv2.cvtColor(upright, cv2.COLOR_RGB2GRAY), dtype=np.uint8) if request.spread else None
    paper_mm = request.paper_mm if dpi else None
    page_defects = _as_stored(_defects(upright, reduced_dpi, request, paper_mm), request.turn)
    return _PictureAnalysis(previews, page_defects, None if grey is None else fold.fold_position(grey))


def _defects(
    picture: Pixels, dpi: float, request: AnalysisRequest, paper_mm: tuple[float, float] | None
) -> findings.PageDefects:
    """What was found; where looking itself fails, a person is to look: a page is never refused for that."""
    try:
        return findings.find_defects(
            picture, dpi, limits=request.limits, paper_mm=paper_mm, upright=request.turn % 180 == 0
        )
    except Exception as error:  # noqa: BLE001  whatever it is, the page is whole
        return findings.PageDefects((_unjudged(error),), "")


def _target(picture: Pixels, whole: Callable[[], Pixels]) -> TargetMeasures | Defect | None:
    """What the capture target tells, where the ``picture`` shows it; where looking fails, a person is to look."""
    try:
        if not target_measurement.holds_target(picture):
            return None
        pixels = whole()
        grey = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
        return target_measurement.measure(grey)
    except Exception as error:  # noqa: BLE001  whatever it is, the page is whole
        return _unjudged(error)


def _unjudged(error: Exception) -> Defect:
    return Defect(FindingCode.UNJUDGED, f"{type(error).__name__}: {error}")


def _with_target(analysis: Analysis, target: TargetMeasures | Defect | None) -> Analysis:
    if not isinstance(target, Defect):
        return replace(analysis, target=target)
    if any(one.code == FindingCode.UNJUDGED for one in analysis.defects):
        return analysis  # a person is asked to look already
    return replace(analysis, defects=(*analysis.defects, target))


def _as_stored(page_defects: findings.PageDefects, turn: int) -> findings.PageDefects:
    """Places on the image as it is stored: people may turn a page further, and where they do, the marks follow."""
    defects = (replace(one, place=turned(one.place, -turn) if one.place else None) for one in page_defects.defects)
    streaks = tuple(turned(place, -turn) for place in page_defects.streaks)
    return replace(page_defects, defects=tuple(defects), streaks=streaks)


def _result(
    file: Path, examined: DecodedFile, picture_analysis: _PictureAnalysis, request: AnalysisRequest, *, measured: bool
) -> Analysis:
    thumbnails.keep(picture_analysis.previews, request.previews, examined.sha256, request.turn)
    quality = examined.jpeg_quality
    over_compressed = (
        [Defect(FindingCode.OVER_COMPRESSED, f"JPEG quality {quality}")]
        if quality is not None and quality < request.limits.over_compressed
        else []
    )
    paper = picture_analysis.page_defects.paper_mm if measured else None
    return Analysis(
        file,
        examined,
        (*picture_analysis.page_defects.defects, *over_compressed),
        picture_analysis.page_defects.fingerprint,
        picture_analysis.fold,
        paper,
        picture_analysis.page_defects.streaks,
        appearance=picture_analysis.page_defects.appearance,
    )


def _resolution(file: Path) -> tuple[Resolution | None, bool]:
    """A master's resolution (dpi in both axes), None where it tells none; and whether it is only supposed."""
    try:
        facts = masters.read_provenance(file)
        x, y = facts["dpi"]
    except (OSError, ValueError, KeyError):
        return None, False
    return _known_resolution((float(x), float(y))), masters.SUPPOSED in facts["provenance"]


def _known_resolution(dpi: Resolution) -> Resolution | None:
    return dpi if min(dpi) > 0 else None


def _coarser(dpi: Resolution | None) -> float | None:
    return min(dpi) if dpi else None
