"""Lists that a person sent to the page to look at: kept until they are taken, another one comes, or the day is over."""

from __future__ import annotations

import secrets
import shutil
import time
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from flask import session
from werkzeug.datastructures import FileStorage

from station.errors import Refused
from station.storage import durable
from web.texts import text
from web.view_context import station

#: The longest name of a file that is kept (characters): below the 255 bytes of a file name.
_LONGEST_NAME = 80
#: How long a list waits that nobody came back to (s).
_LASTS = 24 * 3600
#: Columns of a list that can be chosen.
MOST_COLUMNS = 96
_KEY = "uploaded_list"

_Field = TypeVar("_Field", bound=StrEnum)


def keep(upload: FileStorage | None, look: Callable[[Path], object]) -> str:
    """Keep a file that was sent, under its own name; gives the word by which this login, and no other, asks for it.

    ``look`` is called with it, and a list that it refuses is not kept. Raises Refused ("list-not-sent") where the form
    had no file, and as ``look`` does.
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
    try:
        look(folder / name)
    except Refused:
        drop()
        raise
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


def chosen_columns(values: Mapping[str, str], fields: type[_Field], texts: str) -> dict[_Field, int] | None:
    """By field the column, counted from 0, that a form or an address chose for it; None where it chose of none.

    ``texts`` is what the codes of the fields' names begin with. Raises Refused ("inventory-chosen-twice") where two
    columns were chosen for one field.
    """
    named = {at: values[f"c{at}"] for at in range(MOST_COLUMNS) if f"c{at}" in values}
    columns: dict[_Field, int] = {}
    for at, name in named.items():
        if name not in list(fields):
            continue
        column = fields(name)
        if column in columns:
            raise Refused("inventory-chosen-twice", column=text(f"{texts}-{column}"))
        columns[column] = at
    return columns if named else None


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
