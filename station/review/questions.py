"""All that the station asks of people about a ledger: findings of its captures, sheets that were not recorded, and
dropped files that seem to repeat a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Finding, IntakeFile, Ledger, Page, Region, ScanSession
from station.context import Station
from station.domain.finding_codes import NAMES_ANOTHER, FindingCode
from station.domain.image_places import ImagePlace
from station.domain.naming.labels import FRONT, split_label, spoken_page
from station.domain.states import LedgerState
from station.errors import Refused
from station.ledger import (
    completeness,
    export_names,
    finding_resolutions,
    ledgers,
    page_number_findings,
    page_order,
    pages,
    printed_numbers,
)
from station.messages import Message
from station.review import file_questions, picture_marks, suggested_place, unrecorded_sheets
from station.review.file_questions import FileAsk
from station.review.picture_marks import PictureMarks
from station.review.unrecorded_sheets import UnrecordedSheets
from station.views.listed_rows import RowPicture


@dataclass(frozen=True)
class FindingQuestion:
    """One finding that asks; ``printed`` is the number that is printed on the page, if it is known.

    Where it names another page, ``other`` is that one as people are spoken to of it. ``place`` is where it lies on the
    image as it is stored, None where it has no place.
    """

    id: int
    code: str
    detail: str | None
    label: str
    printed: str | None
    place: ImagePlace | None = None
    other: str | None = None

    @property
    def name(self) -> Message:
        """In two or three words."""
        return finding_resolutions.name(self.code)

    @property
    def message(self) -> Message:
        """What was seen, what is safe, what to do."""
        return finding_resolutions.sentence(self.code, spoken_page(self.label, self.printed), self.other or self.detail)


@dataclass(frozen=True)
class Question:
    """One question: about an image with all that was found in it, a session's missed sheets, or a dropped file.

    ``key`` names it in addresses: ``c`` and the capture's id, ``s`` and the session's, or ``f`` and the file's.
    """

    key: str
    label: str | None
    capture_id: int | None = None
    doubts: tuple[FindingQuestion, ...] = ()
    unrecorded: UnrecordedSheets | None = None
    file: FileAsk | None = None

    @property
    def codes(self) -> frozenset[str]:
        """The codes of what was found."""
        return frozenset(doubt.code for doubt in self.doubts)

    @property
    def spoken(self) -> str | None:
        """Its page, as people are spoken to of it."""
        if self.unrecorded is not None:
            return self.unrecorded.spoken
        return spoken_page(self.label, self.doubts[0].printed) if self.label and self.doubts else self.label

    @property
    def said(self) -> list[FindingQuestion]:
        """The doubts to put into words: several places that may be hard to read are shown, and said once."""
        unreadable = [doubt for doubt in self.doubts if doubt.code == FindingCode.COPY_UNREADABLE]
        return [doubt for doubt in self.doubts if doubt not in unreadable[1:]]

    @property
    def name(self) -> Message:
        """In a few words."""
        if self.file is not None:
            return Message("flaw-file-grown") if self.file.grown else Message("flaw-file-repeated")
        return self.doubts[0].name if self.doubts else Message("flaw-missed")


@dataclass(frozen=True)
class PagePicture:
    """A page with one picture of it, and on that the places of what is asked."""

    seq: str
    spoken: str
    name: str
    picture: RowPicture
    marks: PictureMarks | None = None


@dataclass(frozen=True)
class PageBeforeGap:
    """The page in front of one where the printed numbers leap: what was left out belongs behind it."""

    seq: str
    spoken: str


@dataclass(frozen=True)
class QuestionPictures:
    """The pictures to look at: the image asked about, the pages beside its probable place, or what it may repeat.

    ``place`` is a recovered page's probable place; ``is_placed`` says that it stands there already.
    """

    page: PagePicture
    before: PagePicture | None = None
    after: PagePicture | None = None
    repeated: PagePicture | None = None
    place: suggested_place.SuggestedPlace | None = None
    is_placed: bool = False


@dataclass(frozen=True)
class ListedQuestion:
    """A question as the command line lists it; its columns are part of the contract with other programs.

    ``place_after`` is a recovered page's probable place, ``detail`` what was measured, or the dropped file's name.
    """

    id: str
    ledger: str
    seq: str | None
    code: str
    sentence: str
    place_after: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class SetAsideCapture:
    """A capture that was set aside as a repeat; ``capture`` is the id of the picture."""

    seq: str
    revision: int
    file: str
    capture: int

    @property
    def picture(self) -> RowPicture:
        """How it is shown: whole, as it was scanned."""
        return RowPicture(self.capture, self.seq, 0, None)


@dataclass(frozen=True)
class QuestionBoard:
    """A ledger's questions with one of them in hand: ``keys`` of all, ``position`` of that one, ``near`` those around.

    Missed sheets come first, because the paper is still at hand, then dropped files, then pages in their order.
    """

    keys: list[str]
    position: int
    near: list[Question]

    @property
    def current(self) -> Question | None:
        """The one in hand; None where nothing is asked."""
        return next((ask for ask in self.near if ask.key == self.keys[self.position]), None)


def keys(station: Station, ledger_text: str) -> list[str]:
    """The keys of a ledger's questions, in their order."""
    with station.catalogue.reading() as session:
        return _keys(station, session, ledgers.find(session, ledger_text))


