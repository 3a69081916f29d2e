"""What is stored, and when it goes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "homes",
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("measured", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.JSON(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("mailed", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_homes")),
    )
    op.create_index("ix_homes_size_account", "homes", ["size", "account"], unique=False)
    op.create_index(op.f("ix_homes_due"), "homes", ["due"], unique=False)
    op.create_table(
        "items",
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("space", sa.String(length=20), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=True),
        sa.Column("always", sa.Boolean(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=True),
        sa.Column("last", sa.BigInteger(), nullable=True),
        sa.Column("ordered", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["homes.account"], name=op.f("fk_items_account"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account", "space", "path", name=op.f("pk_items")),
    )
    op.create_table(
        "deleted",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("space", sa.String(length=20), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["homes.account"], name=op.f("fk_deleted_account"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deleted")),
    )
    op.create_index(op.f("ix_deleted_account"), "deleted", ["account"], unique=False)
    op.create_index(op.f("ix_deleted_deleted"), "deleted", ["deleted"], unique=False)
    op.create_table(
        "letters",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("letter", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["homes.account"], name=op.f("fk_letters_account"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index(op.f("ix_letters_account"), "letters", ["account"], unique=False)
