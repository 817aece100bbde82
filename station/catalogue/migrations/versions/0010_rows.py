"""Rows of entries with their revisions, the office's own import templates, and what packages say of rows."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "entry_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("keyed_by", sa.String(), nullable=False),
        sa.Column("keyed_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_entry_row_entry_id_entry"),
        sa.PrimaryKeyConstraint("id", name="pk_entry_row"),
        sa.UniqueConstraint("entry_id", name="uq_entry_row_entry_id"),
    )
    op.create_table(
        "row_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_row_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["entry_row_id"], ["entry_row.id"], name="fk_row_revision_entry_row_id_entry_row"),
        sa.PrimaryKeyConstraint("id", name="pk_row_revision"),
        sa.UniqueConstraint("entry_row_id", "revision", name="uq_row_revision_entry_row_id_revision"),
    )
    op.create_table(
        "office_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("heading_row", sa.Integer(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_office_template"),
        sa.UniqueConstraint("type", "version", name="uq_office_template_type_version"),
    )
    op.add_column("package", sa.Column("rows", sa.String(), nullable=True))
