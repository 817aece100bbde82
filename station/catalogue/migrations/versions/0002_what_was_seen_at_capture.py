"""What was seen at the moment of capture, and what people answered: fingerprints, sheets fed, resolutions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "fingerprint",
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("coarse", sa.LargeBinary(), nullable=False),
        sa.Column("fine", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name="fk_fingerprint_capture_id_capture"),
        sa.PrimaryKeyConstraint("id", name="pk_fingerprint"),
        sa.UniqueConstraint("capture_id", name="uq_fingerprint_capture_id"),
    )
    op.add_column("session", sa.Column("fed", sa.Integer(), nullable=True))
    op.add_column("capture", sa.Column("freed_at", sa.String(length=32), nullable=True))
    op.add_column("package_file", sa.Column("freed_at", sa.String(length=32), nullable=True))
    op.add_column("page", sa.Column("parts", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("region", sa.Column("side", sa.Integer(), nullable=True))
    op.add_column("session", sa.Column("answered_by", sa.String(), nullable=True))
    op.add_column("session", sa.Column("answered_at", sa.String(length=32), nullable=True))
    op.add_column("finding", sa.Column("resolution", sa.String(), nullable=True))
    op.create_table(
        "intake_choice",
        sa.Column("scanner", sa.String(), nullable=False),
        sa.Column("ledger_id", sa.Integer(), nullable=False),
        sa.Column("operator", sa.String(), nullable=False),
        sa.Column("chosen_at", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name="fk_intake_choice_ledger_id_ledger"),
        sa.PrimaryKeyConstraint("id", name="pk_intake_choice"),
        sa.UniqueConstraint("scanner", name="uq_intake_choice_scanner"),
    )
    op.create_table(
        "intake_file",
        sa.Column("scanner", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("kept", sa.String(), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_intake_file"),
    )
    op.create_index("ix_intake_file_scanner", "intake_file", ["scanner"])
    op.create_index("ix_intake_file_sha256", "intake_file", ["sha256"])
