"""Bookings whose account is gone."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PERSONS = sa.text("by NOT IN ('holder', 'admin', 'spawner', 'clock')")


def upgrade() -> None:
    """Add the index by which an account's own changes are found."""
    op.create_index("ix_changes_by", "changes", ["by"], postgresql_where=PERSONS, sqlite_where=PERSONS)
