"""What was done on a day is found by indexes; a plan's targets, people responsible, reports on their way."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_capture_accepted_at", "capture", ["accepted_at"])
    op.create_index("ix_capture_counter", "capture", ["ledger_id", "counter"])
    op.create_index("ix_entry_revision_first", "entry_revision", ["at"], sqlite_where=sa.text("revision = 1"))
    op.create_index("ix_event_closed", "event", ["at"], sqlite_where=sa.text("what = 'ledger-closed'"))
    op.create_index("ix_attachment_at", "attachment", ["at"])
    op.create_index("ix_package_started_at", "package", ["started_at"])
    op.create_index("ix_receipt_at", "receipt", ["at"])
    op.add_column("ledger", sa.Column("responsible", sa.String(), nullable=True))
    op.create_table(
        "plan_target",
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_plan_target_place_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plan_target"),
        sa.UniqueConstraint("place_id", "subject", name="uq_plan_target_place_id_subject"),
    )
    op.create_table(
        "report_revision",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.Column("next_try_at", sa.String(32), nullable=True),
        sa.Column("upload_url", sa.String(), nullable=True),
        sa.Column("store", sa.String(), nullable=True),
        sa.Column("received_at", sa.String(32), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_revision"),
        sa.UniqueConstraint("day", "revision", name="uq_report_revision_day_revision"),
        sa.UniqueConstraint("file", name="uq_report_revision_file"),
    )
    op.create_index(
        "ix_report_revision_open", "report_revision", ["destination"], sqlite_where=sa.text("state != 'receipted'")
    )
