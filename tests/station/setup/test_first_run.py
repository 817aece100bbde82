"""The first run asks each thing once, tries what it was told, and writes settings that work, or nothing."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from station import settings
from station.settings.tables import SaneScannerTable
from station.setup import first_run
from station.setup.first_run import Answers
from tests.stations import Command, hashes, heed_interrupts
from tests.waiting import PATIENCE, eventually

WHO = ("--station-id", "qt-thu-01", "--place-code", "19429", "--commune", "Xã Thử Nghiệm", "--province", "Tỉnh Mẫu")
#: The answers to what else is asked on a PC without scanner and destination.
NOTHING = ("--district", "", "--scanner", "none", "--destination", "none")


@pytest.fixture(scope="session")
def no_search(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SANE's configuration without any backend: to look for scanners with all of them takes seconds."""
    folder = tmp_path_factory.mktemp("sane")
    (folder / "dll.conf").touch()
    return folder


@pytest.fixture
def pc(tmp_path: Path, no_search: Path) -> Command:
    """A PC without settings."""
    return Command(tmp_path, {"TRAMQUET_LANGUAGE": "en", "SANE_CONFIG_DIR": str(no_search)})


def setup(pc: Command, *words: object, exit_status: int = 0, typed: str | None = None) -> subprocess.CompletedProcess:
    return pc.run("--data", pc.data, "setup", *words, exit_status=exit_status, typed=typed)


def test_setup_runs_unattended_and_ends_with_a_doctor_without_failures(pc: Command, drawn: Path) -> None:
    pc.stick.mkdir()
    choices = ("--scanner", f"simulated:{drawn}", "--destination", pc.stick, "--technician", "Nguyễn Văn Mẫu")
    done = setup(pc, *WHO, *choices, "--pin", "135790", "--yes")
    assert "failure" not in done.stdout
    assert "135790" not in done.stdout
    read = settings.load(pc.settings)
    assert (read.station.id, read.places[0].commune, read.station.format) == ("qt-thu-01", "Xã Thử Nghiệm", 1)
    assert pc.settings.stat().st_mode & 0o777 == 0o640
    assert pc.json("user", "list") == [{"name": "Nguyễn Văn Mẫu", "role": "technician"}]
    pc.run("ledger", "add", "KH", "2007", "1")
    assert len(pc.scan("scan", "KH.2007.01", "--pages", "1")) == 1


def test_setup_asks_everything_once_when_nothing_is_given(pc: Command) -> None:
    typed = ["qt-thu-01", "19429", "Xã Thử Nghiệm", "Tỉnh Mẫu", "", "none", "none", "Nguyễn Văn Mẫu"]
    done = setup(pc, typed="".join(f"{line}\n" for line in typed))
    for asked in ("Name of this station", "Administrative code", "Name of the commune", "Province", "District"):
        assert done.stdout.count(asked) == 1
    assert "may log in to the page with the PIN " in done.stdout
    assert settings.load(pc.settings).places[0].code == "19429"


def test_wrong_answer_is_asked_again_at_once_with_the_reason(pc: Command) -> None:
    typed = ["trạm một", "qt-thu-01", "19429", "Xã", "Tỉnh", "", "none", "none", "Hoa"]
    done = setup(pc, typed="".join(f"{line}\n" for line in typed))
    assert done.stdout.count("Name of this station") == 2
    assert "trạm một" in done.stderr
    assert settings.load(pc.settings).station.id == "qt-thu-01"


def test_answer_that_is_missing_unattended_is_wrong_usage_that_names_its_option(pc: Command) -> None:
    done = setup(pc, *WHO[:-2], "--yes", exit_status=2)
    assert "--province" in done.stderr
    assert not pc.settings.exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--place-code", "19 429"),
        ("--place-code", "abc"),
        ("--place-code", "1942"),
        ("--station-id", "trạm"),
        ("--pin", "111111"),
        ("--commune", " "),
        ("--commune", "19429"),
        ("--province", "12"),
        ("--district", "7"),
    ],
)
def test_wrong_answer_in_an_option_is_refused_and_nothing_is_written(pc: Command, option: str, value: str) -> None:
    said = setup(pc, *WHO, option, value, "--yes", exit_status=1).stderr
    assert said.count("\n") == 1
    assert list(pc.folder.iterdir()) == []


