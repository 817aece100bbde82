"""The views of the province's page: progress, a commune, a ledger, stations, doubts; files and figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from flask import Blueprint, Response, abort, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from station.errors import Refused
from station.messages import Message, on_page
from station.province import charts, exports, metrics, overview, rollout
from station.province.exports import ExportForm
from station.province.overview import SubjectProgress
from station.province.rollup import Rollup, Tables
from web import formatting, texts

blueprint = Blueprint("province", __name__)
formatting.register(blueprint)

#: So many rows of what is doubtful are shown; the files have all.
MOST_SHOWN = 50


def rollup() -> Rollup:
    """The roll-up of the running application."""
    return cast(Rollup, current_app.extensions["province"])


@blueprint.get("/")
def progress() -> ResponseReturnValue:
    """How far the province is, and each commune."""
    with rollup().tables() as tables:
        seen, found = overview.of_province(tables), overview.doubts(tables)
    classes = [(_class(grade), count) for grade, count in seen.classes]
    return render_template(
        "province_progress.html",
        name=rollup().settings.province.name,
        seen=seen,
        classes=classes,
        shares=Markup(charts.shares(classes, texts.text("province-classes"))),
        chart=_chart(seen.progress),
        doubts=sum(map(len, found.values())),
    )


@blueprint.get("/communes/<place>")
def commune(place: str) -> ResponseReturnValue:
    """One commune and its ledgers."""
    with rollup().tables() as tables:
        one, course = overview.of_commune(tables, place)
        ledgers = exports.table(tables, "ledgers", place)
    return render_template("province_commune.html", one=one, progress=course, chart=_chart(course), ledgers=ledgers)


@blueprint.get("/communes/<place>/<ledger>")
def ledger(place: str, ledger: str) -> ResponseReturnValue:
    """How one ledger stands by its newest packages, all its packages, and the entries that arrived."""
    with rollup().tables() as tables:
        one, _ = overview.of_commune(tables, place)
        stands = [row for row in tables.rows("ledgers", place) if row["ledger"] == ledger]
        revisions = exports.table(tables, "revisions", place, ledger)
        entries = exports.table(tables, "entries", place, ledger)
    if not revisions.rows:
        abort(404)
    shown = {"stands": stands, "revisions": revisions, "entries": entries}
    return render_template("province_ledger.html", one=one, ledger=ledger, **shown)


@blueprint.get("/stations")
def stations() -> ResponseReturnValue:
    """Every station, by what it said last."""
    with rollup().tables() as tables:
        rows, versions = tables.rows("stations"), tables.rows("versions")
        release = _release(tables)
    return render_template("province_stations.html", stations=rows, versions=versions, release=release)


@blueprint.get("/doubts")
def doubts() -> ResponseReturnValue:
    """What does not fit together."""
    with rollup().tables() as tables:
        found = {kind: exports.of_rows(kind, rows) for kind, rows in overview.doubts(tables).items()}
    return render_template("province_doubts.html", doubts=found, most=MOST_SHOWN)


@blueprint.get("/files/<name>.<form>")
def file(name: str, form: str) -> ResponseReturnValue:
    """A table to take along."""
    if name not in exports.WHOLE or form not in list(ExportForm):
        abort(404)
    with rollup().tables() as tables:
        content = exports.content(exports.table(tables, name), ExportForm(form), texts.language())
    answer = Response(content, content_type=ExportForm(form).media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


@blueprint.get("/metrics")
def prometheus() -> ResponseReturnValue:
    """Figures in Prometheus' text form."""
    with rollup().tables() as tables:
        text = metrics.text(tables)
    return Response(text, mimetype="text/plain; version=0.0.4")


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 while the roll-up can be asked."""
    with rollup().tables() as tables:
        tables.rows("versions")
    return jsonify(status="ok")


@blueprint.app_template_filter("local")
def _local(moment: datetime | None) -> str:
    """A time of the tables by our clock."""
    return "–" if moment is None else f"{exports.local(moment):%H:%M %d/%m/%Y}"


@blueprint.app_template_filter("day")
def _day(day: date | None) -> str:
    return "–" if day is None else f"{day:%d/%m/%Y}"


@blueprint.app_template_filter("count")
def _count(number: int) -> str:
    return exports.thousands(number, texts.language())


@blueprint.app_template_filter("wrong")
def _wrong(health: str | None) -> str:
    return exports.health_words(health or "", texts.language())


@blueprint.app_template_global("title_of")
def _title_of(doubt: str) -> str:
    return exports.title(doubt, texts.language())


def _release(tables: Tables) -> str | None:
    """How the newest version fares; where the sheet of stations cannot be read, that."""
    if tables.settings.release is None:
        return None
    with on_page():
        try:
            found = rollout.of_province(tables)
        except Refused as error:
            return error.sentence(texts.language())
        return found.summary().sentence(texts.language()) if found else None


def _class(grade: Message | None) -> str:
    return texts.text("province-no-total") if grade is None else grade.sentence(texts.language())


def _chart(course: SubjectProgress) -> Markup:
    return Markup(charts.days(course.daily, texts.text("province-days")))
