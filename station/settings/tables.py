"""The sections of the settings file, one frozen model each; :mod:`station.settings` puts them together.

What a validator refuses is collected by pydantic with all the other mistakes of the file, see :func:`refusable`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from drivers import Chroma, Encoding, Mode, Source
from drivers.deadlines import Deadlines
from drivers.simulated_faults import parse_fault
from station.domain.finding_limits import Limits
from station.domain.naming.keys import file_word, place_code, type_code
from station.domain.naming.templates import NameProfile, NameTemplate, Purpose
from station.domain.paper import Layout, paper_name
from station.domain.service_hours import Hours
from station.errors import Refused
from station.settings.network_types import PRIVATE, HostName, Network

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPELLINGS = {"color": "colour", "gray": "grey", "jpeg": "jpg", "tiff": "tif"}


@contextmanager
def _collected() -> Iterator[None]:
    """Hand a refusal to pydantic, which collects only errors of its own kind."""
    try:
        yield
    except Refused as error:
        raise PydanticCustomError(error.code, error.code, error.facts) from error


def refusable(check: Callable[[str], str]) -> AfterValidator:
    """A validator from a function that gives a text's valid spelling or raises ``Refused``."""

    def validate(value: str) -> str:
        with _collected():
            return check(value)

    return AfterValidator(validate)


def _text(text: str) -> str:
    if not text.strip():
        raise Refused("settings-empty")
    if _CONTROL.search(text):
        raise Refused("settings-control-character")
    return text.strip()


def _slug(text: str) -> str:
    if not _SLUG.fullmatch(text):
        raise Refused("settings-slug", text=text)
    return text


def _device(text: str) -> str:
    if not text.isascii():  # SANE's names have no encoding: what python-sane lists it may be unable to open
        raise Refused("settings-device-letters", text=text)
    return text


def _place_name(text: str) -> str:
    file_word(_text(text))
    return _text(text)


def _template(purpose: Purpose) -> AfterValidator:
    return refusable(lambda text: NameTemplate(text, purpose).text)


def _path_text(value: object) -> object:
    with _collected():
        return _text(value) if isinstance(value, str) else value


def _from_settings_folder(path: Path, info: ValidationInfo) -> Path:
    folder: Path = info.context["folder"] if info.context else Path.cwd()
    return folder / path


def _date(value: object) -> object:
    """Let a date stand in quotes too; what is no date is left for pydantic to refuse."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _spelling(value: object) -> object:
    return _SPELLINGS.get(value, value) if isinstance(value, str) else value


def _fault(text: str) -> str:
    parse_fault(text)
    return text


def _option(value: object) -> object:
    if not isinstance(value, str | int | float):
        raise PydanticCustomError("settings-option-value", "settings-option-value")
    return value


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this PC itself, told from the name or address alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _loopback(host: str) -> str:
    if not is_loopback(host):
        raise Refused("settings-host-not-loopback", text=host)
    return host


def _url(text: str) -> str:
    """An address that is safe to send registers to: https, or http within this PC; no password in the open."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Refused("settings-url-malformed", text=text) from error
    if parts.username is not None or parts.password is not None:
        raise Refused("settings-url-secret")
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", text) or not text.isascii():
        raise Refused("settings-url-malformed", text=text)
    if parts.scheme == "http" and not is_loopback(host):
        raise Refused("settings-url-plain", text=text)
    return text


def _hours(text: str) -> str:
    return str(Hours.parse(text))


Language = Literal["vi", "en"]
Text = Annotated[str, refusable(_text)]
Slug = Annotated[str, refusable(_slug)]
PlaceName = Annotated[str, refusable(_place_name)]
SettingsPath = Annotated[Path, BeforeValidator(_path_text), AfterValidator(_from_settings_folder)]
Day = Annotated[date, BeforeValidator(_date), Strict()]
Url = Annotated[str, refusable(_url)]
Option = Annotated[str | bool | int | float, BeforeValidator(_option)]


