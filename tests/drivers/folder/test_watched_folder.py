"""The watched folder as a scanner: each file once, whole, in order, as a master that tells where it comes from."""

from __future__ import annotations

import io
import os
import resource
import signal
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from PIL import ExifTags, Image

from drivers import Identity, ScanSettings, Sheet
from drivers.errors import Busy, DriverError, NotFound, NotStarted
from drivers.folder import child_link, stable_files, watched_folder
from drivers.folder.stable_files import Pace
from drivers.folder.watched_folder import FolderDriver
from drivers.images import masters
from drivers.process.child_process import Process
from tests.drivers.dropping import (
    HEIC,
    LOSSLESS,
    PAPER,
    QUICK,
    RecordedOriginals,
    drop,
    pdf,
    photo,
    picture,
    saved,
    scanned,
    scans,
)
from tests.drivers.scanning import outcome
from tests.stations import sha256
from tests.waiting import eventually


@pytest.fixture
def dropped(tmp_path: Path) -> Path:
    made = tmp_path / "ảnh điện thoại"
    made.mkdir()
    return made


@pytest.fixture
def originals() -> RecordedOriginals:
    return RecordedOriginals()


@pytest.fixture
def scanner(dropped: Path, originals: RecordedOriginals, locks: Path) -> Iterator[FolderDriver]:
    opened = watched_folder.open_scanner(dropped, originals=originals, locks=locks, pace=QUICK)
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


def test_photos_come_in_the_natural_order_of_their_names(
    dropped: Path, take: Taking, originals: RecordedOriginals
) -> None:
    for name, seed in (("IMG_10.jpg", 3), ("IMG_2.jpg", 1), ("img_3.JPG", 2)):
        drop(dropped, name, photo(seed))
    sheets, error = take()
    assert error is None
    assert [sheet.number for sheet in sheets] == [1, 2, 3]
    assert originals.taken == ["IMG_2.jpg", "img_3.JPG", "IMG_10.jpg"]
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


@pytest.mark.parametrize(
    ("told", "dpi"),
    [(200, (200.0, 200.0)), (72, (99.98, 99.98)), (None, (99.98, 99.98)), ((200, 100), (100.03, 50.01))],
)
def test_without_a_paper_an_image_is_believed_that_tells_a_resolution_of_scanners(
    dropped: Path, take: Taking, told: int | tuple[int, int] | None, dpi: tuple[float, float]
) -> None:
    more = {} if told is None else {"dpi": told if isinstance(told, tuple) else (told, told)}
    drop(dropped, "1.png", saved(picture(size=(827, 1169), mode="L"), "PNG", **more))
    drop(dropped, "2.jpg", saved(picture(size=(827, 1169), mode="L"), "JPEG", **more))
    sheets, _ = take(ScanSettings(own_dpi=True))
    assert [sheet.dpi for sheet in sheets] == [dpi] * 2
    supposed = [masters.SUPPOSED in masters.read_provenance(sheet.path)["provenance"] for sheet in sheets]
    assert supposed == [told != 200] * 2


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
    dropped: Path, take: Taking, originals: RecordedOriginals, spool: Path
) -> None:
    drop(dropped, "1.jpg", photo(1))
    drop(dropped, "2.jpg", photo(2)[:-300])
    drop(dropped, "3.txt", b"shopping list")
    drop(dropped, "4.jpg", photo(4))
    sheets, error = take()
    assert len(sheets) == 2
    assert error == "files-rejected"
    assert originals.refused == [("2.jpg", "damaged"), ("3.txt", "format")]
    assert sorted(file.name for file in spool.iterdir()) == ["0001.jpg", "0002.jpg"]


