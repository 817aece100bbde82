"""Doctor's lines about scanners: access rights, libraries, and each scanner opened and read from."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from drivers import Progress, Scanner
from drivers.errors import Busy, Cancelled, DriverError, NoDocuments
from drivers.sane import probe
from station.context import Station
from station.health.doctor.report import CodedLine, Verdict, failure, ok, warning
from station.scanning import scanner_factory as station_scanners
from station.scanning import session_end, target_measures
from station.scanning.scanner_factory import ScannerSettings
from station.settings.tables import ScanProfile

#: Enough of a page to see that lines come (mm).
_STRIP_MM = 20.0
_USB = Path("/dev/bus/usb")
_UDEV = Path("/run/udev/data")
#: The group id that stands for all that are unknown in a user namespace (user_namespaces(7)).
_OVERFLOW = Path("/proc/sys/kernel/overflowgid")


def rights(_station: Station) -> Iterator[CodedLine]:
    """Whether this user may open every USB device that udev knows for a scanner; no line where there is none."""
    nodes = [node for node in sorted(_USB.glob("*/*")) if _is_scanner(node)]
    closed = [node for node in nodes if not os.access(node, os.R_OK | os.W_OK)]
    user = _user()
    for node in closed:
        subject, facts = f"rights {node.parent.name}/{node.name}", {"user": user, "node": node}
        if (group := _joinable(node.stat())) is None:
            yield failure(subject, "doctor-rights-root", **facts)
        else:
            yield failure(subject, "doctor-rights", group=group, **facts)
    if nodes and not closed:
        yield ok("rights", "doctor-rights-there", user=user, count=len(nodes))


def sane(station: Station) -> Iterator[CodedLine]:
    """Whether SANE and python-sane load, in a process of their own."""
    try:
        result = probe.probe(station_scanners.sane_config(station))
    except DriverError as error:
        yield failure("sane", "doctor-sane-missing", detail=error.detail)
    else:
        yield ok("sane", "doctor-sane", version=result.version, count=len(result.offers))


def scanners(station: Station) -> Iterator[CodedLine]:
    """Each scanner of the settings, opened and its first lines read."""
    if not station.settings.scanners:
        yield warning("scanner", "doctor-scanner-none")
    for settings in station.settings.scanners:
        subject = f"scanner {settings.id}"
        if settings.driver == "folder":
            yield _watched(subject, settings.path)
            continue
        try:
            yield _trial(subject, station, settings)
        except Busy:
            yield warning(subject, "doctor-scanner-busy", scanner=settings.id)
        except DriverError as error:
            yield failure(subject, f"scan-{error.code}", **session_end.stop_facts(0), detail=error.detail)


def targets(station: Station) -> Iterator[CodedLine]:
    """What the newest scan of the capture target told of each scanner; no line where there was none."""
    for one in target_measures.newest(station):
        subject = f"target {one.scanner}"
        if one.drift:
            yield warning(subject, "target-drift", measured=one.words, drift=one.drift)
        else:
            yield subject, Verdict.OK, one.words


def read_some(scanner: Scanner, profile: ScanProfile) -> bool:
    """Read a sheet's first lines by that profile and throw them away; whether there was one (a feeder may be empty).

    Raises ``DriverError``.
    """
    settings = station_scanners.settings_for(profile, fixed=scanner.fixed, source=None, paper_size="A4", provenance={})
    if not scanner.fixed:
        settings = replace(settings, height_mm=_STRIP_MM)
    with tempfile.TemporaryDirectory(prefix="tramquet-") as folder, contextlib.suppress(Cancelled):
        try:
            sheets = scanner.scan(settings, Path(folder), limit=1, listener=lambda progress: _enough(progress, scanner))
            for _ in sheets:
                pass
        except NoDocuments:
            return False
    return True


def _enough(progress: Progress, scanner: Scanner) -> None:
    if progress.lines:
        scanner.cancel()


def _trial(subject: str, station: Station, settings: ScannerSettings) -> CodedLine:
    profile = station.settings.scan_profile(settings.profile)
    with station_scanners.open_scanner(station, settings) as scanner:
        code = "doctor-scanner" if read_some(scanner, profile) else "doctor-scanner-empty"
        return ok(subject, code, identity=scanner.identity)


def _watched(subject: str, folder: Path) -> CodedLine:
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return failure(subject, "doctor-watched-folder", path=folder, user=_user())
    return ok(subject, "doctor-watched", path=folder)


def _is_scanner(node: Path) -> bool:
    device = node.stat().st_rdev
    try:
        udev_data = (_UDEV / f"c{os.major(device)}:{os.minor(device)}").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "libsane_matched=yes" in udev_data


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _joinable(node: os.stat_result) -> str | None:
    """The group that a user should join to open a device; None where there is no such one, or nobody here can tell.

    To join root's group would give away much more, and inside of the service's sandbox (PrivateUsers=) every group but
    root's and the service's own looks like the kernel's for unknown ones.
    """
    unknown = int(_OVERFLOW.read_text(encoding="ascii"))
    if node.st_gid in (0, unknown) or not node.st_mode & stat.S_IRGRP or not node.st_mode & stat.S_IWGRP:
        return None
    try:
        return grp.getgrgid(node.st_gid).gr_name
    except KeyError:
        return None
