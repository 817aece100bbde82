from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from drivers import Mode, ScanSettings
from drivers.errors import (
    AccessDenied,
    Busy,
    Cancelled,
    CoverOpen,
    CutShort,
    DamagedImage,
    DriverError,
    EarlyEnd,
    InputOutput,
    Jammed,
    NoDocuments,
    NotFound,
    OutOfMemory,
)
from drivers.images.raw_sheet import read
from drivers.simulated import BadFault, SimulatedScanner, open_scanner, parse_fault
from tests.drivers.scanning import LOSSLESS, outcome

Open = Callable[..., SimulatedScanner]

REGISTERS = Path(__file__).resolve().parents[3] / "shared/data/registers"
FAULTS: dict[str, type[DriverError]] = {
    "jammed": Jammed,
    "cover-open": CoverOpen,
    "no-documents": NoDocuments,
    "io-error": InputOutput,
    "eof": EarlyEnd,
    "truncated": CutShort,
    "access-denied": AccessDenied,
    "no-memory": OutOfMemory,
}
BACKEND = next((path for root in ("lib", "lib64") for path in Path("/usr", root).rglob("sane/libsane-pnm.so.1")), None)


def name_of(token: str | None) -> str:
    return (token or "").split(":")[0]


def test_every_page_comes_through_sane_pixel_for_pixel(open_simulated: Open, pages: Path, spool: Path) -> None:
    sheets = list(open_simulated(pages).scan(LOSSLESS, spool))
    assert [name_of(sheet.token) for sheet in sheets] == [f"{number:02d}.png" for number in range(1, 6)]
    for sheet in sheets:
        with Image.open(pages / name_of(sheet.token)) as page, Image.open(sheet.path) as master:
            assert (master.mode, master.tobytes()) == (page.mode, page.tobytes())
        assert sheet.mode is (Mode.COLOUR if sheet.number % 2 else Mode.GREY)
        assert sheet.dpi_asked is None
        assert sheet.dpi == (200.0, 200.0)
        assert read(sheet.path).origin.token == sheet.token


@pytest.mark.parametrize("page", sorted(REGISTERS.glob("*.jpg"))[:2], ids=lambda page: page.stem)
def test_real_register_page_comes_through_sane_pixel_for_pixel(
    open_simulated: Open, tmp_path: Path, spool: Path, page: Path
) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / page.name).symlink_to(page)
    (sheet,) = open_simulated(folder).scan(LOSSLESS, spool)
    with Image.open(page) as original, Image.open(sheet.path) as master:
        assert (master.mode, master.size) == (original.mode, original.size)
        assert master.tobytes() == original.tobytes()


@pytest.mark.parametrize(
    ("mode", "name", "becomes"),
    [
        ("1", "a.png", "L"),
        ("P", "a.png", "RGB"),
        ("RGBA", "a.png", "RGB"),
        ("LA", "a.png", "L"),
        ("CMYK", "a.tif", "RGB"),
        ("I;16", "a.png", "L"),
        ("L", "a.pgm", "L"),
        ("RGB", "a.ppm", "RGB"),
        ("1", "a.pnm", "L"),
        ("L", "a.JPEG", "L"),
    ],
)
def test_any_kind_of_image_becomes_grey_or_colour(
    open_simulated: Open, tmp_path: Path, spool: Path, mode: str, name: str, becomes: str
) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    Image.new("L", (20, 10), 255).convert(mode).save(folder / name)
    (sheet,) = open_simulated(folder).scan(LOSSLESS, spool)
    with Image.open(sheet.path) as master:
        assert (master.mode, master.size) == (becomes, (20, 10))
    assert sheet.dpi == (300.0, 300.0)


