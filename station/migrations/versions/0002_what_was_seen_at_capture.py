"""What was seen at the moment of capture: fingerprints, sheets fed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.add_column("capture", sa.Column("fingerprint", sa.String(), nullable=True))
    op.add_column("session", sa.Column("fed", sa.Integer(), nullable=True))