def board(station: Station, ledger_text: str, key: str | None, size: int) -> QuestionBoard:
    """The question ``key``, or the first, with ``size`` questions around it; there may be thousands."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        open_keys = _keys(station, session, ledger)
        position = open_keys.index(key) if key in open_keys else 0
        first = max(0, min(position - size // 2, len(open_keys) - size))
        near = open_keys[first : first + size]
        captures = [int(one[1:]) for one in near if one.startswith("c")]
        sheets, files = _about_sheets(session, ledger), _about_files(station, session, ledger)
        loaded = [*sheets, *files, *_about_pages(session, ledger, Capture.id.in_(captures))]
        return QuestionBoard(open_keys, position, [ask for ask in loaded if ask.key in near])


def questions_about(station: Station, ledger_text: str, label: str | None) -> list[Question]:
    """The questions to ask beside one page: about sheets that were not recorded, and about the page itself.

    A spread's two pages, 012.1 and 012.2, share the questions of their image.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        own = [] if label is None else _about_pages(session, ledger, Capture.label == split_label(label)[0])
        return [*_about_sheets(session, ledger), *own]


def question_pictures(station: Station, ask: Question) -> QuestionPictures | None:
    """What to show beside a question; None where there is no picture that would help."""
    with station.catalogue.reading() as session:
        if ask.unrecorded is not None:
            return _last_recorded(station, session, ask.unrecorded)
        if ask.file is not None:
            ledger = session.get_one(Ledger, ask.file.ledger_id)
            repeated = _labelled(station, session, ledger, ask.file.label)
            return QuestionPictures(repeated) if repeated else None
        region = session.scalars(_regions(ask.capture_id).limit(1)).first()
        if region is None:
            return None
        page = session.get_one(Page, region.page_id)
        ledger = session.get_one(Ledger, page.ledger_id)
        places = [doubt.place for doubt in ask.doubts if doubt.place]
        marks = picture_marks.marks_on(region.capture, region.rotation, places)
        own = replace(_row(station, ledger, page, region, whole=True), marks=marks)
        if FindingCode.RECOVERED in ask.codes:
            place = suggested_place.suggested_place(session, region.capture)
            before, after = _neighbours(session, ledger, region.capture, place.after)
            is_placed = (before.order if before else 0) == page.order - 1
            return QuestionPictures(
                own,
                before=_row(station, ledger, before) if before else None,
                after=_row(station, ledger, after) if after else None,
                place=place,
                is_placed=is_placed,
            )
        label = next((doubt.detail for doubt in ask.doubts if doubt.code in NAMES_ANOTHER), None)
        return QuestionPictures(own, repeated=_labelled(station, session, ledger, label))