def test_sixteen_bit_grey_keeps_its_tones(open_simulated: Open, tmp_path: Path, spool: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    Image.new("I;16", (4, 4), 0x8000).save(folder / "deep.png")
    (sheet,) = open_simulated(folder).scan(LOSSLESS, spool)
    with Image.open(sheet.path) as master:
        assert master.getextrema() == (128, 128)


def test_pages_that_were_fed_do_not_come_again(open_simulated: Open, pages: Path, spool: Path, tmp_path: Path) -> None:
    scanner = open_simulated(pages)
    fed = [sheet.token or "" for sheet in scanner.scan(LOSSLESS, spool, limit=2)]
    assert [name_of(sheet.token) for sheet in scanner.scan(LOSSLESS, tmp_path, fed=fed)] == [
        "03.png",
        "04.png",
        "05.png",
    ]


def test_pile_that_lies_there_again_begins_anew_when_all_of_it_was_fed(
    pages: Path, locks: Path, tmp_path: Path
) -> None:
    with closing(open_scanner(pages, work=tmp_path / "work", locks=locks, again=True)) as scanner:
        fed: list[str] = []
        for limit, names in ((3, ["01", "02", "03"]), (None, ["04", "05"]), (1, ["01"]), (2, ["02", "03"])):
            spool = tmp_path / f"spool{len(fed)}"
            spool.mkdir()
            came = [sheet.token or "" for sheet in scanner.scan(LOSSLESS, spool, limit=limit, fed=fed)]
            assert [name_of(token) for token in came] == [f"{name}.png" for name in names]
            fed += came


def test_changed_page_is_a_new_sheet(open_simulated: Open, pages: Path, spool: Path, tmp_path: Path) -> None:
    scanner = open_simulated(pages)
    fed = [sheet.token or "" for sheet in scanner.scan(LOSSLESS, spool)]
    Image.new("L", (9, 9)).save(pages / "02.png")
    assert [name_of(sheet.token) for sheet in scanner.scan(LOSSLESS, tmp_path, fed=fed)] == ["02.png"]


def test_hidden_files_and_other_kinds_are_left_out(open_simulated: Open, tmp_path: Path, spool: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    Image.new("L", (9, 9)).save(folder / ".hidden.png")
    (folder / "notes.txt").write_text("no image")
    with pytest.raises(NoDocuments) as caught:
        list(open_simulated(folder).scan(LOSSLESS, spool))
    assert caught.value.sheet == 1


@pytest.mark.parametrize(("fault", "kind"), FAULTS.items())
def test_fault_on_the_third_page_keeps_the_first_two_and_the_next_try_works(
    open_simulated: Open, pages: Path, spool: Path, tmp_path: Path, fault: str, kind: type[DriverError]
) -> None:
    scanner = open_simulated(pages, f"3:{fault}")
    sheets, error = outcome(scanner, LOSSLESS, spool)
    assert [name_of(sheet.token) for sheet in sheets] == ["01.png", "02.png"]
    assert all(sheet.path.exists() for sheet in sheets)
    assert sorted(file.name for file in spool.glob("*.p*")) == ["0001.pnm", "0002.pnm"]
    assert (type(error), error and error.sheet) == (kind, 3)
    rest, error = outcome(scanner, LOSSLESS, tmp_path, [sheet.token or "" for sheet in sheets])
    assert [name_of(sheet.token) for sheet in rest] == ["03.png", "04.png", "05.png"]
    assert error is None


def test_fault_that_struck_is_remembered_by_a_new_scanner(
    open_simulated: Open, pages: Path, spool: Path, tmp_path: Path
) -> None:
    first = open_simulated(pages, "1:jammed", "2:eof")
    assert type(outcome(first, LOSSLESS, spool)[1]) is Jammed
    first.close()
    sheets, error = outcome(open_simulated(pages, "1:jammed", "2:eof"), LOSSLESS, tmp_path)
    assert (len(sheets), type(error)) == (1, EarlyEnd)


def test_damaged_image_is_named_and_the_sheets_before_it_stay(open_simulated: Open, pages: Path, spool: Path) -> None:
    whole = (pages / "03.png").read_bytes()
    (pages / "03.png").write_bytes(whole[: len(whole) // 2])
    sheets, error = outcome(open_simulated(pages), LOSSLESS, spool)
    assert len(sheets) == 2
    assert isinstance(error, DamagedImage)
    assert "03.png" in error.detail
    assert error.sheet == 3


def test_cut_pnm_file_is_cut_short(open_simulated: Open, tmp_path: Path, spool: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    Image.effect_noise((50, 90), 30).save(folder / "a.pgm")
    whole = (folder / "a.pgm").read_bytes()
    (folder / "a.pgm").write_bytes(whole[: len(whole) // 2])
    _, error = outcome(open_simulated(folder), LOSSLESS, spool)
    assert isinstance(error, CutShort)


@pytest.mark.parametrize("text", ["jammed", "0:jammed", "-1:jammed", "three:jammed", "3:onfire", "", "3:"])
def test_fault_that_makes_no_sense_is_refused(open_simulated: Open, pages: Path, text: str) -> None:
    with pytest.raises(BadFault, match="cover-open"):
        open_simulated(pages, text)


def test_fault_may_be_written_in_several_ways() -> None:
    assert {str(parse_fault(text)) for text in ("3:jam", " 3:Paper_Jam", "3: jammed")} == {"3:jammed"}


def test_cancel_ends_the_batch_after_the_sheet_at_hand(open_simulated: Open, pages: Path, spool: Path) -> None:
    scanner = open_simulated(pages)
    batch = scanner.scan(LOSSLESS, spool)
    next(batch)
    scanner.cancel()
    with pytest.raises(Cancelled):
        list(batch)
    assert [file.name for file in spool.glob("*.p*")] == ["0001.pnm"]


@pytest.mark.parametrize("more", [True, False])
def test_cancel_before_a_batch_ends_that_one_at_once_and_no_other(
    open_simulated: Open, pages: Path, spool: Path, more: bool
) -> None:
    scanner = open_simulated(pages if more else None)
    scanner.cancel()
    with pytest.raises(Cancelled):
        next(scanner.scan(LOSSLESS, spool))
    for name in ("first", "second"):
        (own := spool / name).mkdir()
        assert len(list(scanner.scan(LOSSLESS, own, limit=1))) == 1
        scanner.cancel()
        assert scanner.stand_by(), "the cancel came when the batch was over"


def test_same_folder_cannot_be_fed_twice_at_once(open_simulated: Open, pages: Path, tmp_path: Path) -> None:
    open_simulated(pages)
    with pytest.raises(Busy):
        open_simulated(pages)
    (tmp_path / "other").mkdir()
    assert open_simulated(tmp_path / "other").fixed


def test_folder_that_is_not_there_is_not_found(open_simulated: Open, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_simulated(tmp_path / "nowhere")


def test_without_a_folder_ten_sheets_lie_in_the_feeder(open_simulated: Open, spool: Path) -> None:
    sheets = list(open_simulated(None).scan(ScanSettings(dpi=50), spool))
    assert [(sheet.number, sheet.mode) for sheet in sheets] == [(number, Mode.COLOUR) for number in range(1, 11)]
    with Image.open(sheets[0].path) as master:
        assert len(master.getcolors(1 << 20) or ()) > 2


def test_without_a_folder_the_jam_strikes_at_its_sheet_once(open_simulated: Open, spool: Path, tmp_path: Path) -> None:
    scanner = open_simulated(None, "3:jammed")
    sheets, error = outcome(scanner, ScanSettings(dpi=50), spool)
    assert (len(sheets), type(error), error and error.sheet) == (2, Jammed, 3)
    assert outcome(scanner, ScanSettings(dpi=50), tmp_path)[1] is None


def hidden(script: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    """Run ``script`` where the pnm backend cannot be loaded."""
    shell = f'mount --bind /dev/null "{BACKEND}" && exec "$0" -c "$@"'
    return subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", shell, sys.executable, script, *arguments],
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(BACKEND is None or hidden("pass").returncode != 0, reason="no mount namespace of our own here")
def test_without_the_pnm_backend_nothing_is_fed(pages: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from drivers import simulated\n"
        "pages, work = map(Path, sys.argv[1:])\n"
        "simulated.open_scanner(pages, work=work, locks=work / 'locks')\n"
    )
    ended = hidden(script, pages, tmp_path / "work")
    assert ended.returncode == 1
    assert "BackendMissing: SANE's backend 'pnm' is not installed" in ended.stderr
