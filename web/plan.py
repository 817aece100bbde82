"""The plan on the page: targets, how each goes as a drawing and a table, what holds them up, who is responsible."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required
from markupsafe import Markup

from station.access import users
from station.domain.plan_subjects import PlanSubject
from station.errors import Refused
from station.ledger import responsibility
from station.reports import days, plan, plan_chart, targets
from web import texts
from web.request_numbers import optional
from web.session_user import current_person, current_role
from web.view_context import station

blueprint = Blueprint("plan", __name__, url_prefix="/plan")

#: Ledgers that are shown with who is responsible; the command line lists all.
MOST_LEDGERS = 60


@blueprint.get("")
@login_required
def course() -> ResponseReturnValue:
    """How the plan goes; ``place`` chooses a commune, without it the first that has ledgers."""
    stands = plan.of_station(station())
    communes = {one.place: one.commune for one in stands.courses}
    place = request.args.get("place") or next(iter(communes), "")
    courses = [one for one in stands.courses if one.place == place]
    return render_template(
        "plan.html",
        plan=stands,
        place=place,
        communes=communes,
        courses=courses,
        charts={one.subject: Markup(plan_chart.svg(one, _title(one))) for one in courses},
        ledgers=stands.to_do[:MOST_LEDGERS],
        more=max(len(stands.to_do) - MOST_LEDGERS, 0),
        people=[person.name for person in users.all_users(station())],
        may_set=current_role().may_plan,
        in_words=days.in_words,
    )


@blueprint.post("")
@login_required
def set_target() -> ResponseReturnValue:
    """Set a target, or take it back where nothing was filled in."""
    _check_role()
    form = request.form
    place = form.get("place", "")
    if (named := form.get("subject", "")) not in list(PlanSubject):
        raise Refused("request-wrong")
    subject = PlanSubject(named)
    total, due, per_day = optional(form.get("total")), form.get("due", "").strip(), optional(form.get("per_day"))
    if total is None and not due and per_day is None:
        targets.clear(station(), subject, who=current_person(), place=place)
    else:
        until = days.parse_day(due) if due else None
        targets.set_target(
            station(), subject, who=current_person(), place=place, total=total, due=until, per_day=per_day
        )
    return redirect(url_for(".course", place=place))


@blueprint.post("/responsible")
@login_required
def responsible() -> ResponseReturnValue:
    """Say who is responsible for a ledger."""
    _check_role()
    ledger, person = request.form.get("ledger", ""), request.form.get("person") or None
    responsibility.give(station(), ledger, person, who=current_person())
    return redirect(url_for(".course", place=request.form.get("place", "")))


@blueprint.app_template_filter("pace")
def _pace(number: float) -> str:
    """So many a day: with one digit behind the point below ten."""
    words = f"{number:.1f}" if number < 10 and number != int(number) else f"{number:.0f}"
    return words.replace(".", ",") if texts.language() == "vi" else words


def _title(one: plan.Course) -> str:
    return f"{texts.text(f'plan-{one.subject.value}')}: {one.done} / {one.total}"


def _check_role() -> None:
    if not current_role().may_plan:
        abort(403)
