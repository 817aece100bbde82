"""A practice ledger's pages can be put away; a person's rows of today and a ledger's history are found by indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Apply."""
    op.add_column("ledger", sa.Column("put_away_at", sa.String(32), nullable=True))
    op.create_index("ix_entry_row_completed_at", "entry_row", ["completed_at"])
    op.create_index("ix_event_ledger", "event", ["ledger"])
