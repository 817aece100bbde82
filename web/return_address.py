"""Where a form leads back to: the view it was on, never another site."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, current_app, flash, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

#: A flash travels in the login's cookie, of which browsers take 4 KB; what quotes a long text is cut.
_LONGEST_FLASH = 600
#: Marks an address that leads to where a view was left: if there is nothing any more, the view is shown from its start.
KEPT = "kept"


def way_back(default: str) -> str:
    """The path of the view that this request came from; ``default`` where that is none of ours, or only takes forms."""
    came_from = urlsplit(request.referrer or "")
    if f"{came_from.scheme}://{came_from.netloc}/" != request.host_url:
        return default
    views = current_app.create_url_adapter(request)
    try:
        # A path such as //elsewhere.example would be another host; the map knows it as none of its own.
        if views is None or not came_from.path.startswith("/") or came_from.path.startswith("//"):
            return default
        views.match(came_from.path, method="GET")
    except (HTTPException, RequestRedirect):
        return default
    return f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path


def kept_place(default: str) -> str:
    """The view of :func:`way_back` at the place where it was: without it, where that place is gone (:data:`KEPT`)."""
    view = way_back(default)
    return f"{view}&{KEPT}=1" if "?" in view and f"{KEPT}=1" not in view else view


def back(default: str) -> Response:
    """Redirect to the return address of the request."""
    return redirect(way_back(default))  # type: ignore[return-value]


def say(sentence: str, kind: str) -> None:
    """Have the next view say a sentence; ``kind`` is how it looks: done, refused, asking."""
    flash(sentence if len(sentence) <= _LONGEST_FLASH else f"{sentence[:_LONGEST_FLASH]}…", kind)
