"""The application factory of the province's page. It changes nothing, knows no login, and listens on this PC only."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, g, render_template, request
from flask_bootstrap import Bootstrap5
from werkzeug.exceptions import HTTPException

from station.errors import StationError, StorageFailed
from station.messages import LANGUAGES
from station.province.rollup import Rollup
from web import texts
from web.province import views
from web.request_guard import guard

#: The same as a station's.
_STATIC = Path(__file__).parents[1] / "static"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_COOKIE = "tramquet-province-language"


def create_app(rollup: Rollup) -> Flask:
    """The page of one roll-up; views find it as ``current_app.extensions["province"]``."""
    app = Flask(__name__, static_folder=_STATIC, static_url_path="/static")
    app.config.update(BOOTSTRAP_SERVE_LOCAL=True, LANGUAGE=rollup.settings.province.language)
    app.extensions["province"] = rollup
    _speak(app)
    guard(app, (_LOOPBACK | {rollup.settings.province.host.strip("[]").lower()}).__contains__)
    Bootstrap5(app)
    app.register_blueprint(views.blueprint)
    app.jinja_env.globals.update(
        t=texts.text, message_text=texts.message_text, language=texts.language, languages=LANGUAGES
    )
    _errors(app)
    return app


def _speak(app: Flask) -> None:
    """The language is chosen by a link and kept in the browser: there is no login that could remember it."""

    @app.before_request
    def _language() -> None:
        choices = (request.args.get("language"), request.cookies.get(_COOKIE))
        g.language = next((choice for choice in choices if choice in LANGUAGES), app.config["LANGUAGE"])

    @app.after_request
    def _keep(response: Response) -> Response:
        if (choice := request.args.get("language")) in LANGUAGES:
            response.set_cookie(_COOKIE, str(choice), httponly=True, samesite="Strict", max_age=365 * 86400)
        return response


def _errors(app: Flask) -> None:
    @app.errorhandler(StationError)
    def _refusal(error: StationError) -> tuple[str, int]:
        status = 503 if isinstance(error, StorageFailed) else 404
        sentence = error.sentence(texts.language())
        return render_template("province_trouble.html", sentence=sentence, code=error.code), status

    @app.errorhandler(HTTPException)
    def _plain(error: HTTPException) -> tuple[str, int]:
        sentence = texts.text("province-http")
        return render_template("province_trouble.html", sentence=sentence, code=error.code), error.code or 500
