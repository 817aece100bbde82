"""The dashboard for Grafana asks for what the province tells Prometheus, and leaves nothing of it out."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

from station.province import metrics

DASHBOARD = json.loads((Path(__file__).parents[3] / "systemd" / "province" / "grafana.json").read_text("utf-8"))
PANELS = DASHBOARD["panels"]


def test_dashboard_asks_for_every_figure_and_for_none_that_is_not_told() -> None:
    asked = {
        name for panel in PANELS for target in panel["targets"] for name in re.findall(r"tramquet_\w+", target["expr"])
    }
    assert asked == set(metrics.MEANINGS)


def test_panels_have_words_a_place_of_their_own_and_the_source_that_is_chosen() -> None:
    (source,) = DASHBOARD["templating"]["list"]
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"]
        assert {one["datasource"]["uid"] for one in (panel, *panel["targets"])} == {f"${{{source['name']}}}"}
    for one, other in combinations([panel["gridPos"] for panel in PANELS], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)
