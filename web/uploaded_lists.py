"""Lists that a person sent to the page to look at: kept until they are taken, another one comes, or the day is over."""

from __future__ import annotations

import secrets
import shutil
import time
import unicodedata
from contextlib import suppress
from pathlib import Path

from flask import session
from werkzeug.datastructures import FileStorage

from station.errors import Refused
from station.storage import durable
from web.view_context import station

#: The longest name of a file that is kept (characters): below the 255 bytes of a file name.
_LONGEST_NAME = 80
#: How long a list waits that nobody came back to (s).
_LASTS = 24 * 3600
_KEY = "uploaded_list"


def keep(upload: FileStorage | None) -> str:
    """Keep a file that was sent, under its own name; gives the word by which this login, and no other, asks for it.

    Raises Refused ("list-not-sent") where the form had no file.
    """
    name = file_name(upload.filename or "") if upload is not None else ""
    if upload is None or not name:
        raise Refused("list-not-sent")
    drop()
    _sweep()
    word = secrets.token_urlsafe(12)
    folder = station().folders.uploaded_lists / word
    with durable.storage_failures(folder):
        folder.mkdir(parents=True, mode=0o700)
        upload.save(folder / name)
    session[_KEY] = [word, name]
    return word


def path_of(word: str) -> Path:
    """The list of that word; Refused ("list-gone") where it was taken, another one came, or it is of another login."""
    own, name = session.get(_KEY, ("", ""))
    path = station().folders.uploaded_lists / str(own) / str(name)
    if not own or not secrets.compare_digest(own.encode(), word.encode()) or not path.is_file():
        raise Refused("list-gone")
    return path


def drop() -> None:
    """Forget the list of this login."""
    word, _ = session.pop(_KEY, ("", ""))
    if word:
        shutil.rmtree(station().folders.uploaded_lists / word, ignore_errors=True)


def _sweep() -> None:
    """Remove what nobody came back to."""
    folder = station().folders.uploaded_lists
    for old in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # another request was quicker
            if time.time() - old.stat().st_mtime > _LASTS:
                shutil.rmtree(old, ignore_errors=True)


def file_name(sent: str) -> str:
    """The last part of a name as browsers send it, without signs that nobody sees; "" where nothing is left of it."""
    last = sent.replace("\\", "/").rpartition("/")[2]
    visible = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip(". ")
    return visible if len(visible) <= _LONGEST_NAME else visible[-_LONGEST_NAME:]