def page_before_gap(station: Station, doubts: Sequence[FindingQuestion]) -> PageBeforeGap | None:
    """The page behind which pages are to be inserted; None where no numbers were left out at the page of ``doubts``."""
    leap = next((doubt for doubt in doubts if page_number_findings.is_gap(doubt.code, doubt.detail)), None)
    if leap is None:
        return None
    with station.catalogue.reading() as session:
        capture = session.get_one(Capture, session.get_one(Finding, leap.id).capture_id)
        ledger = session.get_one(Ledger, capture.ledger_id)
        before = page_order.page_before(session, ledger, capture)
        return PageBeforeGap(before.seq, spoken_page(before.seq, before.number)) if before else None


def rows(station: Station, ledger_text: str | None, language: str) -> list[ListedQuestion]:
    """The questions of one ledger or of all, one row each, as the command line lists them."""
    with station.catalogue.reading() as session:
        selection = [ledgers.find(session, ledger_text)] if ledger_text else _asking_ledgers(session)
        return [row for ledger in selection for row in _rows(station, session, ledger, language)]


def set_aside_rows(station: Station, ledger_text: str) -> list[SetAsideCapture]:
    """The captures of a ledger that were set aside as repeats."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return [
            SetAsideCapture(capture.label, capture.revision, capture.file, capture.id)
            for capture in page_order.set_aside_captures(session, ledger)
        ]


def _asking_ledgers(session: Session) -> Sequence[Ledger]:
    """The ledgers that anything is asked about, by id."""
    doubted = select(Capture.ledger_id).where(finding_resolutions.asks())
    sheets = completeness.unrecorded().with_only_columns(ScanSession.ledger_id)
    files = select(IntakeFile.ledger_id).where(IntakeFile.ledger_id.is_not(None))
    ids = {*session.scalars(doubted.distinct()), *session.scalars(sheets), *session.scalars(files)}
    return session.scalars(
        select(Ledger)
        .where(Ledger.id.in_(ids), Ledger.put_away_at.is_(None), Ledger.state != LedgerState.HANDED_OVER)
        .order_by(Ledger.id)
    ).all()


def _keys(station: Station, session: Session, ledger: Ledger) -> list[str]:
    captures = session.scalars(completeness.captures_that_ask(), {"ledger_id": ledger.id})
    sheets = completeness.unrecorded([ledger.id]).order_by(ScanSession.id.desc())
    files = (one.id for one in file_questions.of_ledger(session, station, ledger))
    return [
        *(f"s{one}" for one in session.scalars(sheets)),
        *(f"f{one}" for one in files),
        *(f"c{one}" for one in captures),
    ]


def _about_sheets(session: Session, ledger: Ledger) -> list[Question]:
    return [
        Question(f"s{item.session_id}", item.last, unrecorded=item)
        for item in unrecorded_sheets.of_ledger(session, ledger)
    ]


def _about_files(station: Station, session: Session, ledger: Ledger) -> list[Question]:
    return [Question(f"f{one.id}", one.label, file=one) for one in file_questions.of_ledger(session, station, ledger)]


def _about_pages(session: Session, ledger: Ledger, *those: ColumnElement[bool]) -> list[Question]:
    query = _unanswered_findings().where(*those)
    questions_by_page: dict[int, dict[int, FindingQuestion]] = {}
    for capture_id, label, printed, finding in session.execute(query, {"ledger_id": ledger.id}):
        # A spread is one image of two pages, and asks once, by the left one's number.
        doubt = FindingQuestion(finding.id, finding.code, finding.detail, label, printed, _place(finding))
        questions_by_page.setdefault(capture_id, {}).setdefault(finding.id, doubt)
    others = others_named(session, ledger, [one for page in questions_by_page.values() for one in page.values()])
    return [
        Question(
            f"c{capture_id}",
            next(iter(doubts.values())).label,
            capture_id,
            tuple(replace(one, other=others.get(one.id)) for one in doubts.values()),
        )
        for capture_id, doubts in questions_by_page.items()
    ]


def others_named(session: Session, ledger: Ledger, doubts: Sequence[FindingQuestion]) -> dict[int, str]:
    """The other pages that these findings name, as people are spoken to of them, by the findings' ids."""
    named = {one.id: one.detail for one in doubts if one.code in NAMES_ANOTHER and one.detail}
    numbers = printed_numbers.of_labels(session, ledger, named.values()) if named else {}
    return {finding: spoken_page(label, numbers.get(label)) for finding, label in named.items()}


