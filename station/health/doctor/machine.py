"""Doctor's lines about the PC: installed programs, processor, clock, and the weights of the reader."""

from __future__ import annotations

import platform
import sqlite3
import time
from collections.abc import Iterator
from importlib.metadata import version

from station.context import Station
from station.errors import ReaderFailed, StorageFailed
from station.health.doctor.report import CodedLine, Verdict, failure, ok, warning
from station.reading import weight_files
from station.system import clock as pc_clock
from station.system.cpu import this_processor


def programs() -> Iterator[CodedLine]:
    """The versions of the station, Python and SQLite."""
    versions = {"tramquet": version("tramquet"), "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    yield ok("versions", "doctor-versions", system=platform.platform(terse=True), **versions)


def processor() -> Iterator[CodedLine]:
    """Whether the processor has the instructions that numpy and OpenCV were built for."""
    cpu = this_processor()
    if cpu.lacks:
        yield failure("processor", "doctor-processor-old", model=cpu.model, missing=", ".join(cpu.lacks))
    else:
        yield ok("processor", "doctor-processor", model=cpu.model)


def clock(station: Station) -> Iterator[CodedLine]:
    """Whether the PC's clock is plausible."""
    try:
        trouble = pc_clock.trouble(station)
    except StorageFailed:
        trouble = None  # the catalogue's own line tells of that
    if trouble is None:
        yield ok("clock", "doctor-clock", now=time.strftime("%Y-%m-%d %H:%M %Z"))
    else:
        yield "clock", Verdict.FAILURE if trouble.code == "clock-year" else Verdict.WARNING, trouble


def reader(station: Station) -> Iterator[CodedLine]:
    """Whether numbers and dates can be read off the pages; without that the station works as ever."""
    if not station.settings.reading.enabled:
        yield ok("reader", "doctor-reader-off")
        return
    try:
        for name in (weight_files.DETECTOR, weight_files.RECOGNISER):
            weight_files.verified_path(name)
    except ReaderFailed as error:
        yield warning("reader", error.code, **error.facts)
    else:
        code = "doctor-reader" if this_processor().has_avx2 else "doctor-reader-few"
        yield ok("reader", code, folder=weight_files.FOLDER)