class Table(BaseModel):
    """Base of all sections: cannot be changed once read, knows no keys but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class StationTable(Table):
    """``[station]``: who this station is; ``names`` is a name profile's id, ``format`` the settings file's own.

    ``key_file`` holds the key that seals the log and the backups.
    """

    format: int = Field(1, strict=True, ge=1)
    id: Slug
    data: SettingsPath
    key_file: SettingsPath = Field(Path("station.key"), validate_default=True)
    sane_config: SettingsPath | None = None
    names: str = "ministry"


class PlaceTable(Table):
    """``[[place]]``: a commune whose ledgers lie here, perhaps one that was merged away (valid until ``valid_to``)."""

    code: Annotated[str, refusable(place_code)]
    commune: PlaceName
    district: PlaceName | None = None
    province: PlaceName
    valid_from: Day | None = None
    valid_to: Day | None = None

    @field_validator("valid_to")
    @classmethod
    def _not_before_valid_from(cls, valid_to: date | None, info: ValidationInfo) -> date | None:
        valid_from = info.data.get("valid_from")
        if valid_from and valid_to and valid_to < valid_from:
            raise PydanticCustomError("settings-validity-reversed", "settings-validity-reversed")
        return valid_to


class LedgerType(Table):
    """``[[type]]``: a kind of register: its code in names, its label in Vietnamese and English."""

    code: Annotated[str, refusable(type_code)]
    vi: Text
    en: Text


class ScanProfile(Table):
    """``[[profile]]``: a named set of scan settings. ``dpi`` 100-1200; ``quality`` (50-95) and ``chroma`` are for
    JPEG only.

    ``paper`` is for where the ledger's own size is not what lies on the glass. ``turn`` is how far an image is turned
    clockwise to be upright. Where ``types``, ``papers`` or ``scanners`` are given, the profile is the usual one for
    ledgers of these types and sizes on these scanners; of several that fit, the one that says most of them.
    """

    id: Slug
    mode: Annotated[Mode, BeforeValidator(_spelling)] = Mode.COLOUR
    dpi: int = Field(300, strict=True, ge=100, le=1200)
    encoding: Annotated[Encoding, BeforeValidator(_spelling)] = Encoding.JPEG
    quality: int = Field(90, strict=True, ge=50, le=95)
    chroma: Chroma = Chroma.FULL
    paper: Annotated[str, refusable(paper_name)] | None = None
    source: Source | None = None
    layout: Layout = Layout.PAGE
    turn: Literal[0, 90, 180, 270] = 0
    types: tuple[Annotated[str, refusable(type_code)], ...] = ()
    papers: tuple[Annotated[str, refusable(paper_name)], ...] = ()
    scanners: tuple[str, ...] = ()
    limits: Limits = Limits()


_Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=1, le=600)]


class ScannerDeadlines(Table):
    """``[scanner.deadlines]``: for how many seconds a phase may pass without a sign of life from the scanner.

    The phases and their defaults are those of :class:`drivers.deadlines.Deadlines`.
    """

    open: _Seconds = Deadlines.open
    start: _Seconds = Deadlines.start
    read: _Seconds = Deadlines.read
    rest: _Seconds = Deadlines.rest
    close: _Seconds = Deadlines.close

    def of_driver(self) -> Deadlines:
        """As the drivers take them."""
        return Deadlines(**self.model_dump())


class _Scanner(Table):
    id: Slug
    profile: str = "standard"


class SaneScanner(_Scanner):
    """A real scanner; ``device`` is one of the spellings of :mod:`drivers.sane.device_identity`.

    ``options`` go to SANE as they are. With ``button`` each page on the glass waits for the scanner's own button.
    """

    driver: Literal["sane"]
    device: Annotated[Text, refusable(_device)]
    options: dict[str, Option] = {}
    button: bool = Field(False, strict=True)
    deadlines: ScannerDeadlines = ScannerDeadlines()


class SimulatedScanner(_Scanner):
    """Scans the images of the folder ``pages`` through SANE's pnm backend; ``faults`` such as ``3:jammed``."""

    driver: Literal["simulated"]
    pages: SettingsPath | None = None
    faults: tuple[Annotated[str, AfterValidator(_fault)], ...] = ()
    deadlines: ScannerDeadlines = ScannerDeadlines()


class FolderScanner(_Scanner):
    """Takes the images that appear in the folder ``path`` when they stood still for ``still`` seconds."""

    driver: Literal["folder"]
    path: SettingsPath
    still: float = Field(2.0, ge=0.1, le=600)


