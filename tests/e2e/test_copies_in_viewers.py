"""PDFs of upload copies as the viewers that offices have show them: pdf.js, which Firefox is, and poppler."""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route

from drivers.drawn import draw_ledger
from station.domain.states import CopyCodec
from station.imaging import page_codecs
from station.imaging.encoded_page import EncodedPage
from station.imaging.pdf import DocumentPage, make_pdf
from tests.e2e.browser import CHROMIUM, chromium, new_page
from tests.waiting import PATIENCE

DPI = 200
PDFJS = Path(__file__).parents[1] / "delivery" / "node_modules" / "pdfjs-dist"
REAL = sorted((Path(__file__).parents[3] / "shared" / "data" / "registers").glob("FRAN_*.jpg"))[:1]
KINDS = {".mjs": "text/javascript", ".wasm": "application/wasm", "": "text/html"}
RENDER = """async ([pdf, dpi]) => {
  const pdfjs = await import("/build/pdf.mjs");
  pdfjs.GlobalWorkerOptions.workerSrc = "/build/pdf.worker.mjs";
  const data = Uint8Array.from(atob(pdf), (sign) => sign.charCodeAt(0));
  const file = await pdfjs.getDocument({ data, wasmUrl: "/wasm/", stopAtErrors: true }).promise;
  const page = await file.getPage(1);
  const viewport = page.getViewport({ scale: dpi / 72 });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(viewport.width), Math.round(viewport.height)];
  await page.render({ canvas, viewport }).promise;
  return canvas.toDataURL("image/png").split(",")[1];
}"""


def by_poppler(pdf: Path) -> Image.Image:
    command = ["pdftoppm", "-r", str(DPI), "-singlefile", str(pdf)]
    return Image.open(io.BytesIO(subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE).stdout))


def by_pdfjs(pdf: Path) -> Image.Image:
    def give(route: Route) -> None:
        path = route.request.url.partition(".invalid/")[2]
        kind = KINDS[Path(path).suffix]
        route.fulfill(body=(PDFJS / path).read_bytes() if path else "", content_type=kind)

    with chromium() as browser:
        page: Page = new_page(browser)
        page.context.route("https://viewer.invalid/**", give)
        page.goto("https://viewer.invalid/")
        drawn = page.evaluate(RENDER, [base64.b64encode(pdf.read_bytes()).decode(), DPI])
    return Image.open(io.BytesIO(base64.b64decode(drawn)))


VIEWERS = [
    pytest.param(
        by_pdfjs,
        marks=pytest.mark.skipif(not (CHROMIUM.exists() and PDFJS.exists()), reason="needs chromium and pdf.js"),
        id="pdf.js",
    ),
    pytest.param(
        by_poppler,
        marks=pytest.mark.skipif(not shutil.which("pdftoppm"), reason="needs poppler"),
        id="poppler",
    ),
]


def encoded(pixels: np.ndarray, codec: CopyCodec) -> EncodedPage:
    """A page's copy by this codec, with more bytes than any station gives it: its own losses are not looked at.

    A JPEG 2000 is the first of two that were encoded together, with half of the layers.
    """
    data = page_codecs.jpeg(pixels, 4_000_000)
    if codec is CopyCodec.JPEG2000:
        data, _ = page_codecs.jpeg2000(pixels, (4_000_000, 6_000_000))
    assert data
    height, width = pixels.shape[:2]
    return EncodedPage(data, codec, width, height, pixels.ndim == 2, (float(DPI), float(DPI)))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real page in colour where there is one, else a drawn one."""
    folder = tmp_path_factory.mktemp("page")
    draw_ledger(folder, 3, dpi=DPI)
    page = Image.open((REAL or sorted(folder.iterdir())[1:])[0])
    page.resize((1000, 1000 * page.height // page.width)).save(folder / "page.png", dpi=(DPI, DPI))
    return folder / "page.png"


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize(
    ("codec", "mode"), [(CopyCodec.JPEG2000, "RGB"), (CopyCodec.JPEG2000, "L"), (CopyCodec.JPEG, "RGB")]
)
def test_viewer_shows_the_copy_as_it_was_encoded(
    tmp_path: Path, source: Path, codec: CopyCodec, mode: str, viewer: Callable[[Path], Image.Image]
) -> None:
    copy = encoded(np.asarray(Image.open(source).convert(mode)), codec)
    pdf = tmp_path / "entry.pdf"
    make_pdf([DocumentPage(source, copy=copy)], title="thử", target=pdf)
    shown = viewer(pdf).convert(mode)
    # A viewer may round a page to a pixel more or less, and the place of a line by part of one.
    assert max(abs(a - b) for a, b in zip(shown.size, (copy.width, copy.height), strict=True)) <= 1
    width, height = min(shown.width, copy.width), min(shown.height, copy.height)
    ours, theirs = (
        np.asarray(image.crop((0, 0, width, height)).reduce(4), np.int16)
        for image in (Image.fromarray(page_codecs.decode(copy.data)), shown)
    )
    assert np.abs(ours - theirs).mean() < 3
