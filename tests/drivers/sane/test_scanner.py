from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from drivers import Mode, Progress, Source
from drivers.errors import (
    Ambiguous,
    BackendMissing,
    Busy,
    Cancelled,
    ChildDied,
    DiskFull,
    EarlyEnd,
    NoDocuments,
    NotFound,
    SettingRefused,
    Stalled,
    WrongImage,
)
from drivers.images.raw_sheet import read
from drivers.sane import scanner as sane
from tests.drivers import scanning
from tests.drivers.scanning import LOSSLESS, SMALL, START_HANGS, batch, marked, outcome, scan_past_a_hang
from tests.waiting import eventually

Open = Callable[..., sane.SaneScanner]
FEEDER = replace(SMALL, source=Source.ADF)
#: Slow enough to be caught in mid-read.
SLOW = {"read_delay": True, "read_delay_duration": 200_000}
BIG = replace(SMALL, dpi=300, width_mm=200, height_mm=200)

OPEN_AND_WAIT = """
import sys
from pathlib import Path
from drivers import ScanSettings
from drivers.sane import scanner as sane
scanner = sane.open_scanner("test:0", options={"read-delay": True, "read-delay-duration": 200000},
                            sane_config=Path(sys.argv[1]), locks=Path(sys.argv[2]))
def tell(progress):
    print("reading", flush=True)
for sheet in scanner.scan(ScanSettings(dpi=300, width_mm=200, height_mm=400), Path(sys.argv[3]), listener=tell):
    print("done", flush=True)
"""


def test_flatbed_gives_exactly_one_sheet_as_asked(open_test_device: Open, spool: Path) -> None:
    scanner = open_test_device(test_picture="Color pattern")
    settings = replace(LOSSLESS, dpi=150, width_mm=210, height_mm=297, provenance={"label": "KH.2007.01.001"})
    (sheet,) = scanner.scan(settings, spool)
    assert (sheet.number, sheet.path.name, sheet.mode) == (1, "0001.pnm", Mode.COLOUR)
    assert (sheet.dpi_asked, sheet.dpi) == (150, (150.0, 150.0))
    assert (sheet.width, sheet.height) == (1240, 1753)
    assert str(sheet.identity) == "Noname/frontend-tester"
    with Image.open(sheet.path) as image:
        assert (image.size, image.mode) == ((1240, 1753), "RGB")
    facts = read(sheet.path)
    assert (facts.height, facts.origin.started_at) == (1753, sheet.started_at)
    assert facts.origin.caller == {"label": "KH.2007.01.001"}
    assert sheet.path.stat().st_mode & 0o777 == 0o600


def test_feeder_of_ten_gives_ten_and_ends(open_test_device: Open, spool: Path) -> None:
    sheets = batch(open_test_device(), FEEDER, spool)
    assert [sheet.number for sheet in sheets] == list(range(1, 11))
    names = [f"{number:04d}.{kind}" for number in range(1, 11) for kind in ("json", "pnm")]
    assert sorted(file.name for file in spool.iterdir()) == names


def test_limit_leaves_the_rest_in_the_feeder(open_test_device: Open, spool: Path) -> None:
    assert [sheet.number for sheet in batch(open_test_device(), FEEDER, spool, limit=3)] == [1, 2, 3]


def test_empty_feeder_at_the_first_sheet_is_no_documents(open_test_device: Open, spool: Path, tmp_path: Path) -> None:
    scanner = open_test_device()
    assert len(batch(scanner, FEEDER, spool, limit=10)) == 10
    sheets, error = outcome(scanner, FEEDER, tmp_path)
    assert (sheets, type(error), error and error.sheet) == ([], NoDocuments, 1)


def test_out_of_documents_in_mid_read_is_an_error_not_an_end(open_test_device: Open, spool: Path) -> None:
    scanner = open_test_device(read_return_value="SANE_STATUS_NO_DOCS")
    with pytest.raises(NoDocuments):
        list(scanner.scan(FEEDER, spool))


