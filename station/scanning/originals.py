"""Where the originals of dropped files go: on the disk, under their own names, and nothing of them ever overwritten.

Others write to a watched folder, too: what is moved goes by names beneath it, through no link, whatever is exchanged
meanwhile (:mod:`station.storage.untrusted_folder`).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from drivers.folder.stable_files import Arrival, Signature
from drivers.folder.watched_folder import display_name
from station.messages import LANGUAGES, Message, on_page
from station.storage import durable
from station.storage.untrusted_folder import Folder

#: A suffix as long as this is none, but a name with a full stop in it (bytes).
_LONGEST_SUFFIX = 16
#: How a note is called beside its file.
NOTE = ".txt"


def text_of(name: str) -> str:
    """A file's name as the catalogue keeps it: bytes that are no text are told by their numbers."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def names_in(folder: Path) -> dict[str, str]:
    """What lies in a folder: the names by what :func:`text_of` gives for them; nothing where the folder is not."""
    try:
        return {text_of(file.name): file.name for file in folder.iterdir()}
    except OSError:
        return {}


def move(arrival: Arrival, root: Path, folder: Path, why: Message | None = None) -> Path | None:
    """Move a file of the watched folder ``root`` into a folder below it, with a note that says ``why``, if asked.

    Where the name is taken there, or too long for what has to stand behind it, it is changed as little as possible.
    None when the file is gone, or another one took its name meanwhile: that one stays, or goes back.

    :raises OSError: it cannot be moved; it lies where it lay. Also where the folder is a link: it is none of ours.
    """
    if not arrival.untouched():
        return None
    with on_page():  # for who reads the page, too
        note = None if why is None else "\n\n".join(why.sentence(language) for language in LANGUAGES) + "\n"
    with Folder.at(root) as top, _make_folder(top, folder.relative_to(root)) as into:
        name = _moved(arrival, top, into, note)
    return None if name is None else folder / name


def move_back(file: Path, root: Path) -> Path | None:
    """Put a file back into the watched folder itself, without its note; None when it is not there any more.

    :raises OSError: it cannot be moved.
    """
    signature = Signature.of(file)
    if signature is None:
        return None
    with Folder.at(root) as top, top.folder(file.parent.relative_to(root)) as home:
        name = _moved(Arrival(file, signature), home, top, None)
        if name is not None:
            with suppress(OSError):
                home.unlink(file.name + NOTE)
    return None if name is None else root / name


def _make_folder(top: Folder, path: Path) -> Folder:
    """Open a folder below ``top``; where it is made, who may drop files may see what became of them."""
    if not path.parts:
        return top.folder(path)
    with _make_folder(top, path.parent) as above:
        new = above.find(path.name) is None
        folder = above.folder(path.name, make=True)
    if new:
        folder.share(top.mode())
    return folder


def _moved(arrival: Arrival, home: Folder, into: Folder, note: str | None) -> str | None:
    """Move a file, durably; gives the name it has there."""
    name = _promised(arrival.path.name, home, into, note)
    if name is None:
        return None
    if not _is_same(into.find(name), arrival.signature):
        with suppress(FileExistsError):
            into.name_exclusively(name, arrival.path.name, home)
        return None
    into.sync()
    home.sync()
    return name


def _promised(own: str, home: Folder, into: Folder, note: str | None) -> str | None:
    """Move a file under the first free name; its note is there before it, so that no file is ever without one."""
    number = 0
    while True:
        number += 1
        name = numbered_name(own, number, _longest(into.path) - len(NOTE))
        if into.find(name) is not None or (note is not None and not _is_free(into, name + NOTE, note)):
            continue
        if note is not None:
            _write(into, name + NOTE, note)
        try:
            home.name_exclusively(own, name, into)
        except FileExistsError:
            continue
        except OSError as error:
            if note is not None:
                with suppress(FileNotFoundError):
                    into.unlink(name + NOTE)
            if isinstance(error, FileNotFoundError):
                return None
            raise
        return name


def is_still_there(root: Path, shown_name: str, sha256: str) -> bool:
    """Whether a file of that name, as it is shown, and content lies in a watched folder."""
    try:
        files = [file for file in root.iterdir() if display_name(file) == shown_name and file.is_file()]
        return any(durable.sha256_of(file) == sha256 for file in files)
    except OSError:
        return False


def sweep(root: Path, name: str) -> None:
    """Remove what a station that was killed left of notes it was writing in the folder ``name``."""
    with suppress(OSError), Folder.at(root) as top, top.folder(name) as folder:
        for half in folder.names():
            if half.startswith(".") and half.endswith(durable.TEMPORARY_SUFFIX):
                folder.unlink(half)


def numbered_name(name: str, number: int, most: int) -> str:
    """The name with a number behind it (none for 1), of ``most`` bytes; cut where a letter ends."""
    stem, suffix = Path(name).stem, Path(name).suffix
    if len(os.fsencode(suffix)) > _LONGEST_SUFFIX:
        stem, suffix = name, ""
    end = ("" if number == 1 else f"-{number}") + suffix
    room = most - len(os.fsencode(end))
    short_stem = stem
    while len(os.fsencode(short_stem)) > room:
        short_stem = short_stem[:-1]
    return short_stem + end


def _longest(folder: Path) -> int:
    return os.pathconf(folder, "PC_NAME_MAX")


def _is_free(folder: Folder, note: str, text: str) -> bool:
    """Whether a note can be there; one of the same words was left by a station that was killed in between."""
    try:
        with folder.read(note) as file:
            return file.read() == text.encode()
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _write(folder: Folder, note: str, text: str) -> None:
    """Write a note, for all who may see the folder; where the disk does not take it, the page tells the same."""
    with suppress(OSError), folder.new_file(note) as file:
        os.fchmod(file.fileno(), folder.mode() & 0o666)
        file.write(text.encode())


def _is_same(current: os.stat_result | None, expected: Signature) -> bool:
    """Whether it is the file that was looked at; not every network share keeps the inode when a name changes."""
    signature = None if current is None else Signature.read(current)
    return signature is not None and signature[1:] == expected[1:]
