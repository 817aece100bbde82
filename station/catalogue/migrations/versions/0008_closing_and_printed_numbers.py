"""How a ledger was closed: by whom, when, and why with something missing; an index of printed numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""
    op.add_column("ledger", sa.Column("closed_by", sa.String(), nullable=True))
    op.add_column("ledger", sa.Column("closed_at", sa.String(32), nullable=True))
    op.add_column("ledger", sa.Column("closed_reason", sa.String(), nullable=True))
    op.add_column("package", sa.Column("totals", sa.String(), nullable=True))
    op.add_column("package", sa.Column("closed_reason", sa.String(), nullable=True))
    given = sa.text("number IS NOT NULL")
    op.create_index("ix_page_number", "page", ["ledger_id", "order", "number"], sqlite_where=given)
