"""Group accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the groups, and who is in them."""
    op.create_table(
        "account_groups",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("display", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("leaves", sa.String(length=6), nullable=True),
        sa.Column("files", sa.BigInteger(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("has_files", sa.BigInteger(), nullable=False),
        sa.Column("has_size", sa.BigInteger(), nullable=False),
        sa.Column("measured", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account_groups")),
    )
    op.create_table(
        "memberships",
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("role", sa.String(length=6), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.name"], name=op.f("fk_memberships_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group"], ["account_groups.name"], name=op.f("fk_memberships_group"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group", "account", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_account", "memberships", ["account"])
