"""The province's settings: one TOML file, and the list of communes that it names.

``[province]`` is what page and roll-up need; the other sections are for giving out settings and new versions.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from station.domain.report_columns import DoneMeasure
from station.errors import SettingsRefused
from station.province import communes
from station.province.communes import ListedCommune
from station.receiver import database, stores
from station.settings.tables import AnyDestination, FolderDestination, SettingsTable, TusDestination, Web
from station.settings.validation_errors import SettingsMistake, SettingsMistakes, Tables, across_tables, from_pydantic
from station.settings.value_types import SettingsPath, Text, Url


def _place(place: str, info: ValidationInfo) -> str:
    if stores.is_bucket(place) or database.is_address(place):
        return place
    return str(info.context["folder"] / place) if info.context else place


Place = Annotated[Text, AfterValidator(_place)]


class ProvinceTable(Web):
    """``[province]``: its page as a station's ``[web]``; ``data`` holds the roll-up.

    ``store``, ``store_key`` and ``receipts`` are those of ``tramquet receive``: folders, or a bucket and a database.
    ``communes`` is a list (.xlsx, .csv) of the communes with their stations and totals. ``done`` is when an entry
    counts (delivered: it arrived here), ``classes`` are upper bounds in per cent. A station that was not heard for
    ``silent_hours`` is silent.
    """

    name: Text
    store: Place
    store_key: SettingsPath | None = None
    receipts: Place | None = None
    data: SettingsPath
    communes: SettingsPath | None = None
    done: DoneMeasure = DoneMeasure.DELIVERED
    classes: tuple[int, ...] = (10, 50)
    silent_hours: int = Field(24, strict=True, ge=1, le=24 * 60)
    port: int = Field(8160, strict=True, ge=1, le=65535)

    @property
    def ledger(self) -> str:
        """Where the receipts stay, as people may see it."""
        return database.without_password(self.receipts or self.store)

    @field_validator("classes")
    @classmethod
    def _rise(cls, classes: tuple[int, ...]) -> tuple[int, ...]:
        if not classes or list(classes) != sorted(set(classes)) or not 0 < classes[0] <= classes[-1] < 100:
            raise PydanticCustomError("settings-report-classes", "settings-report-classes")
        return classes


class StationsTable(SettingsTable):
    """``[stations]``: the ``sheet`` of all stations (.xlsx, .csv), and the receiver's list of their ``tokens``."""

    sheet: SettingsPath
    tokens: SettingsPath


class ReleaseTable(SettingsTable):
    """``[release]``: the signed ``repository`` of our packages, a folder that nginx serves as ``address``.

    ``signing`` is the home folder of gpg with the one key that signs it. A station is well with a new version once it
    was heard with it over ``proven_hours``.
    """

    repository: SettingsPath
    address: Url
    signing: SettingsPath
    proven_hours: float = Field(4.0, ge=0, le=24 * 30)


class ProvinceSettings(SettingsTable):
    """All of the file; ``listed`` are the communes of the list, none where there is no list.

    ``destinations`` are those of stations, written as a station has them; the sheet names them by their ids.
    """

    province: ProvinceTable
    stations: StationsTable | None = None
    destinations: tuple[AnyDestination, ...] = Field((), alias="destination")
    release: ReleaseTable | None = None
    listed: tuple[ListedCommune, ...] = ()


_TABLES: Tables = {
    ("province",): ProvinceTable,
    ("stations",): StationsTable,
    ("destination", "tus"): TusDestination,
    ("destination", "folder"): FolderDestination,
    ("release",): ReleaseTable,
}
_SECTIONS = tuple(dict.fromkeys(path[0] for path in _TABLES))


def load(path: Path) -> ProvinceSettings:
    """Read and check both files. Raises ``SettingsRefused`` with every mistake, ``Refused`` over the list."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsRefused("province-settings-unreadable", path=path, detail=error.strerror) from error
    except UnicodeDecodeError as error:
        raise SettingsRefused("settings-not-utf8", path=path) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsRefused("settings-syntax", path=path, detail=error) from error
    mistakes = [
        SettingsMistake((key,), "settings-key-unknown", {"known": ", ".join(_SECTIONS)})
        for key in document
        if key not in _SECTIONS
    ]
    mistakes += across_tables(document, {})
    try:
        sections = {"province": {}} | {key: document[key] for key in _SECTIONS if key in document}
        settings = ProvinceSettings.model_validate(sections, context={"folder": path.absolute().parent})
    except ValidationError as error:
        mistakes += from_pydantic(error, _TABLES)
    if mistakes:
        raise SettingsRefused("settings-refused", path=path, count=len(mistakes), mistakes=SettingsMistakes(mistakes))
    if settings.province.communes is None:
        return settings
    return settings.model_copy(update={"listed": tuple(communes.read(settings.province.communes))})
