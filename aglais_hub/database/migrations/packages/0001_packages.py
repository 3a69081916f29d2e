"""Packages and their versions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "packages",
        sa.Column("name", sa.String(length=31), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("notebook_cores", sa.BigInteger(), nullable=False),
        sa.Column("notebook_memory", sa.BigInteger(), nullable=False),
        sa.Column("worker_count", sa.BigInteger(), nullable=False),
        sa.Column("worker_cores", sa.BigInteger(), nullable=False),
        sa.Column("worker_memory", sa.BigInteger(), nullable=False),
        sa.Column("temporary", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.BigInteger(), nullable=False),
        sa.Column("gpus", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_packages")),
    )
