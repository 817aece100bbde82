"""The watched folder as a scanner: each file once, whole, in order, as a master that tells where it comes from."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dropping import HEIC, LOSSLESS, PAPER, QUICK, Notebook, drop, pdf, photo, picture, saved, scanned, scans
from PIL import ExifTags, Image
from scanning import outcome

from drivers import Identity, ScanSettings, Sheet
from drivers.errors import Busy, DriverError, NotFound
from drivers.folder import watched_folder
from drivers.folder.watched_folder import FolderDriver
from drivers.images import masters
from tests.stations import sha256
from tests.waiting import PATIENCE, eventually


@pytest.fixture
def dropped(tmp_path: Path) -> Path:
    made = tmp_path / "ảnh điện thoại"
    made.mkdir()
    return made


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def scanner(dropped: Path, notebook: Notebook, locks: Path) -> Iterator[FolderDriver]:
    opened = watched_folder.open_scanner(dropped, clerk=notebook, locks=locks, pace=QUICK)
    yield opened
    opened.close()


Taking = Callable[..., tuple[list[Sheet], str | None]]


@pytest.fixture
def take(scanner: FolderDriver, spool: Path) -> Taking:
    """Take what lies in the folder: the sheets, and the code of the error that ended it."""

    def take_it(settings: ScanSettings = PAPER, fed: Collection[str] = ()) -> tuple[list[Sheet], str | None]:
        sheets, error = outcome(scanner, settings, spool, fed)
        return sheets, error.code if isinstance(error, DriverError) else None

    return take_it


def test_photos_come_in_the_natural_order_of_their_names(dropped: Path, take: Taking, notebook: Notebook) -> None:
    for name, seed in (("IMG_10.jpg", 3), ("IMG_2.jpg", 1), ("img_3.JPG", 2)):
        drop(dropped, name, photo(seed))
    sheets, error = take()
    assert error is None
    assert [sheet.number for sheet in sheets] == [1, 2, 3]
    assert notebook.taken == ["IMG_2.jpg", "img_3.JPG", "IMG_10.jpg"]
    assert [scans(sheet.path.read_bytes()) for sheet in sheets] == [scans(photo(seed)) for seed in (1, 2, 3)]


def test_master_of_a_photo_tells_everything_but_the_place(dropped: Path, take: Taking) -> None:
    source = drop(dropped, "Trang 1.jpg", photo(orientation=6))
    (sheet,), _ = take()
    told = masters.read_provenance(sheet.path)
    assert told["identity"] == {"vendor": "Invented", "model": "Phone 1", "serial": ""}
    assert told["token"] == sheet.token == f"{sha256(source)}:1/1"
    assert told["provenance"] == {
        "station": "qt-thu-01",
        "file": "Trang 1.jpg",
        "page": "1/1",
        "photographed": "2026:01:15 08:30:00",
        "rotation": "90",
    }
    with Image.open(sheet.path) as master:
        exif = master.getexif()
        assert ExifTags.IFD.GPSInfo not in exif
        assert ExifTags.Base.Orientation not in exif, "or some readers would turn it once more"
        assert master.info["dpi"] == (round(sheet.dpi[0]),) * 2
    assert (sheet.rotation, sheet.dpi_asked) == (90, None)
    assert b"at home" not in sheet.path.read_bytes()


def test_resolution_is_that_of_the_papers_size_whichever_way_it_lies(dropped: Path, take: Taking) -> None:
    drop(dropped, "1.png", saved(picture(size=(827, 1169), mode="L"), "PNG"))
    drop(dropped, "2.png", saved(picture(size=(1169, 827), mode="L"), "PNG"))
    drop(dropped, "3.png", saved(picture(size=(827, 1400), mode="L"), "PNG"))
    sheets, _ = take()
    assert [sheet.dpi for sheet in sheets] == [(99.98, 99.98), (99.98, 99.98), (100.03, 100.03)]


@pytest.mark.parametrize(("told", "dpi"), [(200, 200.0), (72, 99.98), (None, 99.98), ((200, 100), 99.98)])
def test_without_a_paper_an_image_is_believed_that_tells_a_resolution_of_scanners(
    dropped: Path, take: Taking, told: int | tuple[int, int] | None, dpi: float
) -> None:
    more = {} if told is None else {"dpi": told if isinstance(told, tuple) else (told, told)}
    drop(dropped, "1.png", saved(picture(size=(827, 1169), mode="L"), "PNG", **more))
    drop(dropped, "2.jpg", saved(picture(size=(827, 1169), mode="L"), "JPEG", **more))
    sheets, _ = take(ScanSettings(own_dpi=True))
    assert [sheet.dpi for sheet in sheets] == [(dpi, dpi)] * 2
    supposed = [masters.SUPPOSED in masters.read_provenance(sheet.path)["provenance"] for sheet in sheets]
    assert supposed == [dpi != 200.0] * 2


def test_every_page_of_a_tiff_and_a_pdf_is_a_sheet_with_a_token_of_its_own(dropped: Path, take: Taking) -> None:
    frames = [picture(seed) for seed in (1, 2)]
    drop(dropped, "1.tif", saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    drop(dropped, "2.pdf", scanned([3, 4, 5]))
    sheets, error = take()
    assert error is None
    assert [sheet.path.suffix for sheet in sheets] == [".tif", ".tif", ".jpg", ".jpg", ".jpg"]
    assert [(sheet.token or "").split(":")[1] for sheet in sheets] == ["1/2", "2/2", "1/3", "2/3", "3/3"]
    for sheet, frame in zip(sheets, frames, strict=False):
        with Image.open(sheet.path) as master:
            assert master.tobytes() == frame.tobytes()


def test_heic_becomes_a_fine_jpeg_or_a_lossless_tiff_as_the_profile_says(
    dropped: Path, take: Taking, spool: Path
) -> None:
    drop(dropped, "IMG_1.heic", HEIC)
    (fine,), _ = take()
    fine_bytes = fine.path.read_bytes()
    (exact,), _ = take(LOSSLESS)
    assert (fine.path.suffix, exact.path.suffix) == (".jpg", ".tif")
    with Image.open(io.BytesIO(fine_bytes)) as one, Image.open(exact.path) as other:
        assert one.size == other.size == (64, 48)
    assert exact.identity == Identity("Phone", "P1")


def test_file_is_never_touched(dropped: Path, take: Taking) -> None:
    files = [drop(dropped, "1.jpg", photo(1)), drop(dropped, "2.pdf", scanned([2])), drop(dropped, "3.jpg", b"bad")]
    before = [(file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_ino) for file in files]
    take()
    assert [(file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_ino) for file in files] == before


def test_bad_file_among_good_ones_is_rejected_and_the_good_ones_come(
    dropped: Path, take: Taking, notebook: Notebook, spool: Path
) -> None:
    drop(dropped, "1.jpg", photo(1))
    drop(dropped, "2.jpg", photo(2)[:-300])
    drop(dropped, "3.txt", b"shopping list")
    drop(dropped, "4.jpg", photo(4))
    sheets, error = take()
    assert len(sheets) == 2
    assert error == "files-rejected"
    assert notebook.refused == [("2.jpg", "damaged"), ("3.txt", "format")]
    assert sorted(file.name for file in spool.iterdir()) == ["0001.jpg", "0002.jpg"]


def test_file_whose_third_page_is_bad_is_rejected_whole(dropped: Path, take: Taking, notebook: Notebook) -> None:
    draw = "q 595 0 0 842 0 0 cm /I Do Q"
    drop(dropped, "a.pdf", pdf(*((draw, {"I": jpeg}) for jpeg in (photo(1), photo(2), photo(3)[:-300]))))
    sheets, error = take()
    assert (sheets, error) == ([], "files-rejected")
    assert notebook.taken == []


def test_writer_slower_than_the_rest_gets_a_second_look(
    dropped: Path, scanner: FolderDriver, spool: Path, notebook: Notebook
) -> None:
    whole = photo(1)
    file = drop(dropped, "slow.jpg", whole[:1000])
    sheets: list[Sheet] = []

    def scan() -> None:
        sheets.extend(scanner.scan(PAPER, spool))

    thread = threading.Thread(target=scan)
    thread.start()
    # The half file stood still, was looked at, and was put back: only then the writer goes on.
    watch = watched_folder.watch_of(dropped.resolve(), QUICK)
    eventually(lambda: any(seen.doubted for seen in watch._seen.values()))
    with file.open("ab") as stream:
        stream.write(whole[1000:])
    thread.join(10)
    assert [scans(sheet.path.read_bytes()) for sheet in sheets] == [scans(whole)]
    assert notebook.refused == []


def test_same_content_under_another_name_is_told_as_a_repetition(
    dropped: Path, take: Taking, notebook: Notebook
) -> None:
    drop(dropped, "a.jpg", photo(1))
    drop(dropped, "a (1).jpg", photo(1))
    sheets, error = take()
    assert len(sheets) == 1
    assert error == "files-rejected"
    assert (notebook.taken, notebook.again) == (["a (1).jpg"], ["a.jpg"])


def test_file_that_was_fed_before_gives_no_sheet(dropped: Path, take: Taking, notebook: Notebook) -> None:
    drop(dropped, "a.jpg", photo(1))
    (sheet,), _ = take()
    notebook.welcome = True
    assert take(fed={sheet.token or ""}) == ([], "folder-empty")
    assert notebook.again == ["a.jpg"]


def test_pages_of_a_file_that_were_not_fed_yet_come(dropped: Path, take: Taking) -> None:
    drop(dropped, "a.pdf", scanned([1, 2, 3]))
    sheets, _ = take()
    tokens = [sheet.token or "" for sheet in sheets]
    again, error = take(fed=tokens[:2])
    assert ([sheet.token for sheet in again], error) == (tokens[2:], None)


def test_limit_counts_pages_and_ends_in_the_middle_of_a_file(dropped: Path, scanner: FolderDriver, spool: Path) -> None:
    drop(dropped, "a.pdf", scanned([1, 2, 3]))
    assert [sheet.number for sheet in scanner.scan(PAPER, spool, limit=2)] == [1, 2]


def test_empty_folder_says_so(take: Taking) -> None:
    assert take() == ([], "folder-empty")


def test_file_that_never_stands_still_is_left_and_told(dropped: Path, locks: Path, spool: Path) -> None:
    growing = drop(dropped, "1.jpg", b"x")
    drop(dropped, "2.jpg", photo(2))
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.02):
            with growing.open("ab") as file:
                file.write(b"x")

    writer = threading.Thread(target=write)
    writer.start()
    # Fifty times what lies between two writes: so long no thread is kept waiting.
    scanner = watched_folder.open_scanner(dropped, clerk=Notebook(), locks=locks, pace=replace(QUICK, still=1.0))
    try:
        sheets, error = outcome(scanner, PAPER, spool)
    finally:
        stop.set()
        writer.join()
        scanner.close()
    assert (len(sheets), error and error.code) == (1, "still-written")


def test_cancel_ends_before_the_next_page(dropped: Path, scanner: FolderDriver, spool: Path) -> None:
    drop(dropped, "a.pdf", scanned([1, 2, 3]))
    sheets = scanner.scan(PAPER, spool)
    next(sheets)
    scanner.cancel()
    with pytest.raises(DriverError) as cancelled:
        next(sheets)
    assert cancelled.value.code == "cancelled"


def test_consumer_that_goes_away_leaves_nothing_half(dropped: Path, scanner: FolderDriver, spool: Path) -> None:
    drop(dropped, "a.pdf", scanned([1, 2, 3]))
    sheets = scanner.scan(PAPER, spool)
    next(sheets)
    sheets.close()
    assert [file.name for file in spool.iterdir()] == ["0001.jpg"]


def test_folder_is_taken_from_by_one_at_a_time(dropped: Path, scanner: FolderDriver, locks: Path) -> None:
    with pytest.raises(Busy):
        watched_folder.open_scanner(dropped, clerk=Notebook(), locks=locks)
    scanner.close()
    watched_folder.open_scanner(dropped, clerk=Notebook(), locks=locks).close()


def test_closing_tells_the_clerk_once(scanner: FolderDriver, notebook: Notebook) -> None:
    scanner.close()
    scanner.close()
    assert notebook.over == 1


def test_folder_that_is_not_there_is_not_found(tmp_path: Path, locks: Path) -> None:
    with pytest.raises(NotFound, match="gone"):
        watched_folder.open_scanner(tmp_path / "gone", clerk=Notebook(), locks=locks)


def test_full_disk_of_the_spool_stops_and_rejects_nothing(
    dropped: Path, take: Taking, notebook: Notebook, spool: Path
) -> None:
    drop(dropped, "a.jpg", photo(1))
    (spool / "file.copy").symlink_to("/dev/full")
    assert take() == ([], "disk-full")
    assert notebook.refused == []
    assert len(take()[0]) == 1


def test_name_that_is_no_text_is_taken(dropped: Path, take: Taking) -> None:
    Path(os.fsdecode(os.fsencode(dropped) + b"/\xff\n1.jpg")).write_bytes(photo(1))
    (sheet,), error = take()
    assert error is None
    assert masters.read_provenance(sheet.path)["provenance"]["file"] == "??1.jpg"


#: Takes what lies in a folder with a decoder that kills the whole program, as a crash in a C library does.
_DYING = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[4:]
from drivers.folder import formats, watched_folder
from dropping import PAPER, QUICK, Notebook
formats.jpeg_picture = lambda *_: os.kill(os.getpid(), 9)
opened = watched_folder.open_scanner(Path(sys.argv[1]), clerk=Notebook(), locks=Path(sys.argv[2]), pace=QUICK)
list(opened.scan(PAPER, Path(sys.argv[3])))
"""


def test_file_that_kills_the_program_that_reads_it_is_rejected_the_third_time(
    dropped: Path, spool: Path, locks: Path, notebook: Notebook
) -> None:
    drop(dropped, "1.jpg", photo(1))
    words = [sys.executable, "-c", _DYING, str(dropped), str(locks), str(spool), *sys.path]
    assert [subprocess.run(words, timeout=PATIENCE, check=False).returncode for _ in range(2)] == [-9, -9]
    drop(dropped, "2.jpg", photo(2))
    opened = watched_folder.open_scanner(dropped, clerk=notebook, locks=locks, pace=QUICK)
    try:
        sheets, error = outcome(opened, PAPER, spool)
    finally:
        opened.close()
    assert (len(sheets), error and error.code) == (1, "files-rejected")
    assert notebook.refused == [("1.jpg", "deadly")]
