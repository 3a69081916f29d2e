"""Bookings of groups, and what those may have."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Room for whose budget is charged, the budgets, and the time that is not charged."""
    there = sa.text('"group" IS NOT NULL')
    for table, at in (("bookings", "start"), ("entries", "end")):
        op.add_column(table, sa.Column("group", sa.String(length=63), nullable=True))
        name = f"ix_{table}_group_{at}"
        op.create_index(name, table, ["group", at], postgresql_where=there, sqlite_where=there)
    op.create_table(
        "budgets",
        sa.Column("group", sa.String(length=63), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("start", "end", "granted", "used")),
        sa.PrimaryKeyConstraint("group", name=op.f("pk_budgets")),
    )
    op.create_table(
        "spared",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group", sa.String(length=63), nullable=False),
        sa.Column("booking_id", sa.String(length=36), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("start", "end", "cores")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_spared_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spared")),
    )
    op.create_index("ix_spared_group", "spared", ["group"])
