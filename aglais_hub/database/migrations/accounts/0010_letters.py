"""Letters that other features write to an account's owner."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("letter", sa.JSON(), nullable=True))
