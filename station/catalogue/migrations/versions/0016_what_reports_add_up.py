"""What reports add up is kept while rows change, and what they take along of the log; entries taken out are found.

Of each ledger: how many pages, entries and attached entries it has.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_ATTACHED = "EXISTS (SELECT 1 FROM attachment WHERE entry_id = {row}.id)"
#: Table, the columns that matter, and how much each of its rows counts in its ledger.
_COUNTS = (
    ("page", "ledger_id", {"page_count": "1"}),
    ("entry", "ledger_id, living", {"entry_count": "{row}.living", "attached_count": f"{{row}}.living * {_ATTACHED}"}),
)


def upgrade() -> None:
    """Apply."""
    for column in ("page_count", "entry_count", "attached_count"):
        op.add_column("ledger", sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE ledger SET page_count = (SELECT count(*) FROM page WHERE ledger_id = ledger.id), "
        "entry_count = (SELECT count(*) FROM entry WHERE ledger_id = ledger.id AND living), "
        "attached_count = (SELECT count(*) FROM entry JOIN attachment ON attachment.entry_id = entry.id "
        "WHERE ledger_id = ledger.id AND living)"
    )
    for table, columns, counts in _COUNTS:
        more, less = _counted(counts, "NEW", "+"), _counted(counts, "OLD", "-")
        op.execute(f"CREATE TRIGGER count_{table}_insert AFTER INSERT ON {table} BEGIN {more} END")
        op.execute(f"CREATE TRIGGER count_{table}_delete AFTER DELETE ON {table} BEGIN {less} END")
        op.execute(f"CREATE TRIGGER count_{table}_update AFTER UPDATE OF {columns} ON {table} BEGIN {less} {more} END")
    for when, row, sign in (("INSERT", "NEW", "+"), ("DELETE", "OLD", "-")):
        op.execute(
            f"CREATE TRIGGER count_attachment_{when.lower()} AFTER {when} ON attachment BEGIN "
            f"UPDATE ledger SET attached_count = attached_count {sign} 1 "
            f"WHERE id = (SELECT ledger_id FROM entry WHERE id = {row}.entry_id AND living); END"
        )
    op.add_column("report_revision", sa.Column("event_head", sa.String(), nullable=True))
    op.create_index("ix_entry_removed", "entry", ["ledger_id", "year", "number"], sqlite_where=sa.text("living = 0"))


def _counted(counts: dict[str, str], row: str, sign: str) -> str:
    changes = (f"{column} = {column} {sign} {amount.format(row=row)}" for column, amount in counts.items())
    return f"UPDATE ledger SET {', '.join(changes)} WHERE id = {row}.ledger_id;"
