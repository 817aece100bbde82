"""From a raw sheet in the spool to its master: at each step a power cut or a kill leaves one whole sheet, or none."""

from __future__ import annotations

import json
import random
import threading
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from sqlalchemy import func, select

from drivers import Mode, Storing
from drivers.images import masters, raw_sheet
from drivers.images.raw_sheet import Origin, Raw
from station.catalogue.models import Capture
from station.errors import Refused
from station.imaging import analysis
from station.imaging.image_facts import AnalysisRequest
from station.scanning import acceptance, recovery
from station.storage import durable
from tests.station.opened_station import GLASS, MOMENT, OpenedStation

SIZE = (24, 32)


class Killed(Exception):
    """Stands for kill -9."""


def laid(folder: Path, number: int = 1) -> Path:
    """A raw sheet as the scanner's program leaves it in a spool folder."""
    width, height = SIZE
    path = raw_sheet.name_of(folder, number)
    pixels = random.Random(number).randbytes(width * height)
    path.with_suffix(raw_sheet.PART).write_bytes(raw_sheet.header(Mode.GREY, width, height) + pixels)
    raw_sheet.finish(Raw(number, width, height, Mode.GREY, Origin(GLASS, MOMENT, (300.0, 300.0), 300), Storing()), path)
    return path


def wanted(desk: OpenedStation) -> AnalysisRequest:
    return acceptance.analysis_request(desk.station, "standard", "A4")


def left_by_a_kill(desk: OpenedStation, ledger: str) -> Path:
    """A raw sheet in the spool of a session whose program died."""
    try:
        with desk.session(ledger) as (_, folder):
            laid(folder)
            raise Killed
    except Killed:
        return folder


def captures(desk: OpenedStation) -> int:
    return int(desk.one(select(func.count(Capture.id))))


@pytest.mark.parametrize("earlier", [False, True], ids=["this start", "an earlier start"])
def test_raw_sheet_of_an_earlier_start_of_the_pc_is_not_taken(desk: OpenedStation, earlier: bool) -> None:
    """It was never synced: after a power cut its name may stand before its pixels."""
    folder = left_by_a_kill(desk, desk.ledger())
    if earlier:
        facts = json.loads((folder / "0001.json").read_text())
        (folder / "0001.json").write_text(json.dumps({**facts, "boot": "00000000-0000-0000-0000-000000000000"}))
    mended = recovery.recover(desk.station)
    assert (len(mended.recovered), mended.halves) == ((0, 1) if earlier else (1, 0))
    assert captures(desk) == (0 if earlier else 1)
    assert not folder.exists()


def test_raw_sheet_has_its_facts_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def facts_first(path: Path, target: Path) -> Path:
        assert json.loads(target.with_suffix(".json").read_text())["number"] == 1
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", facts_first)
    assert raw_sheet.read(laid(tmp_path)).number == 1


def test_raw_sheet_goes_before_its_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = laid(tmp_path)
    gone: list[str] = []
    unlink = Path.unlink
    monkeypatch.setattr(Path, "unlink", lambda path, **how: (gone.append(path.suffix), unlink(path, **how))[1])
    raw_sheet.remove(sheet)
    assert gone == [".pnm", ".json"]


def test_master_is_synced_before_it_has_a_masters_name(
    desk: OpenedStation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, done = threading.Event(), list[str]()
    sync, rename = durable.sync_file, Path.rename

    def slowly(path: Path) -> None:
        named.wait(0.5)  # a slow disk: whoever does not wait for it is quicker
        sync(path)
        done.append("synced")

    def name(path: Path, target: Path) -> Path:
        if target.suffix == ".jpg" and target.stem == "0001":
            done.append("named")
            named.set()
        return rename(path, target)

    sheet = laid(tmp_path)
    monkeypatch.setattr(durable, "sync_file", slowly)
    monkeypatch.setattr(Path, "rename", name)
    looked = analysis.analyse(sheet, wanted(desk))
    assert looked.file == sheet.with_suffix(".jpg")
    assert done == ["synced", "named"]
    assert [file.name for file in tmp_path.glob("0001.*")] == ["0001.jpg"], (
        "the raw sheet goes when the master is whole"
    )


def test_master_that_cannot_be_decoded_does_not_count_and_its_raw_sheet_stays(
    desk: OpenedStation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a bad memory, or a disk that lies: the sheet can be made a master once more."""
    encode = masters.encode

    def torn(pixels: Any, into: BinaryIO, *given: Any, **more: Any) -> None:
        encode(pixels, into, *given, **more)
        into.truncate(into.tell() // 2)

    monkeypatch.setattr(masters, "encode", torn)
    sheet = laid(tmp_path)
    with pytest.raises(Refused) as refused:
        analysis.analyse(sheet, wanted(desk))
    assert refused.value.code == "image-damaged"
    assert raw_sheet.read(sheet).number == 1
    assert not sheet.with_suffix(".jpg").exists()


def test_killed_while_it_recovers_the_station_has_each_sheet_once(
    desk: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first kill came between the master's name and the raw sheet's end, the second right behind the page's row."""
    ledger = desk.ledger()
    folder = left_by_a_kill(desk, ledger)
    kept = (folder / "0001.pnm").read_bytes(), (folder / "0001.json").read_bytes()
    analysis.analyse(folder / "0001.pnm", wanted(desk))
    (folder / "0001.pnm").write_bytes(kept[0])
    (folder / "0001.json").write_bytes(kept[1])
    accept = acceptance.accept

    def killed_behind(*given: Any, **more: Any) -> int:
        accept(*given, **more)
        raise Killed

    monkeypatch.setattr(acceptance, "accept", killed_behind)
    with pytest.raises(Killed):
        recovery.recover(desk.station)
    monkeypatch.undo()
    recovery.recover(desk.station)
    assert captures(desk) == 1
    assert not folder.exists()