def test_file_whose_third_page_is_bad_is_rejected_whole(
    dropped: Path, take: Taking, originals: RecordedOriginals
) -> None:
    draw = "q 595 0 0 842 0 0 cm /I Do Q"
    drop(dropped, "a.pdf", pdf(*((draw, {"I": jpeg}) for jpeg in (photo(1), photo(2), photo(3)[:-300]))))
    sheets, error = take()
    assert (sheets, error) == ([], "files-rejected")
    assert originals.taken == []


def test_writer_slower_than_the_rest_gets_a_second_look(
    dropped: Path, spool: Path, originals: RecordedOriginals, locks: Path
) -> None:
    patient = Pace(still=0.1, doubt=30.0, patience=60.0)
    scanner = watched_folder.open_scanner(dropped, originals=originals, locks=locks, pace=patient)
    whole = photo(1)
    file = drop(dropped, "slow.jpg", whole[:1000])
    sheets: list[Sheet] = []

    def scan() -> None:
        sheets.extend(scanner.scan(PAPER, spool))

    thread = threading.Thread(target=scan)
    thread.start()
    # The half file stood still, was looked at, and was put back: only then the writer goes on.
    watch = stable_files.watch_of(dropped.resolve(), patient)
    eventually(lambda: any(seen.doubted for seen in watch._seen.values()))
    with file.open("ab") as stream:
        stream.write(whole[1000:])
    thread.join(20)
    assert [scans(sheet.path.read_bytes()) for sheet in sheets] == [scans(whole)]
    assert originals.refused == []
    scanner.close()


def test_same_content_under_another_name_is_told_as_a_repetition(
    dropped: Path, take: Taking, originals: RecordedOriginals
) -> None:
    drop(dropped, "a.jpg", photo(1))
    drop(dropped, "a (1).jpg", photo(1))
    sheets, error = take()
    assert len(sheets) == 1
    assert error == "files-rejected"
    assert (originals.taken, originals.again) == (["a (1).jpg"], ["a.jpg"])


def test_file_that_was_fed_before_gives_no_sheet(dropped: Path, take: Taking, originals: RecordedOriginals) -> None:
    drop(dropped, "a.jpg", photo(1))
    (sheet,), _ = take()
    originals.welcome = True
    assert take(fed={sheet.token or ""}) == ([], "folder-empty")
    assert originals.again == ["a.jpg"]


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
    scanner = watched_folder.open_scanner(
        dropped, originals=RecordedOriginals(), locks=locks, pace=replace(QUICK, still=1.0)
    )
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
        watched_folder.open_scanner(dropped, originals=RecordedOriginals(), locks=locks)
    scanner.close()
    watched_folder.open_scanner(dropped, originals=RecordedOriginals(), locks=locks).close()


def test_closing_tells_the_clerk_once(scanner: FolderDriver, originals: RecordedOriginals) -> None:
    scanner.close()
    scanner.close()
    assert originals.over == 1


def test_folder_that_is_not_there_is_not_found(tmp_path: Path, locks: Path) -> None:
    with pytest.raises(NotFound, match="gone"):
        watched_folder.open_scanner(tmp_path / "gone", originals=RecordedOriginals(), locks=locks)


def test_full_disk_of_the_spool_stops_and_rejects_nothing(
    dropped: Path, take: Taking, originals: RecordedOriginals, spool: Path
) -> None:
    drop(dropped, "a.jpg", photo(1))
    (spool / "0001.part").symlink_to("/dev/full")
    assert take() == ([], "disk-full")
    assert originals.refused == []
    assert len(take()[0]) == 1


def test_name_that_is_no_text_is_taken(dropped: Path, take: Taking) -> None:
    Path(os.fsdecode(os.fsencode(dropped) + b"/\xff\n1.jpg")).write_bytes(photo(1))
    (sheet,), error = take()
    assert error is None
    assert masters.read_provenance(sheet.path)["provenance"]["file"] == "??1.jpg"


@pytest.fixture
def decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the program that decodes find in every PNG of grey what these lines of Python do with it."""

    def behaves(lines: str) -> None:
        plug_in = tmp_path / "plug-in"
        plug_in.mkdir()
        (plug_in / "sitecustomize.py").write_text(
            f"""
