"""Which looks at its pages a ledger needs before it counts as checked; what was packaged before needs none."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Apply."""
    op.add_column("ledger", sa.Column("looks", sa.String(), nullable=False, server_default="none"))
    op.add_column("ledger", sa.Column("second_share", sa.Integer(), nullable=False, server_default="30"))
    # From here on false says that a package lacks looks that its ledger needs.
    op.execute("UPDATE package SET checked = NULL WHERE NOT checked")
