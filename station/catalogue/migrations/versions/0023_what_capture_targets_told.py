"""What scans of the capture target told of scanners."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "target_measure",
        sa.Column("scanner", sa.String(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("dpi", sa.Integer(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_target_measure_session_id_session"),
        sa.PrimaryKeyConstraint("id", name="pk_target_measure"),
    )
    # Without it, each new session is looked for here.
    op.create_index("ix_target_measure_session_id", "target_measure", ["session_id"])
