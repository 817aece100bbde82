"""The public page is written as a whole, over its own and nobody else's, and tells totals only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from station.errors import Refused
from station.province import public_page
from tests.station.province.received import HERE, NOW, Received, manifest, report


def publish(received: Received, folder: Path) -> list[Path]:
    with received.rollup().tables(now=NOW) as tables:
        return public_page.publish(tables, folder)


def test_totals_are_those_of_the_rollup(received: Received, tmp_path: Path) -> None:
    received.package(manifest())
    received.day(report(places={HERE: {"total": 6}}))
    publish(received, tmp_path / "www")
    told = json.loads((tmp_path / "www" / "totals.json").read_text("utf-8"))
    assert (told["done"], told["total"], told["percent"]) == (3, 6, 50)
    assert [one["commune"] for one in told["communes_each"]] == ["Xã Thử Nghiệm"]


def test_what_is_published_again_takes_the_place_of_what_was(received: Received, tmp_path: Path) -> None:
    publish(received, tmp_path / "www")
    (tmp_path / "www" / "robots.txt").write_text("theirs")
    received.package(manifest())
    publish(received, tmp_path / "www")
    assert "Xã Thử Nghiệm" in (tmp_path / "www" / "index.html").read_text("utf-8")
    assert (tmp_path / "www" / "robots.txt").read_text() == "theirs"


def test_page_of_somebody_else_stays(received: Received, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html>the province's own site</html>")
    with pytest.raises(Refused, match="not made by this command"):
        publish(received, tmp_path)
    assert [file.name for file in tmp_path.glob("*.*")] == ["index.html"]


def test_nothing_of_people_stations_or_ledgers_is_public(received: Received, tmp_path: Path) -> None:
    received.package(manifest() | {"place": {"code": HERE, "commune": "<script>alert(1)</script>"}})
    received.package(manifest(ledger="KH.2006.01", closed={"by": "Nguyễn Thị Hoa", "reason": "trang 4 bị dính"}))
    received.day(report())
    received.heard()
    public = {file.name: file.read_text("utf-8") for file in publish(received, tmp_path / "www")}
    assert not [word for word in ("qt-thu", "Nguyễn", "KH.200", "bị dính") if word in "".join(public.values())]
    assert "<script>" not in public["index.html"] + public["en.html"]
