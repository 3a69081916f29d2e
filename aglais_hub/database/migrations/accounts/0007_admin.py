"""Who changed what, invitations, and what admins see and say of an account."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and the columns; nobody was seen yet."""
    op.create_table(
        "account_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("by", sa.String(length=63), nullable=False),
        sa.Column("through", sa.String(length=10), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_changes")),
    )
    with op.batch_alter_table("account_changes", schema=None) as batch_op:
        batch_op.create_index("ix_account_changes_account", ["account", "id"], unique=False)
        batch_op.create_index("ix_account_changes_by", ["by", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_changes_at"), ["at"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("team", sa.String(length=63), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("by", sa.String(length=63), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("mailed", sa.BigInteger(), nullable=False),
        sa.Column("over", sa.BigInteger(), nullable=True),
        sa.Column("account", sa.String(length=63), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitations_until"), ["until"], unique=False)

    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("invitation", sa.String(length=36), nullable=True))
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("invitation", sa.String(length=36), nullable=True))

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("seen", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.create_index("ix_accounts_created", ["created", "name"], unique=False)
        batch_op.create_index("ix_accounts_seen", ["seen", "name"], unique=False)
        batch_op.create_index("ix_accounts_level", ["level", "name"], unique=False)
