"""Words that accounts are found by, and indexes for the rest of what is looked for."""

import sqlalchemy as sa
from alembic import op

from aglais_hub.accounts.rules import words_of

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

AT_ONCE = 1000

ACCOUNTS = "SELECT name, NULL, name, display, affiliation FROM accounts"
IDENTITIES = "SELECT account, id, subject, label, email FROM identities"


def upgrade() -> None:
    """Add the table, and fill it; add the indexes."""
    words = op.create_table(
        "account_words",
        sa.Column(
            "word", sa.String(length=60).with_variant(sa.String(60, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("identity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.name"], name=op.f("fk_account_words_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["identity"], ["identities.id"], name=op.f("fk_account_words_identity"), ondelete="CASCADE"
        ),
    )
    for query in (ACCOUNTS, IDENTITIES):
        rows = op.get_bind().execute(sa.text(query)).fetchall()
        for start in range(0, len(rows), AT_ONCE):
            found = [
                {"word": word, "account": account, "identity": identity}
                for account, identity, *texts in rows[start : start + AT_ONCE]
                for word in sorted(words_of(*texts))
            ]
            if found:
                op.bulk_insert(words, found)
    op.create_index("ix_account_words_word", "account_words", ["word", "account"])
    op.create_index(op.f("ix_account_words_account"), "account_words", ["account"])
    op.create_index(op.f("ix_account_words_identity"), "account_words", ["identity"])
    op.create_index("ix_accounts_suspended", "accounts", ["suspended"])
    op.create_index("ix_account_changes_what", "account_changes", ["what", "id"])
