"""The application factory: the page for one running daemon."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, Response, g, redirect, render_template, request, url_for
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from station.access.login_lifetime import LONGEST_LOGIN
from station.access.login_limiter import LoginLimiter
from station.daemon.supervisor import Daemon
from station.domain.checks import Looks, SecondLook
from station.domain.finding_codes import NAMES_ANOTHER, FindingCode
from station.domain.states import (
    DeliveryState,
    LedgerState,
    PackageKind,
    PackageState,
    PageState,
    RowState,
    ScanPurpose,
)
from station.errors import StationError
from station.ledger.attachments import Attached
from station.ledger.completeness import Totals
from station.ledger.page_turns import Every
from station.messages import LANGUAGES, on_page
from station.rows import built_in
from station.system import lan as network
from station.views import listings
from web import (
    capture_target,
    change_feed,
    checks,
    covers,
    deliveries,
    device_pairing,
    downloads,
    entries,
    entry_regions,
    entry_runs,
    folder_intake,
    health,
    history,
    inventory,
    ledger,
    ledger_data,
    ledger_list,
    ledger_names,
    ledger_steps,
    login,
    minutes,
    page_places,
    plan,
    previews,
    questions,
    reconciliation,
    removable_media,
    reports,
    rows,
    scanning,
    second_looks,
    texts,
    undo,
    users,
    view_help,
)
from web.request_numbers import limit_numbers
from web.return_address import KEPT, say, way_back
from web.security import secret_key, secure
from web.session_user import set_up_login
from web.view_context import ViewContext, view_context

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: What the templates compare with: the lists of the station, not words of their own.
_ENUMS = (
    *(Attached, DeliveryState, Every, FindingCode, LedgerState, Looks, PackageKind, PackageState, PageState),
    *(RowState, ScanPurpose, SecondLook, Totals),
)

#: Loopback by its names; another host is only what the settings say.
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def create_app(daemon: Daemon, *, login_limiter: LoginLimiter | None = None, lan: bool = False) -> Flask:
    """The page, for this PC or for the paired devices of the LAN; views use :mod:`web.view_context`.

    Both share one ``login_limiter``: whoever guesses PINs at the one waits at the other, too.
    """
    station = daemon.station
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secret_key(station.folders.data),
        # Cookies do not know ports: the demonstration and the real station may run on one PC.
        SESSION_COOKIE_NAME="__Host-tramquet" if lan else f"tramquet-{station.settings.web.port}",
        SESSION_COOKIE_SECURE=lan,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=LONGEST_LOGIN),
        # Else an answer that was held back brings the login back which a person ended meanwhile.
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the login; a form that was open over lunch still works
        MAX_CONTENT_LENGTH=8 * 1024**2,
        BOOTSTRAP_SERVE_LOCAL=True,
        LANGUAGE=station.settings.web.language,
    )
    app.extensions["tramquet"] = ViewContext(daemon, login_limiter or LoginLimiter(station))
    if lan:
        secure(app, partial(network.is_ours, station.settings.lan))
        device_pairing.guard(app)
        app.register_blueprint(device_pairing.blueprint)
    else:
        secure(app, (_LOOPBACK | {station.settings.web.host.strip("[]").lower()}).__contains__)
        if station.settings.lan.enabled:
            from web import paired_devices  # with cryptography, which a station without LAN need not load

            app.register_blueprint(paired_devices.blueprint)
    limit_numbers(app)
    _read_together(app)
    CSRFProtect(app)
    Bootstrap5(app)
    set_up_login(app)
    for module in (
        login,
        ledger_list,
        inventory,
        covers,
        capture_target,
        ledger,
        scanning,
        page_places,
        ledger_data,
        folder_intake,
        questions,
        reconciliation,
        entries,
        entry_runs,
        entry_regions,
        rows,
        second_looks,
        undo,
        downloads,
        minutes,
        history,
        checks,
        deliveries,
        plan,
        reports,
        removable_media,
        users,
        previews,
        change_feed,
        health,
    ):
        app.register_blueprint(module.blueprint)
    app.jinja_env.globals.update(
        t=texts.text,
        message_text=texts.message_text,
        language=texts.language,
        languages=LANGUAGES,
        blueprints=app.blueprints,
        NAMES_ANOTHER=NAMES_ANOTHER,
        row_types=built_in.TYPES,
        **{enum.__name__: enum for enum in _ENUMS},
    )
    ledger_names.register(app)
    ledger_steps.register(app)
    view_help.register(app)
    _errors(app)
    app.wsgi_app = _on_page(app.wsgi_app)  # type: ignore[assignment,method-assign]
    return app


def _read_together(app: Flask) -> None:
    """What a view shows is read in one session, over one state of the catalogue."""

    @app.before_request
    def _begin() -> None:
        # Forms write and look at what they wrote; news are waited for.
        if request.method != "POST" and request.endpoint != "change_feed.version":
            g.reading = ExitStack()
            g.reading.enter_context(view_context().station.catalogue.together())

    @app.teardown_request
    def _end(_error: BaseException | None) -> None:
        if "reading" in g:
            g.pop("reading").close()


def _on_page(answer: WSGIApplication) -> WSGIApplication:
    """Have the station's sentences name no command: nobody at the page types one."""

    def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with on_page():
            return answer(environ, start_response)

    return answered


def _errors(app: Flask) -> None:
    """Refusals in words, on the page they happened on; everything else on a page of its own."""

    def _in_words(error: StationError) -> str:
        """The sentence of an error; pages of the ledger that is shown are called as people call them."""
        at, pages = request.view_args or {}, error.facts.keys() & {"label", "after"}
        if pages and {"place", "name"} <= at.keys():
            with suppress(StationError):
                spoken = listings.spoken_pages(view_context().station, f"{at['place']}:{at['name']}")
                error.facts |= {fact: spoken.get(str(error.facts[fact]), error.facts[fact]) for fact in pages}
        return error.sentence(texts.language())

    @app.errorhandler(StationError)
    def _refusal_page(error: StationError) -> Response | tuple[str, int]:
        sentence = _in_words(error)
        if request.method == "POST" and (view := way_back("")):
            say(sentence, "refused")
            return redirect(view)  # type: ignore[return-value]
        if request.method == "GET" and KEPT in request.args and request.endpoint:
            return redirect(url_for(request.endpoint, **(request.view_args or {})))  # type: ignore[return-value]
        return render_template("trouble.html", sentence=sentence, code=error.code), 409

    @app.errorhandler(CSRFError)
    def _foreign_form(_error: CSRFError) -> tuple[str, int]:
        return render_template("trouble.html", sentence=texts.text("form-foreign"), code="form-foreign"), 400

    @app.errorhandler(HTTPException)
    def _plain(error: HTTPException) -> Response | tuple[str, int]:
        if error.code == 401:
            return redirect(url_for("login.login"))  # type: ignore[return-value]
        if error.code == 421:
            return "421", 421
        code = f"http-{error.code}" if f"http-{error.code}" in texts.table() else "http-other"
        return render_template("trouble.html", sentence=texts.text(code), code=error.code), error.code or 500
