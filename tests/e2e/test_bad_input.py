"""What people and disks do wrong is refused with one clear sentence, and nothing that was stored is touched."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stations import Command, pixels

LEDGER = "KH.2007.01"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, scanned_scraps: Command) -> Command:
    """A station with pages and one entry; refusals leave it as it is, so all of them may share it."""
    command = scanned_scraps.copy(tmp_path_factory.mktemp("unknown") / "station")
    command.run("entry", "set", LEDGER, "001", "--number", 1, "--date", "2007-01-15")
    return command


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("pages", "KH.2008.01"), ["KH.2008.01", "ledger list"]),
        (("scan", "19430:KH.2007.01"), ["19430:KH.2007.01"]),
        (("scan", "KH-2007-01"), ["KH-2007-01", "KH.2007.01"]),
        (("scan", "../../etc.2007.01"), ["../../etc"]),
        (("package", "KS.2007.01"), ["KS.2007.01"]),
        (("ledger", "add", "ZZ", "2007", "1"), ['"ZZ"', "KH"]),
        (("ledger", "add", "KH", "2007", "2", "--place", "99999"), ['"99999"', "19430"]),
        (("ledger", "add", "KH", "2007", "01"), ["KH.2007.01", "already"]),
        (("ledger", "add", "KH", "07", "1"), ['"07"']),
        (("ledger", "add", "KH", "5005", "1"), ["5005"]),
        (("ledger", "add", "KH", "2007", "2", "--last-year", "2006"), ["2006"]),
        (("ledger", "add", "KH", "2007", "2", "--paper", "A9"), ['"A9"', "A3"]),
        (("ledger", "add", "KH", "2007", "2", "--paper", "0x0"), ['"0x0"', "252x341"]),
        (("ledger", "add", "KH", "2007", "2", "--paper", "341x252"), ['"341x252"', "252x341"]),
        (("ledger", "add", "KH", "2007", "2", "--closing-pages", "-1"), ["-1"]),
        (("queue", "retry", "7"), ["7", "queue list"]),
    ],
)
def test_request_that_names_something_unknown_is_refused(
    station: Command, words: tuple[str, ...], named: list[str]
) -> None:
    before = station.stored()
    sentence = station.refused(*words)
    assert all(word in sentence for word in named), sentence
    assert "\n" not in sentence
    assert station.stored() == before


def test_refusals_speak_vietnamese_too(station: Command) -> None:
    spoken = Command(station.folder, {"LANG": "vi_VN.UTF-8"})
    assert "Trạm này chưa có sổ KH.2008.01" in spoken.refused("pages", "KH.2008.01")


@pytest.mark.parametrize(
    ("broken", "mistakes"),
    [
        (
            [
                ('driver = "simulated"', 'driver = "simulatd"'),
                ('kind = "folder"', 'kind = "floder"'),
                ("data =", "date ="),
            ],
            ["simulatd", "floder", '"data"'],
        ),
        (
            [('id = "sim"', 'id = "sim"\npagse = 3'), ('code = "19430"', 'code = "19429"')],
            ["pagse", '"pages"', "19429"],
        ),
    ],
)
def test_settings_file_with_mistakes_tells_all_of_them(
    write_settings: Callable[..., Command], drawn: Path, broken: list[tuple[str, str]], mistakes: list[str]
) -> None:
    command = write_settings(drawn)
    text = command.settings.read_text(encoding="utf-8")
    for right, wrong in broken:
        assert right in text
        text = text.replace(right, wrong)
    command.settings.write_text(text, encoding="utf-8")
    sentence = command.refused("ledger", "list")
    assert all(mistake in sentence for mistake in mistakes), sentence
    assert len(sentence.splitlines()) == 1 + len(broken)
    assert not command.data.exists()


def test_unknown_field_in_a_template_is_refused_with_the_field_that_was_meant(
    write_settings: Callable[..., Command], drawn: Path
) -> None:
    own = """
[[names]]
id = "own"
page = "{type}.{year}.{bok}.{seq}"
entry = "{type}.{year}.{book}.{date}.{number}"
package = "{commune}.{type}.{year}.{book}"
"""
    command = write_settings(drawn, station='names = "own"', more=own)
    sentence = command.refused("ledger", "list")
    assert "{bok}" in sentence
    assert "{book}" in sentence
    assert not command.data.exists()


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("[web]\nport = 1\nport = 2\n", "station.toml"),
        ('[[destination]]\nid = "Stick"\nkind = "folder"\npath = "x"\n', "Stick"),
    ],
)
def test_duplicate_key_in_the_settings_is_refused(
    write_settings: Callable[..., Command], drawn: Path, more: str, named: str
) -> None:
    command = write_settings(drawn, more=more)
    assert named in command.refused("ledger", "list")
    assert not command.data.exists()


def test_missing_settings_file_says_which_one(tmp_path: Path) -> None:
    assert "station.toml" in Command(tmp_path).refused("ledger", "list")


@pytest.mark.parametrize("damage", ["cut off", "no image"])
def test_damaged_image_stops_the_scan_and_its_replacement_goes_on(
    write_settings: Callable[..., Command], scraps: Path, tmp_path: Path, damage: str
) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    for source in sorted(scraps.iterdir())[:5]:
        shutil.copy(source, pages)
    good = (pages / "0003.png").read_bytes()
    (pages / "0003.png").write_bytes(good[: len(good) // 2] if damage == "cut off" else "Đây là văn bản".encode())
    command = write_settings(pages, scanner='profile = "lossless"')
    command.run("ledger", "add", "KH", "2007", "1")
    stopped = command.run("scan", LEDGER, exit_status=1)
    assert len(stopped.stdout.splitlines()) == 2
    assert "0003.png" in stopped.stderr
    assert "2 pages of this session are safe" in stopped.stderr
    before = command.stored()
    assert "0 pages of this session are safe" in command.refused("scan", LEDGER)
    assert {name for name in before if name not in command.stored() and not name.startswith("row")} == set()
    (pages / "0003.png").write_bytes(good)
    assert [capture["seq"] for capture in command.scan("scan", LEDGER)] == ["003", "004", "005"]
    stored = [pixels(command.data / page["file"]) for page in command.json("pages", LEDGER)]
    assert stored == [pixels(file) for file in sorted(pages.iterdir())]
    assert command.run("verify").stderr == ""
