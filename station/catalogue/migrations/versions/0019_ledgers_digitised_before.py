"""Ledgers that were digitised before this station's work stand on the list and are not to be done."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Apply."""
    op.add_column("ledger", sa.Column("digitised_before", sa.Boolean(), nullable=False, server_default="0"))
