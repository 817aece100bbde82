"""The daemon's loop that reads pages behind their acceptance, one at a time, while no other work waits for a sheet."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

from station.catalogue import event_log
from station.catalogue.models import Capture, Ledger
from station.context import Station
from station.domain.image_places import ImagePlace
from station.errors import NoWorker, ReaderFailed, Refused, StationError
from station.ledger import cover_sheets, learned_places, ledgers, page_readings, reading_findings
from station.ledger.learned_places import Lesson
from station.ledger.page_readings import Unread
from station.reading.fields import FieldKind
from station.reading.worker_link import NotRead, PageToRead, ReadingWorker
from station.system.cpu import this_processor

log = logging.getLogger(__name__)

#: How long to wait for news at most when all is read, and while the scanner needs the PC (s).
_IDLE, _BUSY = 60.0, 1.0
#: Between two looks at pages that were there before (s): one was turned, a ledger was opened again.
_LOOK_AT_ALL = 30.0
#: How long the worker is kept without work (s): it holds a third of a gigabyte.
_KEPT = 120.0
#: A page that took long may have had a busy moment: after so long without one (s) its time is forgotten.
_TIME_COUNTS = 60.0


class ReadingService:
    """Reads the pages of open ledgers, those that came last first. Without its weights it reads none."""

    def __init__(self, station: Station, is_busy: Callable[[float], bool]) -> None:
        """``is_busy`` tells whether the scanner needs the PC (:meth:`ScanService.is_busy`): then no page is begun.

        It is told how long the last page took (s).
        """
        self._station = station
        self._is_busy = is_busy
        self._worker = ReadingWorker(few_regions=not this_processor().has_avx2)
        self._stopped = False
        self._reading_time = 0.0
        self._judged_up_to: int | None = None
        #: Ledgers that changed, or of which a page was read: these alone may have something to teach.
        self._changed: set[str] = set()
        self._all_read_up_to = 0
        self._look_at_all = 0.0
        self._worked_at = time.monotonic()
        self._rests_until = 0.0

    def turn(self) -> float:
        """Read a page, if one is to be read; gives how long to wait (s)."""
        if self._stopped or time.monotonic() < self._rests_until:
            return _IDLE
        is_recent = time.monotonic() - self._worked_at < _TIME_COUNTS
        if self._is_busy(self._reading_time if is_recent else 0.0):
            return _BUSY
        self._judge()
        work = self._next_work()
        if work is None:
            if time.monotonic() - self._worked_at > _KEPT:
                self._worker.close()
            return _IDLE
        try:
            work()
        except ReaderFailed as failure:
            log.warning("%s", failure)
            self._stopped = True
            return _IDLE
        except NoWorker as trouble:
            log.warning("no page can be read now: %s", trouble)
            self._rests_until = time.monotonic() + _IDLE
            return _IDLE
        self._worked_at = time.monotonic()
        return 0.0

    def close(self) -> None:
        """End the worker, also in the middle of a page, which is read the next time."""
        self._stopped = True
        self._worker.kill()

    def _judge(self) -> None:
        """Bring the findings of what was read to what changed: a page was turned, a leaf inserted or taken out."""
        with self._station.catalogue.reading() as session:
            newest = event_log.newest_line(session)
            ledger_names = event_log.ledgers_between(session, self._judged_up_to, newest)
        for name in ledger_names:
            with suppress(Refused):  # it has another name by now, or was removed
                reading_findings.judge(self._station, name)
        self._judged_up_to = newest
        self._changed.update(ledger_names)

    def _next_work(self) -> Callable[[], None] | None:
        """What is to be done next: a page to read or, when all are read, places to learn."""
        if page := self._next_page():
            return partial(self._read, page)
        lesson = self._next_lesson()
        return partial(self._learn, lesson) if lesson else None

    def _next_lesson(self) -> Lesson | None:
        """What a changed ledger teaches; it stays among them until it has nothing more to teach."""
        with self._station.catalogue.reading() as session:
            for name in tuple(self._changed):
                with suppress(Refused):  # as above
                    if lesson := learned_places.next_lesson(session, ledgers.find(session, name)):
                        return lesson
                self._changed.discard(name)
        return None

    def _next_page(self) -> Unread | None:
        """The next page: of those that came since all was read, now and then of all."""
        look_at_all = time.monotonic() >= self._look_at_all
        with self._station.catalogue.reading() as session:
            newest = page_readings.newest_image(session)
            page = page_readings.next_unread(session, 0 if look_at_all else self._all_read_up_to)
        if page is None:
            self._all_read_up_to = newest
            if look_at_all:
                self._look_at_all = time.monotonic() + _LOOK_AT_ALL
        return page

    def _learn(self, lesson: Lesson) -> None:
        """Look where on confirmed pages their values stand, and read what waits once more with what was learned."""
        pages = []
        for confirmed in lesson.confirmed:
            try:
                pages.append(self._worker.find(self._page_to_read(confirmed.page), confirmed.values))
            except NotRead as trouble:
                if self._stopped:
                    return
                log.info("nothing is learned of %s: %s", confirmed.page.file, trouble)
        with self._station.catalogue.writing() as session:
            learned_places.keep(session, lesson, pages)
        self._look_at_all = 0.0

    def _page_to_read(self, page: Unread, places: Mapping[FieldKind, ImagePlace] | None = None) -> PageToRead:
        return PageToRead(self._station.folders.data / page.file, page.crop, page.turn, places or {})

    def _read(self, page: Unread) -> None:
        catalogue = self._station.catalogue
        try:
            with catalogue.reading() as session:
                places = learned_places.of_ledger(session, session.get_one(Capture, page.capture).ledger_id)
            reading, ms = self._worker.read(self._page_to_read(page, places))
            self._reading_time = ms / 1000
            with catalogue.writing() as session:
                page_readings.keep(session, page, reading, ms)
                cover_sheets.mark_cover(session, page, reading)
                name = ledgers.reference(session.get_one(Ledger, session.get_one(Capture, page.capture).ledger_id))
            self._changed.add(name)
            reading_findings.judge(self._station, name)
        except StationError:
            raise
        except Exception as error:
            if self._stopped:
                return
            if isinstance(error, NotRead):
                log.info("nothing was read of %s: %s", page.file, error)
            else:
                log.exception("nothing was read of %s by a mistake of ours", page.file)
            with catalogue.writing() as session:
                page_readings.count_try(session, page)