class NamesTable(Table):
    """``[[names]]``: a name profile as it is written in the settings."""

    id: Slug
    page: Annotated[str, _template(Purpose.PAGE)]
    entry: Annotated[str, _template(Purpose.ENTRY)]
    package: Annotated[str, _template(Purpose.PACKAGE)]
    folders: Annotated[str, _template(Purpose.FOLDERS)] = ""

    def profile(self) -> NameProfile:
        """The templates, ready to use."""
        return NameProfile.of(self.id, page=self.page, entry=self.entry, package=self.package, folders=self.folders)


class TusDestination(Table):
    """A tus server with its receiver; ``ca_file`` is the province's own authority, where it has one.

    ``limit_kbit`` (kbit/s) leaves the rest of the line to others; ``hours`` such as 18:00-06:00 (the PC's clock) are
    the only ones in which files are sent.
    """

    id: Slug
    kind: Literal["tus"]
    url: Url
    receipts: Url
    token_file: SettingsPath | None = None
    ca_file: SettingsPath | None = None
    limit_kbit: int | None = Field(None, strict=True, ge=16)
    hours: Annotated[str, refusable(_hours)] | None = None


class FolderDestination(Table):
    """A folder: a USB stick or a share. With ``stick`` something must be mounted at ``path``, or delivery waits."""

    id: Slug
    kind: Literal["folder"]
    path: SettingsPath
    stick: bool = Field(False, strict=True)


class Retention(Table):
    """``[retention]``: so many days after the province confirmed all masters of a delivered ledger, they go from here.

    Off where ``masters_after_days`` is not given. ``taken_after_days`` is for the originals of dropped files: so many
    days after their pages were accepted they go from ``taken/``; they stay where it is not given.
    """

    masters_after_days: int | None = Field(None, strict=True, ge=1)
    taken_after_days: int | None = Field(None, strict=True, ge=1)


class BackupTable(Table):
    """``[backup]``: a backup every night into ``folder``, where the newest ``keep`` stay; ``masters`` adds all pages.

    With ``stick`` something must be mounted at ``folder``.
    """

    folder: SettingsPath
    stick: bool = Field(False, strict=True)
    masters: bool = Field(False, strict=True)
    keep: int = Field(14, strict=True, ge=2)


class Web(Table):
    """``[web]``: the web page, for this PC only."""

    host: Annotated[str, refusable(_loopback)] = "127.0.0.1"
    port: int = Field(8158, strict=True, ge=1, le=65535)
    language: Language = "vi"


class Lan(Table):
    """``[lan]``: the page for devices of the office that were paired, by TLS on a port of its own; off by default.

    Who is not in ``allowed`` (IPv4 networks, by default the private ones of RFC 1918) gets no answer at all. ``names``
    are those by which the office's network knows this PC, beside its host name.
    """

    enabled: bool = Field(False, strict=True)
    port: int = Field(8443, strict=True, ge=1024, le=65535)
    allowed: tuple[Network, ...] = PRIVATE
    names: tuple[HostName, ...] = ()


class ReadingTable(Table):
    """``[reading]``: whether the machine reads numbers and dates off the pages."""

    enabled: bool = Field(True, strict=True)


Scanner = Annotated[SaneScanner | SimulatedScanner | FolderScanner, Field(discriminator="driver")]
Destination = Annotated[TusDestination | FolderDestination, Field(discriminator="kind")]

#: The model of each table, by its section and, where these differ, by the value of the key in :data:`TAGS`.
TABLES: dict[tuple[str, ...], type[Table | Limits]] = {
    ("station",): StationTable,
    ("place",): PlaceTable,
    ("type",): LedgerType,
    ("scanner", "sane"): SaneScanner,
    ("scanner", "simulated"): SimulatedScanner,
    ("scanner", "folder"): FolderScanner,
    ("scanner", "deadlines"): ScannerDeadlines,
    ("profile",): ScanProfile,
    ("profile", "limits"): Limits,
    ("names",): NamesTable,
    ("destination", "tus"): TusDestination,
    ("destination", "folder"): FolderDestination,
    ("retention",): Retention,
    ("backup",): BackupTable,
    ("web",): Web,
    ("lan",): Lan,
    ("reading",): ReadingTable,
}
TAGS = {"scanner": "driver", "destination": "kind"}

#: Sections that are written once, in single brackets; all others repeat.
SINGLE = ("station", "retention", "backup", "web", "lan", "reading")
