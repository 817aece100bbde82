"""What each capture is held against the others of its ledger by."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "appearance",
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("ink", sa.Double(), nullable=False),
        sa.Column("sharpness", sa.Double(), nullable=True),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name="fk_appearance_capture_id_capture"),
        sa.PrimaryKeyConstraint("id", name="pk_appearance"),
        sa.UniqueConstraint("capture_id", name="uq_appearance_capture_id"),
    )
