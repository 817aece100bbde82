"""The request by which the page's script waits for news.

An answer is held for some seconds only, and only two at a time per login: eight open tabs take two of the server's
threads and two of the browser's six connections, the others are told to ask again a little later.
"""

from __future__ import annotations

import threading
from collections import Counter

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from web.view_context import view_context

HOLD_SECONDS = 15.0
HELD_PER_LOGIN = 2
#: All together; the others of the server's threads answer.
HELD_AT_MOST = 16

blueprint = Blueprint("change_feed", __name__)
_guard = threading.Lock()
_held: Counter[str] = Counter()


@blueprint.get("/news")
@login_required
def version() -> ResponseReturnValue:
    """The version of all that is shown; held until it is not ``since`` any more. ``wait`` is when to ask again (s).

    ``view`` is "scan" where the scanning view asks: then the scanner and what else a page needs stay ready.

    What the page shows is to be fetched again when ``content`` is another; else only ``share`` may have changed.
    """
    daemon = view_context().daemon
    if request.args.get("view") == "scan":
        daemon.scan_service.see_view()
    since = request.args.get("since", 0, int)
    login = current_user.get_id()
    with _guard:
        may_hold = _held[login] < HELD_PER_LOGIN and _held.total() < HELD_AT_MOST
        if may_hold:
            _held[login] += 1
    try:
        newest = daemon.change_feed.wait(since, HOLD_SECONDS if may_hold else 0, progress=True)
    finally:
        if may_hold:
            with _guard:
                _held[login] -= 1
    scan_status = daemon.scan_service.status
    wait = 0.02 if may_hold else 2.0
    return jsonify(
        version=newest,
        content=daemon.change_feed.content,
        wait=wait,
        scanning=scan_status.scanning,
        share=scan_status.share,
        ledger=scan_status.ledger,
    )
