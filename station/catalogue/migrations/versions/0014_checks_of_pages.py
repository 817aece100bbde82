"""The first look at pages: which image was judged and why it was rejected, and what a package says of that."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply."""
    op.add_column("check", sa.Column("image", sa.Integer(), nullable=True))
    op.add_column("check", sa.Column("turn", sa.Integer(), nullable=True))
    op.add_column("check", sa.Column("reason", sa.String(), nullable=True))
    op.create_index(op.f("ix_check_at"), "check", ["at"])
    op.add_column("package", sa.Column("checked", sa.Boolean(), nullable=True))
