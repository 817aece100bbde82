"""Where number, date and page number stand on a ledger's pages, as its confirmed entries taught."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "learned_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ledger_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("learned_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name="fk_learned_place_ledger_id_ledger"),
        sa.PrimaryKeyConstraint("id", name="pk_learned_place"),
        sa.UniqueConstraint("ledger_id", "kind", name="uq_learned_place_ledger_id_kind"),
    )
