"""Each page keeps the verdicts that stand, and indexes are found by the words in which queries ask."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

#: What a page shows now, as a verdict keeps what was seen.
_SHOWN = "(SELECT max(capture_id), sum(rotation) FROM region WHERE region.page_id = page.id)"
#: The newest verdict of a look on a page, if it was not taken back and the page still shows what was seen.
_STANDING = (
    "(SELECT iif(verdict != 'withdrawn' AND (image, turn) = {shown}, verdict, NULL) FROM "
    "(SELECT verdict, image, turn FROM \"check\" WHERE page_id = page.id AND kind = '{kind}' ORDER BY id DESC LIMIT 1))"
)
_FIRST, _SECOND = (_STANDING.format(shown=_SHOWN, kind=kind) for kind in ("first", "second"))
#: A second look stands on a first one that found the page right.
_KEEP = f"UPDATE page SET first_verdict = {_FIRST}, second_verdict = iif({_FIRST} = 'right', {_SECOND}, NULL)"
_IS_CHECKED = 'EXISTS (SELECT 1 FROM "check" WHERE page_id = {row}.page_id)'
_EITHER = f"{_IS_CHECKED.format(row='NEW')} OR {_IS_CHECKED.format(row='OLD')}"

#: By trigger: when it acts, and on which rows' pages.
_TRIGGERS = {
    "verdict_check_insert": ('AFTER INSERT ON "check" WHEN NEW.page_id IS NOT NULL', "NEW.page_id"),
    "verdict_check_update": ('AFTER UPDATE ON "check" WHEN NEW.page_id IS NOT NULL', "OLD.page_id, NEW.page_id"),
    "verdict_check_delete": ('AFTER DELETE ON "check" WHEN OLD.page_id IS NOT NULL', "OLD.page_id"),
    "verdict_region_insert": (f"AFTER INSERT ON region WHEN {_IS_CHECKED.format(row='NEW')}", "NEW.page_id"),
    "verdict_region_update": (
        f"AFTER UPDATE OF page_id, capture_id, rotation ON region WHEN {_EITHER}",
        "OLD.page_id, NEW.page_id",
    ),
    "verdict_region_delete": (f"AFTER DELETE ON region WHEN {_IS_CHECKED.format(row='OLD')}", "OLD.page_id"),
}


def upgrade() -> None:
    """Apply."""
    _entries_in_order()
    _verdicts()
    # SQLAlchemy writes a truth as "= 1"; an index under other words was never taken.
    op.drop_index("uq_capture_current", "capture")
    op.create_index(
        "uq_capture_current", "capture", ["ledger_id", "label"], unique=True, sqlite_where=sa.text("current = 1")
    )


def _entries_in_order() -> None:
    """Parts of the order are columns: SQLite compares rows of columns by an index, but none of expressions."""
    for index in ("ix_entry_order", "uq_entry_key"):
        op.drop_index(index, "entry")
    for name, expression in (("number_value", "CAST(number AS INTEGER)"), ("number_length", "length(number)")):
        op.execute(f"ALTER TABLE entry ADD COLUMN {name} INTEGER GENERATED ALWAYS AS ({expression}) VIRTUAL")
    # With its own condition as a column the index answers counts by itself.
    order = ["ledger_id", "year", "number_value", "number_length", "number", "living"]
    living = sa.text("living = 1")
    op.create_index("ix_entry_order", "entry", order, sqlite_where=living)
    op.create_index("uq_entry_key", "entry", ["ledger_id", "year", "number"], unique=True, sqlite_where=living)


def _verdicts() -> None:
    for name in ("first_verdict", "second_verdict"):
        op.add_column("page", sa.Column(name, sa.String()))
    op.execute(f'{_KEEP} WHERE id IN (SELECT page_id FROM "check")')
    op.create_index("ix_page_first_verdict", "page", ["ledger_id", "first_verdict", "order"])
    op.create_index(
        "ix_page_second_verdict",
        "page",
        ["ledger_id", "second_verdict", "order"],
        sqlite_where=sa.text("second_verdict IS NOT NULL"),
    )
    for name, (when, pages) in _TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN {_KEEP} WHERE id IN ({pages}); END")
