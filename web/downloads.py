"""Downloads: the PDFs of a ledger's entries for the ministry's software, and the files of its packages."""

from __future__ import annotations

import tempfile

from flask import Blueprint, abort, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from station.errors import Refused
from station.ledger import attachments
from station.ledger.attachments import Attached
from station.packaging import downloads
from station.views import package_list, paging
from web.ledger import frame
from web.return_address import back, say
from web.session_user import current_person
from web.texts import text
from web.view_context import station

blueprint = Blueprint("downloads", __name__, url_prefix="/ledger/<place>/<name>/files")

#: Entries in a part of the list.
PART = 50


@blueprint.get("")
@login_required
def listed(place: str, name: str) -> ResponseReturnValue:
    """The entries with their PDFs; ``only`` keeps those that are attached, not, or changed since."""
    packages = package_list.packages_of(station(), f"{place}:{name}")
    return render_template("downloads.html", **_part(place, name), packages=packages)


@blueprint.get("/list")
@login_required
def part(place: str, name: str) -> ResponseReturnValue:
    """The live part of that view."""
    return render_template("downloads_list.html", **_part(place, name))


@blueprint.get("/entry/<int:entry_id>")
@login_required
def document(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """An entry's PDF under its name."""
    file = downloads.document(station(), f"{place}:{name}", entry_id, who=current_person())
    return send_file(file, mimetype="application/pdf", as_attachment=True, download_name=file.name, max_age=0)


@blueprint.post("/chosen")
@login_required
def chosen(place: str, name: str) -> ResponseReturnValue:
    """The PDFs of the chosen entries as one archive, or, with ``attached``, that all of them were attached."""
    files = dict(_chosen(one) for one in request.form.getlist("file"))
    ledger = f"{place}:{name}"
    if not files:
        raise Refused("files-none-chosen")
    if "attached" not in request.form:
        archive = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the answer
        file_name = downloads.documents(station(), ledger, list(files), archive, who=current_person())
        archive.seek(0)
        return send_file(archive, mimetype="application/zip", as_attachment=True, download_name=file_name, max_age=0)
    marked, outdated = attachments.mark_chosen(station(), ledger, files, who=current_person())
    code = "chosen-outdated" if outdated else "chosen-attached"
    say(text(code, count=marked, numbers=", ".join(outdated)), "asking" if outdated else "done")
    return back(url_for(".listed", place=place, name=name))


@blueprint.get("/package/<int:file_id>")
@login_required
def package_file(place: str, name: str, file_id: int) -> ResponseReturnValue:
    """A package's archive, workbook or manifest under its name."""
    file = downloads.package_file(station(), f"{place}:{name}", file_id, who=current_person())
    return send_file(file, as_attachment=True, download_name=file.name, max_age=0)


@blueprint.post("/entry/<int:entry_id>/attached")
@login_required
def attached(place: str, name: str, entry_id: int) -> ResponseReturnValue:
    """Say that the PDF was attached in the ministry's software; without ``sha256``, that it was not after all."""
    sha256 = request.form.get("sha256")
    if sha256:
        attachments.mark(station(), f"{place}:{name}", entry_id, sha256, who=current_person())
    else:
        attachments.take_back(station(), f"{place}:{name}", entry_id, who=current_person())
    return back(url_for(".listed", place=place, name=name))


def _chosen(value: str) -> tuple[int, str]:
    """An entry's id and the SHA-256 of its PDF, as a box of the list has them."""
    entry_id, _, sha256 = value.partition(":")
    if not entry_id.isascii() or not entry_id.isdecimal() or len(entry_id) > 9:
        abort(400)
    return int(entry_id), sha256


def _part(place: str, name: str) -> dict[str, object]:
    part = request.args.get("only")
    only = Attached(part) if part in list(Attached) else None
    number = request.args.get("part", 1, int)
    return {
        **frame(place, name),
        "files": paging.file_part(station(), f"{place}:{name}", number, PART, only),
        "only": only,
        "choices": list(Attached),
    }
