"""The first run: a few answers become the commented settings file, and what they name is tried."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from pydantic import TypeAdapter, ValidationError

from drivers import Scanner, simulated
from drivers.errors import DriverError
from drivers.sane import probe
from drivers.sane import scanner as sane
from drivers.sane.device_identity import is_sane_name
from station import messages
from station.delivery import removable_media
from station.health.doctor import endpoints, scanners
from station.health.doctor.report import Verdict
from station.messages import Message
from station.scanning import session_end
from station.settings import FORMAT, Settings
from station.settings.tables import PlaceTable, SaneScannerTable, SimulatedScannerTable
from station.settings.value_types import PlaceName, Slug, Url

NONE = "none"

#: How an answer is checked as soon as it is given.
_CHECKS: dict[str, TypeAdapter[str]] = {
    "station_id": TypeAdapter(Slug),
    "commune": TypeAdapter(PlaceName),
    "district": TypeAdapter(PlaceName),
    "province": TypeAdapter(PlaceName),
    "receipts": TypeAdapter(Url),
}
#: A commune's code in the country's list of administrative units.
_PLACE_CODE = re.compile(r"[0-9]{5}")
#: Where a token lies by the manual.
TOKEN = Path("/etc/tramquet/token")


@dataclass(frozen=True)
class Answers:
    """What the settings file is made of. ``scanner`` and ``destination`` are "none", or as :func:`text` reads them."""

    station_id: str
    place_code: str
    commune: str
    province: str
    district: str = ""
    data: str = "/var/lib/tramquet"
    scanner: str = NONE
    destination: str = NONE
    receipts: str = ""
    token_file: str = ""
    ca_file: str = ""
    language: str = "vi"
    port: int = 8158


def mistake(name: str, answer: str) -> Message | None:
    """What is wrong with the answer to one question; None: nothing.

    More is asked of it than of a settings file: whoever writes that knows what a code of another country looks like.
    """
    if name == "place_code" and not _PLACE_CODE.fullmatch(answer):
        return Message("setup-place-code-wrong", {"text": answer})
    if name in ("commune", "district", "province") and answer.strip() and not any(map(str.isalpha, answer)):
        return Message("setup-name-wrong", {"text": answer})
    if name in ("token_file", "ca_file") and answer != NONE and not Path(answer).is_file():
        return Message("setup-file-missing", {"path": answer})
    try:
        if name in _CHECKS:
            _CHECKS[name].validate_python(answer)
    except ValidationError as error:
        fault = error.errors()[0]
        has_message = fault["type"] in messages.table()
        return (
            Message(fault["type"], fault.get("ctx", {}))
            if has_message
            else Message("settings-value-wrong", {"detail": fault["msg"]})
        )
    return None


def scanner_offers() -> list[tuple[str, str]]:
    """The scanners that SANE finds now: what to answer, and what it is; none where SANE cannot be used."""
    try:
        offers = probe.probe(None).offers
    except DriverError:
        return []
    # A libusb name changes with every power cycle.
    return [(identity if "libusb" in name else name, identity) for name, identity in offers]


def text(answers: Answers, more_places: Sequence[PlaceTable] = (), destinations: Sequence[str] | None = None) -> str:
    """The commented settings file.

    A scanner is a SANE name, vendor/model/serial, "simulated", "simulated:DIR" or "folder:DIR"; a destination is the
    address of a tus server (its receipts beside it where not given) or a folder. ``more_places`` come behind the one of
    the answers, the lines of ``destinations`` in the place of its destination.
    """
    lines = [
        "# Trạm Quét: the settings of this station, made by tramquet setup. After a change:",
        "#   tramquet doctor && systemctl restart tramquet",
        "",
        "[station]",
        f"format = {FORMAT}                          # of this file; newer stations know older ones",
        f"id = {_quoted(answers.station_id)}   # who this station is: letters, digits, - and _",
        f"data = {_quoted(answers.data)}   # everything lies here",
        '#names = "ministry"                # or "placecode": the place\'s code in every file name',
        "",
        "[[place]]                          # the communes whose ledgers lie here; the first is the default",
        *_place(answers.place_code, answers.commune, answers.district, answers.province),
        "",
        *(
            line
            for one in more_places
            for line in ("[[place]]", *_place(one.code, one.commune, one.district, one.province), "")
        ),
        *scanner(answers.scanner),
        "",
        *(destination(answers) if destinations is None else destinations),
        "",
        "[web]                              # the page, for this PC only",
        'host = "127.0.0.1"',
        f"port = {answers.port}",
        f"language = {_quoted(answers.language)}",
        "",
        "#[lan]                             # the page for paired devices of the office, too; see: tramquet device",
        "#enabled = true",
        '#allowed = ["192.168.1.0/24"]      # the network of the office; others get no answer',
        "",
        "#[retention]",
        "#masters_after_days = 365          # free the scans of delivered ledgers; without it they stay for ever",
    ]
    return "\n".join(lines) + "\n"


def trials(settings: Settings) -> Iterator[tuple[str, Message]]:
    """Try the scanner and the destination; gives the question whose answer does not work, and why."""
    with tempfile.TemporaryDirectory(prefix="tramquet-") as folder:
        for scanner_settings in settings.scanners:
            if isinstance(scanner_settings, SaneScannerTable | SimulatedScannerTable):
                profile = settings.scan_profile(scanner_settings.profile)
                try:
                    with _open_scanner(scanner_settings, Path(folder)) as scanner:
                        scanners.read_some(scanner, profile)
                except DriverError as error:
                    yield (
                        "scanner",
                        Message(f"scan-{error.code}", {**session_end.stop_facts(0), "detail": error.detail}),
                    )
    for destination in settings.destinations:
        verdict, message = endpoints.destination_line(destination)
        if verdict != Verdict.OK:
            yield "destination", message


@contextmanager
def _open_scanner(scanner_settings: SaneScannerTable | SimulatedScannerTable, folder: Path) -> Iterator[Scanner]:
    scanner: Scanner
    if isinstance(scanner_settings, SimulatedScannerTable):
        scanner = simulated.open_scanner(
            scanner_settings.pages, faults=scanner_settings.faults, work=folder / "work", locks=folder
        )
    else:
        is_named = is_sane_name(scanner_settings.device) and not os.environ.get("SANE_CONFIG_DIR")
        config = sane.write_config(folder / "sane.d", [scanner_settings.device]) if is_named else None
        scanner = sane.open_scanner(
            scanner_settings.device, options=scanner_settings.options, sane_config=config, locks=folder
        )
    try:
        yield scanner
    finally:
        scanner.close()


def scanner(answer: str) -> list[str]:
    """The lines of the settings file for the scanner of that answer."""
    kind, _, rest = answer.partition(":")
    if answer == NONE:
        return ["#[[scanner]]                       # see: tramquet scanners", '#id = "scanner"', '#driver = "sane"']
    if kind == "simulated":
        pages = [f"pages = {_quoted(rest)}"] if rest else []
        return ["[[scanner]]", 'id = "scanner"', 'driver = "simulated"', *pages]
    if kind == "folder":
        return ["[[scanner]]", 'id = "scanner"', 'driver = "folder"', f"path = {_quoted(rest)}"]
    comment = "# a SANE name, or vendor/model/serial"
    return ["[[scanner]]", 'id = "scanner"', 'driver = "sane"', f"device = {_quoted(answer)}   {comment}"]


def destination(answers: Answers) -> list[str]:
    """The lines of the settings file for the destination of these answers."""
    if answers.destination == NONE:
        return ["#[[destination]]                   # where packages go", '#id = "stick"', '#kind = "folder"']
    if not answers.destination.startswith(("http://", "https://")):
        lines = ["[[destination]]", 'id = "stick"', 'kind = "folder"', f"path = {_quoted(answers.destination)}"]
        path = Path(answers.destination)
        if path.parent == removable_media.STICKS or path.is_mount():
            lines.append("stick = true                       # wait until it is plugged in")
        return lines
    receipts = answers.receipts or urljoin(answers.destination, "receipts")
    lines = ["[[destination]]", 'id = "province"', 'kind = "tus"', f"url = {_quoted(answers.destination)}"]
    lines.append(f"receipts = {_quoted(receipts)}")
    if answers.token_file:
        lines.append(f"token_file = {_quoted(answers.token_file)}   # owner root, group tramquet, mode 0640")
    if answers.ca_file:
        lines.append(f"ca_file = {_quoted(answers.ca_file)}")
    return lines


def _place(code: str, commune: str, district: str | None, province: str) -> list[str]:
    lines = [f"code = {_quoted(code)}", f"commune = {_quoted(commune)}"]
    lines += [f"district = {_quoted(district)}"] if district else []
    return [*lines, f"province = {_quoted(province)}"]


def _quoted(value: str) -> str:
    """A TOML string; JSON's are."""
    return json.dumps(value, ensure_ascii=False)
