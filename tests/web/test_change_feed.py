"""What the page's script waits for, and what the station learns by it: that somebody looks at the scanning view."""

from __future__ import annotations

import time

from station.daemon.supervisor import Daemon
from tests.web.browsing import Browser


def test_scanning_view_that_asks_for_news_is_seen_and_no_other(page: Browser, daemon: Daemon) -> None:
    standby = daemon.scan_service._standby
    before = time.monotonic()
    page.client.get("/news?since=0")
    assert standby._seen_at < before
    page.client.get("/news?since=0&view=scan")
    assert standby._seen_at >= before
