"""The sections of the settings file, one frozen model each; :mod:`station.settings` puts them together.

What may stand as a value is in :mod:`station.settings.value_types`.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from drivers import Chroma, Encoding, Mode, Source
from drivers.deadlines import Deadlines
from station.domain.checks import Looks, SecondLook
from station.domain.finding_limits import Limits
from station.domain.naming.export_templates import NameProfile, Purpose
from station.domain.paper import Layout
from station.domain.report_columns import USUAL_COLUMNS, DoneMeasure, ReportColumn
from station.domain.service_hours import Hours
from station.domain.states import Neighbours
from station.settings.network_types import PRIVATE, HostName, Network
from station.settings.value_types import (
    ANY_SPELLING,
    Day,
    DeviceName,
    Fault,
    Language,
    Loopback,
    Option,
    Paper,
    PlaceCode,
    PlaceName,
    ServiceHours,
    SettingsPath,
    Slug,
    Text,
    TypeCode,
    Url,
    template,
)


class SettingsTable(BaseModel):
    """Base of all sections: cannot be changed once read, knows no keys but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class StationTable(SettingsTable):
    """``[station]``: who this station is; ``names`` is a name profile's id, ``format`` the settings file's own.

    ``key_file`` holds the key that seals the log and the backups.
    """

    format: int = Field(1, strict=True, ge=1)
    id: Slug
    data: SettingsPath
    key_file: SettingsPath = Field(Path("station.key"), validate_default=True)
    sane_config: SettingsPath | None = None
    names: str = "ministry"


class PlaceTable(SettingsTable):
    """``[[place]]``: a commune whose ledgers lie here, perhaps one that was merged away (valid until ``valid_to``)."""

    code: PlaceCode
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


class LedgerType(SettingsTable):
    """``[[type]]``: a kind of register: its code in names, its label in Vietnamese and English."""

    code: TypeCode
    vi: Text
    en: Text


class ScanProfile(SettingsTable):
    """``[[profile]]``: a named set of scan settings. ``dpi`` 100-1200; ``quality`` (50-95) and ``chroma`` are for
    JPEG only.

    ``paper`` is for where the ledger's own size is not what lies on the glass. ``turn`` is how far an image is turned
    clockwise to be upright. Where ``types``, ``papers`` or ``scanners`` are given, the profile is the usual one for
    ledgers of these types and sizes on these scanners; of several that fit, the one that says most of them.
    """

    id: Slug
    mode: Annotated[Mode, ANY_SPELLING] = Mode.COLOUR
    dpi: int = Field(300, strict=True, ge=100, le=1200)
    encoding: Annotated[Encoding, ANY_SPELLING] = Encoding.JPEG
    quality: int = Field(90, strict=True, ge=50, le=95)
    chroma: Chroma = Chroma.FULL
    paper: Paper | None = None
    source: Source | None = None
    layout: Layout = Layout.PAGE
    turn: Literal[0, 90, 180, 270] = 0
    types: tuple[TypeCode, ...] = ()
    papers: tuple[Paper, ...] = ()
    scanners: tuple[str, ...] = ()
    limits: Limits = Limits()


_Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=1, le=600)]


class ScannerDeadlines(SettingsTable):
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


class _ScannerTable(SettingsTable):
    id: Slug
    profile: str = "standard"


#: For how long a scanner stays open after its last page (s); 0 closes it with each session.
_Standby = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=3600)]


class SaneScannerTable(_ScannerTable):
    """A real scanner; ``device`` is one of the spellings of :mod:`drivers.sane.device_identity`.

    ``options`` go to SANE as they are. With ``button`` each page on the glass waits for the scanner's own button.
    ``standby`` is for how many seconds it stays open after its last page.
    """

    driver: Literal["sane"]
    device: DeviceName
    options: dict[str, Option] = {}
    button: bool = Field(False, strict=True)
    standby: _Standby = 120.0
    deadlines: ScannerDeadlines = ScannerDeadlines()


class SimulatedScannerTable(_ScannerTable):
    """Scans the images of the folder ``pages`` through SANE's pnm backend; ``faults`` such as ``3:jammed``.

    With ``again`` the same images lie in the feeder anew when all of them were fed.
    """

    driver: Literal["simulated"]
    pages: SettingsPath | None = None
    faults: tuple[Fault, ...] = ()
    again: bool = Field(False, strict=True)
    standby: _Standby = 120.0
    deadlines: ScannerDeadlines = ScannerDeadlines()


