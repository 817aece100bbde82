"""What stations send, read for the roll-up: manifests and days' reports, without a row's values.

Of people it has those alone who closed a ledger although something was missing, with their reason.

A file that cannot be counted is told by a reason and stays in the store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from station.domain import identifiers
from station.domain.states import PackageKind
from station.receiver.receipts import StoredReceipt
from station.receiver.stores.contract import Store

#: The manifests this roll-up knows; a newer one may mean something else.
MANIFEST_FORMAT = 1
#: A larger one is none (bytes): a ledger of a thousand entries has some three megabytes.
LARGEST = 64 * 1024**2
_REPORT = re.compile(r"bao-cao_.+\.json")

#: Rows by table, as :mod:`station.province.rollup_tables` takes them.
Rows = dict[str, list[tuple[Any, ...]]]

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Slug = Annotated[str, StringConstraints(pattern=rf"^{identifiers.PATTERN}$")]
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


class _ReceivedTable(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _FormatVersion(_ReceivedTable):
    format: Annotated[int, Field(ge=0)] = 0


class _ReceivedPlace(_ReceivedTable):
    code: _Code
    commune: _Name
    district: _Name | None = None
    province: _Name | None = None


class _LedgerName(_ReceivedTable):
    name: _Ledger
    type: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,5}$")]
    pages_expected: _Count | None = None
    entries_expected: _Count | None = None


class _ClosedLedger(_ReceivedTable):
    """Who closed the ledger although something was missing, and why; cut to what the tables hold."""

    by: Annotated[str, AfterValidator(lambda text: text[:200])] = ""
    reason: Annotated[str, AfterValidator(lambda text: text[:1000])]


class _ReceivedHandOver(_ReceivedTable):
    """A hand-over by which the ledger came, or one that was taken back; the reason is cut to what the tables hold."""

    station: _Slug = Field(alias="from")
    code: _Short
    state: _Short
    revision: _Count
    reason: Annotated[str, AfterValidator(lambda text: text[:1000])] | None = None


class _ReceivedEntry(_ReceivedTable):
    number: _Short
    year: Annotated[int, Field(ge=1800, le=2200)] | None = None
    date: _Short | None = None


class _ListedFile(_ReceivedTable):
    name: _Name
    sha256: _Sha256


class _ReceivedManifest(_ReceivedTable):
    kind: _Short
    station: _Slug
    place: _ReceivedPlace
    ledger: _LedgerName
    revision: Annotated[int, Field(ge=1, le=10**6)]
    partial: bool = False
    totals: _Short | None = None
    closed: _ClosedLedger | None = None
    hand_overs: Annotated[list[_ReceivedHandOver], Field(max_length=100)] = []
    gaps: list[Any] = []
    pages: list[Any] = []
    entries: list[_ReceivedEntry]
    software: Annotated[str, StringConstraints(max_length=100)] = ""
    files: Annotated[list[_ListedFile], Field(min_length=1, max_length=10)]


class _LedgerWork(_ReceivedTable):
    closed: _Count = 0


class _PageWork(_ReceivedTable):
    scanned: _Count = 0
    a4_equivalents: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] = 0.0


class _EntryTotals(_ReceivedTable):
    total: _Count = 0
    named: _Count = 0
    delivered: _Count = 0
    attached: _Count = 0
    ledgers_without_total: _Count = 0


class _EntryWork(_ReceivedTable):
    named: _Count = 0
    attached: _Count = 0
    now: _EntryTotals = _EntryTotals()


class _PlaceWork(_ReceivedTable):
    place: _Code
    ledgers: _LedgerWork = _LedgerWork()
    pages: _PageWork = _PageWork()
    entries: _EntryWork = _EntryWork()


class _ReceivedReport(_ReceivedTable):
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


def received_at(receipt: StoredReceipt) -> str:
    """When it was received, as the tables hold it."""
    return utc_text(datetime.fromisoformat(receipt.at))


def _manifest_rows(receipt: StoredReceipt, content: bytes) -> Rows:
    head = _FormatVersion.model_validate_json(content)
    if head.format != MANIFEST_FORMAT:
        raise UnreadFile("manifest-newer" if head.format > MANIFEST_FORMAT else "manifest-older")
    manifest = _ReceivedManifest.model_validate_json(content)
    place, ledger, closed = manifest.place, manifest.ledger, manifest.closed
    row = (
        *(receipt.sha256, manifest.station, place.code, place.commune, place.district, place.province),
        *(ledger.name, ledger.type, manifest.kind, manifest.revision, manifest.partial, manifest.totals),
        *((closed.reason, closed.by) if closed else (None, None)),
        *(len(manifest.pages), ledger.pages_expected, len(manifest.entries), ledger.entries_expected),
        *(len(manifest.gaps), manifest.software, manifest.files[0].sha256, received_at(receipt)),
    )
    entries = manifest.entries if manifest.kind == PackageKind.ENTRIES else []
    came = [(one.station, one.code, one.state, one.revision, one.reason) for one in manifest.hand_overs]
    return {
        "manifest": [row],
        "hand_over": [(receipt.sha256, *one) for one in came],
        "entry": [(receipt.sha256, one.year or 0, one.number, one.date) for one in entries],
    }


def _report_rows(receipt: StoredReceipt, content: bytes) -> Rows:
    report = _ReceivedReport.model_validate_json(content)
    made_at, at = _made_at(report), received_at(receipt)
    row = (receipt.sha256, report.station, report.day.isoformat(), report.revision, made_at, at)
    places: Mapping[str, _PlaceWork] = {one.place: one for one in report.places}
    return {"report": [row], "report_place": [_place_row(receipt.sha256, one) for one in places.values()]}


def _place_row(sha256: str, work: _PlaceWork) -> tuple[Any, ...]:
    now = work.entries.now
    return (
        *(sha256, work.place, work.ledgers.closed, work.pages.scanned, work.pages.a4_equivalents),
        *(work.entries.named, work.entries.attached, now.total, now.named, now.delivered, now.attached),
        now.ledgers_without_total,
    )


def _made_at(report: _ReceivedReport) -> str:
    """A clock that says the year 9999 has no time in UTC: OverflowError."""
    return utc_text(report.made_at)
