"""The paper of a ledger by the command line: learned while scanning, told once, and said by a person."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.stations import new_station

LEDGER = "KH.2007.01"
DPI = 100
SIZES = (
    '[[profile]]\nid = "standard"\n[profile.limits]\nblank = 0\nblur = 0\nskew = 0\nnear_duplicate = 0\ncut_edge = 0\n'
)


def pages(folder: Path, *sizes: tuple[int, int]) -> Path:
    """Sheets of these sizes (mm) on the dark ground of a film, with a few lines on each."""
    folder.mkdir(exist_ok=True)
    for number, size in enumerate(sizes, start=1):
        width, height = (round(side * DPI / 25.4) for side in size)
        film = np.full((height + 60, width + 60, 3), 20, np.uint8)
        film[30:-30, 30:-30] = (226, 220, 205)
        film[80 + number :: 40, 80:-80:9] = 40
        Image.fromarray(film).save(folder / f"{number:02}.png", dpi=(DPI, DPI))
    return folder


def test_paper_is_learned_while_scanning_told_once_and_said_by_a_person(tmp_path: Path) -> None:
    source = pages(tmp_path / "film", (252, 341), (250, 338), (254, 343), (252, 170))
    command = new_station(tmp_path, source, more=SIZES)
    command.run("ledger", "add", *LEDGER.split("."))
    assert command.json("ledger", "show", LEDGER)[0]["paper"] is None
    told = command.run("scan", LEDGER, "--pages", 4).stderr
    learned = command.json("ledger", "show", LEDGER)[0]
    assert learned["paper_source"] == "learned"
    assert learned["paper"] in told
    assert [row["findings"] for row in command.json("pages", LEDGER)] == [[], [], [], ["wrong-size"]]
    assert learned["paper"] in command.run("ledger", "show", LEDGER).stdout
    assert command.run("ledger", "paper", LEDGER, "25,2 x 34,1 cm").stdout.strip() == "252x341"
    assert command.json("ledger", "list")[0]["paper_source"] == "confirmed"
    said = command.run("ledger", "paper", LEDGER)
    assert (said.stdout.strip(), said.stderr) == ("252x341", "")
    assert '"341x252"' in command.refused("ledger", "paper", LEDGER, "341x252")
