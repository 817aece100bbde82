"""The watched folders, seen from a ledger: whether their files go to it, and what could not be taken."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.scanning import folder_intake
from web.ledger import frame
from web.session_user import current_person
from web.view_context import station, view_context

blueprint = Blueprint("folder_intake", __name__, url_prefix="/ledger/<place>/<name>/folder")


@blueprint.get("")
@login_required
def folder(place: str, name: str) -> ResponseReturnValue:
    """The view."""
    return render_template("folder_intake.html", **_board(place, name))


@blueprint.get("/board")
@login_required
def board(place: str, name: str) -> ResponseReturnValue:
    """The live part of the view."""
    return render_template("folder_intake_board.html", **_board(place, name))


@blueprint.post("/choose")
@login_required
def choose(place: str, name: str) -> ResponseReturnValue:
    """Have the files of the folder ``scanner`` go to this ledger from now on."""
    folder_intake.choose(station(), request.form.get("scanner", ""), f"{place}:{name}", who=current_person())
    return redirect(url_for(".folder", place=place, name=name))


@blueprint.post("/leave")
@login_required
def leave(place: str, name: str) -> ResponseReturnValue:
    """End the folder's choice of a ledger; its files stay where they are."""
    folder_intake.leave(
        station(), folder_intake.of_settings(station(), request.form.get("scanner", "")).id, who=current_person()
    )
    return redirect(url_for(".folder", place=place, name=name))


def _board(place: str, name: str) -> dict[str, object]:
    text = f"{place}:{name}"
    folders = [
        {
            "id": watcher.scanner.id,
            "path": watcher.scanner.path,
            "choice": (choice := folder_intake.current_choice(station(), watcher.scanner.id)),
            "here": choice is not None and choice.ledger == text,
            "waiting": watcher.file_count(),
            "taking": watcher.taking,
            "message": watcher.message,
            "rejected": folder_intake.rejections(station(), watcher.scanner),
        }
        for watcher in view_context().daemon.watchers
    ]
    return {**frame(place, name), "folders": folders}
