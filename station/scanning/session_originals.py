"""The originals of one watched folder: what becomes of them while a session takes files from it.

An original moves to ``taken/<day>/`` below its folder once all its pages are accepted captures, never before. Where the
station dies in between, the catalogue knows the file by its SHA-256: it then only moves. What cannot be taken moves to
``rejected/`` with a note beside it. What cannot be moved is told once and stays.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from drivers.folder.stable_files import REJECTED, TAKEN, Arrival
from drivers.folder.watched_folder import CopiedFile, display_name
from station.catalogue.models import Capture, IntakeFile, Ledger
from station.context import Station
from station.domain.states import IntakeState
from station.ledger import ledgers
from station.messages import Message
from station.scanning import originals
from station.settings.tables import FolderScannerTable

#: For so long after it was taken, a file is thought to be the same one that goes on growing.
GROWS = timedelta(hours=1)


class SessionOriginals:
    """See :class:`drivers.folder.watched_folder.Originals`."""

    def __init__(self, station: Station, scanner: FolderScannerTable) -> None:
        self._station = station
        self._scanner = scanner
        self._root = scanner.path
        self._given: dict[tuple[str, int], CopiedFile] = {}
        self._asks: list[tuple[int, str]] = []

    def with_answer(self, copied: CopiedFile) -> CopiedFile:
        """The file with a person's answer to what was asked about it."""
        with self._station.catalogue.reading() as session:
            query = self._rows(IntakeState.ANOTHER, IntakeState.LATER)
            query = query.where(IntakeFile.kept == originals.text_of(copied.arrival.path.name))
            row = session.scalars(query.limit(1)).first()
            if row is None:
                return copied
            earlier = tuple(row.facts.get("pages", ()))
            grown = row.state == IntakeState.LATER and copied.digests[: len(earlier)] == earlier
            return replace(copied, copy=row.facts.get("copy", 1), skipped=len(earlier) if grown else 0, answer=row.id)

    def begin_file(self, copied: CopiedFile) -> None:
        """Remember a file whose pages are on their way."""
        self._given[copied.sha256, copied.copy] = copied

    def repeat_file(self, copied: CopiedFile) -> bool:
        """A file whose very content was taken before: a copy of it, or what a crash left; False for a copy."""
        first = self._given.get((copied.sha256, copied.copy))
        if first is not None and first.arrival.path != copied.arrival.path:
            self._reject(copied.arrival, "repeated", {"where": first.name}, sha256=copied.sha256, asks=copied.token(0))
            return False
        own = originals.text_of(copied.arrival.path.name)
        with self._station.catalogue.reading() as session:
            query = select(IntakeFile).where(IntakeFile.sha256 == copied.sha256)
            copy = any(
                row.state in (IntakeState.TAKEN, IntakeState.FREED)
                or (row.state == IntakeState.LEFT and row.kept != own)
                for row in session.scalars(query)
            )
            where = _first_page(session, copied.token(0)) if copy and copied.answer is None else ""
        if where:
            self._reject(copied.arrival, "repeated", {"where": where}, sha256=copied.sha256, asks=copied.token(0))
            return False
        self.begin_file(copied)
        return True

    def hold_grown_file(self, copied: CopiedFile) -> bool:
        """A file of several pages whose first are those of one of this name that was taken a while ago."""
        if copied.answer is not None or copied.pages < 2:
            return False
        with self._station.catalogue.reading() as session:
            query = self._rows(IntakeState.TAKEN).where(IntakeFile.at > datetime.now(UTC) - GROWS)
            rows = session.scalars(query.order_by(IntakeFile.id.desc())).all()
        for row in rows:
            earlier = tuple(row.facts.get("pages", ()))
            if row.name == copied.name and earlier and copied.digests[: len(earlier)] == earlier and row.sha256:
                facts = {"count": len(earlier), "pages": list(earlier)}
                self._reject(
                    copied.arrival, "grown", facts, sha256=copied.sha256, asks=f"{row.sha256}:1/{len(earlier)}"
                )
                return True
        return False

    def reject_file(self, arrival: Arrival, code: str, **facts: object) -> bool:
        """Put a file aside, with a note that says why and what to do; False where it cannot be moved."""
        plain = {key: value if isinstance(value, int) else str(value) for key, value in facts.items()}
        for key in [key for key, copied in self._given.items() if copied.arrival == arrival]:
            del self._given[key]
        return self._reject(arrival, code, plain)

    def report_others(self, things: dict[Path, str]) -> list[Path]:
        """Write down what lies there and is no file; gives those that were not written down before."""
        return [path for path, kind in things.items() if self._record_left(path, f"intake-{kind}", {})]

    def end_batch(self) -> list[Arrival]:
        """Let the files whose pages were all accepted leave the folder; gives those that cannot."""
        stuck = []
        originals.sweep(self._root, REJECTED)
        for key, copied in list(self._given.items()):
            if self._all_accepted(copied):
                day = datetime.now().astimezone().date().isoformat()
                del self._given[key]
                try:
                    path = originals.move(copied.arrival, self._root, self._root / TAKEN / day)
                except OSError as error:
                    self._record_left(copied.arrival.path, "intake-unmoved", {"detail": error.strerror}, copied.sha256)
                    stuck.append(copied.arrival)
                else:
                    self._record_taken(copied, path)
        self._ask()
        return stuck

    def _all_accepted(self, copied: CopiedFile) -> bool:
        with self._station.catalogue.reading() as session:
            query = select(Capture.token).where(Capture.token.in_(copied.tokens))
            return set(session.scalars(query)) == set(copied.tokens)

    def _record_taken(self, copied: CopiedFile, path: Path | None) -> None:
        facts = {"size": copied.arrival.signature.size, "changed": copied.arrival.signature.changed_ns}
        with self._station.catalogue.writing() as session:
            row = None if copied.answer is None else session.get(IntakeFile, copied.answer)
            if row is None:
                row = self._row(copied.arrival.path)
                session.add(row)
            row.state, row.code, row.sha256, row.ledger_id = IntakeState.TAKEN, None, copied.sha256, None
            row.facts = {**facts, "pages": list(copied.digests), "copy": copied.copy, "skipped": copied.skipped}
            row.kept = None if path is None else originals.text_of(str(path.relative_to(self._root)))
            row.at = datetime.now(UTC)

    def _reject(
        self, arrival: Arrival, code: str, facts: dict[str, Any], *, sha256: str | None = None, asks: str | None = None
    ) -> bool:
        """Put a file aside; ``asks`` is the token of the page about which a person is to be asked."""
        why = Message(f"intake-{code}", {"file": display_name(arrival.path), **facts})
        try:
            path = originals.move(arrival, self._root, self._root / REJECTED, why)
        except OSError:
            self._record_left(arrival.path, why.code, facts, sha256)
            return False
        if path is not None:
            with self._station.catalogue.writing() as session:
                row = self._row(arrival.path)
                row.state, row.code, row.facts, row.sha256 = IntakeState.REJECTED, why.code, dict(why.facts), sha256
                row.kept = originals.text_of(path.name)
                session.add(row)
                session.flush()
                if asks is not None:
                    self._asks.append((row.id, asks))
        return True

    def _record_left(self, path: Path, code: str, facts: dict[str, Any], sha256: str | None = None) -> bool:
        """Write down what stays in the folder; False where that stands there already."""
        name = originals.text_of(path.name)
        with self._station.catalogue.writing() as session:
            query = self._rows(IntakeState.LEFT).where(IntakeFile.kept == name, IntakeFile.code == code)
            if session.scalars(query.limit(1)).first() is not None:
                return False
            row = self._row(path)
            row.state, row.code, row.sha256, row.kept = IntakeState.LEFT, code, sha256, name
            row.facts = {"file": display_name(path), **facts}
            session.add(row)
        return True

    def _ask(self) -> None:
        """Let the files that wait for a person ask in the ledger where the page is that they seem to repeat."""
        waiting, self._asks = self._asks, []
        with self._station.catalogue.writing() as session:
            for row_id, token in waiting:
                capture = _capture(session, token)
                if capture is not None:
                    row = session.get_one(IntakeFile, row_id)
                    row.ledger_id = capture.ledger_id
                    row.facts = {**row.facts, "label": capture.label}

    def _row(self, path: Path) -> IntakeFile:
        return IntakeFile(scanner=self._scanner.id, name=display_name(path), facts={}, at=datetime.now(UTC))

    def _rows(self, *states: IntakeState) -> Any:
        return select(IntakeFile).where(IntakeFile.scanner == self._scanner.id, IntakeFile.state.in_(states))


def _capture(session: Session, token: str) -> Capture | None:
    return session.scalars(select(Capture).where(Capture.token == token).order_by(Capture.id).limit(1)).first()


def _first_page(session: Session, token: str) -> str:
    """The name of the page that a file's first page became; "" where it is none any more."""
    capture = _capture(session, token)
    if capture is None:
        return ""
    return f"{ledgers.name_of(session.get_one(Ledger, capture.ledger_id))}.{capture.label}"
