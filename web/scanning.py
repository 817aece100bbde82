"""The scanning view: one large action, the newest page large, the others in a strip, live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from drivers import Source
from station.daemon.scan_service import ScanStatus
from station.domain.naming.labels import split_label
from station.domain.paper import Layout
from station.domain.states import PageState, ScanPurpose
from station.errors import Refused
from station.ledger import page_placement
from station.ledger import pages as ledger_pages
from station.ledger.spreads import MIDDLE
from station.scanning.scan_session import ScanRequest
from station.scanning.scanner_factory import profile_for
from station.views import listings
from web import texts
from web.return_address import back
from web.session_user import current_person
from web.view_context import station, view_context

blueprint = Blueprint("scanning", __name__, url_prefix="/ledger/<place>/<name>")

#: Pages in the strip: what fits beside the large one at 1366x768.
STRIP = 6
#: What the operator chooses beside the scan button; it stays for the ledger that was scanned last.
CHOICES = ("scanner", "source", "profile")


#: What the address says of the view, and its live part is asked for with too.
ASKED = ("page", "purpose", "anchor", "run", "ask")


@dataclass(frozen=True)
class OnePage:
    """One page to lay in: instead of the page ``anchor`` (a retake), or to be inserted behind it."""

    purpose: ScanPurpose
    anchor: str


@blueprint.get("/scan")
@login_required
def scan(place: str, name: str) -> ResponseReturnValue:
    """The view; ``page`` shows a certain page large instead of the newest.

    With ``purpose`` and ``anchor`` one page is to be laid in, instead of that page or to come behind it; ``ask`` is the
    question that it is for.
    """
    settings = station().settings
    scanners = [scanner for scanner in settings.scanners if scanner.driver != "folder"]
    usual = {scanner.id: profile_for(station(), f"{place}:{name}", scanner, None) for scanner in scanners}
    choices = {
        "last": _last_choices(f"{place}:{name}"),
        "scanners": scanners,
        "profiles": settings.profiles,
        "usual": usual,
        "sources": list(Source),
    }
    return render_template("scanning.html", **_board(place, name), **choices)


@blueprint.get("/scan/board")
@login_required
def board(place: str, name: str) -> ResponseReturnValue:
    """The live part of the view, fetched again with every news."""
    return render_template("scanning_board.html", **_board(place, name))


@blueprint.get("/scan/coming/<int:key>")
@login_required
def coming(place: str, name: str, key: int) -> ResponseReturnValue:
    """The picture of the sheet that was read and is not accepted yet, while it is that one."""
    scan_status = view_context().daemon.scan_service.status
    if scan_status.ledger != f"{place}:{name}" or scan_status.preview is None or scan_status.preview.key != key:
        abort(404)
    return Response(scan_status.preview.picture, mimetype="image/jpeg")


@blueprint.post("/scan/start")
@login_required
def start(place: str, name: str) -> ResponseReturnValue:
    """Begin a session: append, or one page behind or instead of the page ``anchor`` in the address.

    Of one page the view tells what becomes of it: it stays there where it fails.
    """
    ledger, form = f"{place}:{name}", request.form
    try:
        purpose = ScanPurpose(form.get("purpose", ScanPurpose.APPEND))
    except ValueError as error:
        raise Refused("request-wrong") from error
    limit = form.get("limit", "").strip() if purpose == ScanPurpose.APPEND else "1"
    if limit and not limit.isdecimal():
        raise Refused("number-wrong", text=limit)
    if purpose == ScanPurpose.APPEND or "scanner" in form:
        session["scan"] = {"ledger": ledger, **{choice: form.get(choice, "") for choice in CHOICES}}
    last = _last_choices(ledger)
    order = ScanRequest(
        ledger=ledger,
        operator=current_person(),
        scanner=last.get("scanner") or None,
        source=Source(last["source"]) if last.get("source") in list(Source) else None,
        profile=last.get("profile") or None,
        limit=int(limit) if limit else None,
        purpose=purpose,
        anchor=request.args.get("anchor") if purpose != ScanPurpose.APPEND else None,
    )
    run = view_context().daemon.scan_service.start(order)
    ask = request.args.get("ask")
    if purpose == ScanPurpose.APPEND:
        return redirect(url_for(".scan", place=place, name=name))
    return redirect(url_for(".scan", place=place, name=name, run=run, ask=ask))


@blueprint.post("/scan/stop")
@login_required
def stop(place: str, name: str) -> ResponseReturnValue:
    """Stop the running session."""
    view_context().daemon.scan_service.cancel()
    return redirect(url_for(".scan", place=place, name=name))


@blueprint.post("/page/<label>")
@login_required
def change(place: str, name: str, label: str) -> ResponseReturnValue:
    """Say what a page holds, its printed number, or turn it."""
    form = request.form
    state = PageState(form["state"]) if form.get("state") in list(PageState) else None
    rotate = int(form["rotate"]) if form.get("rotate") in ("90", "180", "270") else None
    number = form.get("number")
    ledger_pages.change(
        station(), f"{place}:{name}", label, who=current_person(), state=state, number=number, rotate=rotate
    )
    return back(url_for(".scan", place=place, name=name, page=form.get("then", label)))


@blueprint.post("/page/<label>/fold")
@login_required
def fold(place: str, name: str, label: str) -> ResponseReturnValue:
    """Say where the fold lies between the two pages of an image, in percent from the left; without, the middle."""
    percent = request.form.get("percent", MIDDLE * 100, float)
    page_placement.move_fold(station(), f"{place}:{name}", label, percent / 100, who=current_person())
    return redirect(url_for(".scan", place=place, name=name, page=label))


@blueprint.post("/page/<label>/whole")
@login_required
def whole(place: str, name: str, label: str) -> ResponseReturnValue:
    """Say that an image is one whole page after all."""
    page_placement.make_whole(station(), f"{place}:{name}", label, who=current_person())
    return redirect(url_for(".scan", place=place, name=name, page=split_label(label)[0]))


@blueprint.app_template_global()
def profile_name(profile: str) -> str:
    """What a profile is called: those that each station has by words, the office's own by their names."""
    code = f"profile-{profile}"
    return texts.text(code) if code in texts.table() else profile