def test_progress_counts_the_lines(open_test_device: Open, spool: Path) -> None:
    told: list[Progress] = []
    list(open_test_device().scan(BIG, spool, listener=told.append))
    assert told[0] == Progress(1, 0, None)
    assert 0 < told[-1].lines <= (told[-1].height or 0) == 2362


def test_resolution_the_device_does_not_have_is_refused(open_test_device: Open, spool: Path) -> None:
    scanner = open_test_device()
    with pytest.raises(SettingRefused, match=r"5000.*1200"):
        list(scanner.scan(replace(SMALL, dpi=5000), spool))
    assert len(list(scanner.scan(SMALL, spool))) == 1


@pytest.mark.parametrize("options", [{"resoluton": 300}, {"three_pass": True}, {"depth": "eight"}, {"mode": "Sepia"}])
def test_option_the_device_cannot_set_is_refused(open_test_device: Open, spool: Path, options: dict[str, str]) -> None:
    with pytest.raises(SettingRefused, match=next(iter(options)).replace("_", "-")):
        list(open_test_device(**options).scan(SMALL, spool))


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        ({"depth": 16}, Mode.GREY),
        ({"depth": 1}, Mode.GREY),
        ({"ppl_loss": 7}, Mode.GREY),
        ({"three_pass": 1}, Mode.COLOUR),
    ],
)
def test_layout_python_sane_would_garble_is_refused(
    open_test_device: Open, spool: Path, options: dict[str, int], mode: Mode
) -> None:
    with pytest.raises(WrongImage):
        list(open_test_device(**options).scan(replace(SMALL, mode=mode), spool))
    assert not list(spool.iterdir())


def test_sheet_of_unknown_height_is_taken_as_it_comes(open_test_device: Open, spool: Path) -> None:
    # The test backend's hand-scanner reads 11 x 17 cm, whatever was asked; see test_sane_sizes for what is refused.
    (sheet,) = open_test_device(hand_scanner=True).scan(replace(SMALL, width_mm=110, height_mm=170), spool)
    assert sheet.height > 1


def test_early_end_is_never_a_good_image(open_test_device: Open, spool: Path) -> None:
    with pytest.raises(EarlyEnd):
        list(open_test_device(read_return_value="SANE_STATUS_EOF").scan(SMALL, spool))
    assert not list(spool.iterdir())


@pytest.mark.parametrize("device", ["noname/Frontend-Tester", "test:Noname/frontend-tester"])
def test_device_is_found_by_its_identity(open_test_device: Open, config: Path, spool: Path, device: str) -> None:
    (config / "test.conf").write_text("number_of_devices 1\nresolution 50.0\n", encoding="ascii")
    assert len(list(open_test_device(device).scan(SMALL, spool))) == 1


def test_identity_of_two_devices_is_refused_with_both_named(open_test_device: Open) -> None:
    with pytest.raises(Ambiguous, match=r"test:0 .* or test:1"):
        open_test_device("Noname/frontend-tester")


@pytest.mark.parametrize("device", ["test:9", "Epson/DS-1630", "pnm:7"])
def test_device_that_is_not_there_is_not_found(open_test_device: Open, device: str) -> None:
    with pytest.raises(NotFound):
        open_test_device(device)


def test_backend_that_is_not_installed_is_named(open_test_device: Open) -> None:
    with pytest.raises(BackendMissing, match="nosuchbackend"):
        open_test_device("nosuchbackend:0")


def test_missing_python_sane_is_named(open_test_device: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sane.py").write_text("raise ImportError('libsane.so.1: cannot open shared object file')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(BackendMissing, match=r"libsane\.so\.1"):
        open_test_device()


def test_second_process_is_told_busy_until_the_first_ends(
    open_test_device: Open, config: Path, locks: Path, spool: Path
) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", OPEN_AND_WAIT, config, locks, spool], stdout=subprocess.PIPE, text=True
    )
    assert first.stdout
    assert first.stdout.readline() == "reading\n"
    with pytest.raises(Busy):
        open_test_device()
    assert open_test_device("test:1").identity.model == "frontend-tester"
    first.kill()
    first.communicate()
    eventually(lambda: len(marked(str(config))) == 1)
    assert open_test_device().identity.model == "frontend-tester"


