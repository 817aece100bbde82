"""A ledger as a whole: all its pages, what is missing, closing it, and its packages."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.domain.paper import SIZES
from station.domain.states import PackageKind
from station.errors import Refused
from station.ledger import closing_totals, ledger_paper, ledgers, page_checks, read_totals
from station.ledger.completeness import Totals
from station.ledger.read_totals import ReadTotal
from station.reading.fields import FieldKind
from station.review import questions
from station.views import listings, package_list, paging, row_form
from web.request_numbers import optional
from web.return_address import say
from web.session_user import current_person
from web.texts import text
from web.view_context import station, view_context

blueprint = Blueprint("ledger", __name__, url_prefix="/ledger/<place>/<name>")

#: Pages in a part of the overview.
PART = 60


def frame(place: str, name: str) -> dict[str, object]:
    """What each view of a ledger hands to ``ledger_base.html``."""
    return {"place": place, "name": name, "progress": listings.ledger_head(station(), f"{place}:{name}")}


@blueprint.get("/counts")
@login_required
def counts(place: str, name: str) -> ResponseReturnValue:
    """The live part of the frame."""
    return render_template("ledger_counts.html", **frame(place, name))


@blueprint.get("/pages")
@login_required
def pages(place: str, name: str) -> ResponseReturnValue:
    """All pages, small, with what they hold."""
    return render_template("pages.html", **_pages(place, name))


@blueprint.get("/pages/grid")
@login_required
def grid(place: str, name: str) -> ResponseReturnValue:
    """The live part of that view."""
    return render_template("pages_grid.html", **_pages(place, name))


@blueprint.get("/finish")
@login_required
def finish(place: str, name: str) -> ResponseReturnValue:
    """What is missing, closing, and the packages."""
    return render_template("closing.html", **_finish(place, name))


@blueprint.get("/finish/board")
@login_required
def board(place: str, name: str) -> ResponseReturnValue:
    """The live part of that view."""
    return render_template("closing_board.html", **_finish(place, name))


@blueprint.get("/paper")
@login_required
def paper(place: str, name: str) -> ResponseReturnValue:
    """The ledger's paper, and what its pages measure; a person says here what it is."""
    sizes = ledger_paper.choices(station(), f"{place}:{name}")
    known = {"sizes": sizes, "papers": list(SIZES), "settings": station().settings}
    return render_template("paper.html", **frame(place, name), **known)


@blueprint.post("/paper")
@login_required
def declare_paper(place: str, name: str) -> ResponseReturnValue:
    """Say what the ledger's paper is."""
    paper = request.form.get("right") or request.form.get("paper", "")
    notice = ledger_paper.declare(station(), f"{place}:{name}", paper, who=current_person())
    say(text("paper-saved", paper=notice), "done")
    return redirect(url_for("scanning.scan", place=place, name=name))


@blueprint.post("/close")
@login_required
def close(place: str, name: str) -> ResponseReturnValue:
    """Close the ledger, with its totals, and with a reason where something is missing.

    Totals are kept also where it is not closed: what is missing is told by them.
    """
    state_totals(place, name)
    reason = request.form.get("reason", "").strip()
    ledgers.close(station(), f"{place}:{name}", who=current_person(), reason=reason or None, signed=True)
    return redirect(url_for(".finish", place=place, name=name))


@blueprint.post("/totals")
@login_required
def totals(place: str, name: str) -> ResponseReturnValue:
    """Say what the closing page states, or correct it with a reason."""
    state_totals(place, name)
    return redirect(url_for(".finish", place=place, name=name))


def state_totals(place: str, name: str) -> None:
    """Store the totals of the form that was sent."""
    form = request.form
    closing_totals.state(
        station(),
        f"{place}:{name}",
        pages=optional(form.get("closing_pages")),
        entries=optional(form.get("closing_entries")),
        who=current_person(),
        reason=form.get("reason", "").strip() or None,
    )


def totals_to_propose(place: str, name: str) -> Mapping[FieldKind, ReadTotal]:
    """What the fields for the totals begin with where nobody stated them yet: what was read on the closing page."""
    head = listings.ledger_head(station(), f"{place}:{name}")
    return read_totals.of_ledger(station(), f"{place}:{name}") if head.totals == Totals.UNSTATED else {}


@blueprint.post("/reopen")
@login_required
def reopen(place: str, name: str) -> ResponseReturnValue:
    """Open the ledger again for more pages."""
    ledgers.reopen(station(), f"{place}:{name}", who=current_person())
    return redirect(url_for(".finish", place=place, name=name))


@blueprint.post("/package")
@login_required
def package(place: str, name: str) -> ResponseReturnValue:
    """Begin to make the package of the entries, or of the masters.

    Without the looks that a ledger needs it is made only where the form was asked for just that (``unchecked``).
    """
    kind = PackageKind.MASTERS if request.form.get("kind") == PackageKind.MASTERS else PackageKind.ENTRIES
    ledger = f"{place}:{name}"
    is_whole = kind == PackageKind.ENTRIES and not listings.ledger_head(station(), ledger).open
    if is_whole and "unchecked" not in request.form and page_checks.counts(station(), ledger).is_lacking:
        raise Refused("package-asks-checks", ledger=name)
    view_context().daemon.packaging_service.start(ledger, kind, who=current_person())
    return redirect(url_for(".finish", place=place, name=name))


def _pages(place: str, name: str) -> dict[str, object]:
    number = request.args.get("part", 1, int)
    ledger = f"{place}:{name}"
    put_aside = questions.set_aside_rows(station(), ledger)
    return {**frame(place, name), "part": paging.page_part(station(), ledger, number, PART), "put_aside": put_aside}


def _finish(place: str, name: str) -> dict[str, object]:
    ledger = f"{place}:{name}"
    packing = view_context().daemon.packaging_service.status
    return {
        **frame(place, name),
        "gaps": listings.gaps(station(), ledger),
        "questions": listings.questions(station(), ledger),
        "read_totals": totals_to_propose(place, name),
        "revisions": package_list.packages_of(station(), ledger),
        "rows_left": row_form.left(station(), ledger),
        "packing": packing,
        "here": packing.ledger == ledger,
    }
