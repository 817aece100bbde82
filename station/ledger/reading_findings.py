"""What the machine read on a ledger's pages, held against the ledger and against each other.

A value counts where it is sure. The number that is printed on a page is filled in where nobody typed one; what speaks
against the order of the pages, or against their being of this ledger, becomes a finding, and asks no more when it is so
no longer. A person's word wins: what was answered stays answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Finding, Ledger, Page, Reading, ReadValue, Region
from station.context import Station
from station.domain.finding_codes import READ_OFF, FindingCode
from station.domain.states import LedgerState, PageState, ValueSource
from station.ledger import finding_resolutions, ledgers, page_readings, pages, printed_numbers
from station.ledger.finding_resolutions import Resolution
from station.ledger.page_number_findings import NumberedPage, page_number_findings
from station.reading.fields import TITLED, FieldKind, Grade

#: A page that stands on its head has so many values that were read surely: the other way none would be.
_SURELY_TURNED = 2
#: Of a ledger that is numbered on every page, this share of the pages has a number that can be read.
_NUMBERED = 0.7
#: After so many answers that all is right, a ledger is not asked about the same any more: it is numbered so.
_KEPT = 3


@dataclass(frozen=True)
class _ReadPage:
    """A page with what was read on it surely, by kind; ``is_read`` is whether anything was tried."""

    page: int
    order: int
    label: str
    capture: int
    state: str
    number: str | None
    source: str | None
    is_read: bool
    upside_down: bool
    empty_form: bool
    values: dict[str, str]

    @property
    def is_typed(self) -> bool:
        """Whether a person said which number is printed on it, or that none is."""
        return self.source == ValueSource.TYPED or (self.number is not None and self.source is None)

    def printed(self) -> int | None:
        """The number that was read on it surely, where a person says no other."""
        read = self.values.get(FieldKind.PAGE)
        return None if read is None or (self.is_typed and self.number != read) else int(read)


@dataclass
class _Changes:
    """What is to be changed: numbers by page, new findings and other details, findings that are so no longer."""

    numbers: dict[int, str | None] = field(default_factory=dict)
    new: list[tuple[int, str, str | None]] = field(default_factory=list)
    details: dict[int, str | None] = field(default_factory=dict)
    mended: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.numbers or self.new or self.details or self.mended)


def judge(station: Station, ledger_text: str) -> None:
    """Fill in the printed numbers of a ledger's pages, and bring its findings to what was read so far.

    A ledger that was closed gets neither numbers nor findings, for its package would not be true any more; what is
    mended is told of it too.
    """
    with station.catalogue.reading() as session:
        if not _changes(session, ledgers.find(session, ledger_text)):
            return
    with station.catalogue.writing() as session:
        changes = _changes(session, ledgers.find(session, ledger_text))
        for page_id, number in changes.numbers.items():
            page = session.get_one(Page, page_id)
            page.number, page.number_source = number, None if number is None else ValueSource.READ
        for capture_id, code, detail in changes.new:
            capture = session.get_one(Capture, capture_id)
            pages.add_finding(session, capture, code, found_by=pages.STATION, detail=detail)
        for finding_id, detail in changes.details.items():
            session.get_one(Finding, finding_id).detail = detail
        mended = [session.get_one(Finding, finding_id) for finding_id in changes.mended]
        finding_resolutions.resolve(mended, Resolution.MENDED, who=pages.STATION)


def _changes(session: Session, ledger: Ledger) -> _Changes:
    if ledger.state == LedgerState.HANDED_OVER:
        return _Changes()  # they are judged where it goes on
    sheets = _sheets(session, ledger)
    if not any(sheet.is_read for sheet in sheets):
        return _Changes()
    foreign = {sheet.capture: other for sheet in sheets if (other := _other_ledger(ledger, sheet)) is not None}
    is_open = ledgers.is_open(ledger)
    changes = _Changes(numbers=dict(_numbers(sheets, foreign)) if is_open else {})
    findings = _findings(session, ledger, *READ_OFF)
    answered_keys = {(one.capture_id, one.code) for one in findings if one.resolution not in (None, Resolution.MENDED)}
    kept_counts = Counter(one.code for one in findings if one.resolution == Resolution.KEPT)
    kept_details = {(one.code, one.detail) for one in findings if one.resolution == Resolution.KEPT}
    doubts = _doubts(sheets, foreign)
    open_findings = {(one.capture_id, one.code): one for one in findings if one.resolved_at is None}
    for (capture, code), finding in open_findings.items():
        if (capture, code) not in doubts:
            changes.mended.append(finding.id)
        elif doubts[capture, code] != finding.detail:
            changes.details[finding.id] = doubts[capture, code]
    twins = {one.capture_id for one in _findings(session, ledger, FindingCode.NEAR_DUPLICATE)}
    for (capture, code), detail in doubts.items() if is_open else ():
        is_told = (capture, code) in open_findings or (capture, code) in answered_keys
        is_right_here = kept_counts[code] >= _KEPT or (
            code == FindingCode.WRONG_LEDGER and (code, detail) in kept_details
        )
        # Two pages that look alike are asked about as such.
        is_twin = code == FindingCode.PAGE_REPEAT and capture in twins
        if not (is_told or is_right_here or is_twin):
            changes.new.append((capture, code, detail))
    return changes


def _doubts(sheets: Sequence[_ReadPage], foreign: dict[int, str]) -> dict[tuple[int, str], str | None]:
    """What is doubted, with its detail, by capture and code; two pages of one image ask once."""
    doubts: dict[tuple[int, str], str | None] = {}
    last_entry = max((sheet.order for sheet in sheets if FieldKind.NUMBER in sheet.values), default=0)
    numbered: list[NumberedPage] = []
    by_order = {sheet.order: sheet for sheet in sheets}
    for sheet in sheets:
        if sheet.upside_down and len(sheet.values) >= _SURELY_TURNED:
            doubts[sheet.capture, FindingCode.UPSIDE_DOWN] = None
        if sheet.empty_form and sheet.state == PageState.UNSORTED and sheet.order < last_entry:
            doubts[sheet.capture, FindingCode.EMPTY_FORM] = None
        if sheet.capture in foreign:
            doubts[sheet.capture, FindingCode.WRONG_LEDGER] = foreign[sheet.capture]
        elif (number := sheet.printed()) is not None:
            numbered.append(NumberedPage(sheet.order, sheet.label, number))
    for order, finding in page_number_findings(numbered).items():
        doubts.setdefault((by_order[order].capture, finding.code), finding.detail)
    for sheet, other in _same_entries(sheets, foreign):
        doubts.setdefault((sheet.capture, FindingCode.PAGE_REPEAT), other)
    return doubts


def _same_entries(sheets: Sequence[_ReadPage], foreign: dict[int, str]) -> Iterator[tuple[_ReadPage, str]]:
    """Pages whose printed number nobody could read, with the page before that has the same entry's number and date.

    Where numbers stand on one side of a leaf alone, an entry may well go on behind: nothing is said then.
    """
    read = [sheet for sheet in sheets if sheet.is_read and sheet.capture not in foreign and sheet.values]
    if sum(FieldKind.PAGE in sheet.values for sheet in read) < _NUMBERED * len(read):
        return
    seen: dict[tuple[str, str], str] = {}
    for sheet in read:
        if not {FieldKind.NUMBER, FieldKind.DATE} <= sheet.values.keys():
            continue
        label = seen.setdefault((sheet.values[FieldKind.NUMBER], sheet.values[FieldKind.DATE]), sheet.label)
        if label != sheet.label and sheet.printed() is None and not sheet.is_typed:
            yield sheet, label


def _numbers(sheets: Sequence[_ReadPage], foreign: dict[int, str]) -> Iterator[tuple[int, str | None]]:
    """The printed numbers to fill in, and those to take back because the page has another image, by page."""
    for sheet in sheets:
        read = None if sheet.capture in foreign else sheet.values.get(FieldKind.PAGE)
        if sheet.is_read and not sheet.is_typed and sheet.number != read:
            yield sheet.page, read


def _other_ledger(ledger: Ledger, sheet: _ReadPage) -> str | None:
    """The ledger that the heading of a page names, where it surely is another one: ``KH 02/2007``."""
    if ledger.practice:
        return None  # its pages are of any ledger
    own = {FieldKind.TYPE: ledger.type, FieldKind.YEAR: str(ledger.year)}
    if printed_numbers.is_plain(ledger.book):
        own[FieldKind.BOOK] = str(int(ledger.book))
    if ledger.type not in TITLED:
        del own[FieldKind.TYPE]  # what its forms are titled nobody knows
    read = {kind: sheet.values[kind] for kind in own if kind in sheet.values}
    if ledger.year <= int(read.get(FieldKind.YEAR, ledger.year)) <= ledger.last_year:
        own[FieldKind.YEAR] = read.get(FieldKind.YEAR, own[FieldKind.YEAR])
    if all(value == own[kind] for kind, value in read.items()):
        return None
    shown = {**own, **read}
    book = shown.get(FieldKind.BOOK, ledger.book).zfill(2)
    return f"{read.get(FieldKind.TYPE, ledger.type)} {book}/{shown[FieldKind.YEAR]}"


def _sheets(session: Session, ledger: Ledger) -> list[_ReadPage]:
    """The pages in their order, by their first parts; columns alone, for it is done behind every page of a thousand."""
    query = (
        select(Page.id, Page.order, Page.state, Page.number, Page.number_source)
        .add_columns(Region.capture_id, Region.seq.label("seq"), Region.rotation)
        .add_columns(Reading.id.label("reading"), Reading.turn, Reading.upside_down, Reading.empty_form)
        .join(Region, Region.page_id == Page.id)
        .join(Capture, Capture.id == Region.capture_id)
        .outerjoin(Reading, page_readings.of_region() & Reading.read_at.is_not(None))
        .where(Page.ledger_id == ledger.id, Region.part == 1)
        .order_by(Page.order)
    )
    values = _sure_values(session, ledger)
    return [
        _ReadPage(
            row.id,
            row.order,
            row.seq,
            row.capture_id,
            row.state,
            row.number,
            row.number_source,
            is_read=row.reading is not None,
            upside_down=bool(row.reading) and page_readings.is_upside_down(row.upside_down, row.turn, row.rotation),
            empty_form=bool(row.empty_form),
            values=values.get(row.reading, {}),
        )
        for row in session.execute(query)
    ]


def _sure_values(session: Session, ledger: Ledger) -> dict[int, dict[str, str]]:
    """The first value of each kind that was read surely, by reading."""
    query = select(ReadValue.reading_id, ReadValue.kind, ReadValue.value).join(Reading)
    query = query.join(Capture, Capture.id == Reading.capture_id)
    sure = query.where(Capture.ledger_id == ledger.id, ReadValue.grade == Grade.SURE).order_by(ReadValue.id)
    values: dict[int, dict[str, str]] = {}
    for reading_id, kind, value in session.execute(sure):
        values.setdefault(reading_id, {}).setdefault(kind, value)
    return values


def _findings(session: Session, ledger: Ledger, *codes: FindingCode) -> Sequence[Finding]:
    """The findings of these codes in the ledger's images, answered or not."""
    query = select(Finding).join(Capture, Capture.id == Finding.capture_id)
    return session.scalars(query.where(Capture.ledger_id == ledger.id, Finding.code.in_(codes))).all()
