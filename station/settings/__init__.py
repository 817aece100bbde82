"""The station's settings: one TOML file, checked as a whole; every mistake in it is told at once.

The smallest file that works, and what each section means, is in docs; what may stand in a section is in
:mod:`station.settings.tables`.
"""

from __future__ import annotations

import os
import pwd
import tomllib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from drivers import Encoding, Mode
from station.domain.checks import SecondLook
from station.domain.finding_limits import Limits
from station.domain.naming.export_templates import BUILT_IN, NameProfile
from station.domain.paper import Layout, iso_size
from station.errors import Refused, SettingsRefused
from station.settings.tables import (
    AnyDestination,
    BackupTable,
    ChecksTable,
    Lan,
    LedgerType,
    NamesTable,
    PlaceTable,
    ReadingTable,
    ReportTable,
    Retention,
    RowsTable,
    Scanner,
    ScanProfile,
    SettingsTable,
    StationTable,
    TargetTable,
    UploadCopyTable,
    Web,
)
from station.settings.validation_errors import (
    SettingsMistake,
    SettingsMistakes,
    across_tables,
    from_pydantic,
    listed_values,
)

#: Types with a known code (docs/registers.md); the others that exist have none that could be found.
TYPES = (
    LedgerType(code="KS", vi="Khai sinh", en="Birth"),
    LedgerType(code="KT", vi="Khai tử", en="Death"),
    LedgerType(code="KH", vi="Kết hôn", en="Marriage"),
    LedgerType(code="CMC", vi="Nhận cha mẹ con", en="Recognition of parent or child"),
    LedgerType(code="HN", vi="Xác nhận tình trạng hôn nhân", en="Marital status certificate"),
    LedgerType(code="GH", vi="Giám hộ", en="Guardianship"),
)

SCAN_PROFILES = (
    ScanProfile(id="standard"),
    ScanProfile(id="lossless", encoding=Encoding.TIFF),
    ScanProfile(id="grey", mode=Mode.GREY),
    ScanProfile(id="grey-lossless", mode=Mode.GREY, encoding=Encoding.TIFF),
    # An A2 ledger is an open book of A3 pages.
    ScanProfile(id="spread", layout=Layout.SPREAD, papers=("A2",)),
    # An A3 page lies on its side on A4 glass. Which scanner has such glass, the settings must say.
    ScanProfile(id="parts", layout=Layout.PARTS, turn=90),
)

#: Raised when a key changes its meaning; ``[station] format`` says which one a file was written in.
FORMAT = 1

T = TypeVar("T")


def _added_to(built_in: tuple[T, ...], key: Callable[[T], str]) -> AfterValidator:
    """Put what the file gives over what is built in: under a known key in its place, else behind it."""

    def merge(given_ones: tuple[T, ...]) -> tuple[T, ...]:
        return tuple({key(one): one for one in (*built_in, *given_ones)}.values())

    return AfterValidator(merge)