import os, sys
from PIL import ImageFile
decode = ImageFile.ImageFile.load
def load(self):
    if self.format == "PNG" and self.mode == "L":
        {lines}
    return decode(self)
if "drivers.folder.child" in sys.orig_argv:
    from PIL import PngImagePlugin
    PngImagePlugin.PngImageFile.load = load
""",
            encoding="utf-8",
        )
        monkeypatch.setenv("PYTHONPATH", str(plug_in), prepend=os.pathsep)

    return behaves


BAD = saved(picture(mode="L"), "PNG")


@pytest.mark.parametrize(
    ("lines", "code", "word"),
    [
        ("os.kill(os.getpid(), 11)", "deadly", "SIGSEGV"),
        ("os._exit(3)", "deadly", "3"),
        ("raise AttributeError('no such thing')", "damaged", "AttributeError"),
        ("raise RuntimeError", "damaged", "RuntimeError"),
        ("raise MemoryError", "memory", "2048"),
        ("sys.stderr.write('x' * 100000); os.write(1, b'no event\\n')", None, ""),
    ],
)
def test_whatever_a_decoder_does_costs_its_file_alone(
    dropped: Path,
    take: Taking,
    originals: RecordedOriginals,
    decoder: Callable[[str], None],
    lines: str,
    code: str | None,
    word: str,
) -> None:
    decoder(lines)
    drop(dropped, "1.jpg", photo(1))
    drop(dropped, "2.png", BAD)
    drop(dropped, "3.jpg", photo(3))
    sheets, error = take()
    if code is None:
        assert (len(sheets), error) == (3, None)
        return
    assert originals.taken == ["1.jpg", "3.jpg"]
    assert originals.refused == [("2.png", code)]
    assert word in str(originals.reasons[0])
    assert error == "files-rejected"


def test_decoder_that_hangs_is_ended_and_costs_its_file_alone(
    dropped: Path,
    take: Taking,
    originals: RecordedOriginals,
    decoder: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child_link, "_SILENT", 2.0)
    decoder("import time; time.sleep(1000)")
    drop(dropped, "1.png", BAD)
    drop(dropped, "2.jpg", photo(2))
    take()
    assert (originals.taken, originals.refused) == (["2.jpg"], [("1.png", "deadly")])


def test_file_that_takes_too_long_in_all_is_rejected(
    dropped: Path,
    take: Taking,
    originals: RecordedOriginals,
    decoder: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child_link, "_LONGEST", 1.5)
    decoder("import time; time.sleep(1000)")
    drop(dropped, "1.png", BAD)
    take()
    assert originals.refused == [("1.png", "slow")]


def test_cancel_ends_a_decoder_that_hangs(
    dropped: Path, scanner: FolderDriver, spool: Path, decoder: Callable[[str], None], originals: RecordedOriginals
) -> None:
    decoder("import time; time.sleep(1000)")
    drop(dropped, "1.png", BAD)
    stopping = threading.Timer(2.0, scanner.cancel)
    stopping.start()
    sheets, error = outcome(scanner, PAPER, spool)
    assert (sheets, error and error.code, originals.refused) == ([], "cancelled", [])


def test_decoder_gets_so_much_time_of_the_processor_and_no_more() -> None:
    lines = "from drivers.folder import child as c; c._PROCESSOR = 1; c._more_time()\nwhile True: pass"
    assert subprocess.run([sys.executable, "-c", lines], timeout=60, check=False).returncode == -signal.SIGXCPU


def bomb() -> bytes:
    """A PDF of some kB whose page's content is 4 GB when it is unpacked twice."""
    megabyte = zlib.compressobj(9)
    head = megabyte.compress(b"") + megabyte.flush(zlib.Z_FULL_FLUSH)
    block = megabyte.compress(bytes(2**20)) + megabyte.flush(zlib.Z_FULL_FLUSH)
    size = 4096 * 2**20
    once = head + block * 4096 + b"\x03\x00" + ((size % 65521) << 16 | 1).to_bytes(4)
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    stream = document.make_stream(b" ")
    both = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
    stream.write(zlib.compress(once, 9), filter=both, type_check=False)
    page.obj.Contents = stream
    into = io.BytesIO()
    document.save(into, compress_streams=False)
    return into.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "pixels.png": lambda: saved(Image.new("1", (20_000, 9_000)), "PNG", compress_level=1),
    "frame.tif": lambda: saved(Image.new("1", (15_000, 10_000)), "TIFF", compression="group4"),
    "deep.png": lambda: saved(Image.new("I;16", (12_000, 12_000)), "PNG", compress_level=1),
    "clear.png": lambda: saved(Image.new("LA", (12_000, 12_000)), "PNG", compress_level=1),
    "content.pdf": bomb,
}