@cache
def _unanswered_findings() -> Select[int, str, str | None, Finding]:
    return (
        select(Capture.id, Capture.label, Page.number, Finding)
        .join(Finding, Finding.capture_id == Capture.id)
        .join(Region, Region.capture_id == Capture.id)
        .join(Page, Page.id == Region.page_id)
        .where(Capture.ledger_id == bindparam("ledger_id"), *finding_resolutions.unanswered())
        .order_by(Page.order, Region.part, Finding.id)
    )


def _place(finding: Finding) -> ImagePlace | None:
    if not finding.place:
        return None
    left, top, right, bottom = finding.place
    return left, top, right, bottom


def _rows(station: Station, session: Session, ledger: Ledger, language: str) -> Iterator[ListedQuestion]:
    name = ledgers.reference(ledger)
    for item in unrecorded_sheets.of_ledger(session, ledger):
        yield ListedQuestion(f"s{item.session_id}", name, item.last, "missed", item.message.sentence(language))
    for file in file_questions.of_ledger(session, station, ledger):
        code = "file-grown" if file.grown else "file-repeated"
        yield ListedQuestion(f"f{file.id}", name, file.label, code, file.message.sentence(language), detail=file.name)
    for ask in _about_pages(session, ledger):
        for doubt in ask.doubts:
            yield ListedQuestion(
                str(doubt.id),
                name,
                doubt.label,
                doubt.code,
                doubt.message.sentence(language),
                place_after=_probable_place(session, ask) if doubt.code == FindingCode.RECOVERED else None,
                detail=doubt.detail,
            )


def _probable_place(session: Session, ask: Question) -> str:
    return suggested_place.suggested_place(session, session.get_one(Capture, ask.capture_id)).after


def _regions(capture_id: int | None) -> Select[Region]:
    """The parts of pages that a capture shows, in the order of the pages."""
    return select(Region).join(Page).where(Region.capture_id == capture_id).order_by(Page.order)


def _row(
    station: Station, ledger: Ledger, page: Page, region: Region | None = None, *, whole: bool = False
) -> PagePicture:
    """A page with the picture of one of its parts (the first): of the page alone, or the ``whole`` image."""
    part = region or page.regions[0]
    shown_region = RowPicture.whole(part, part.rotation) if whole else RowPicture.of(part)
    name = export_names.page_name(station.names, ledger, page.seq)
    return PagePicture(page.seq, spoken_page(page.seq, page.number), name, shown_region)


def _last_recorded(station: Station, session: Session, about: UnrecordedSheets) -> QuestionPictures | None:
    run = session.get_one(ScanSession, about.session_id)
    ledger = session.get_one(Ledger, run.ledger_id)
    row = _labelled(station, session, ledger, about.last)
    return QuestionPictures(row) if row else None


def _neighbours(session: Session, ledger: Ledger, capture: Capture, after: str) -> tuple[Page | None, Page | None]:
    """The page at the probable place, and the one that would follow."""
    before = None if after == FRONT else pages.by_label(session, ledger.id, after, last=True)
    own = select(Region.page_id).where(Region.capture_id == capture.id)
    query = select(Page).where(Page.ledger_id == ledger.id, Page.id.not_in(own))
    following = query.where(Page.order > (before.order if before else 0)).order_by(Page.order).limit(1)
    return before, session.scalars(following).first()


def _labelled(station: Station, session: Session, ledger: Ledger, label: str | None) -> PagePicture | None:
    if label is None:
        return None
    try:
        return _row(station, ledger, pages.by_label(session, ledger.id, label), whole=True)
    except Refused:  # it was set aside meanwhile
        return None
