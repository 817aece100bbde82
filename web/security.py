"""Security of a station's page: who sent a form, how long a login lasts, and what every page is held to."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask, request, session
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from station.access.login_lifetime import IDLE_SECONDS
from station.errors import StorageFailed
from station.storage import durable
from web.request_guard import guard
from web.session_user import forget

#: How exactly that is kept (s): a login's cookie is not written anew with every answer.
_SEEN_EVERY = 30
#: Asked by the page itself, as are fragments; they say nothing about a person being there.
_BY_ITSELF = frozenset({"change_feed.version", "previews.preview", "scanning.coming"})
#: The same for everybody; nobody is looked up for them.
_FOR_ALL = frozenset({"health.healthz", "health.metrics", "static", "bootstrap.static"})


def secure(app: Flask, is_ours: Callable[[str], bool]) -> None:
    """Hold requests and answers of ``app`` to the rules; ``is_ours`` says whether a host name is this station's."""

    guard(app, is_ours)

    @app.before_request
    def _sent_by_us() -> None:
        # Browsers say which page sent a form; SameSite alone lets one from another port of this PC through.
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return
        own = request.host_url.rstrip("/")
        origin = request.headers.get("Origin", own)
        referrer = request.referrer or own
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if origin != own or not f"{referrer}/".startswith(f"{own}/") or site not in ("same-origin", "none"):
            raise CSRFError("The form came from elsewhere.")

    @app.before_request
    def _still_there() -> None:
        if request.endpoint in _FOR_ALL or not current_user.is_authenticated:
            return
        idle = time.time() - session.get("seen", 0)
        # A clock that was set back a little ends no login; one that was years off does.
        if not -IDLE_SECONDS <= idle <= IDLE_SECONDS:
            forget()
        elif abs(idle) > _SEEN_EVERY and request.endpoint not in _BY_ITSELF and "X-Fragment" not in request.headers:
            session["seen"] = time.time()


def secret_key(data: Path) -> bytes:
    """The key that signs logins: made once per station, 0600, so that a restart does not log people out."""
    file = data / "web-secret"
    if not file.exists():
        with contextlib.suppress(FileExistsError):  # another process was quicker; its key is as good
            durable.write_durably(file, secrets.token_bytes(32))
    key = file.read_bytes()
    status = file.stat()
    if len(key) < 32 or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise StorageFailed("web-secret-unsafe", path=file)
    return key
