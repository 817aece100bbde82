"""Figures of the whole station are what the rows add up to, whoever writes the rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from station.catalogue import database, migrations
from station.catalogue.database import Catalogue
from station.catalogue.models import Ledger, Page
from station.domain.checks import CheckVerdict
from station.domain.states import ScanPurpose
from station.ledger import page_order, tallies
from station.review import answers
from station.upkeep import verify
from tests.bench.catalogues import fill
from tests.station.asking import doubt
from tests.station.opened_station import WHO, OpenedStation

RIGHT, REJECTED = CheckVerdict.RIGHT, CheckVerdict.REJECTED


def differences(desk: OpenedStation) -> list[str]:
    told = [said.code for said in verify.verify(desk.station)]
    return [code for code in told if code in ("verify-tally", "verify-asks", "verify-verdicts")]


def kept(desk: OpenedStation) -> tallies.Figures:
    with desk.station.catalogue.reading() as session:
        return tallies.figures(session)


def test_figures_follow_what_is_done(delivered: OpenedStation) -> None:
    before = kept(delivered)
    assert (before["pages"], before["ledgers"]) == ({"entry": 3}, {"delivered": 1})
    assert before["deliveries"] == {"receipted": 6}
    ledger = delivered.ledger("KS.1998.01")
    delivered.lay(ledger, 3)
    delivered.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="002")
    page_order.set_aside(delivered.station, ledger, "003", "002", who=WHO)
    delivered.entry(ledger, "001", "1", "1998-01-15")
    after = kept(delivered)
    assert after["pages"] == {"entry": 4, "unsorted": 1}
    assert after["captures"] == {"scanned": before["captures"]["scanned"] + 4}
    assert after["ledgers"] == {"delivered": 1, "scanning": 1}
    assert differences(delivered) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE page SET state = 'blank'",
        "UPDATE capture SET bytes = bytes + 1, recovered = 1 WHERE id = 2",
        "UPDATE session SET state = 'failed'",
        "UPDATE delivery SET state = 'stuck' WHERE id = 1",
        "DELETE FROM receipt",
        "UPDATE entry SET living = 0 WHERE id = 1",
        "DELETE FROM entry WHERE id = 1",
        "UPDATE entry SET ledger_id = (SELECT max(id) FROM ledger)",
        "INSERT INTO entry (ledger_id, year, number, date, living, revision) VALUES (1, 2007, '099', '2007', 0, 1)",
        "DELETE FROM page",
        "DELETE FROM attachment",
        "DELETE FROM ledger",
        "INSERT INTO page (ledger_id, \"order\", state, parts) VALUES (1, 99, 'missing', 1)",
        "INSERT INTO finding (capture_id, code, found_by, found_at) VALUES (1, 'blur', 'x', '2026-01-15')",
    ],
)
def test_figures_follow_a_stranger_who_writes_rows(delivered: OpenedStation, statement: str) -> None:
    delivered.ledger("KS.1998.01")
    delivered.by_hand(
        "INSERT INTO attachment (entry_id, entry_revision, sha256, who, at) "
        "SELECT id, 1, '', 'x', '2026-01-15' FROM entry"
    )
    with delivered.station.catalogue.writing() as session:
        session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        session.connection().exec_driver_sql(statement)
        assert list(tallies.differences(session)) == []
        session.rollback()


@pytest.mark.parametrize(
    ("statement", "verdicts"),
    [
        ("UPDATE \"check\" SET verdict = 'withdrawn' WHERE page_id = 1 AND kind = 'second'", [RIGHT, None]),
        ("UPDATE \"check\" SET verdict = 'rejected' WHERE page_id = 1 AND kind = 'first'", [REJECTED, None]),
        ('UPDATE "check" SET page_id = 3 WHERE page_id = 1', [None, None]),
        ("DELETE FROM \"check\" WHERE kind = 'second'", [RIGHT, None]),
        ("UPDATE region SET rotation = 90 WHERE page_id = 1", [None, None]),
        ("UPDATE region SET capture_id = 2 WHERE page_id = 1", [None, None]),
        ("UPDATE region SET page_id = 3, part = 2 WHERE page_id = 1", [None, None]),
        ("DELETE FROM region WHERE page_id = 1", [None, None]),
        ("INSERT INTO region (page_id, capture_id, part, rotation) VALUES (1, 2, 2, 0)", [None, None]),
    ],
)
def test_verdicts_follow_a_stranger_who_writes_rows(
    delivered: OpenedStation, statement: str, verdicts: list[str | None]
) -> None:
    delivered.by_hand(
        'INSERT INTO "check" (page_id, kind, verdict, who, at, image, turn) '
        "SELECT page_id, value, 'right', 'x', '2026-01-15', capture_id, rotation "
        'FROM region, json_each(\'["first", "second"]\') WHERE page_id < 3'
    )
    kept = "SELECT first_verdict, second_verdict FROM page WHERE id = 1"
    with delivered.station.catalogue.writing() as session:
        connection = session.connection()
        assert [*connection.exec_driver_sql(kept).one()] == [RIGHT, RIGHT]
        connection.exec_driver_sql(statement)
        assert [*connection.exec_driver_sql(kept).one()] == verdicts
        assert list(tallies.differences(session)) == []
        session.rollback()


def test_image_asks_until_its_last_finding_is_answered(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    first, second = doubt(desk, ledger, "001", "blur"), doubt(desk, ledger, "001", "skew")
    assert desk.one_row("SELECT count(*) FROM capture WHERE asks") == 1
    answers.keep(desk.station, [first], who=WHO)
    assert desk.one_row("SELECT count(*) FROM capture WHERE asks") == 1
    answers.keep(desk.station, [second], who=WHO)
    assert desk.one_row("SELECT count(*) FROM capture WHERE asks") == 0


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE tally SET count = count + 1 WHERE subject = 'pages'", "verify-tally"),
        ("DELETE FROM tally WHERE subject = 'bytes'", "verify-tally"),
        ("UPDATE capture SET asks = 1 WHERE id = 1", "verify-asks"),
        ("UPDATE ledger SET attached_count = 1", "verify-tally"),
        ("UPDATE page SET first_verdict = 'right' WHERE id = 1", "verify-verdicts"),
        ("UPDATE page SET second_verdict = 'rejected' WHERE id = 1", "verify-verdicts"),
    ],
)
def test_figure_that_was_changed_is_told(delivered: OpenedStation, statement: str, code: str) -> None:
    delivered.by_hand(statement)
    assert differences(delivered) == [code]


@pytest.mark.parametrize("earlier", ["0003", "0023"])
def test_earlier_catalogue_is_counted_when_it_is_migrated(tmp_path: Path, earlier: str) -> None:
    path = tmp_path / "catalogue.sqlite3"
    engine = database._engine(path)
    migrations.upgrade(engine, earlier)
    with engine.execution_options(writing=True).begin() as connection:
        connection.exec_driver_sql("INSERT INTO place (code, commune, province) VALUES ('19429', 'Xã', 'Tỉnh')")
    engine.dispose()
    fill(path, pages=600)
    opened = Catalogue(path)
    with opened.reading() as session:
        assert sum(tallies.figures(session)["pages"].values()) == 600
        assert session.scalar(select(func.sum(Ledger.page_count))) == 600
        assert session.scalar(select(func.sum(Ledger.entry_count))) == 567
        assert list(tallies.differences(session)) == []
        checked = session.scalars(select(Page.first_verdict).where(Page.first_verdict.is_not(None)).distinct())
        assert set(checked) == (set() if earlier == "0003" else {RIGHT, REJECTED})
    opened.close()
