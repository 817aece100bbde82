"""Scan sessions on the simulated scanner, which is real SANE: what was accepted stays, whatever ends the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from drivers import Progress, Source
from station.catalogue.models import Capture, Event, Reservation, ScanSession
from station.domain.states import ScanPurpose
from station.errors import Refused, ScanStopped
from station.ledger import ledgers
from station.scanning import scan_session, scanner_factory, spool
from station.scanning.scan_session import ScanRequest
from station.storage import disk_space
from station.views import listings
from tests.station.opened_station import STICK, WHO, OpenedStation, opened_station, sheet

Scanning = Callable[..., OpenedStation]

#: A real SANE device that takes half a second for a page.
SLOW_GLASS = """
[[scanner]]
id = "glass"
driver = "sane"
device = "test:0"
profile = "coarse"
options = {{ "read-delay" = true, "read-delay-duration" = 20000, "read-limit" = true, "read-limit-size" = 40000 }}

[[profile]]
id = "coarse"
mode = "grey"
dpi = 100
paper = "A4"
encoding = "{encoding}"
"""


@pytest.fixture
def scanning(tmp_path: Path, drawn: Path) -> Iterator[Scanning]:
    """Opens a station whose scanner feeds twelve drawn pages, with the faults given."""
    with ExitStack() as stack:

        def open_it(*faults: str) -> OpenedStation:
            scanner = f'[[scanner]]\nid = "sim"\ndriver = "simulated"\npages = "{drawn}"\nfaults = {list(faults)}\n'
            return stack.enter_context(opened_station(tmp_path, STICK + scanner.replace("'", '"')))

        yield open_it


def order(ledger: str = "KH.2007.01", **more: Any) -> ScanRequest:
    return ScanRequest(ledger, WHO, **more)


def scan(desk: OpenedStation, wanted: ScanRequest) -> list[str]:
    """Scan; gives the labels in the order they were accepted."""
    accepted = list(scan_session.scan(desk.station, wanted))
    by_id = select(Capture.label).where(Capture.id.in_(accepted)).order_by(Capture.counter)
    return desk.all(by_id)


def labels(desk: OpenedStation, ledger: str = "KH.2007.01") -> list[str]:
    return [row.seq for row in listings.page_rows(desk.station, ledger)]


def last(desk: OpenedStation) -> ScanSession:
    with desk.station.catalogue.reading() as session:
        return session.scalars(select(ScanSession).order_by(ScanSession.id.desc()).limit(1)).one()


def test_every_sheet_of_the_feeder_becomes_a_page(scanning: Scanning) -> None:
    desk = scanning()
    ledger = desk.ledger()
    assert scan(desk, order()) == [f"{number:03d}" for number in range(1, 13)]
    row = listings.page_rows(desk.station, ledger)[0]
    assert row.dpi == [60.0, 60.0]
    assert row.operator == WHO
    run = last(desk)
    assert (run.state, run.error, run.scanner, run.profile) == ("finished", None, "sim", "standard")
    assert run.ended_at is not None
    assert run.ended_at >= run.started_at
    assert list(desk.station.folders.sessions.iterdir()) == []
    with pytest.raises(ScanStopped) as stopped:
        scan(desk, order())
    assert stopped.value.code == "scan-no-documents"


@pytest.mark.parametrize(("encoding", "follows"), [("jpg", True), ("tif", False)])
def test_page_from_the_glass_is_encoded_while_its_lines_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, follows: bool
) -> None:
    """And from a feeder when it is whole: there its worker is at the sheet before."""
    journal = tmp_path / "points"
    monkeypatch.setenv("TRAMQUET_POINTS", str(journal))
    with opened_station(tmp_path, STICK + SLOW_GLASS.format(encoding=encoding)) as desk:
        desk.ledger()
        assert len(scan(desk, order(limit=1, source=Source.ADF))) == 1
        feeder = journal.read_text()
        assert len(scan(desk, order())) == 1
        points = [line.split()[1:3] for line in journal.read_text()[len(feeder) :].splitlines()]
    assert " following " not in feeder
    (looking,) = {process for process, point in points if point == "looking"}
    assert {process for process, point in points if point == "following"} == ({looking} if follows else set())


def test_limit_stops_and_the_next_session_goes_on_behind(scanning: Scanning) -> None:
    desk = scanning()
    desk.ledger()
    assert scan(desk, order(limit=2)) == ["001", "002"]
    assert scan(desk, order(limit=1)) == ["003"]
    tokens = desk.all(select(Capture.token).order_by(Capture.counter))
    assert len(set(tokens)) == 3


def test_jam_on_third_sheet_keeps_the_first_two_and_the_next_try_works(scanning: Scanning) -> None:
    desk = scanning("3:jammed")
    desk.ledger()
    with pytest.raises(ScanStopped) as stopped:
        scan(desk, order())
    assert stopped.value.code == "scan-jammed"
    for language in ("vi", "en"):
        assert "2" in stopped.value.sentence(language)
    assert labels(desk) == ["001", "002"]
    assert (last(desk).state, last(desk).error) == ("failed", "scan-jammed")
    assert scan(desk, order(limit=1)) == ["003"]


def test_consumer_that_goes_away_keeps_what_it_saw(scanning: Scanning) -> None:
    desk = scanning()
    desk.ledger()
    going = scan_session.scan(desk.station, order())
    next(going)
    going.close()
    assert labels(desk) == ["001"]
    assert (last(desk).state, last(desk).error) == ("failed", "cancelled")
    (label,) = scan(desk, order(limit=1))  # behind those that the scanner had read ahead
    seen, *read_ahead, scanned = listings.page_rows(desk.station, "KH.2007.01")
    assert (seen.seq, seen.findings, scanned.seq, scanned.findings) == ("001", [], label, [])
    assert all(row.findings == ["recovered"] for row in read_ahead)


def test_session_begins_when_what_a_kill_left_is_mended(scanning: Scanning) -> None:
    desk = scanning()
    ledger = desk.ledger()
    with suppress(KeyboardInterrupt), desk.session(ledger) as (_run, folder):
        sheet(folder, 1)
        raise KeyboardInterrupt
    assert scan(desk, order(limit=1)) == ["002"]
    assert [(row.seq, row.findings) for row in listings.page_rows(desk.station, ledger)] == [
        ("001", ["recovered"]),
        ("002", []),
    ]


def test_scanner_that_another_holds_is_busy(scanning: Scanning) -> None:
    desk = scanning()
    desk.ledger()
    with (
        scanner_factory.open_scanner(desk.station, desk.station.settings.scanner()),
        pytest.raises(ScanStopped) as stopped,
    ):
        scan(desk, order())
    assert stopped.value.code == "scan-busy"
    assert scan(desk, order(limit=1)) == ["001"]


def test_listener_hears_each_sheet_begin(scanning: Scanning) -> None:
    desk = scanning()
    desk.ledger()
    heard: list[Progress] = []
    for _ in scan_session.scan(desk.station, order(limit=2), heard.append):
        pass
    assert [progress.number for progress in heard if progress.lines == 0] == [1, 2]


def test_lossless_profile_gives_tif(scanning: Scanning) -> None:
    desk = scanning()
    ledger = desk.ledger()
    scan(desk, order(limit=1, profile="lossless"))
    assert listings.page_rows(desk.station, ledger)[0].file.endswith("/KH.2007.01.001.tif")
    assert last(desk).profile == "lossless"


def test_pages_are_inserted_and_retaken_by_the_scanner_too(scanning: Scanning) -> None:
    desk = scanning()
    ledger = desk.ledger()
    scan(desk, order(limit=2))
    assert scan(desk, order(limit=2, purpose=ScanPurpose.INSERT, anchor="001")) == ["001a", "001b"]
    assert scan(desk, order(limit=1, purpose=ScanPurpose.RETAKE, anchor="002")) == ["002"]
    rows = [(row.seq, row.revision) for row in listings.page_rows(desk.station, ledger)]
    assert rows == [("001", 1), ("001a", 1), ("001b", 1), ("002", 2)]
    assert last(desk).purpose == "retake"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"limit": 0}, "limit-wrong"),
        ({"ledger": "KH.2007.09"}, "ledger-unknown"),
        ({"scanner": "glass"}, "scanner-unknown"),
        ({"profile": "best"}, "profile-unknown"),
        ({"purpose": ScanPurpose.INSERT, "anchor": "009"}, "page-unknown"),
        ({"purpose": ScanPurpose.RETAKE, "anchor": "000", "limit": 1}, "label-malformed or page-unknown"),
        ({"purpose": ScanPurpose.RETAKE, "anchor": "001"}, "retake-one"),
        ({"purpose": ScanPurpose.INSERT}, "request-wrong"),
    ],
)
def test_order_that_cannot_be_carried_out_never_touches_the_scanner(
    scanning: Scanning, wanted: dict[str, Any], code: str
) -> None:
    desk = scanning()
    desk.ledger()
    with pytest.raises(Refused) as refused:
        scan(desk, order(**wanted))
    assert refused.value.code in code
    assert desk.all(select(ScanSession.id)) == []
    assert not desk.station.folders.driver("sim").exists()


def test_closed_ledger_is_not_scanned(scanning: Scanning) -> None:
    desk = scanning()
    ledger = desk.ledger()
    ledgers.close(desk.station, ledger, who=WHO, reason="thử")
    with pytest.raises(Refused) as refused:
        scan(desk, order())
    assert refused.value.code == "ledger-not-open"
    assert "registered" not in refused.value.sentence("vi")


def test_disk_that_is_too_full_stops_before_the_next_sheet(scanning: Scanning, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = scanning()
    desk.ledger()
    going = scan_session.scan(desk.station, order(), None)
    next(going)
    monkeypatch.setattr(disk_space, "RESERVE", 1 << 60)
    with pytest.raises(ScanStopped) as stopped:
        next(going)
    assert stopped.value.code == "scan-stopped"
    assert "1" in stopped.value.sentence("vi")
    assert labels(desk) == ["001"]


def test_session_is_told_in_the_log_from_start_to_end(scanning: Scanning) -> None:
    desk = scanning("2:cover-open")
    desk.ledger()
    with pytest.raises(ScanStopped):
        scan(desk, order(source=Source.ADF))
    acts = desk.all(select(Event.what).where(Event.what != "ledger-added").order_by(Event.id))
    assert acts == ["session-started", "capture-accepted", "session-ended"]
    assert desk.all(select(Reservation.state)) == ["used"]


def test_two_feeders_of_like_sheets_each_feed_their_own(tmp_path: Path, drawn: Path) -> None:
    """What one scanner gave says nothing about the sheets in another one, were they called the same."""
    scanner = f'[[scanner]]\nid = "{{}}"\ndriver = "simulated"\npages = "{drawn}"\n'
    with opened_station(tmp_path, STICK + scanner.format("one") + scanner.format("other")) as desk:
        desk.ledger()
        assert scan(desk, order(scanner="one", limit=2)) == ["001", "002"]
        assert scan(desk, order(scanner="other", limit=2)) == ["003", "004"]
        tokens = desk.all(select(Capture.token).order_by(Capture.counter))
        assert tokens[:2] == tokens[2:]
        assert scan(desk, order(scanner="one", limit=1)) == ["005"]
        assert desk.all(select(Capture.token).order_by(Capture.counter))[4] not in tokens


@pytest.mark.parametrize(("in_the_spool", "counted"), [(5, 5), (0, 2)])
def test_sheets_that_were_drawn_in_are_counted_by_whoever_saw_them(
    scanning: Scanning, monkeypatch: pytest.MonkeyPatch, in_the_spool: int, counted: int
) -> None:
    """What the spool tells counts as what was heard: a scanner's program may die before it told of a sheet."""
    desk = scanning()
    desk.ledger()
    monkeypatch.setattr(spool, "last_drawn_sheet", lambda _folder: in_the_spool)
    scan(desk, order(limit=2))
    assert last(desk).fed == counted


def test_feeder_that_gives_fewer_than_asked_says_so(tmp_path: Path) -> None:
    """Feeders call themselves empty in the middle of a stack; what came is safe."""
    scanner = '[[scanner]]\nid = "feeder"\ndriver = "sane"\ndevice = "test:0"\n'
    profile = '[[profile]]\nid = "coarse"\nmode = "grey"\ndpi = 100\npaper = "A4"\n'
    with opened_station(tmp_path, STICK + scanner + profile) as desk:
        ledger = desk.ledger()
        few = order(scanner="feeder", source=Source.ADF, profile="coarse", limit=12)
        with pytest.raises(ScanStopped) as stopped:
            scan(desk, few)
        assert (stopped.value.code, stopped.value.facts["safe"]) == ("scan-no-documents", 10)
        assert len(labels(desk, ledger)) == 10