def test_child_is_gone_when_its_parent_was_killed(config: Path, locks: Path, spool: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", OPEN_AND_WAIT, config, locks, spool], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    assert parent.stdout.readline() == "reading\n"
    assert marked(str(config))
    parent.kill()
    parent.communicate()
    eventually(lambda: not marked(str(config)))


@pytest.mark.parametrize("lines_before", [0, 1, 2, 5])
def test_child_is_gone_when_its_parent_was_killed_while_it_started(config: Path, lines_before: int) -> None:
    # Each line is printed by the parent while the child starts: the kill strikes at another moment every time.
    script = (
        "import sys; from pathlib import Path; from drivers.process.child_process import Process\n"
        "print('now', flush=True)\n"
        "process = Process('drivers.sane.child', {'SANE_CONFIG_DIR': sys.argv[1]})\n"
        "while True: print('go', flush=True); process.next(0.01)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, config], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    for _ in range(lines_before + 1):
        assert parent.stdout.readline()
    parent.kill()
    parent.communicate()
    eventually(lambda: not marked(str(config)))


def test_stopped_child_is_noticed_and_the_next_scan_works(
    open_test_device: Open, spool: Path, child: Callable[[], int]
) -> None:
    scanner = open_test_device(**SLOW)

    def stop(progress: Progress) -> None:
        if progress.lines:
            os.kill(child(), signal.SIGSTOP)

    with pytest.raises(Stalled, match="read") as caught:
        list(scanner.scan(BIG, spool, listener=stop))
    assert caught.value.sheet == 1
    assert len(list(scanner.scan(SMALL, spool))) == 1


def test_killed_child_is_noticed_and_the_next_scan_works(
    open_test_device: Open, spool: Path, child: Callable[[], int]
) -> None:
    scanner = open_test_device(**SLOW)

    def kill(progress: Progress) -> None:
        if progress.lines:
            os.kill(child(), signal.SIGKILL)

    with pytest.raises(ChildDied, match="SIGKILL") as caught:
        list(scanner.scan(BIG, spool, listener=kill))
    assert caught.value.sheet == 1
    assert len(list(scanner.scan(SMALL, spool))) == 1


def test_cancel_stops_a_read_and_keeps_nothing_short(open_test_device: Open, spool: Path) -> None:
    scanner = open_test_device(**SLOW)

    def cancel(progress: Progress) -> None:
        if progress.lines:
            scanner.cancel()

    with pytest.raises(Cancelled):
        list(scanner.scan(BIG, spool, listener=cancel))
    assert not list(spool.iterdir())
    assert len(list(scanner.scan(SMALL, spool))) == 1


def test_cancel_from_another_thread_between_two_sheets_ends_the_batch(open_test_device: Open, spool: Path) -> None:
    scanner = open_test_device()
    sheets = scanner.scan(FEEDER, spool)
    next(sheets)
    canceller = threading.Thread(target=scanner.cancel)
    canceller.start()
    canceller.join()
    with pytest.raises(Cancelled):
        list(sheets)


def test_device_that_does_not_obey_a_cancel_is_dropped(
    open_test_device: Open, spool: Path, child: Callable[[], int]
) -> None:
    scanner = open_test_device(**SLOW)

    def stop(progress: Progress) -> None:
        if progress.lines:
            os.kill(child(), signal.SIGSTOP)
            scanner.cancel()

    with pytest.raises(Cancelled):
        list(scanner.scan(BIG, spool, listener=stop))
    assert len(list(scanner.scan(SMALL, spool))) == 1


def test_batch_that_nobody_follows_any_more_leaves_the_scanner_usable(open_test_device: Open, spool: Path) -> None:
    scanner = open_test_device()
    batch = scanner.scan(FEEDER, spool)
    next(batch)
    batch.close()
    for file in spool.iterdir():
        file.unlink()
    assert len(list(scanner.scan(SMALL, spool))) == 1


def test_second_batch_while_one_is_running_is_refused(open_test_device: Open, spool: Path, tmp_path: Path) -> None:
    scanner = open_test_device()
    batch = scanner.scan(FEEDER, spool)
    next(batch)
    with pytest.raises(Busy):
        list(scanner.scan(SMALL, tmp_path))
    assert len(list(batch)) == 9


def test_no_more_than_four_sheets_wait_for_a_slow_taker(
    open_test_device: Open, spool: Path, child: Callable[[], int]
) -> None:
    batch = open_test_device().scan(FEEDER, spool)
    next(batch)
    eventually(lambda: len(list(spool.glob("*.pnm"))) == 5 and at_rest(child()))
    assert len(list(spool.glob("*.pnm"))) == 5
    assert len(list(batch)) == 9


def at_rest(pid: int) -> bool:
    """Whether every thread of a process sleeps."""
    return all(
        (task / "stat").read_text().rsplit(")", 1)[1].split()[0] == "S" for task in Path(f"/proc/{pid}/task").iterdir()
    )


def test_full_disk_is_reported_and_leaves_no_part(
    open_test_device: Open, spool: Path, child: Callable[[], int]
) -> None:
    scanner = open_test_device(test_picture="Color pattern")
    resource.prlimit(child(), resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
    with pytest.raises(DiskFull) as caught:
        list(scanner.scan(BIG, spool))
    assert caught.value.sheet == 1
    assert not list(spool.iterdir())
    resource.prlimit(child(), resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert len(list(scanner.scan(BIG, spool))) == 1


def test_sheet_that_lies_in_the_spool_already_is_not_overwritten(open_test_device: Open, spool: Path) -> None:
    (spool / "0001.pnm").write_bytes(b"precious")
    scanner = open_test_device()
    _, error = outcome(scanner, FEEDER, spool)
    assert "in the spool already" in str(error)
    assert (spool / "0001.pnm").read_bytes() == b"precious"
    (spool / "0001.pnm").unlink()
    assert len(batch(scanner, FEEDER, spool, limit=10)) == 10, "no paper was drawn in for it"


def test_scanner_may_be_closed_twice_and_used_again(open_test_device: Open, spool: Path) -> None:
    scanner = open_test_device()
    scanner.close()
    scanner.close()
    assert len(list(scanner.scan(SMALL, spool))) == 1


@pytest.fixture
def hasty(config: Path, locks: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sane.SaneScanner]:
    """SANE's test device with less patience at the start of a sheet."""
    monkeypatch.setattr(scanning, "START_HANGS", START_HANGS.replace("60 s", "3 s"))
    deadlines = sane.Deadlines(open=10, start=3, read=1, close=2)
    scanner = sane.open_scanner(
        "test:0",
        options={"read-delay": True, "read-delay-duration": 200_000},
        sane_config=config,
        locks=locks,
        deadlines=deadlines,
    )
    yield scanner
    scanner.close()


def test_backend_that_hangs_at_the_start_of_a_sheet_costs_one_batch(
    hasty: sane.SaneScanner, spool: Path, child: Callable[[], int]
) -> None:
    """For the parent it is as if the child were stopped: nothing comes."""
    hung = child()
    os.kill(hung, signal.SIGSTOP)
    with pytest.warns(UserWarning, match="hung at sheet 1: one batch was lost"):
        assert len(batch(hasty, FEEDER, spool, limit=2)) == 2
    assert child() != hung


def test_backend_that_hangs_as_a_batch_begins_costs_that_batch(
    hasty: sane.SaneScanner, spool: Path, child: Callable[[], int]
) -> None:
    os.kill(child(), signal.SIGSTOP)
    with pytest.warns(UserWarning, match="hung at sheet 1: one batch was lost"):
        assert len(list(scan_past_a_hang(hasty.scan, FEEDER, spool, limit=2))) == 2


def test_backend_that_hangs_anywhere_else_is_not_forgiven(
    hasty: sane.SaneScanner, spool: Path, child: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(progress: Progress) -> None:
        if progress.lines:
            os.kill(child(), signal.SIGSTOP)

    monkeypatch.setattr(hasty, "scan", partial(hasty.scan, listener=stop))
    with pytest.raises(Stalled, match="read: no sign of life for 1 s"):
        batch(hasty, replace(BIG, source=Source.ADF), spool)
