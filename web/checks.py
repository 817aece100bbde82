"""The looks at a ledger's pages, one or two at a time, one key for each verdict; and the pages that came back."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.domain.checks import CheckKind, CheckVerdict, RejectReason
from station.errors import Refused
from station.ledger import page_checks, page_second_look
from station.ledger.check_counts import CheckCounts
from station.ledger.entries import Act
from station.ledger.page_checks import SeenImage
from station.views import check_sheet
from web.ledger import frame
from web.request_numbers import whole
from web.return_address import say
from web.session_user import current_person, current_role
from web.texts import text
from web.view_context import station

blueprint = Blueprint("checks", __name__, url_prefix="/ledger/<place>/<name>/checks")

#: The key of each reason: what is seen most often on the digits. No letter that does something else in another view.
REASON_KEYS = dict(zip(RejectReason, "1234567890qwetyom", strict=True))


@blueprint.get("")
@login_required
def look(place: str, name: str) -> ResponseReturnValue:
    """The page ``page``, or the first that nobody looked at; with ``book`` two side by side, ``side`` is chosen.

    With ``second`` it is the second look, at the sample.
    """
    _check_role()
    second = "second" in request.args
    book = "book" in request.args and not second
    label, side_by_side = request.args.get("page"), 2 if book else 1
    sheet = check_sheet.check_sheet(station(), f"{place}:{name}", label, side_by_side, _look(second), current_person())
    chosen = request.args.get("side", 1, int)
    shown = {"sheet": sheet, "book": book, "second": second, "chosen": chosen, "reason_keys": REASON_KEYS}
    return render_template("checks.html", **frame(place, name), **shown)


@blueprint.post("")
@login_required
def judge(place: str, name: str) -> ResponseReturnValue:
    """Store the verdict on the page chosen, or that all that are shown are right, and go on.

    In the book view, pages that were rejected before stay so where the others are right.
    """
    _check_role()
    form, ledger = request.form, f"{place}:{name}"
    labels = form.get("shown", "").split(",")
    seen = {label: _shown_image(label) for label in labels}
    act = Act(ledger, current_person())
    look = _look("second" in form)
    if reason := form.get("reason"):
        if reason not in list(RejectReason) or form.get("chosen") not in seen:
            raise Refused("request-wrong")
        page_checks.judge(station(), act, form["chosen"], CheckVerdict.REJECTED, RejectReason(reason), seen, look)
        left = [label for label in labels if label != form["chosen"] and not form.get(f"verdict-{label}")]
        if left:
            return _show(place, name, labels[0], side=labels.index(left[0]) + 1)
    else:
        right = [label for label in labels if form.get(f"verdict-{label}") != CheckVerdict.REJECTED] or labels
        page_checks.judge(station(), act, ",".join(right), CheckVerdict.RIGHT, None, seen, look)
    if look is CheckKind.SECOND:
        following = page_second_look.next_page(station(), ledger, act.who, labels[-1])
    else:
        following = page_checks.next_unseen(station(), ledger, labels[-1])
    if following is None:
        say(text(f"checks-{look}-over"), "done")
        return redirect(url_for(".rejected", place=place, name=name))
    return _show(place, name, following)


@blueprint.get("/rejected")
@login_required
def rejected(place: str, name: str) -> ResponseReturnValue:
    """The pages that were rejected, as a work list for who scans."""
    rows = page_checks.returned(station(), f"{place}:{name}")
    counts = page_checks.counts(station(), f"{place}:{name}")
    return render_template("checks_rejected.html", **frame(place, name), rows=rows, counts=counts)


@blueprint.app_template_global()
def may_check() -> bool:
    """Whether the person who is logged in may judge pages."""
    return current_role().may_check


@blueprint.app_template_global()
def check_counts(place: str, name: str) -> CheckCounts:
    """How far a ledger's pages were looked at."""
    return page_checks.counts(station(), f"{place}:{name}")


def _check_role() -> None:
    if not may_check():
        abort(403)


def _look(second: bool) -> CheckKind:
    return CheckKind.SECOND if second else CheckKind.FIRST


def _shown_image(label: str) -> SeenImage:
    image, _, turn = request.form.get(f"seen-{label}", "").partition(".")
    return SeenImage(whole(image), whole(turn))


def _show(place: str, name: str, label: str, side: int = 1) -> ResponseReturnValue:
    book, second = (1 if key in request.form else None for key in ("book", "second"))
    chosen = side if side > 1 else None
    return redirect(url_for(".look", place=place, name=name, page=label, book=book, second=second, side=chosen))
