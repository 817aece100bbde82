"""The whole session over the network: ``saned`` on another PC, an eSCL scanner in the corridor; both on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drivers.network_scanners import Escl, Saned, needs_airscan, needs_saned
from tests.stations import Command
from tests.waiting import PATIENCE

LEDGER = "KS.2003.11"
SCANNER = '[[scanner]]\nid = "far"\ndriver = "sane"\ndevice = "{device}"\nprofile = "rough"\n{options}\n'
ROUGH = '[[profile]]\nid = "rough"\nmode = "grey"\ndpi = 150\npaper = "A5"\n'
SLOWLY = "options = { read-delay = true, read-delay-duration = 50000 }"
FROM_FEEDER = ("scan", LEDGER, "--scanner", "far", "--source", "adf")

Station = Callable[..., Command]


@pytest.fixture
def station(write_settings: Callable[..., Command], drawn: Path) -> Station:
    def with_device(device: str, options: str = "") -> Command:
        command = write_settings(drawn, more=SCANNER.format(device=device, options=options) + ROUGH)
        command.run("ledger", "add", "KS", "2003", "11")
        return command

    return with_device


def everything_is_safe(command: Command, pages: int) -> None:
    listed = command.json("pages", LEDGER)
    assert [page["seq"] for page in listed] == [f"{number:03d}" for number in range(1, pages + 1)]
    assert all((command.data / page["file"]).stat().st_size > 0 for page in listed)
    assert command.run("verify").stderr == ""


@needs_saned
def test_feeder_of_another_pc_fills_a_ledger(station: Station, saned: Saned) -> None:
    command = station(saned.device)
    told = command.scan(*FROM_FEEDER, "--pages", 3)
    assert [(capture["seq"], capture["dpi"]) for capture in told] == [(f"00{n}", [150, 150]) for n in (1, 2, 3)]
    listed = command.json("scanners")
    assert {"id": "far", "driver": "sane", "device": saned.device, "identity": "Noname/frontend-tester"} in listed
    everything_is_safe(command, 3)


@needs_saned
def test_saned_killed_in_mid_session_keeps_what_was_accepted_and_the_next_command_works(
    station: Station, saned: Saned
) -> None:
    command = station(saned.device, SLOWLY)
    with command.start(*FROM_FEEDER, "--json") as running:
        assert running.stdout
        assert json.loads(running.stdout.readline())["seq"] == "001"
        saned.kill()
        rest, sentence = running.communicate(timeout=PATIENCE)
    safe = 1 + len(rest.splitlines())
    assert running.returncode == 1
    assert "connection to the scanner failed" in sentence
    assert f"{safe} {'page of this session is' if safe == 1 else 'pages of this session are'} safe" in sentence
    everything_is_safe(command, safe)
    saned.start()
    assert len(command.scan(*FROM_FEEDER, "--pages", 1)) == 1


@needs_airscan
def test_feeder_and_glass_of_an_escl_scanner_fill_a_ledger(station: Station, serve: Callable[..., Escl]) -> None:
    command = station(serve(sheets=3).device)
    assert len(command.scan(*FROM_FEEDER)) == 3
    assert len(command.scan("scan", LEDGER, "--scanner", "far")) == 1
    everything_is_safe(command, 4)


@needs_airscan
def test_feeder_that_is_empty_after_two_of_ten_is_told(station: Station, serve: Callable[..., Escl]) -> None:
    command = station(serve(sheets=2).device)
    sentence = command.run(*FROM_FEEDER, "--pages", 10, exit_status=1).stderr
    assert "2 pages of this session are safe" in sentence
    assert "Put in the sheets from page 3 of this scan on" in sentence
    assert len(command.json("pages", LEDGER)) == 2


@needs_airscan
def test_page_in_half_the_resolution_is_refused_with_the_reason(station: Station, serve: Callable[..., Escl]) -> None:
    command = station(serve(gives_dpi=75).device)
    sentence = command.refused("scan", LEDGER, "--scanner", "far")
    assert "75 dpi instead of 150" in sentence
    assert command.json("pages", LEDGER) == []
