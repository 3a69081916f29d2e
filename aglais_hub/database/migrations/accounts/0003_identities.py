"""Identities at providers, arrivals from there, and what people say of themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table; what is there has said nothing yet."""
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("affiliation", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("terms", sa.String(length=40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("accepted", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("label", sa.String(length=255), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("email", sa.String(length=255), nullable=True))
        batch_op.create_index(batch_op.f("ix_identities_email"), ["email"], unique=False)
    op.create_table(
        "arrivals",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("display", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_arrivals")),
    )
    with op.batch_alter_table("arrivals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_arrivals_expires"), ["expires"], unique=False)
