"""What a person did in a ledger is looked up for undo: an index of the log."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_event_person", "event", ["who", "ledger"])