def test_scanner_that_is_not_there_is_refused_unless_it_is_not_to_be_tried(pc: Command) -> None:
    said = setup(pc, *WHO, "--scanner", "test:7", "--yes", exit_status=1).stderr
    assert "[setup-trial-failed]" in said
    assert list(pc.folder.iterdir()) == []
    setup(pc, *WHO, "--scanner", "test:7", "--untested", "--yes", exit_status=1)  # doctor tells of it
    assert settings.load(pc.settings).scanners[0].id == "scanner"


def test_scanner_of_sane_is_opened_and_read_before_anything_is_written(pc: Command) -> None:
    del pc.environment["SANE_CONFIG_DIR"]
    setup(pc, *WHO, "--scanner", "test:0", "--yes")
    assert 'device = "test:0"' in pc.settings.read_text()


def test_destination_that_does_not_answer_can_be_replaced_without_asking_the_rest_again(pc: Command) -> None:
    pc.stick.mkdir()
    typed = f"\n\n\nno\n{pc.stick}\n"
    done = setup(
        pc,
        *WHO,
        "--district",
        "",
        "--scanner",
        "none",
        "--destination",
        "http://127.0.0.1:9/files",
        "--technician",
        "Hoa",
        typed=typed,
    )
    assert "Keep it all the same?" in done.stdout
    assert "Name of" not in done.stdout
    assert f'path = "{pc.stick}"' in pc.settings.read_text()


def test_settings_that_are_there_are_not_replaced_without_being_asked(pc: Command) -> None:
    setup(pc, *WHO, "--yes")
    before = pc.settings.read_text()
    other = ("--station-id", "qt-thu-02", *WHO[2:])
    assert "[settings-there]" in setup(pc, *other, "--yes", exit_status=1).stderr
    assert "[settings-there]" in setup(pc, *other, *NOTHING, typed="n\n", exit_status=1).stderr
    assert pc.settings.read_text() == before
    setup(pc, *other, "--yes", "--replace")
    assert settings.load(pc.settings).station.id == "qt-thu-02"
    kept = next(path for path in pc.folder.iterdir() if ".before-" in path.name)
    assert kept.read_text() == before
    assert kept.stat().st_mode & 0o777 == 0o640


def test_setup_a_second_time_offers_what_is_in_force_and_changes_nothing_on_return_alone(pc: Command) -> None:
    setup(pc, *WHO, *NOTHING, "--district", "Huyện Ví Dụ", "--technician", "Hoa", "--port", "8160")
    by_hand = pc.settings.read_text() + '\n[backup]\nfolder = "/media/nights"\n'
    pc.settings.write_text(by_hand)
    done = setup(pc, typed="\n" * 7)
    for told in (*WHO[1::2], "Huyện Ví Dụ"):
        assert f"[{told}]" in done.stdout
    assert "Name of the first technician" not in done.stdout, "there is one"
    assert "PIN" not in done.stdout
    assert pc.settings.read_text() == by_hand
    assert sorted(path.name for path in pc.folder.iterdir()) == ["data", "station.key", "station.toml"]


def test_setup_a_second_time_changes_what_was_answered_anew_and_nothing_else(pc: Command) -> None:
    setup(pc, *WHO, *NOTHING, "--technician", "Hoa", "--port", "8160", "--language", "en")
    setup(pc, typed="\n\n\nTỉnh Mới\n\n\n\ny\n")
    read = settings.load(pc.settings)
    assert (read.places[0].province, read.station.id, read.web.port) == ("Tỉnh Mới", "qt-thu-01", 8160)
    assert read.web.language == "en"


def test_server_is_asked_about_its_receipts_its_token_and_its_authority(pc: Command) -> None:
    token, authority = pc.folder / "mã", pc.folder / "gốc.pem"
    for file in (token, authority):
        file.touch()
    server = ("--destination", "https://tiepnhan.example/files", "--technician", "Hoa", "--untested")
    typed = f"\nhttps://biennhan.example/r\n/nowhere\n{token}\n{authority}\n"
    done = setup(pc, *WHO, "--scanner", "none", *server, typed=typed, exit_status=1)  # doctor tells of the file
    assert "no file /nowhere" in done.stderr
    (line,) = settings.load(pc.settings).destinations
    assert line.kind == "tus"
    assert (line.receipts, line.token_file, line.ca_file) == ("https://biennhan.example/r", token, authority)