@contextmanager
def memory_of_decoders() -> Iterator[list[int]]:
    """The most that a decoder of this process held (bytes), looked at all the time: a list that grows at its end.

    What the kernel keeps of ended children is of all that this process ever had, other tests' among them.
    """
    most, stop = [0], threading.Event()

    def look() -> None:
        while not stop.wait(0.01):
            for process in Path("/proc").iterdir():
                with suppress(OSError, ValueError):
                    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
                    decodes = b"drivers.folder.child" in (process / "cmdline").read_bytes()
                    if decodes and int(status["PPid"]) == os.getpid() and "VmHWM" in status:
                        most.append(max(most[-1], int(status["VmHWM"].split()[0]) * 1024))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        stop.set()
        watcher.join()


@pytest.mark.parametrize("name", BOMBS)
def test_small_file_of_much_memory_costs_this_process_none(
    dropped: Path, take: Taking, originals: RecordedOriginals, name: str
) -> None:
    drop(dropped, name, BOMBS[name]())
    drop(dropped, "zz.jpg", photo(1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with memory_of_decoders() as most:
        sheets, error = take()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "kB"
    assert 0 < most[-1] < 2.3 * 1024**3, "its limit, and the program"
    assert originals.taken[-1:] == ["zz.jpg"]
    assert (error is None) == (len(sheets) == 2)
    assert len(sheets) + len(originals.refused) == 2


def test_file_of_5_gb_that_is_none_is_refused_by_its_size_and_fills_no_disk(
    dropped: Path, take: Taking, originals: RecordedOriginals, spool: Path
) -> None:
    sparse = drop(dropped, "1.jpg", photo(1))
    os.truncate(sparse, 5 * 1024**3)
    drop(dropped, "2.jpg", photo(2))
    sheets, _ = take()
    assert originals.refused == [("1.jpg", "heavy")]
    assert len(sheets) == 1
    assert [file.name for file in spool.iterdir()] == ["0001.jpg"]


def test_page_for_which_the_spool_has_no_room_stops_the_batch_and_is_not_rejected(
    dropped: Path, take: Taking, originals: RecordedOriginals, decoder: Callable[[str], None]
) -> None:
    decoder("import shutil; shutil.disk_usage = lambda _: shutil._ntuple_diskusage(1, 1, 17_000_000)")
    drop(dropped, "1.png", BAD)
    assert take() == ([], "disk-full")
    assert originals.refused == []


def test_file_that_is_written_to_while_it_is_read_is_looked_at_again(
    dropped: Path, take: Taking, originals: RecordedOriginals, decoder: Callable[[str], None]
) -> None:
    file = drop(dropped, "1.png", BAD)
    decoder(f"os.path.getsize({str(file)!r}) < 10**6 and open({str(file)!r}, 'ab').write(bytes(10**6))")
    (sheet,), error = take()
    assert (error, originals.refused) == (None, [])
    assert (sheet.token or "").startswith(sha256(file)), "of the file as it is now"


def test_folders_links_and_pipes_are_named_once_and_the_files_come(
    dropped: Path, take: Taking, originals: RecordedOriginals, tmp_path: Path
) -> None:
    (dropped / "thư mục").mkdir()
    drop(dropped / "thư mục", "1.jpg", photo(1))
    (dropped / "link.jpg").symlink_to(drop(tmp_path, "elsewhere.jpg", photo(2)))
    os.mkfifo(dropped / "pipe.jpg")
    for own in ("taken", "rejected", ".hidden"):
        (dropped / own).mkdir()
    drop(dropped, "3.jpg", photo(3))
    sheets, error = take()
    assert (len(sheets), error) == (1, "files-left")
    assert {path.name: kind for path, kind in originals.passed.items()} == {
        "thư mục": "folder",
        "link.jpg": "link",
        "pipe.jpg": "special",
    }
    assert take(fed=[sheets[0].token]) == ([], "files-rejected"), "the originals moves nothing; of the rest not a word"


def test_file_that_cannot_be_moved_away_is_named_and_passed_over(
    dropped: Path, take: Taking, originals: RecordedOriginals
) -> None:
    originals.moves = False
    drop(dropped, "1.txt", b"a shopping list")
    drop(dropped, "2.jpg", photo(2))
    sheets, error = take()
    assert (len(sheets), error) == (1, "files-left")
    assert take(fed=[sheets[0].token])[1] == "files-rejected"
    assert originals.refused == [("1.txt", "format")], "it is not looked at again"
    drop(dropped, "1.txt", b"another shopping list")
    take(fed=[sheets[0].token])
    assert len(originals.refused) == 2, "as long as it is not changed"


def test_sheet_that_is_refused_afterwards_leaves_the_spool_and_its_file_is_rejected(
    dropped: Path, scanner: FolderDriver, spool: Path, originals: RecordedOriginals
) -> None:
    drop(dropped, "a.jpg", photo(1))
    drop(dropped, "b.pdf", scanned([2, 3]))
    sheets = scanner.scan(PAPER, spool)
    scanner.refuse(next(sheets), "damaged", detail="worker: ended by SIGKILL")
    scanner.refuse(next(sheets), "damaged", detail="worker: ended by SIGKILL")
    next(sheets)
    with pytest.raises(DriverError) as complaint:
        next(sheets)
    assert (complaint.value.code, complaint.value.detail) == ("files-rejected", "a.jpg, b.pdf")
    scanner.complain()
    assert originals.refused == [("a.jpg", "damaged"), ("b.pdf", "part")]
    assert originals.reasons[1] == {"page": 1, "detail": "worker: ended by SIGKILL"}
    assert [file.name for file in spool.iterdir()] == ["0003.jpg"]


def test_sheets_that_nobody_took_leave_the_spool_at_the_end_if_their_files_still_lie_there(
    dropped: Path, scanner: FolderDriver, spool: Path
) -> None:
    drop(dropped, "a.jpg", photo(1))
    gone = drop(dropped, "b.jpg", photo(2))
    list(scanner.scan(PAPER, spool))
    gone.unlink()
    scanner.close()
    assert [file.name for file in spool.iterdir()] == ["0002.jpg"]


def test_program_that_cannot_be_started_says_nothing_of_the_files(
    dropped: Path, scanner: FolderDriver, take: Taking, originals: RecordedOriginals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good pages would be rejected because the PC was short of memory."""
    Image.new("L", (40, 30)).save(dropped / "1.png")
    with monkeypatch.context() as patch:
        patch.setattr(child_link, "Process", lambda _program, world: Process("drivers.no_such_program", world))
        assert take() == ([], NotStarted.code)
    assert (originals.taken, originals.refused) == ([], [])
    sheets, _ = take()
    assert len(sheets) == 1
