"""What a day's figures count, by hand over small ledgers and by another way over many acts."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from station.delivery import queue as delivery_queue
from station.domain.checks import CheckKind, CheckVerdict, RejectReason
from station.domain.report_columns import ReportColumn
from station.domain.states import ScanPurpose
from station.ledger import attachments, closing_totals, ledgers, page_checks, page_order
from station.ledger.entries import Act, remove
from station.packaging import entry_documents
from station.reports import counts
from station.reports.days import Period
from station.reports.work import Book, Doer, total
from station.views import listings
from tests.station.laying import laid
from tests.station.opened_station import WHO, OpenedStation
from tests.station.reports.acting import done_at, here

HOA, MINH = "Nguyễn Thị Hoa", "Trần Văn Minh"
DAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)
MORNING, EVENING = here("2026-03-02T08:00"), here("2026-03-02T21:30")
TOMORROW = here("2026-03-03T08:00")


def work(desk: OpenedStation, first: date = DAY, last: date | None = None) -> Book:
    with desk.station.catalogue.reading() as session:
        return counts.work_of(session, Period(first, last or first))


def figures(book: Book, doer: Doer) -> dict[str, float]:
    """What one did, without what he did not."""
    return {column.value: number for column, number in book[doer].figures.items() if number}


def in_all(desk: OpenedStation, first: date = DAY, last: date | None = None) -> dict[str, float]:
    figures = total(work(desk, first, last).values()).figures
    return {column.value: number for column, number in figures.items() if number}


def test_day_of_a_small_ledger_is_what_one_counts_by_hand(desk: OpenedStation) -> None:
    with done_at(desk, MORNING, HOA):
        ledger = desk.ledger(closing_pages=4, closing_entries=3)
        desk.lay(ledger, 4)
    with done_at(desk, EVENING, MINH):
        desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="002")
        for number, label in enumerate(("001", "002", "003-004"), start=1):
            desk.entry(ledger, label, str(number), f"2007-01-{number:02d}")
        ledgers.close(desk.station, ledger, who=MINH)
    with done_at(desk, TOMORROW, HOA):
        desk.package(ledger)
        assert {item.state for item in delivery_queue.run(desk.station)} == {"receipted"}
    book = work(desk, DAY, NEXT)
    assert figures(book, Doer(DAY, "19429", "KH", HOA)) == {
        "ledgers_opened": 1,
        "pages_scanned": 4,
        "a4_equivalents": 4,
    }
    assert figures(book, Doer(DAY, "19429", "KH", MINH)) == {
        "ledgers_closed": 1,
        "pages_retaken": 1,
        "entries_named": 3,
    }
    assert figures(book, Doer(NEXT, "19429", "KH", HOA)) == {"ledgers_packaged": 1, "ledgers_delivered": 1}
    assert len(book) == 3
    assert dict(book[Doer(DAY, "19429", "KH", HOA)].page_states) == {"entry": 4}


def test_day_begins_at_the_offices_midnight(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    with done_at(desk, here("2026-03-02T00:00"), HOA):
        desk.lay(ledger)
    with done_at(desk, here("2026-03-02T23:59:59"), HOA):
        desk.lay(ledger, 2)
    with done_at(desk, here("2026-03-03T00:00"), HOA):
        desk.lay(ledger, 3)
    assert in_all(desk)["pages_scanned"] == 3
    assert {doer.day for doer in work(desk)} == {DAY}
    assert in_all(desk, NEXT)["pages_scanned"] == 3
    assert in_all(desk, DAY - timedelta(days=1)) == {}


def test_retake_leaves_the_page_with_whoever_scanned_it_first(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    with done_at(desk, MORNING, HOA):
        desk.lay(ledger, 2)
    with done_at(desk, TOMORROW, MINH):
        desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="001")
    assert in_all(desk)["pages_scanned"] == 2
    assert in_all(desk, NEXT) == {"pages_retaken": 1}


def test_what_was_set_aside_or_taken_out_is_not_counted(desk: OpenedStation) -> None:
    with done_at(desk, MORNING, HOA):
        ledger = desk.ledger()
        desk.lay(ledger, 3)
        for number in (1, 2):
            desk.entry(ledger, f"00{number}", str(number), "2007-01-15")
    page_order.set_pages_aside(desk.station, Act(ledger, WHO, "thử"), "003")
    remove(desk.station, Act(ledger, WHO, "thử"), "2", None)
    assert in_all(desk) == {"ledgers_opened": 1, "pages_scanned": 2, "a4_equivalents": 2, "entries_named": 1}


def test_open_books_and_halves_are_the_pages_they_show_and_weigh_what_their_paper_does(desk: OpenedStation) -> None:
    with done_at(desk, MORNING, HOA):
        ledger = desk.ledger(paper="A2")
        laid(desk, ledger, 2, profile="spread", size=(800, 500))
        desk.lay(desk.ledger("KS.2001.01", paper="252x341"), 3)
        laid(desk, desk.ledger("KT.2001.01", paper="A3"), 4, profile="parts")
        desk.lay(desk.ledger("HN.2001.01", paper="A5"))
    by_type = {doer.type: one.figures for doer, one in work(desk).items()}
    pages, weight = ReportColumn.PAGES_SCANNED, ReportColumn.A4_EQUIVALENTS
    assert {code: (one[pages], one[weight]) for code, one in by_type.items()} == {
        "KH": (4, 8),
        "KS": (3, 6),
        "KT": (2, 4),
        "HN": (1, 0.5),
    }


def test_ledger_is_opened_once_on_the_day_of_its_first_image(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    with done_at(desk, MORNING, HOA):
        desk.lay(ledger)
    with done_at(desk, TOMORROW, HOA):
        desk.lay(ledger)
    assert in_all(desk)["ledgers_opened"] == 1
    assert "ledgers_opened" not in in_all(desk, NEXT)
    assert in_all(desk, DAY, NEXT)["ledgers_opened"] == 1


def test_closing_twice_a_day_is_one_ledger_and_reopening_takes_nothing_back(desk: OpenedStation) -> None:
    with done_at(desk, MORNING, HOA):
        ledger = desk.ledger()
        desk.lay(ledger)
        ledgers.close(desk.station, ledger, who=HOA, reason="thử")
    with done_at(desk, EVENING, MINH):
        ledgers.reopen(desk.station, ledger, who=MINH)
        ledgers.close(desk.station, ledger, who=MINH, reason="thử")
    with done_at(desk, TOMORROW, HOA):
        ledgers.reopen(desk.station, ledger, who=HOA)
    assert figures(work(desk), Doer(DAY, "19429", "KH", MINH)) == {"ledgers_closed": 1}
    assert in_all(desk)["ledgers_closed"] == 1


def test_ledger_is_delivered_when_its_last_receipt_comes(desk: OpenedStation) -> None:
    with done_at(desk, MORNING, HOA):
        ledger = desk.whole()
        desk.package(ledger)
        *first, last = delivery_queue.run(desk.station)
    desk.by_hand("UPDATE receipt SET at = ? WHERE delivery_id = ?", "2026-03-03T02:00:00.000000+00:00", last.id)
    assert first
    assert "ledgers_delivered" not in in_all(desk)
    assert in_all(desk, NEXT) == {"ledgers_delivered": 1}


def test_partial_package_packages_no_ledger(desk: OpenedStation) -> None:
    with done_at(desk, MORNING, HOA):
        ledger = desk.ledger()
        desk.lay(ledger)
        desk.entry(ledger, "001", "1", "2007-01-15")
        assert desk.package(ledger).partial
    assert "ledgers_packaged" not in in_all(desk)


def test_attached_entries_are_those_that_people_said(desk: OpenedStation) -> None:
    with done_at(desk, MORNING, HOA):
        ledger = desk.whole()
    entry_documents.update_documents(desk.station, ledger)
    with done_at(desk, TOMORROW, MINH):
        for entry, sha256 in desk.rows("SELECT entry_id, sha256 FROM document LIMIT 2"):
            attachments.mark(desk.station, ledger, entry, sha256, who=MINH)
    assert figures(work(desk, NEXT), Doer(NEXT, "19429", "KH", MINH)) == {"entries_attached": 2}


def test_checked_pages_are_those_of_the_newest_verdict(desk: OpenedStation) -> None:
    with done_at(desk, MORNING, HOA):
        ledger = desk.ledger()
        desk.lay(ledger, 3)
    for moment, labels, said, why in (
        (MORNING, "001-002", CheckVerdict.RIGHT, None),
        (TOMORROW, "002", CheckVerdict.REJECTED, RejectReason.TORN),
    ):
        with done_at(desk, moment, MINH):
            page_checks.judge(desk.station, Act(ledger, MINH), labels, said, why)
    desk.by_hand("UPDATE ledger SET looks = 'second'")
    with done_at(desk, TOMORROW, HOA):
        page_checks.judge(desk.station, Act(ledger, HOA), "001", CheckVerdict.RIGHT, look=CheckKind.SECOND)
    assert figures(work(desk, NEXT), Doer(NEXT, "19429", "KH", HOA)) == {"pages_checked_twice": 1}
    assert in_all(desk, DAY, NEXT)["pages_checked"] == 2
    assert figures(work(desk, NEXT), Doer(NEXT, "19429", "KH", MINH)) == {"pages_checked": 1}


def test_open_findings_are_those_of_the_days_images(desk: OpenedStation) -> None:
    with done_at(desk, MORNING, HOA):
        ledger = desk.ledger()
        desk.lay(ledger, 2)
        desk.by_hand(
            "INSERT INTO finding (capture_id, code, found_by, found_at) SELECT id, 'blur', 'station', accepted_at "
            "FROM capture WHERE label = '002'"
        )
    assert in_all(desk)["findings_open"] == 1
    desk.by_hand("UPDATE finding SET resolved_at = ?, resolved_by = 'thử', resolution = 'kept'", MORNING.isoformat())
    assert "findings_open" not in in_all(desk)


def test_two_communes_stand_apart(desk: OpenedStation) -> None:
    with done_at(desk, MORNING, HOA):
        desk.ledger("KS.2001.01")
        desk.lay("KS.2001.01")
        desk.ledger("KS.2001.01", place="19430")
        desk.lay("19430:KS.2001.01", 2)
    assert {doer.place: one.figures[ReportColumn.PAGES_SCANNED] for doer, one in work(desk).items()} == {
        "19429": 1,
        "19430": 2,
    }


def test_days_together_are_what_the_ledgers_hold(desk: OpenedStation) -> None:
    """Many acts of several people on several days, counted once more by SQL that knows no index and no join of ours."""
    chance = random.Random(7)
    names = [desk.ledger("KH.2007.01"), desk.ledger("KS.1999.02"), desk.ledger("KT.2010.01", paper="A3")]
    for step in range(24):
        moment = MORNING + timedelta(hours=7 * step)
        ledger, person = chance.choice(names), chance.choice((HOA, MINH))
        with done_at(desk, moment, person):
            labels = desk.lay(ledger, chance.randint(1, 3))
            if chance.random() < 0.4:
                desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor=labels[0])
            year = ledger.split(".")[1]
            for label in labels[1:]:
                desk.entry(ledger, label, str(step * 10 + int(label)), f"{year}-01-15")
            if chance.random() < 0.3:
                page_order.set_pages_aside(desk.station, Act(ledger, person, "thử"), labels[0])
            if chance.random() < 0.2 and len(labels) > 1:
                remove(desk.station, Act(ledger, person, "thử"), str(step * 10 + int(labels[1])), None)
    everything = in_all(desk, DAY, DAY + timedelta(days=10))
    rows = listings.ledger_rows(desk.station)
    assert everything["pages_scanned"] == sum(row.pages_captured for row in rows)
    assert everything["entries_named"] == sum(row.entries_named for row in rows)
    for number in range(10):
        day = DAY + timedelta(days=number)
        counted = in_all(desk, day)
        assert {key: counted.get(key, 0) for key in _ANOTHER_WAY} == {
            key: count(desk, day) for key, count in _ANOTHER_WAY.items()
        }


def _by_day(desk: OpenedStation, statement: str, day: date) -> list[tuple[object, ...]]:
    """Rows whose first column, a moment in UTC, is of that day in Vietnam, told in Python."""
    return [
        row for row in desk.rows(statement) if (datetime.fromisoformat(str(row[0])) + timedelta(hours=7)).date() == day
    ]


def _pages_another_way(desk: OpenedStation, day: date) -> int:
    labels = Counter(
        (ledger, label)
        for _, ledger, label in _by_day(
            desk, "SELECT min(accepted_at), ledger_id, label FROM capture GROUP BY ledger_id, label", day
        )
    )
    shown = desk.rows(
        "SELECT ledger_id, (SELECT label FROM capture, region WHERE capture.id = capture_id AND page_id = page.id) "
        "FROM page"
    )
    return sum(labels[(ledger, label)] for ledger, label in shown)


_ANOTHER_WAY = {
    "pages_scanned": _pages_another_way,
    "pages_retaken": lambda desk, day: len(_by_day(desk, "SELECT accepted_at FROM capture WHERE revision > 1", day)),
    "entries_named": lambda desk, day: len(
        _by_day(
            desk, "SELECT (SELECT min(at) FROM entry_revision WHERE entry_id = entry.id) FROM entry WHERE living", day
        )
    ),
    "ledgers_opened": lambda desk, day: len(
        _by_day(desk, "SELECT min(accepted_at), ledger_id FROM capture GROUP BY ledger_id", day)
    ),
}


def test_totals_that_are_stated_do_not_change_a_day(desk: OpenedStation) -> None:
    with done_at(desk, MORNING, HOA):
        ledger = desk.whole()
    before = in_all(desk)
    closing_totals.state(desk.station, ledger, pages=3, entries=3, who=HOA)
    assert in_all(desk) == before


def test_days_that_cannot_be_are_told_apart(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    for moment in ("1970-01-01T08:00", "2026-03-02T08:00", "2061-05-05T08:00"):
        with done_at(desk, here(moment), HOA):
            desk.lay(ledger, 2)
    with desk.station.catalogue.reading() as session:
        early = counts.acts_before(session, here("2025-01-01T00:00").astimezone(UTC))
        late = counts.acts_since(session, here("2026-12-31T00:00").astimezone(UTC))
    assert (early, late) == ({date(1970, 1, 1): 2}, {date(2061, 5, 5): 2})
    assert in_all(desk, date(2061, 5, 5))["pages_scanned"] == 2
