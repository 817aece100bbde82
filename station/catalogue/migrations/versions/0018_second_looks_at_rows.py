"""The second look at rows: who keyed each until it was complete, the second keying, and verdicts on rows."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Apply; who changed a row so far has keyed it."""
    op.add_column("entry_row", sa.Column("keyers", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("entry_row", sa.Column("completed_at", sa.String(32), nullable=True))
    op.execute(
        "UPDATE entry_row SET completed_at = CASE WHEN complete THEN keyed_at END, keyers = (SELECT"
        " json_group_array(DISTINCT who) FROM row_revision WHERE row_revision.entry_row_id = entry_row.id)"
    )
    op.add_column("check", sa.Column("row_revision", sa.Integer(), nullable=True))
    op.add_column("check", sa.Column("alone", sa.Boolean(), nullable=True))
    op.create_table(
        "second_keying",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("decided", sa.JSON(), nullable=False),
        sa.Column("keyers", sa.JSON(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_second_keying_entry_id_entry"),
        sa.PrimaryKeyConstraint("id", name="pk_second_keying"),
        sa.UniqueConstraint("entry_id", name="uq_second_keying_entry_id"),
    )
