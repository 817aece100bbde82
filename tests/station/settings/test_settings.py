from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from drivers import Encoding, Mode, Source
from station.errors import Refused, SettingsRefused
from station.settings import load
from station.settings.tables import (
    FolderDestination,
    FolderScannerTable,
    SaneScannerTable,
    SimulatedScannerTable,
    TusDestination,
)

SMALLEST = """
[station]
id = "qt-huonghoa-01"
data = "/var/lib/tramquet"

[[place]]
code = "19429"
commune = "Xã Thử Nghiệm"
district = "Huyện Ví Dụ"
province = "Tỉnh Mẫu"
"""

Write = Callable[[str], Path]
Mistakes = Callable[[str], list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a settings file and give its path."""

    def write_file(text: str) -> Path:
        file = tmp_path / "station.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write_file


@pytest.fixture
def mistakes(write: Write) -> Mistakes:
    """The mistakes in a settings file, one a line, in English."""

    def mistakes_in(text: str) -> list[str]:
        with pytest.raises(SettingsRefused) as refused:
            load(write(text))
        assert refused.value.code == "settings-refused"
        lines = str(refused.value.facts["mistakes"]).splitlines()
        assert refused.value.facts["count"] == len(lines)
        return lines

    return mistakes_in


def test_the_smallest_file_of_the_contract_works(write: Write) -> None:
    settings = load(
        write(
            SMALLEST
            + """
[[scanner]]
id = "glass"
driver = "sane"
device = "test:0"

[[destination]]
id = "province"
kind = "tus"
url = "https://example.org/files"
receipts = "https://example.org/receipts"
token_file = "/etc/tramquet/token"

[web]
host = "127.0.0.1"
port = 8158
language = "vi"
"""
        )
    )
    assert settings.station.data == Path("/var/lib/tramquet")
    assert settings.place().commune == "Xã Thử Nghiệm"
    assert settings.scanner() == SaneScannerTable(id="glass", driver="sane", device="test:0")
    assert isinstance(settings.destinations[0], TusDestination)
    assert settings.web.port == 8158


def test_what_is_left_out_is_built_in(write: Write) -> None:
    settings = load(write(SMALLEST))
    assert [kind.code for kind in settings.types] == ["KS", "KT", "KH", "CMC", "HN", "GH"]
    built_in = ["standard", "lossless", "grey", "grey-lossless", "spread", "parts"]
    assert [profile.id for profile in settings.profiles] == built_in
    assert settings.ledger_type("KT").vi == "Khai tử"
    assert settings.name_profile.id == "ministry"
    assert settings.web.language == "vi"
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 8158)
    standard = settings.scan_profile("standard")
    assert (standard.mode, standard.dpi, standard.encoding, standard.quality) == (Mode.COLOUR, 300, Encoding.JPEG, 90)


def test_a_byte_order_mark_from_notepad_does_no_harm(write: Write) -> None:
    assert load(write("\ufeff" + SMALLEST)).station.id == "qt-huonghoa-01"


def test_relative_paths_start_at_the_settings_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(
        SMALLEST.replace("/var/lib/tramquet", "data")
        + """
[[scanner]]
id = "simulated"
driver = "simulated"
pages = "pages"
faults = ["3:jammed", "5:eof"]
[[scanner]]
id = "phone"
driver = "folder"
path = "inbox"
[[destination]]
id = "stick"
kind = "folder"
path = "stick"
"""
    )
    monkeypatch.chdir(tmp_path.parent)
    settings = load(file.relative_to(tmp_path.parent))
    assert settings.station.data == tmp_path / "data"
    simulated, phone = settings.scanners
    assert isinstance(simulated, SimulatedScannerTable)
    assert simulated.pages == tmp_path / "pages"
    assert simulated.faults == ("3:jammed", "5:eof")
    assert isinstance(phone, FolderScannerTable)
    assert phone.path == tmp_path / "inbox"
    stick = settings.destinations[0]
    assert isinstance(stick, FolderDestination)
    assert stick.path == tmp_path / "stick"


def test_the_command_lines_data_folder_wins(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(write(SMALLEST), data=Path("other")).station.data == tmp_path / "other"
    without = SMALLEST.replace('data = "/var/lib/tramquet"', "")
    assert load(write(without), data=tmp_path / "only").station.data == tmp_path / "only"


def test_given_types_and_profiles_stand_over_the_built_in_ones(write: Write) -> None:
    settings = load(
        write(
            SMALLEST
            + """
[[type]]
code = "KH"
vi = "Đăng ký kết hôn"
en = "Marriage registration"
[[type]]
code = "NCN"
vi = "Nuôi con nuôi"
en = "Adoption"
[[profile]]
id = "spread"
mode = "gray"
paper = "a2"
source = "adf-duplex"
encoding = "tif"
"""
        )
    )
    assert [kind.code for kind in settings.types] == ["KS", "KT", "KH", "CMC", "HN", "GH", "NCN"]
    assert settings.ledger_type("KH").vi == "Đăng ký kết hôn"
    spread = settings.scan_profile("spread")
    assert (spread.mode, spread.paper, spread.source) == (Mode.GREY, "A2", Source.ADF_DUPLEX)
    assert spread.encoding is Encoding.TIFF


def test_a_profile_says_what_counts_as_a_finding_and_keeps_the_usual_limits_for_the_rest(write: Write) -> None:
    settings = load(write(SMALLEST + '[[profile]]\nid = "old"\n[profile.limits]\nskew = 3\nblank = 0\n'))
    limits, usual = settings.scan_profile("old").limits, settings.scan_profile("standard").limits
    assert (limits.skew, limits.blank) == (3.0, 0.0)
    assert replace(limits, skew=usual.skew, blank=usual.blank) == usual


def test_a_name_profile_of_ones_own_can_be_chosen(write: Write) -> None:
    settings = load(
        write(
            SMALLEST.replace("[station]", '[station]\nnames = "ours"')
            + """
[[names]]
id = "ours"
page = "{place}.{type}.{year}.{book}.{seq}"
entry = "{place}.{type}.{year}.{book}.{date}.{number}"
package = "{place}.{type}.{year}.{book}"
"""
        )
    )
    fields = {"place": "19429", "type": "KH", "year": "2007", "book": "01"}
    assert settings.name_profile.package.render(fields) == "19429.KH.2007.01"


def test_a_place_may_be_valid_until_a_day_only(write: Write) -> None:
    settings = load(write(SMALLEST + '[[place]]\ncode = "1"\ncommune = "Đ"\nprovince = "T"\nvalid_to = 2025-06-30'))
    assert settings.place("1").valid_to == date(2025, 6, 30)


def test_options_keep_their_kinds_on_the_way_to_sane(write: Write) -> None:
    text = '[[scanner]]\nid = "a"\ndriver = "sane"\ndevice = "test:0"\noptions = { a = 1, b = true, c = "x", d = 1.5 }'
    scanner = load(write(SMALLEST + text)).scanner("a")
    assert isinstance(scanner, SaneScannerTable)
    assert [repr(value) for value in scanner.options.values()] == ["1", "True", "'x'", "1.5"]


def test_settings_cannot_be_changed(write: Write) -> None:
    settings = load(write(SMALLEST))
    with pytest.raises(ValidationError):
        settings.station.id = "other"  # type: ignore[misc]


def test_what_is_not_in_the_settings_is_refused_with_what_is(write: Write) -> None:
    settings = load(write(SMALLEST + '[[scanner]]\nid = "glass"\ndriver = "folder"\npath = "in"'))
    for ask in (settings.place, settings.ledger_type, settings.scanner, settings.scan_profile):
        with pytest.raises(Refused, match=r"19429|KS|glass|standard"):
            ask("nowhere")


def test_a_station_without_scanner_says_so_when_one_is_wanted(write: Write) -> None:
    with pytest.raises(Refused) as refused:
        load(write(SMALLEST)).scanner()
    assert refused.value.code == "scanner-none"


def test_a_mistyped_key_is_one_mistake_with_a_suggestion(mistakes: Mistakes) -> None:
    scanners = (
        '[[scanner]]\nid = "a"\ndriver = "sane"\ndevice = "x"\n[[scanner]]\nid = "b"\ndriver = "sane"\ndevise = "x"'
    )
    assert mistakes(SMALLEST + scanners) == ['[[scanner]] 2, devise: unknown key; did you mean "device"?']


def test_a_mistyped_section_is_one_mistake_with_a_suggestion(mistakes: Mistakes) -> None:
    assert mistakes(SMALLEST.replace("[station]", "[statoin]")) == ['statoin: unknown key; did you mean "station"?']


def test_an_empty_file_lacks_its_two_sections(mistakes: Mistakes) -> None:
    assert mistakes("") == ["[station]: missing; add it.", "[[place]]: missing; add it."]


def test_a_station_without_places_is_refused(mistakes: Mistakes) -> None:
    text = SMALLEST.partition("[[place]]")[0]
    assert mistakes("place = []" + text) == ["[[place]]: missing; add it."]


def test_brackets_of_the_wrong_kind_are_told(mistakes: Mistakes) -> None:
    found = mistakes(SMALLEST.replace("[[place]]", "[place]") + "[[web]]\nport = 1")
    assert [line.split(";")[1] for line in found] == [
        " write [[place]] on a line before its keys.",
        " write [web] on a line before its keys.",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[web]\nport = "8158"', "[web] port: must be a whole number"),
        ("[web]\nport = true", "[web] port: must be a whole number"),
        ("[web]\nport = 0", "[web] port: must be at least 1."),
        ("[web]\nport = 65536", "[web] port: must be at most 65535."),
        ('[web]\nlanguage = "fr"', '[web] language: "fr" is not possible; choose one of: vi, en.'),
        ('[web]\nhost = "0.0.0.0"', '[web] host: "0.0.0.0" is not this PC'),
        ('[lan]\nenabled = "true"', "[lan] enabled: must be true or false, without quotes."),
        ("[backup]\nfolder = '/media'\nstick = 1", "[backup] stick: must be true or false, without quotes."),
        ("[lan]\nport = 443", "[lan] port: must be at least 1024."),
        ('[lan]\nallowed = ["0.0.0.0/0"]', '[lan] allowed 1: "0.0.0.0/0" is larger than the network of any office'),
        ('[lan]\nallowed = ["10.0.0.0/7"]', '[lan] allowed 1: "10.0.0.0/7" is larger than the network of any office'),
        ('[lan]\nallowed = ["192.168.1.7/24"]', '[lan] allowed 1: "192.168.1.7/24" is no network'),
        ("[lan]\nallowed = [3232235776.5]", "[lan] allowed 1: "),
        ('[lan]\nnames = ["máy"]', '[lan] names 1: "máy" cannot be a name in the network'),
        ("[lan]\nenable = true", '[lan] enable: unknown key; did you mean "enabled"?'),
        ('[[profile]]\nid = "x"\ndpi = 99', "[[profile]] 1, dpi: must be at least 100."),
        ('[[profile]]\nid = "x"\ndpi = 300.5', "[[profile]] 1, dpi: must be a whole number"),
        ('[[profile]]\nid = "x"\nquality = 96', "[[profile]] 1, quality: must be at most 95."),
        ('[[profile]]\nid = "x"\npaper = "Letter"', '[[profile]] 1, paper: The paper size "Letter" is unknown'),
        ('[[profile]]\nid = "x"\nmode = "red"', '[[profile]] 1, mode: "red" is not possible'),
        ('[[profile]]\nid = "x y"', '[[profile]] 1, id: "x y" cannot be used'),
        (
            '[[profile]]\nid = "x"\nlimits = { blurr = 1 }',
            '[[profile]] 1, limits blurr: unknown key; did you mean "blur"?',
        ),
        (
            '[[profile]]\nid = "x"\nlimits = { skew = "2" }',
            "[[profile]] 1, limits skew: must be a number without quotes",
        ),
        (
            '[[profile]]\nid = "x"\nlimits = { skew = nan }',
            "[[profile]] 1, limits skew: must be a number without quotes",
        ),
        ('[[profile]]\nid = "x"\nlimits = { dark = 256 }', "[[profile]] 1, limits dark: must be at most 255"),
        ('[[profile]]\nid = "x"\nlimits = 2', "[[profile]] 1, limits: must be a table in braces"),
        ('[[scanner]]\nid = "x"', "[[scanner]] 1, driver: missing; add it."),
        ('[[scanner]]\nid = "x"\ndriver = "twain"', '[[scanner]] 1, driver: "twain" is not possible'),
        ('[[scanner]]\nid = "x"\ndriver = "sane"', "[[scanner]] 1, device: missing; add it."),
        ('[[scanner]]\nid = "x"\ndriver = "folder"', "[[scanner]] 1, path: missing; add it."),
        (
            '[[scanner]]\nid = "x"\ndriver = "folder"\npath = "a"\ndevice = "b"',
            "[[scanner]] 1, device: unknown key; known here are id, profile, driver, path, still.",
        ),
        (
            '[[scanner]]\nid = "x"\ndriver = "sane"\ndevice = "b"\noptions = { a = [1] }',
            "[[scanner]] 1, options a: must be text, a number, true or false.",
        ),
        (
            '[[scanner]]\nid = "x"\ndriver = "folder"\npath = "a"\nprofile = "fine"',
            (
                '[[scanner]] 1, profile: there is no "fine"; '
                "known are standard, lossless, grey, grey-lossless, spread, parts."
            ),
        ),
        ('[[scanner]]\nid = "x"\ndriver = "folder"\npath = ""', "[[scanner]] 1, path: must not be empty"),
        ('[[scanner]]\nid = "x"\ndriver = "folder"\npath = "a\\u0000"', "[[scanner]] 1, path: holds a character"),
        ('[[type]]\ncode = "kh"\nvi = "a"\nen = "b"', '[[type]] 1, code: The ledger type "kh" cannot be used'),
        (
            '[[place]]\ncode = "2"\ncommune = "村"\nprovince = "T"',
            '[[place]] 2, commune: The name "村" cannot stand in file names',
        ),
        (
            '[[place]]\ncode = "2"\ncommune = "C"\nprovince = "T"\nvalid_from = 2025',
            "[[place]] 2, valid_from: must be a date such as 2025-07-01.",
        ),
        (
            '[[place]]\ncode = "2"\ncommune = "C"\nprovince = "T"\nvalid_from = "2025-07-01"\nvalid_to = 2025-06-30',
            "[[place]] 2, valid_to: lies before valid_from",
        ),
        (
            '[[place]]\ncode = "19429"\ncommune = "C"\nprovince = "T"',
            '[[place]] 2, code: "19429" is used already by [[place]] 1',
        ),
        ('[[destination]]\nid = "d"\nkind = "folder"', "[[destination]] 1, path: missing; add it."),
        ('[report]\ncolumns = ["pages"]', '[report] columns 1: "pages" is not possible; choose one of: ledgers_opened'),
        ("[report]\ncolumns = []", "[report] columns: must name at least one column, and each only once."),
        (
            '[report]\ncolumns = ["pages_scanned", "pages_scanned"]',
            "[report] columns: must name at least one column, and each only once.",
        ),
        ('[checks]\nlooks = "third"', '[checks] looks: "third" is not possible; choose one of: none, first, second.'),
        ("[checks]\nshare = 0", "[checks] share: must be at least 1."),
        ('[checks]\ntypes = { XX = "first" }', '[checks] types: there is no "XX"; known are KS, '),
        ('[checks]\ntypes = { KS = "third" }', '[checks] types KS: "third" is not possible; choose one of: none'),
        ("[report]\nclasses = [50, 10]", "[report] classes: must be percentages that rise"),
        ("[report]\nhour = 24", "[report] hour: must be at most 23."),
        ('[report]\nhour = 18\ndestination = "tinh"', '[report] destination: there is no "tinh"; known are'),
        ("[report]\nclasses = [0]", "[report] classes 1: must be at least 1."),
        ('[report]\ndone = "keyed"', '[report] done: "keyed" is not possible; choose one of: named'),
        (
            '[report]\nnames = { pages = "Trang" }',
            '[report] names pages: "pages" is not possible; choose one of: ledgers_opened',
        ),
        ('[report]\nnames = { pages_scanned = "" }', "[report] names pages_scanned: must not be empty"),
    ],
)
def test_each_mistake_is_told_at_its_place(mistakes: Mistakes, text: str, line: str) -> None:
    found = mistakes(SMALLEST + text)
    assert len(found) == 1
    assert found[0].startswith(line)


def test_places_that_differ_in_capitals_only_are_one_folder_on_a_usb_stick(mistakes: Mistakes) -> None:
    places = "".join(f'[[place]]\ncode = "{code}"\ncommune = "C"\nprovince = "T"\n' for code in ("a1", "A1"))
    assert mistakes(SMALLEST + places) == ['[[place]] 3, code: "A1" is used already by [[place]] 2; give each its own.']


def test_a_mistyped_field_of_a_name_template_gets_a_suggestion(mistakes: Mistakes) -> None:
    (line,) = mistakes(
        SMALLEST
        + """
[[names]]
id = "ours"
page = "{type}.{year}.{bok}.{seq}"
entry = "{type}.{year}.{book}.{date}.{number}"
package = "{place}.{type}.{year}.{book}"
"""
    )
    assert line.startswith("[[names]] 1, page: ")
    assert line.endswith("did you mean {book}?")


def test_a_name_profile_that_is_not_there_is_told(mistakes: Mistakes) -> None:
    assert mistakes(SMALLEST.replace("[station]", '[station]\nnames = "mine"')) == [
        '[station] names: there is no "mine"; known are ministry, placecode.'
    ]


def tus(url: str) -> str:
    return f'[[destination]]\nid = "d"\nkind = "tus"\nurl = "{url}"\nreceipts = "https://example.org/receipts"'


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1080/files", "http://localhost/f", "http://[::1]:8/f", "https://a.vn/f"]
)
def test_addresses_that_keep_registers_safe_are_taken(write: Write, url: str) -> None:
    destination = load(write(SMALLEST + tus(url))).destinations[0]
    assert isinstance(destination, TusDestination)
    assert destination.url == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.org/files", "would send registers unprotected"),
        ("http://127.0.0.1.example.org/files", "would send registers unprotected"),
        ("http://localhost@example.org/files", "user name or password"),
        ("https://user:secret@example.org/files", "user name or password"),
        ("ftp://example.org/files", "is not a web address"),
        ("example.org/files", "is not a web address"),
        ("https://", "is not a web address"),
        ("https://[::1", "is not a web address"),
        ("https://a.vn:port/", "is not a web address"),
        ("https://a.vn/f f", "is not a web address"),
    ],
)
def test_other_addresses_are_refused_without_telling_a_password(mistakes: Mistakes, url: str, reason: str) -> None:
    (line,) = mistakes(SMALLEST + tus(url))
    assert reason in line
    assert "secret" not in line.partition(";")[0]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_sections(mistakes: Mistakes) -> None:
    found = mistakes(
        SMALLEST.replace('id = "qt-huonghoa-01"', 'id = "qt hh"')
        + """
[[scanner]]
id = "glass"
driver = "sane"
device = "test:0"
profile = "fine"
[[scanner]]
id = "glass"
driver = "folder"
pth = "in"
[[destination]]
id = "d"
kind = "usb"
[web]
port = "x"
"""
    )
    assert [line.partition(":")[0] for line in found] == [
        "[station] id",
        "[[scanner]] 1, profile",
        "[[scanner]] 2, id",
        "[[scanner]] 2, pth",
        "[[destination]] 1, kind",
        "[web] port",
    ]


def test_the_mistakes_are_told_in_vietnamese_too(write: Write) -> None:
    with pytest.raises(SettingsRefused) as refused:
        load(write(SMALLEST + "[web]\nprot = 1"))
    assert '[web] prot: khóa không có; có phải ý bạn là "port"?' in refused.value.sentence("vi")
    assert '[web] prot: unknown key; did you mean "port"?' in refused.value.sentence("en")


def test_files_that_cannot_be_read_at_all_say_why(write: Write, tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes('id = "\u00e3"'.encode("latin1"))
    for file, code in [
        (tmp_path / "none.toml", "settings-file-missing"),
        (tmp_path, "settings-unreadable"),
        (latin, "settings-not-utf8"),
        (write('[station]\nid = "x'), "settings-syntax"),
    ]:
        with pytest.raises(SettingsRefused) as refused:
            load(file)
        assert refused.value.code == code
        assert str(file) in refused.value.sentence("vi")


def test_a_syntax_error_names_its_line(write: Write) -> None:
    with pytest.raises(SettingsRefused, match="line 2"):
        load(write("[station]\nid = x"))


def test_receipts_are_asked_for_by_a_safe_address_too(mistakes: Mistakes) -> None:
    """With the token, which opens the province's store."""
    text = tus("https://example.org/files").replace("https://example.org/receipts", "http://example.org/receipts")
    (line,) = mistakes(SMALLEST + text)
    assert "receipts" in line
    assert "would send registers unprotected" in line
