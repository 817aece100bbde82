"""Where on its image a finding lies, for those that have a place."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Apply."""
    op.add_column("finding", sa.Column("place", sa.JSON(), nullable=True))
