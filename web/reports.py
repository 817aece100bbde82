"""The day's report on the page: what was done on the days one chooses, to be printed or taken along."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_required
from markupsafe import Markup
from werkzeug.exceptions import abort

from station.reports import day_paper, day_report, days, forms, paper_form, sending
from station.reports.days import Period
from station.reports.forms import Form
from web import formatting, texts
from web.view_context import station

blueprint = Blueprint("reports", __name__, url_prefix="/reports")
formatting.register(blueprint)

#: So many of the reports that were sent are told.
MOST_SENT = 5


@blueprint.get("")
@login_required
def day() -> ResponseReturnValue:
    """The report of the days asked for (``day``, or ``from`` and ``to``), of today without any."""
    period = _period()
    body = day_paper.body(day_report.make(station(), period), texts.language())
    step = period.last - period.first + timedelta(days=1)
    return render_template(
        "reports.html",
        period=period,
        in_words=days.in_words,
        before=(period.first - step, period.last - step),
        behind=(period.first + step, period.last + step),
        paper=Markup(body),  # its own template escapes all that is not its own
        forms=list(Form),
        sent=sending.of_days(station(), period.first, period.last)[-MOST_SENT:],
    )


@blueprint.get("/file/<form>")
@login_required
def file(form: str) -> ResponseReturnValue:
    """The same report as a file."""
    if form not in list(Form):
        abort(404)
    report_form = Form(form)
    report = day_report.make(station(), _period(), with_plan=report_form is Form.JSON)
    answer = Response(forms.content(report, report_form, texts.language()), content_type=report_form.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{forms.file_name(report, report_form)}"'
    return answer


@blueprint.get("/paper.css")
@login_required
def style() -> ResponseReturnValue:
    """How the paper looks; it is the same in every file of it."""
    return Response(paper_form.style(), content_type="text/css; charset=utf-8")


def _period() -> Period:
    first, last = (request.args.get(name, "").strip() or None for name in ("from", "to"))
    return Period.of(request.args.get("day", "").strip() or None, first, last)
