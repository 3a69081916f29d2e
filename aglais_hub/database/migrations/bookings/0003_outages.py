"""Bookings know of times in which they had no server through no fault of their holders."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of what was lost before."""
    op.add_column("bookings", sa.Column("outage", sa.BigInteger(), nullable=True))
    op.add_column("bookings", sa.Column("lost", sa.BigInteger(), nullable=False, server_default="0"))
