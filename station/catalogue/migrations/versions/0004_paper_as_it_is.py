"""Paper as it is: who says which paper a ledger is of, what its pages measure, and the paper seen in each capture."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    # Of earlier ledgers nobody knows whether A4 was declared or only the default; their pages will tell.
    op.add_column("ledger", sa.Column("paper_source", sa.String(), nullable=False, server_default="declared"))
    op.add_column("ledger", sa.Column("paper_seen", sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column("capture", sa.Column("paper_width", sa.Double(), nullable=True))
    op.add_column("capture", sa.Column("paper_height", sa.Double(), nullable=True))
