"""Labs that are made ready before their booking's start."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Room for how long before, since when, and by whom."""
    for name in ("lead", "prepared", "served"):
        op.add_column("bookings", sa.Column(name, sa.BigInteger(), nullable=True))
    there = sa.text("served IS NOT NULL")
    op.create_index("ix_bookings_served", "bookings", ["served"], postgresql_where=there, sqlite_where=there)