class FolderScannerTable(_ScannerTable):
    """Takes the images that appear in the folder ``path`` when they stood still for ``still`` seconds."""

    driver: Literal["folder"]
    path: SettingsPath
    still: float = Field(2.0, ge=0.1, le=600)


class NamesTable(SettingsTable):
    """``[[names]]``: a name profile as it is written in the settings."""

    id: Slug
    page: Annotated[str, template(Purpose.PAGE)]
    entry: Annotated[str, template(Purpose.ENTRY)]
    package: Annotated[str, template(Purpose.PACKAGE)]
    folders: Annotated[str, template(Purpose.FOLDERS)] = ""

    def profile(self) -> NameProfile:
        """The templates, ready to use."""
        return NameProfile.of(self.id, page=self.page, entry=self.entry, package=self.package, folders=self.folders)


class DestinationTable(SettingsTable):
    """``[[destination]]``: a place where packages go; each kind adds what its way there needs.

    ``name`` is what people on the page read; without it, that is the id.
    """

    id: Slug
    kind: str
    name: Text | None = None

    @property
    def service_hours(self) -> Hours | None:
        """The only hours in which files are sent there; None: always."""
        return None

    @property
    def mount_point(self) -> Path | None:
        """Where something must be mounted while files are sent there; None: nothing needs to be."""
        return None


class TusDestination(DestinationTable):
    """A tus server with its receiver; ``ca_file`` is the province's own authority, where it has one.

    ``limit_kbit`` (kbit/s) leaves the rest of the line to others; ``hours`` such as 18:00-06:00 (the PC's clock) are
    the only ones in which files are sent. Every ``heartbeat_minutes`` the station says there how it is; 0: never.
    """

    kind: Literal["tus"]
    url: Url
    receipts: Url
    token_file: SettingsPath | None = None
    ca_file: SettingsPath | None = None
    limit_kbit: int | None = Field(None, strict=True, ge=16)
    hours: ServiceHours | None = None
    heartbeat_minutes: int = Field(15, strict=True, ge=0, le=1440)

    @property
    def service_hours(self) -> Hours | None:
        """Of the settings."""
        return None if self.hours is None else Hours.parse(self.hours)


class FolderDestination(DestinationTable):
    """A folder: a USB stick or a share. With ``stick`` something must be mounted at ``path``, or delivery waits."""

    kind: Literal["folder"]
    path: SettingsPath
    stick: bool = Field(False, strict=True)

    @property
    def mount_point(self) -> Path | None:
        """The stick's folder."""
        return self.path if self.stick else None


class Retention(SettingsTable):
    """``[retention]``: so many days after the province confirmed all masters of a delivered ledger, they go from here.

    Off where ``masters_after_days`` is not given. ``taken_after_days`` is for the originals of dropped files: so many
    days after their pages were accepted they go from ``taken/``; they stay where it is not given.
    """

    masters_after_days: int | None = Field(None, strict=True, ge=1)
    taken_after_days: int | None = Field(None, strict=True, ge=1)


class BackupTable(SettingsTable):
    """``[backup]``: a backup every night into ``folder``, where the newest ``keep`` stay; ``masters`` adds all pages.

    With ``stick`` something must be mounted at ``folder``.
    """

    folder: SettingsPath
    stick: bool = Field(False, strict=True)
    masters: bool = Field(False, strict=True)
    keep: int = Field(14, strict=True, ge=2)


class Web(SettingsTable):
    """``[web]``: the web page, for this PC only."""

    host: Loopback = "127.0.0.1"
    port: int = Field(8158, strict=True, ge=1, le=65535)
    language: Language = "vi"


class Lan(SettingsTable):
    """``[lan]``: the page for devices of the office that were paired, by TLS on a port of its own; off by default.

    Who is not in ``allowed`` (IPv4 networks, by default the private ones of RFC 1918) gets no answer at all. ``names``
    are those by which the office's network knows this PC, beside its host name.
    """

    enabled: bool = Field(False, strict=True)
    port: int = Field(8443, strict=True, ge=1024, le=65535)
    allowed: tuple[Network, ...] = PRIVATE
    names: tuple[HostName, ...] = ()


class ReadingTable(SettingsTable):
    """``[reading]``: whether the machine reads numbers and dates off the pages."""

    enabled: bool = Field(True, strict=True)


