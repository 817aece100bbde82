"""Pages that lie in the wrong ledger move to another one: nothing is deleted, and no name is given twice.

In the other ledger an image is accepted as any sheet is, from a copy of its master, under a label of its own. Only then
it is set aside where it was. Cut off in between, it is in both, and moving it once more asks about the double.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Ledger, ScanSession
from station.context import Station
from station.domain.states import ScanPurpose, SessionState
from station.errors import Refused, StationError, StorageFailed
from station.imaging.worker_pool import WorkerPool
from station.ledger import ledgers, page_order
from station.ledger.entries import Act
from station.scanning import acceptance, session_end, spool
from station.scanning.acceptance import CaptureOrigin
from station.storage import durable


@dataclass(frozen=True)
class _MovedImage:
    """What is copied of an image: its file, the hash it must have, and how a person turned and numbered its page."""

    id: int
    file: Path
    sha256: str
    profile: str
    scanner: str
    rotation: int
    number: str | None


def move(station: Station, act: Act, labels_text: str, target_text: str) -> list[str]:
    """Move pages (001,003-005) of ``act.ledger`` to the end of another ledger, in their order; gives their new labels.

    They are taken out of their entries and wait to be sorted there. Refused where the other ledger takes no pages, or
    where a master is not here any more.
    """
    with station.catalogue.reading() as session:
        source, target = ledgers.find(session, act.ledger), ledgers.find(session, target_text)
        if source.id == target.id:
            raise Refused("move-to-itself", ledger=ledgers.name_of(target))
        if target.practice:
            raise Refused("practice-takes-none", ledger=ledgers.name_of(target))
        ledgers.check_is_here(source)
        ledgers.check_takes_pages(target)
        reference = ledgers.reference(target)
        groups = [
            [_moved_image(station, session, one) for one in group]
            for group in page_order.together(session, source, labels_text)
        ]
    with WorkerPool() as workers:
        # What comes behind the first group goes along with it in the log: one act, taken back as one.
        facts = [{}, *({"along": True} for _ in groups[1:])]
        moves = zip(groups, facts, strict=True)
        return [label for group, more in moves for label in _move(station, workers, act, group, reference, more)]


def _move(
    station: Station,
    workers: WorkerPool,
    act: Act,
    group: Sequence[_MovedImage],
    target: str,
    facts: Mapping[str, object],
) -> list[str]:
    """Move the images that go together; ``facts`` are told in the log beside where they went."""
    with spool.new_folder(station.folders.sessions) as folder:
        run_id, paper = _begin(station, group[0], target, act.who, folder)
        try:
            analysis_request = acceptance.analysis_request(station, group[0].profile, paper)
            new_captures = []
            for number, one in enumerate(group, start=1):
                copy = _copied(one, folder / f"{number:04d}{one.file.suffix}")
                page_analysis, origin = (
                    workers.analyse(copy, analysis_request).result(),
                    CaptureOrigin.recorded_in(copy),
                )
                new_captures.append(acceptance.accept(station, run_id, page_analysis, origin))
        except StationError as error:
            session_end.finish(station, run_id, SessionState.FAILED, error.code)
            raise
        session_end.finish(station, run_id, SessionState.FINISHED, None)
    with station.catalogue.writing() as session:
        source = ledgers.find(session, act.ledger)
        arrived = [session.get_one(Capture, capture_id) for capture_id in new_captures]
        for one, capture in zip(group, arrived, strict=True):
            _carry_over(session, one, capture)
        left = [session.get_one(Capture, one.id) for one in group]
        new_labels = [capture.label for capture in arrived]
        page_order.take_out(session, source, act, left, moved_to=target, new_labels=new_labels, **facts)
        return new_labels


def _moved_image(station: Station, session: Session, capture: Capture) -> _MovedImage:
    if capture.freed_at is not None:
        raise Refused("ledger-freed", ledger=ledgers.name_of(session.get_one(Ledger, capture.ledger_id)))
    shown = page_order.page_of_whole_image(session, capture)
    return _MovedImage(
        id=capture.id,
        file=station.folders.data / capture.file,
        sha256=capture.sha256,
        profile=capture.profile,
        scanner=capture.scanner,
        rotation=shown.regions[0].rotation if shown else 0,
        number=shown.number if shown else None,
    )


def _begin(station: Station, one: _MovedImage, target: str, who: str, folder: Path) -> tuple[int, str]:
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, target)
        run = ScanSession(
            ledger_id=ledger.id,
            scanner=one.scanner,
            source="",
            profile=one.profile,
            operator=who,
            purpose=ScanPurpose.APPEND,
            spool=folder.name,
            state=SessionState.OPEN,
            started_at=datetime.now(UTC),
        )
        session.add(run)
        session.flush()
        return run.id, ledger.paper


def _copied(one: _MovedImage, copy: Path) -> Path:
    """The master's copy in the spool; only bytes that are still what the catalogue says are copied."""
    if not one.file.exists():
        raise StorageFailed("file-missing", file=one.file.name)
    with durable.storage_failures(copy.parent):
        shutil.copyfile(one.file, copy)
    if durable.sha256_of(copy) != one.sha256:
        copy.unlink()
        raise StorageFailed("file-changed", file=one.file.name)
    return copy


def _carry_over(session: Session, one: _MovedImage, capture: Capture) -> None:
    """What a person said of the page that an image shows alone: how it lies, and its printed number."""
    if (page := page_order.page_of_whole_image(session, capture)) is not None:
        page.number, page.regions[0].rotation = one.number, one.rotation
