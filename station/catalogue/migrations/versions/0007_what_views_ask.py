"""What views ask is answered by indexes, and figures of the whole station are kept while its rows change."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_INDEXES: dict[str, tuple[str, list[str | sa.TextClause], str | None]] = {
    "ix_capture_asks": ("capture", ["ledger_id"], "current = 1 AND asks = 1"),
    "ix_capture_fed": ("capture", ["scanner", "token"], "token IS NOT NULL"),
    "ix_capture_freed": ("capture", ["ledger_id"], "freed_at IS NOT NULL"),
    "ix_capture_order": ("capture", ["ledger_id", "counter"], "current = 1"),
    "ix_capture_past": ("capture", ["ledger_id", "label"], "current = 0"),
    "ix_capture_session_id": ("capture", ["session_id", "counter"], None),
    "ix_capture_token": ("capture", ["token"], "token IS NOT NULL"),
    "ix_delivery_open": ("delivery", ["file_id"], "state != 'receipted'"),
    "ix_entry_order": (
        "entry",
        ["ledger_id", "year", sa.text("CAST(number AS INTEGER)"), sa.text("length(number)"), "number"],
        "living = 1",
    ),
    "ix_event_backup": ("event", ["at"], "what = 'backup-made'"),
    "ix_finding_open": ("finding", ["capture_id"], "resolved_at IS NULL"),
    "ix_ledger_name": ("ledger", ["type", "year", "book"], None),
    "ix_page_of_parts": ("page", ["ledger_id"], "parts > 1"),
    "ix_page_state": ("page", ["ledger_id", "state", "order"], None),
    "ix_reservation_open": ("reservation", ["session_id"], "state = 'reserved'"),
    "ix_session_open": ("session", ["id"], "state = 'open'"),
}

_WAITS = "resolved_at IS NULL"

#: Table, column that matters, and under which subject and state each of its rows counts how much.
_TALLIES = (
    ("ledger", "state", "'ledgers'", "{row}.state", "1"),
    ("page", "state", "'pages'", "{row}.state", "1"),
    ("session", "state", "'sessions'", "{row}.state", "1"),
    ("delivery", "state", "'deliveries'", "{row}.state", "1"),
    ("capture", "recovered", "'captures'", "iif({row}.recovered, 'recovered', 'scanned')", "1"),
    ("capture", "bytes", "'bytes'", "'captured'", "{row}.bytes"),
    ("receipt", "bytes", "'bytes'", "'receipted'", "{row}.bytes"),
)


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_capture_scanner", "capture")
    op.add_column("capture", sa.Column("asks", sa.Boolean(), nullable=False, server_default="0"))
    op.execute(f"UPDATE capture SET asks = 1 WHERE id IN (SELECT capture_id FROM finding WHERE {_WAITS})")
    for name, (table, columns, where) in _INDEXES.items():
        op.create_index(name, table, columns, sqlite_where=sa.text(where) if where else None)
    op.create_table(
        "tally",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tally"),
        sa.UniqueConstraint("subject", "state", name="uq_tally_subject_state"),
    )
    for table, column, subject, state, amount in _TALLIES:
        own_state, own_amount = state.format(row=table), amount.format(row=table)
        op.execute(
            "INSERT INTO tally (subject, state, count) "
            f"SELECT {subject}, {own_state}, sum({own_amount}) FROM {table} GROUP BY {own_state}"
        )
        more = _counted(subject, state, amount, "NEW", "+")
        less = _counted(subject, state, amount, "OLD", "-")
        op.execute(f"CREATE TRIGGER tally_{table}_{column}_insert AFTER INSERT ON {table} BEGIN {more} END")
        op.execute(f"CREATE TRIGGER tally_{table}_{column}_delete AFTER DELETE ON {table} BEGIN {less} END")
        op.execute(
            f"CREATE TRIGGER tally_{table}_{column}_update AFTER UPDATE OF {column} ON {table} BEGIN {less} {more} END"
        )

    for name, when, row in (
        ("insert", f"AFTER INSERT ON finding WHEN NEW.{_WAITS}", "NEW"),
        ("update", "AFTER UPDATE OF resolved_at ON finding", "NEW"),
        ("delete", f"AFTER DELETE ON finding WHEN OLD.{_WAITS}", "OLD"),
    ):
        op.execute(
            f"CREATE TRIGGER asks_finding_{name} {when} BEGIN UPDATE capture SET asks = EXISTS "
            f"(SELECT 1 FROM finding WHERE capture_id = {row}.capture_id AND {_WAITS}) WHERE id = {row}.capture_id; END"
        )


def _counted(subject: str, state: str, amount: str, row: str, sign: str) -> str:
    return (
        f"INSERT INTO tally (subject, state, count) VALUES ({subject}, {state}, {sign}{amount}) "
        "ON CONFLICT (subject, state) DO UPDATE SET count = count + excluded.count;"
    ).format(row=row)