class Settings(SettingsTable):
    """All settings, with what is built in filled in. The first place and the first scanner are the defaults."""

    station: StationTable
    places: tuple[PlaceTable, ...] = Field(alias="place")
    types: Annotated[tuple[LedgerType, ...], _added_to(TYPES, lambda one: one.code)] = Field(TYPES, alias="type")
    scanners: tuple[Scanner, ...] = Field((), alias="scanner")
    profiles: Annotated[tuple[ScanProfile, ...], _added_to(SCAN_PROFILES, lambda one: one.id)] = Field(
        SCAN_PROFILES, alias="profile"
    )
    names: tuple[NamesTable, ...] = ()
    destinations: tuple[AnyDestination, ...] = Field((), alias="destination")
    retention: Retention = Retention()
    backup: BackupTable | None = None
    web: Web = Web()
    lan: Lan = Lan()
    reading: ReadingTable = ReadingTable()
    checks: ChecksTable = ChecksTable()
    rows: RowsTable = RowsTable()
    target: TargetTable = TargetTable()
    upload_copy: UploadCopyTable = UploadCopyTable()
    report: ReportTable = ReportTable()

    @cached_property
    def name_profile(self) -> NameProfile:
        """The name profile that ``[station] names`` chose."""
        profiles = BUILT_IN | {names.id: names.profile() for names in self.names}
        return profiles[self.station.names]

    def place(self, code: str | None = None) -> PlaceTable:
        """The place of ``code``, without one the default place."""
        return self.places[0] if code is None else _find("place-unknown", code, {one.code: one for one in self.places})

    def ledger_type(self, code: str) -> LedgerType:
        """The ledger type of ``code``."""
        return _find("type-unknown", code, {one.code: one for one in self.types})

    def type_name(self, code: str, language: str) -> str:
        """What people call ledgers of this type: "Khai sinh"; its code where the settings know it no more."""
        known = {one.code: one.vi if language == "vi" else one.en for one in self.types}
        return known.get(code, code)

    def scanner(self, scanner_id: str | None = None) -> Scanner:
        """The scanner of that id, without one the first."""
        if not self.scanners:
            raise Refused("scanner-none")
        by_id = {one.id: one for one in self.scanners}
        return self.scanners[0] if scanner_id is None else _find("scanner-unknown", scanner_id, by_id)

    def scan_profile(self, profile_id: str) -> ScanProfile:
        """The scan profile of that id."""
        return _find("profile-unknown", profile_id, {one.id: one for one in self.profiles})

    def limits(self, profile_id: str) -> Limits:
        """What counts as a finding by that profile; by the standard one where the settings do not have it any more."""
        profiles = {one.id: one for one in self.profiles}
        return profiles.get(profile_id, profiles[SCAN_PROFILES[0].id]).limits

    def second_look(self, ledger_type: str) -> SecondLook:
        """What second look the rows of this type get."""
        return next((look for code, look in self.rows.second_look.items() if code == ledger_type), SecondLook.NONE)

    def usual_profile(self, scanner: Scanner, ledger_type: str, paper: str) -> ScanProfile:
        """The scan profile for such a ledger on this scanner: the one that says most, or the scanner's own.

        ``paper`` is "" while nobody knows it.
        """

        # A page of a size of its own needs what the ISO size that holds it needs; its own size says more.
        papers = {paper, iso_size(paper)} if paper else set()

        def fit(profile: ScanProfile) -> tuple[int, bool]:
            wishes = ((profile.types, {ledger_type}), (profile.papers, papers), (profile.scanners, {scanner.id}))
            given_ones = [not those.isdisjoint(names) for names, those in wishes if names]
            return (len(given_ones) if all(given_ones) else 0, paper in profile.papers)

        best = max(self.profiles, key=fit)
        return best if fit(best)[0] else self.scan_profile(scanner.profile)


def _find(code: str, name: str, there: dict[str, T]) -> T:
    if name not in there:
        raise Refused(code, text=name, known=", ".join(there))
    return there[name]


def load(path: Path, *, data: Path | None = None) -> Settings:
    """Read and check the settings file; ``data`` (relative to the working folder) wins over ``[station] data``.

    Relative paths in the file start at the file's folder. Raises ``SettingsRefused`` with every mistake.
    """
    document = _read(path)
    _refuse_newer(path, document)
    if data is not None and isinstance(station := document.get("station"), dict):
        station["data"] = str(data.absolute())
    references = {
        ("station", "names"): [*BUILT_IN, *listed_values(document, "names", "id")],
        ("profile", "types"): [*(one.code for one in TYPES), *listed_values(document, "type", "code")],
        ("profile", "scanners"): listed_values(document, "scanner", "id"),
        ("checks", "types"): [*(one.code for one in TYPES), *listed_values(document, "type", "code")],
        ("report", "destination"): listed_values(document, "destination", "id"),
        ("scanner", "profile"): [*(one.id for one in SCAN_PROFILES), *listed_values(document, "profile", "id")],
    }
    mistakes = list(across_tables(document, references))
    if document.get("place") == []:
        mistakes.append(SettingsMistake(("place",), "settings-missing"))
    try:
        settings = Settings.model_validate(document, context={"folder": path.absolute().parent})
    except ValidationError as error:
        mistakes += from_pydantic(error)
    if mistakes:
        raise SettingsRefused("settings-refused", path=path, count=len(mistakes), mistakes=SettingsMistakes(mistakes))
    return settings


def _refuse_newer(path: Path, document: dict[str, Any]) -> None:
    """What a newer station wrote may mean something else here, also where its keys are known."""
    head = document.get("station")
    version = head.get("format") if isinstance(head, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise SettingsRefused("settings-newer", path=path, found=version, known=FORMAT)


def _asker() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _read(path: Path) -> dict[str, Any]:
    try:
        # Notepad puts a byte order mark in front, which TOML does not allow.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise SettingsRefused("settings-file-missing", path=path) from error
    except OSError as error:
        raise SettingsRefused("settings-unreadable", path=path, user=_asker(), detail=error.strerror) from error
    except UnicodeDecodeError as error:
        raise SettingsRefused("settings-not-utf8", path=path) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsRefused("settings-syntax", path=path, detail=error) from error
