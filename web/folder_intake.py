"""Files that become pages of a ledger: sent through the page from this PC or phone, or put into a watched folder."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.errors import StationError
from station.scanning import folder_intake, uploaded_files
from station.scanning.uploaded_files import UploadedFile
from web.ledger import frame
from web.request_numbers import whole
from web.session_user import current_person
from web.texts import language
from web.uploaded_lists import file_name
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


@blueprint.post("/files")
@login_required
def send(place: str, name: str) -> ResponseReturnValue:
    """Take a piece of a file, or tell without one how much of it is there: JSON, where to go on (bytes) or why not."""
    form = request.form
    try:
        size, changed, offset = (whole(form.get(field, "")) for field in ("size", "changed", "offset"))
        sent = UploadedFile(file_name(form.get("name", "")) or "-", size, changed)
        piece = request.files.get("piece")
        into = None if piece is None else piece.stream
        there = uploaded_files.store(station(), f"{place}:{name}", sent, offset, into, who=current_person())
    except StationError as error:
        return jsonify(error=error.sentence(language())), 409
    if there == sent.size:
        view_context().daemon.change_feed.tell()
    return jsonify(offset=there)


@blueprint.post("/discard")
@login_required
def discard(place: str, name: str) -> ResponseReturnValue:
    """Remove a sent file that could not be taken: its original lies where it came from."""
    uploaded_files.discard(station(), f"{place}:{name}", request.form.get("file", ""), who=current_person())
    return redirect(url_for(".folder", place=place, name=name))


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
        station(), folder_intake.folder(station(), request.form.get("scanner", "")).id, who=current_person()
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
    return {**frame(place, name), "folders": folders, "uploaded": _uploaded(text)}


def _uploaded(ledger_text: str) -> dict[str, object]:
    """What became of the files that were sent into this ledger."""
    own = folder_intake.of_ledger(station(), ledger_text)
    watcher = view_context().daemon.uploaded_files_service.watcher(own.id)
    return {
        "id": own.id,
        "waiting": uploaded_files.waiting(own.path),
        "chosen": folder_intake.current_choice(station(), own.id) is not None,
        "taking": watcher is not None and watcher.taking,
        "message": None if watcher is None else watcher.message,
        "rejected": folder_intake.rejections(station(), own),
    }
