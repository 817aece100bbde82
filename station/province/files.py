"""What stations send, read for the roll-up: manifests and days' reports, without a person's name or a row's values.

A file that cannot be counted is told by a reason and stays in the store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from station.receiver.receipts import StoredReceipt
from station.receiver.stores.contract import Store

#: The manifests this roll-up knows; a newer one may mean something else.
MANIFEST_FORMAT = 1
#: A larger one is none (bytes): a ledger of a thousand entries has some three megabytes.
LARGEST = 64 * 1024**2
_REPORT = re.compile(r"bao-cao_.+\.json")

#: Rows by table, as :mod:`station.province.facts` takes them.
Rows = dict[str, list[tuple[Any, ...]]]

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
_Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,16}$")]
_Ledger = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.]{1,64}$")]
_Short = Annotated[str, StringConstraints(max_length=16)]
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0, le=10**8)]


class UnreadFile(Exception):
    """The file is not counted; ``reason`` is a word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Head(_Told):
    format: Annotated[int, Field(ge=0)] = 0


class _Place(_Told):
    code: _Code
    commune: _Name
    district: _Name | None = None
    province: _Name | None = None


class _LedgerName(_Told):
    name: _Ledger
    type: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,5}$")]
    pages_expected: _Count | None = None
    entries_expected: _Count | None = None


class _Entry(_Told):
    number: _Short
    year: Annotated[int, Field(ge=1800, le=2200)] | None = None
    date: _Short | None = None


class _File(_Told):
    name: _Name
    sha256: _Sha256


class _Manifest(_Told):
    kind: _Short
    station: _Slug
    place: _Place
    ledger: _LedgerName
    revision: Annotated[int, Field(ge=1, le=10**6)]
    partial: bool = False
    totals: _Short | None = None
    gaps: list[Any] = []
    pages: list[Any] = []
    entries: list[_Entry]
    software: Annotated[str, StringConstraints(max_length=100)] = ""
    files: Annotated[list[_File], Field(min_length=1, max_length=10)]


class _LedgerWork(_Told):
    closed: _Count = 0


class _PageWork(_Told):
    scanned: _Count = 0
    a4_equivalents: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] = 0.0


class _Now(_Told):
    total: _Count = 0
    named: _Count = 0
    delivered: _Count = 0
    attached: _Count = 0
    ledgers_without_total: _Count = 0


class _EntryWork(_Told):
    named: _Count = 0
    attached: _Count = 0
    now: _Now = _Now()


class _PlaceWork(_Told):
    place: _Code
    ledgers: _LedgerWork = _LedgerWork()
    pages: _PageWork = _PageWork()
    entries: _EntryWork = _EntryWork()


class _Report(_Told):
    day: date
    station: _Slug
    revision: Annotated[int, Field(ge=1, le=10**6)]
    made_at: AwareDatetime
    places: Annotated[list[_PlaceWork], Field(max_length=1000)]


def rows_of(receipt: StoredReceipt, store: Store) -> Rows:
    """What a received file says, as rows; nothing for one that is no manifest and no report.

    Raises ``UnreadFile``; ``StoreFailed`` where the store cannot be asked now.
    """
    is_manifest = receipt.filename == "manifest.json"
    if not is_manifest and not _REPORT.fullmatch(receipt.filename):
        return {}
    if receipt.bytes > LARGEST:
        raise UnreadFile("too-large")
    try:
        content = store.read(receipt.sha256)
    except FileNotFoundError as error:
        raise UnreadFile("not-in-store") from error
    try:
        return _manifest_rows(receipt, content) if is_manifest else _report_rows(receipt, content)
    except (ValidationError, ValueError, OverflowError) as error:
        raise UnreadFile("not-understood") from error


def utc_text(moment: datetime) -> str:
    """As the tables hold it: UTC, without saying so."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def received(receipt: StoredReceipt) -> str:
    """When it was received, as the tables hold it."""
    return utc_text(datetime.fromisoformat(receipt.at))


def _manifest_rows(receipt: StoredReceipt, content: bytes) -> Rows:
    head = _Head.model_validate_json(content)
    if head.format != MANIFEST_FORMAT:
        raise UnreadFile("manifest-newer" if head.format > MANIFEST_FORMAT else "manifest-older")
    told = _Manifest.model_validate_json(content)
    row = (
        *(receipt.sha256, told.station, told.place.code, told.place.commune, told.place.district, told.place.province),
        *(told.ledger.name, told.ledger.type, told.kind, told.revision, told.partial, told.totals),
        *(len(told.pages), told.ledger.pages_expected, len(told.entries), told.ledger.entries_expected),
        *(len(told.gaps), told.software, told.files[0].sha256, received(receipt)),
    )
    entries = told.entries if told.kind == "entries" else []
    return {
        "manifest": [row],
        "entry": [(receipt.sha256, one.year or 0, one.number, one.date) for one in entries],
    }


def _report_rows(receipt: StoredReceipt, content: bytes) -> Rows:
    told = _Report.model_validate_json(content)
    row = (receipt.sha256, told.station, told.day.isoformat(), told.revision, _made_at(told), received(receipt))
    places: Mapping[str, _PlaceWork] = {one.place: one for one in told.places}
    return {"report": [row], "report_place": [_place_row(receipt.sha256, one) for one in places.values()]}


def _place_row(sha256: str, work: _PlaceWork) -> tuple[Any, ...]:
    now = work.entries.now
    return (
        *(sha256, work.place, work.ledgers.closed, work.pages.scanned, work.pages.a4_equivalents),
        *(work.entries.named, work.entries.attached, now.total, now.named, now.delivered, now.attached),
        now.ledgers_without_total,
    )


def _made_at(told: _Report) -> str:
    """A clock that says the year 9999 has no time in UTC: OverflowError."""
    return utc_text(told.made_at)
