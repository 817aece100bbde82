"""Which part of a page belongs to each of several entries on it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "entry_region",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=True),
        sa.Column("top", sa.Integer(), nullable=True),
        sa.Column("right", sa.Integer(), nullable=True),
        sa.Column("bottom", sa.Integer(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("head", sa.Double(), nullable=True),
        sa.Column("start", sa.Double(), nullable=True),
        sa.Column("end", sa.Double(), nullable=True),
        sa.Column("slant", sa.Double(), nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_entry_region_entry_id_entry"),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name="fk_entry_region_capture_id_capture"),
        sa.PrimaryKeyConstraint("id", name="pk_entry_region"),
        sa.UniqueConstraint(
            "entry_id",
            "capture_id",
            "side",
            "revision",
            name="uq_entry_region_entry_id_capture_id_side_revision",
        ),
    )
    op.create_index("ix_entry_region_capture_id", "entry_region", ["capture_id"])
