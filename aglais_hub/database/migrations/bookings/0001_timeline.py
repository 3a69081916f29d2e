"""The timeline: clusters, grants, bookings and their claims."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "timelines",
        sa.Column("cluster", sa.String(length=63), nullable=False),
        sa.PrimaryKeyConstraint("cluster", name=op.f("pk_timelines")),
    )
    _make_bookings()
    _make_grants()
    _make_claims()


def _make_bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("package", sa.String(length=31), nullable=True),
        sa.Column("package_version", sa.BigInteger(), nullable=True),
        sa.Column("cluster", sa.String(length=63), nullable=False),
        sa.Column("sharing", sa.String(length=8), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=True),
        sa.Column("asked", sa.String(length=64), nullable=True),
        sa.Column("cores", sa.BigInteger(), nullable=False),
        sa.Column("memory", sa.BigInteger(), nullable=False),
        sa.Column("temporary", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.BigInteger(), nullable=False),
        sa.Column("servers", sa.BigInteger(), nullable=False),
        sa.Column("gpus", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cluster"], ["timelines.cluster"], name=op.f("fk_bookings_cluster")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("account", "key", name=op.f("uq_bookings_account_key")),
    )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.create_index("ix_bookings_account_start", ["account", "start"], unique=False)
        batch_op.create_index("ix_bookings_end_start", ["end", "start"], unique=False)
        batch_op.create_index("ix_bookings_phase_end", ["phase", "end"], unique=False)


def _make_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("cluster", sa.String(length=63), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("cores", sa.BigInteger(), nullable=False),
        sa.Column("memory", sa.BigInteger(), nullable=False),
        sa.Column("temporary", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.BigInteger(), nullable=False),
        sa.Column("servers", sa.BigInteger(), nullable=False),
        sa.Column("gpus", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cluster"], ["timelines.cluster"], name=op.f("fk_grants_cluster")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index("ix_grants_cluster_end", ["cluster", "end"], unique=False)


def _make_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("booking_id", sa.String(length=36), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("cluster", sa.String(length=63), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("cores", sa.BigInteger(), nullable=False),
        sa.Column("memory", sa.BigInteger(), nullable=False),
        sa.Column("temporary", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.BigInteger(), nullable=False),
        sa.Column("servers", sa.BigInteger(), nullable=False),
        sa.Column("gpus", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_claims_booking_id")),
        sa.PrimaryKeyConstraint("booking_id", "start", name=op.f("pk_claims")),
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index("ix_claims_cluster_end", ["cluster", "end"], unique=False)
