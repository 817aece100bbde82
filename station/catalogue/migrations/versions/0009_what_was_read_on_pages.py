"""What the machine read on pages, and whether an entry's number and date were read, proposed or typed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reading",
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        *(sa.Column(edge, sa.Integer(), nullable=True) for edge in ("left", "top", "right", "bottom")),
        sa.Column("turn", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("upside_down", "empty_form", "ruled")),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.String(32), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name="fk_reading_capture_id_capture"),
        sa.PrimaryKeyConstraint("id", name="pk_reading"),
        sa.UniqueConstraint("capture_id", "side", name="uq_reading_capture_id_side"),
    )
    op.create_table(
        "read_value",
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        *(sa.Column(edge, sa.Integer(), nullable=False) for edge in ("left", "top", "right", "bottom")),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name="fk_read_value_reading_id_reading"),
        sa.PrimaryKeyConstraint("id", name="pk_read_value"),
    )
    op.create_index("ix_read_value_reading_id", "read_value", ["reading_id"])
    op.add_column("entry_revision", sa.Column("source", sa.String(), nullable=True))
    op.add_column("page", sa.Column("number_source", sa.String(), nullable=True))
