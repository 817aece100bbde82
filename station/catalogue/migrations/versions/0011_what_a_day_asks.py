"""What was done on a day is found by indexes: images, first revisions of entries, closings, packages, receipts."""

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
