"""Where the originals of dropped files go: on the disk, under their own names, and nothing of them ever overwritten."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from drivers.folder.stable_files import Arrival, Signature
from drivers.folder.watched_folder import display_name
from station.errors import StorageFailed
from station.messages import LANGUAGES, Message
from station.storage import durable

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
    """Move a file into a folder below ``root`` under its own name, with a note beside it that says ``why``, if asked.

    Where the name is taken there, or too long for what has to stand behind it, it is changed as little as possible.
    None when the file is gone, or another one took its name meanwhile: that one stays, or goes back.

    :raises OSError: it cannot be moved; it lies where it lay.
    """
    if not arrival.untouched():
        return None
    _make(folder, root)
    note = None if why is None else "\n\n".join(why.sentence(language) for language in LANGUAGES) + "\n"
    target = _promised(arrival, folder, note, root)
    if target is None:
        return None
    if not _same(Signature.of(target), arrival.signature):
        with suppress(FileExistsError):
            durable.name_exclusively(target, arrival.path)
        return None
    durable.sync_folder(folder)
    durable.sync_folder(root)
    return target


def _promised(arrival: Arrival, folder: Path, note: str | None, root: Path) -> Path | None:
    """Move a file under the first free name; its note is there before it, so that no file is ever without one."""
    number = 0
    while True:
        number += 1
        target = folder / _name(arrival.path.name, number, _longest(folder) - len(NOTE))
        if os.path.lexists(target) or (note is not None and not _is_free(_beside(target), note)):
            continue
        if note is not None:
            _write(_beside(target), note, root)
        try:
            durable.name_exclusively(arrival.path, target)
        except FileExistsError:
            continue
        except OSError as error:
            if note is not None:
                _beside(target).unlink(missing_ok=True)
            if isinstance(error, FileNotFoundError):
                return None
            raise
        return target


def still_lies(root: Path, shown_name: str, sha256: str) -> bool:
    """Whether a file of that name, as it is shown, and content lies in a watched folder."""
    try:
        files = [file for file in root.iterdir() if display_name(file) == shown_name and file.is_file()]
        return any(durable.sha256_of(file) == sha256 for file in files)
    except OSError:
        return False


def sweep(folder: Path) -> None:
    """Remove what a station that was killed left of notes it was writing."""
    with suppress(OSError):
        for half in folder.glob(f".*{durable.TEMPORARY_SUFFIX}"):
            half.unlink()


def back(file: Path, root: Path) -> Path | None:
    """Put a file back into the watched folder itself, without its note; None when it is not there any more.

    :raises OSError: it cannot be moved.
    """
    signature = Signature.of(file)
    if signature is None:
        return None
    moved = move(Arrival(file, signature), root, root)
    if moved is not None:
        with suppress(OSError):
            _beside(file).unlink(missing_ok=True)
    return moved


def _name(name: str, number: int, most: int) -> str:
    """The name with a number behind it (none for 1), of ``most`` bytes; cut where a letter ends."""
    stem, suffix = Path(name).stem, Path(name).suffix
    if len(os.fsencode(suffix)) > _LONGEST_SUFFIX:
        stem, suffix = name, ""
    end = ("" if number == 1 else f"-{number}") + suffix
    room = most - len(os.fsencode(end))
    kept = stem
    while len(os.fsencode(kept)) > room:
        kept = kept[:-1]
    return kept + end


def _longest(folder: Path) -> int:
    return os.pathconf(folder, "PC_NAME_MAX")


def _beside(file: Path) -> Path:
    return file.with_name(file.name + NOTE)


def _is_free(note: Path, text: str) -> bool:
    """Whether a note can be there; one of the same words was left by a station that was killed in between."""
    try:
        return note.read_bytes() == text.encode()
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _write(note: Path, text: str, root: Path) -> None:
    """Write a note; where the disk does not take it, the page tells the same."""
    with suppress(FileExistsError, OSError, StorageFailed):
        durable.write_durably(note, text.encode())
        _share(note, root)


def _same(found: Signature | None, wanted: Signature) -> bool:
    """Whether it is the file that was looked at; not every network share keeps the inode when a name changes."""
    return found is not None and found[1:] == wanted[1:]


def _make(folder: Path, root: Path) -> None:
    """Make a folder below ``root``; a link there is none of ours, and nothing is moved through it."""
    if folder == root:
        return
    _make(folder.parent, root)
    try:
        folder.mkdir()
    except FileExistsError:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise NotADirectoryError(20, "Not a directory", str(folder)) from None
    else:
        _share(folder, root)


def _share(made: Path, root: Path) -> None:
    """Who may drop files into the folder may see what became of them."""
    mode = stat.S_IMODE(root.stat().st_mode)
    made.chmod(mode if made.is_dir() else mode & 0o666)
