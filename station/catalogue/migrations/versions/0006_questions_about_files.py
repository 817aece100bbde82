"""The ledger in which a person is asked about a dropped file, and files found by their state."""

from alembic import op

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.execute(
        "ALTER TABLE intake_file ADD COLUMN ledger_id INTEGER"
        " CONSTRAINT fk_intake_file_ledger_id_ledger REFERENCES ledger (id)"
    )
    op.create_index("ix_intake_file_ledger_id", "intake_file", ["ledger_id"])
    op.create_index("ix_intake_file_scanner_state", "intake_file", ["scanner", "state"])
    op.drop_index("ix_intake_file_scanner", "intake_file")
