"""What an admin sets for an account by hand, and accounts that are suspended."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suspended", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("attributes", sa.JSON(), nullable=True))