@blueprint.app_template_global()
def scanner_name(scanner: str) -> str:
    """What a scanner is called: by its name in the settings, the one that is none by words."""
    code = f"scanner-{scanner}"
    return texts.text(code) if code in texts.table() else scanner


def _board(place: str, name: str) -> dict[str, object]:
    text = f"{place}:{name}"
    progress = listings.ledger_head(station(), text)
    scan_status = view_context().daemon.scan_service.status
    one, shown = _one_page(scan_status, text), request.args.get("page")
    window = listings.page_window(station(), text, shown or (one.anchor if one else None), STRIP)
    return {
        "place": place,
        "name": name,
        "progress": progress,
        "page": window.page,
        "printed": window.printed,
        "earlier": listings.earlier_images(station(), text, window.page.seq) if window.page else [],
        "strip": window.strip,
        "scan_status": scan_status,
        "here": scan_status.ledger == text,
        "coming": None if scan_status.ledger != text or shown else scan_status.preview,
        "states": list(PageState),
        "one": one,
        "asked": {name: value for name in ASKED if (value := request.args.get(name))},
        "guide": page_placement.next_part(station(), text),
        "layout": _layout(text),
    }


def _one_page(scan_status: ScanStatus, ledger: str) -> OnePage | None:
    """The one page that the address asks for, or that the session in the address has not brought (yet)."""
    args = request.args
    if args.get("purpose") in (ScanPurpose.RETAKE, ScanPurpose.INSERT) and args.get("anchor"):
        return OnePage(ScanPurpose(args["purpose"]), args["anchor"])
    is_it = scan_status.ledger == ledger and scan_status.session == args.get("run", 0, int)
    if is_it and scan_status.anchor and not scan_status.accepted:
        return OnePage(scan_status.purpose, scan_status.anchor)
    return None


def _last_choices(ledger: str) -> Mapping[str, str]:
    """With which :data:`CHOICES` this person scanned the ledger last; empty where it was another one."""
    last = session.get("scan", {})
    return last if last.get("ledger") == ledger else {}


def _layout(ledger: str) -> Layout:
    """How pages of this ledger are usually scanned here, for what the operator is told to lay in."""
    scanners = station().settings.scanners
    return profile_for(station(), ledger, scanners[0], None).layout if scanners else Layout.PAGE
