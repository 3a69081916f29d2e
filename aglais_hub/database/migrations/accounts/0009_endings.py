"""Accounts that end, and what visitors take along."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HALF_A_DAY = 12 * 3600 * 1_000_000


def upgrade() -> None:
    """Add the columns and the merges. Visitors from before accounts had an end get half a day from now."""
    # Not as a batch: on SQLite that may make the table anew, and dropping the old one deletes what belongs to accounts.
    op.add_column("accounts", sa.Column("erase", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("accounts", sa.Column("ending", sa.BigInteger(), nullable=True))
    op.add_column("accounts", sa.Column("pseudonym", sa.String(length=40), nullable=True))
    op.create_index("ix_accounts_ending", "accounts", ["ending"])
    op.create_index("ix_accounts_expires", "accounts", ["expires"])
    until = time.time_ns() // 1000 + HALF_A_DAY
    visitors = sa.text("UPDATE accounts SET expires = :until WHERE level = 0 AND expires IS NULL")
    op.get_bind().execute(visitors, {"until": until})
    # Of a code, and of the mail that brings it, which visitor asked for it.
    for table in ("codes", "mails"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("is_visit", sa.Boolean(), server_default=sa.false(), nullable=False))
            batch_op.add_column(sa.Column("visitor", sa.String(length=63), nullable=True))
            batch_op.create_foreign_key(
                batch_op.f(f"fk_{table}_visitor"), "accounts", ["visitor"], ["name"], ondelete="SET NULL"
            )
            batch_op.create_index(batch_op.f(f"ix_{table}_visitor"), ["visitor"], unique=False)
    op.create_table(
        "merges",
        sa.Column("source", sa.String(length=63), nullable=False),
        sa.Column("target", sa.String(length=63), nullable=False),
        sa.Column("files", sa.Boolean(), nullable=False),
        sa.Column("only_files", sa.Boolean(), nullable=False),
        sa.Column("begun", sa.BigInteger(), nullable=False),
        sa.Column("stopped", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["source"], ["accounts.name"], name=op.f("fk_merges_source"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target"], ["accounts.name"], name=op.f("fk_merges_target"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_merges")),
    )
    op.create_index(op.f("ix_merges_target"), "merges", ["target"], unique=False)
