"""Questions about images and sheets, one after the other, each answered by one key."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.errors import Refused
from station.ledger import finding_resolutions, page_order
from station.messages import Message
from station.review import answers, file_questions, reading_questions, unrecorded_sheets
from station.review import questions as station_asks
from station.review.questions import FindingQuestion, PageBeforeGap, Question
from station.review.reading_questions import ReadingQuestion
from station.views import listings
from web.ledger import frame
from web.request_numbers import whole
from web.return_address import say
from web.session_user import current_person
from web.texts import text
from web.view_context import station, view_context

blueprint = Blueprint("questions", __name__, url_prefix="/ledger/<place>/<name>/asks")

#: Questions in the list: what fits at 1366x768.
LISTED = 9
#: Questions about what was read that are shown beside the scan button.
READ_SHOWN = 2


@blueprint.get("")
@login_required
def look(place: str, name: str) -> ResponseReturnValue:
    """The question ``ask``, or the first; ``aside`` shows the image of that label which was set aside."""
    ledger = f"{place}:{name}"
    board = station_asks.board(station(), ledger, request.args.get("ask"), LISTED)
    put_aside = station_asks.set_aside_rows(station(), ledger)
    label = request.args.get("aside")
    return render_template(
        "questions.html",
        **frame(place, name),
        board=board,
        shown=board.current,
        beside=station_asks.question_pictures(station(), board.current) if board.current else None,
        put_aside=put_aside,
        chosen=next((row for row in put_aside if row.seq == label), None),
    )


@blueprint.post("")
@login_required
def answer(place: str, name: str) -> ResponseReturnValue:
    """Store the answer to the question that was shown, and go on to the next one."""
    form = request.form
    ledger, key = f"{place}:{name}", form.get("ask", "")
    before = station_asks.keys(station(), ledger)
    _answer(form.get("answer", ""), key, ledger)
    remaining = station_asks.keys(station(), ledger)
    # What is left of the same question is asked next, else the one that stood behind it.
    position = before.index(key) if key in before else 0
    following = key if key in remaining else remaining[min(position, len(remaining) - 1)] if remaining else None
    if form.get("back") == "scan":
        return redirect(url_for("scanning.scan", place=place, name=name, page=form.get("page")))
    return redirect(url_for(".look", place=place, name=name, ask=following))


@blueprint.post("/put-back")
@login_required
def put_back(place: str, name: str) -> ResponseReturnValue:
    """Make an image that was set aside a page again."""
    label, after = request.form.get("label", ""), request.form.get("after", "").strip()
    page_order.put_back(station(), f"{place}:{name}", label, after, who=current_person())
    spoken = listings.spoken_pages(station(), f"{place}:{name}")
    say(text("asks-is-back", label=label, after=spoken.get(after, after)), "done")
    return redirect(url_for(".look", place=place, name=name))


@blueprint.app_template_global()
def flaw(code: str) -> Message:
    """A finding in two or three words."""
    return finding_resolutions.name(code)


@blueprint.app_template_global()
def read_asks(place: str, name: str) -> list[ReadingQuestion]:
    """What was read on the newest pages and speaks against them."""
    return reading_questions.newest(station(), f"{place}:{name}", READ_SHOWN)


@blueprint.app_template_global()
def asks_about(place: str, name: str, label: str | None) -> list[Question]:
    """What is asked about one page of a ledger, and about sheets that were not recorded."""
    return station_asks.questions_about(station(), f"{place}:{name}", label)


@blueprint.app_template_global()
def page_before_gap(doubts: Sequence[FindingQuestion]) -> PageBeforeGap | None:
    """The page behind which what was left out is inserted, where one of these tells that something was."""
    return station_asks.page_before_gap(station(), doubts)


def _answer(choice: str, key: str, ledger: str) -> None:
    form = request.form
    if key.startswith("f"):
        file_questions.answer(station(), whole(key.removeprefix("f")), choice, who=current_person())
        view_context().daemon.change_feed.tell()
        return
    findings = [whole(number) for number in form.getlist("finding")]
    after, of = form.get("after", "").strip() or None, form.get("of", "").strip() or None
    acts: dict[str, Callable[[], None]] = {
        "keep": lambda: answers.keep(station(), findings, who=current_person()),
        "blank": lambda: answers.mark_blank(station(), _blank(findings), who=current_person()),
        "place": lambda: _place(_one(findings), after, ledger),
        "repeat": lambda: _repeat(_one(findings), of),
        "done": lambda: unrecorded_sheets.answer(station(), whole(key.removeprefix("s")), who=current_person()),
    }
    if choice not in acts or (choice != "done" and not findings):
        raise Refused("request-wrong")
    acts[choice]()


def _place(finding: int, after: str | None, ledger: str) -> None:
    behind = answers.place(station(), finding, after, who=current_person())
    spoken = listings.spoken_pages(station(), ledger)
    say(text("asks-is-placed", after=spoken.get(behind, behind)) if behind != "000" else text("asks-is-first"), "done")


def _repeat(finding: int, of: str | None) -> None:
    answers.repeat(station(), finding, of, who=current_person())
    say(text("asks-is-aside"), "done")


def _blank(findings: list[int]) -> int:
    """The finding that is answered: where a page has several, the form names it."""
    return whole(request.form["blank"]) if "blank" in request.form else _one(findings)


def _one(findings: list[int]) -> int:
    if len(findings) != 1:
        raise Refused("request-wrong")
    return findings[0]
