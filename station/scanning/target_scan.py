"""The scanner's own act for the capture target: it is scanned and measured, and no page comes of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from drivers.errors import DriverError
from station.context import Station
from station.domain.finding_limits import Limits
from station.errors import Refused, ScanStopped
from station.imaging.image_facts import AnalysisRequest
from station.imaging.worker_pool import WorkerPool
from station.scanning import acceptance, scanner_factory, session_end, target_measures
from station.scanning.target_measures import MeasuredScanner
from station.settings.tables import FolderScannerTable


def measure(station: Station, scanner_id: str | None) -> MeasuredScanner:
    """Scan the target that lies on a scanner's glass, and keep what it tells; without an id the first scanner.

    ``Refused`` ("target-folder", "target-not-seen"), ``ScanStopped`` where the scanner fails. No page comes of it.
    """
    settings = station.settings.scanner(scanner_id)
    if isinstance(settings, FolderScannerTable):
        raise Refused("target-folder", scanner=settings.id)
    profile = station.settings.scan_profile(settings.profile)
    with tempfile.TemporaryDirectory(prefix="tramquet-") as folder, WorkerPool() as workers:
        spool = Path(folder)
        try:
            with scanner_factory.open_scanner(station, settings) as scanner:
                asked = scanner_factory.settings_for(
                    profile, fixed=scanner.fixed, source=None, paper_size="A4", provenance={}
                )
                fed = acceptance.fed_tokens(station, settings.id)
                sheets = list(scanner.scan(asked, spool, limit=1, fed=fed))
        except DriverError as error:
            raise ScanStopped(f"scan-{error.code}", **session_end.stop_facts(0), detail=error.detail) from error
        if not sheets:
            raise Refused("target-not-seen", scanner=settings.id)
        analysis = workers.analyse(sheets[0].path, AnalysisRequest(spool / "previews", Limits())).result()
    if analysis.target is None:
        raise Refused("target-not-seen", scanner=settings.id)
    with station.catalogue.writing() as session:
        target_measures.keep(session, settings.id, analysis.target, round(sheets[0].dpi[0]))
    return next(one for one in target_measures.newest(station) if one.scanner == settings.id)