class ChecksTable(SettingsTable):
    """``[checks]``: which looks at its pages a ledger needs, by its type where ``types`` says so.

    The second look is by another person at a sample, so many per cent (``share``) of the pages.
    """

    looks: Annotated[Looks, ANY_SPELLING] = Looks.FIRST
    share: int = Field(30, strict=True, ge=1, le=100)
    types: dict[TypeCode, Annotated[Looks, ANY_SPELLING]] = {}

    def of_type(self, code: str) -> Looks:
        """What ledgers of this type need."""
        return self.types.get(code, self.looks)


class RowsTable(SettingsTable):
    """``[rows]``: what second look the rows of a type of ledger get; none where it is not said."""

    second_look: dict[Literal["KS", "KH", "KT", "CMC", "HN"], SecondLook] = {}


class TargetTable(SettingsTable):
    """``[target]``: from when on a scanner is told not to be as it was, by scans of the capture target.

    Against the middle of its ten measures before: resolution, sharpness (per cent of it), skew (degrees), light that
    falls, white and black that are cut off (per cent more than they were).
    """

    dpi_percent: float = Field(1.0, gt=0, le=50)
    skew_degrees: float = Field(1.0, gt=0, le=45)
    light_percent: float = Field(10.0, gt=0, le=100)
    sharpness_percent: float = Field(20.0, gt=0, le=100)
    clipped_percent: float = Field(2.0, gt=0, le=100)


class UploadCopyTable(SettingsTable):
    """``[upload_copy]``: how large the pages are that go to the ministry's software; masters stay as they are.

    Kilobytes (1,000 bytes) for an A4 page, usually and at most; the resolution in dpi. ``neighbours`` is what an
    entry's PDF shows of others on its page once a person said which part is its own, also where masters go as they are.
    """

    enabled: bool = Field(True, strict=True)
    kb_per_a4: int = Field(100, strict=True, ge=20, le=10_000)
    limit_kb_per_a4: int = Field(200, strict=True, ge=20, le=10_000)
    dpi: int = Field(200, strict=True, ge=100, le=600)
    neighbours: Neighbours = Neighbours.WHITE


class ReportTable(SettingsTable):
    """``[report]``: the day's report: its title, its columns, what each is called instead, and who signs it.

    With ``hour`` (of the PC's clock) it is made and sent each day at that hour, to ``destination`` or the first one.

    ``done`` is when an entry counts as done in a commune's progress, ``classes`` are the upper bounds (per cent) of the
    classes in which the province tells it.
    """

    hour: int | None = Field(None, strict=True, ge=0, le=23)
    destination: str | None = None
    title: Text | None = None
    columns: tuple[ReportColumn, ...] = USUAL_COLUMNS
    names: dict[ReportColumn, Text] = {}
    done: DoneMeasure = DoneMeasure.NAMED
    classes: tuple[Annotated[int, Field(strict=True, ge=1, le=99)], ...] = (10, 50)
    signatures: tuple[Text, ...] = ()

    @field_validator("columns")
    @classmethod
    def _each_once(cls, columns: tuple[ReportColumn, ...]) -> tuple[ReportColumn, ...]:
        if not columns or len(set(columns)) < len(columns):
            raise PydanticCustomError("settings-report-columns", "settings-report-columns")
        return columns

    @field_validator("classes")
    @classmethod
    def _rise(cls, classes: tuple[int, ...]) -> tuple[int, ...]:
        if not classes or list(classes) != sorted(set(classes)):
            raise PydanticCustomError("settings-report-classes", "settings-report-classes")
        return classes


Scanner = Annotated[SaneScannerTable | SimulatedScannerTable | FolderScannerTable, Field(discriminator="driver")]
AnyDestination = Annotated[TusDestination | FolderDestination, Field(discriminator="kind")]

#: The model of each table, by its section and, where these differ, by the value of the key in :data:`TAGS`.
TABLES: dict[tuple[str, ...], type[SettingsTable | Limits]] = {
    ("station",): StationTable,
    ("place",): PlaceTable,
    ("type",): LedgerType,
    ("scanner", "sane"): SaneScannerTable,
    ("scanner", "simulated"): SimulatedScannerTable,
    ("scanner", "folder"): FolderScannerTable,
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
    ("checks",): ChecksTable,
    ("rows",): RowsTable,
    ("target",): TargetTable,
    ("upload_copy",): UploadCopyTable,
    ("report",): ReportTable,
}
TAGS = {"scanner": "driver", "destination": "kind"}

#: Sections that are written once, in single brackets; all others repeat.
SINGLE = (
    "station",
    "retention",
    "backup",
    "web",
    "lan",
    "reading",
    "checks",
    "rows",
    "target",
    "upload_copy",
    "report",
)