def test_setup_a_second_time_keeps_all_that_it_does_not_ask_for(pc: Command) -> None:
    setup(pc, *WHO, "--yes", "--scanner", "simulated", "--destination", "/media/one", "--untested", exit_status=1)
    more = """
[lan]           # bàn tiếp nhận
enabled = false
allowed = ["192.168.7.0/24"]

[backup]
folder = "/media/nights"

[[scanner]]
id = "second"
driver = "sane"
device = "test:1"

[[profile]]
id = "small"
dpi = 100
"""
    pc.settings.write_text(pc.settings.read_text() + more)
    other = ("--province", "Tỉnh Mới", "--scanner", "test:0", "--destination", "none")
    setup(pc, *other, "--untested", "--yes", "--replace", exit_status=1)
    read = settings.load(pc.settings)
    assert "# bàn tiếp nhận" in pc.settings.read_text()
    assert str(read.lan.allowed[0]) == "192.168.7.0/24"
    assert read.backup is not None
    assert [one.id for one in read.scanners] == ["scanner", "second"]
    assert isinstance(read.scanners[0], SaneScannerTable)
    assert read.scanners[0].device == "test:0"
    assert read.places[0].province == "Tỉnh Mới"
    assert read.scan_profile("small").dpi == 100
    assert read.destinations == ()


def test_unattended_setup_may_be_run_again(pc: Command) -> None:
    setup(pc, *WHO, "--port", "8160", "--yes")
    before = pc.settings.read_text()
    setup(pc, *WHO, "--yes")
    assert pc.settings.read_text() == before
    setup(pc, "--province", "Tỉnh Mới", "--yes", "--replace")
    assert pc.settings.read_text() == before.replace("Tỉnh Mẫu", "Tỉnh Mới")


def test_setup_that_is_interrupted_writes_no_settings_and_asks_nothing_twice(pc: Command) -> None:
    process = subprocess.Popen(
        pc.line("--data", pc.data, "setup", *WHO[2:]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=pc.env(),
        preexec_fn=heed_interrupts,
    )
    seen = b""

    def asked() -> bool:
        nonlocal seen
        assert process.stdout
        seen += process.stdout.read1(100)  # type: ignore[attr-defined]
        return b"District" in seen

    assert process.stdin
    process.stdin.write(b"qt-thu-09\n")
    process.stdin.flush()
    eventually(asked)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert not pc.settings.exists()
    assert not pc.data.exists()
    setup(pc, typed="\n" * 7 + "Hoa\n")
    read = settings.load(pc.settings)
    assert (read.station.id, read.places[0].commune) == ("qt-thu-09", "Xã Thử Nghiệm")
    assert sorted(path.name for path in pc.folder.iterdir()) == ["data", "station.key", "station.toml"]


@pytest.mark.parametrize("torn", ["", "{", "[1]", '{"station_id": 1}'])
def test_answers_that_were_kept_badly_are_asked_again(pc: Command, torn: str) -> None:
    (pc.folder / ".station.toml.setup").write_text(torn)
    setup(pc, typed="".join(f"{line}\n" for line in ("qt-1", "19429", "Xã", "Tỉnh", "", "none", "none", "Hoa")))
    assert settings.load(pc.settings).station.id == "qt-1"


@pytest.mark.parametrize("nasty", ['Xã "Hai Nháy"', "Xã \\ Gạch", "Xã 'Một' # không phải chú thích"])
def test_whatever_a_name_holds_is_read_back_as_it_was_or_refused(nasty: str, tmp_path: Path) -> None:
    if first_run.mistake("commune", nasty) is not None:
        return
    file = tmp_path / "station.toml"
    file.write_text(first_run.text(Answers("qt-1", "19429", nasty, "Tỉnh Mẫu")), encoding="utf-8")
    assert settings.load(file).places[0].commune == nasty


def test_settings_of_a_newer_station_are_refused_in_one_sentence(pc: Command) -> None:
    setup(pc, *WHO, "--yes")
    pc.settings.write_text(pc.settings.read_text().replace("format = 1", "format = 2\nunknown = true"))
    before = hashes(pc.folder)
    said = pc.refused("ledger", "list")
    assert hashes(pc.folder) == before
    assert pc.refused("run") == said
    assert said.count("\n") == 0
    assert "[settings-newer]" in said
    assert "newer version" in said


def test_settings_of_before_there_was_a_format_are_read(pc: Command) -> None:
    setup(pc, *WHO, "--yes")
    lines = [line for line in pc.settings.read_text().splitlines() if not line.startswith("format")]
    pc.settings.write_text("\n".join(lines))
    assert settings.load(pc.settings).station.format == 1
