"""Workshops, and which accounts were opened for one."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from aglais_hub.database.ids import new_id
from aglais_hub.database.types import from_microseconds

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPENED = sa.text(
    "SELECT DISTINCT a.name, a.level, a.expires, a.erase, a.created FROM accounts a "
    "JOIN login_tokens t ON t.account = a.name WHERE NOT t.is_once AND a.expires IS NOT NULL ORDER BY a.name"
)


def upgrade() -> None:
    """Add the tables, with a workshop for the accounts that were opened together until now."""
    workshops = op.create_table(
        "workshops",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=24), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("erase", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=63), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshops")),
        sa.UniqueConstraint("name", name=op.f("uq_workshops_name")),
        sa.UniqueConstraint("key", name=op.f("uq_workshops_key")),
    )
    op.create_index(op.f("ix_workshops_until"), "workshops", ["until"], unique=False)
    cards = op.create_table(
        "workshop_cards",
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("workshop", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.name"], name=op.f("fk_workshop_cards_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workshop"], ["workshops.id"], name=op.f("fk_workshop_cards_workshop"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_workshop_cards")),
    )
    op.create_index(op.f("ix_workshop_cards_workshop"), "workshop_cards", ["workshop"], unique=False)
    found: dict[str, list[sa.Row[Any]]] = {}
    for row in op.get_bind().execute(OPENED):
        found.setdefault(row.name.rpartition("-")[0][:24], []).append(row)
    for name, rows in found.items():
        created = min(row.created for row in rows)
        made = {
            "id": new_id(from_microseconds(created)),
            "name": name,
            "level": rows[0].level,
            # Of most of them; one that has another was given it by hand.
            "until": max(ends := [row.expires for row in rows], key=ends.count),
            "erase": bool(rows[0].erase),
            "created": created,
            "by": "",
            "opened": len(rows),
            "version": 1,
        }
        op.bulk_insert(workshops, [made])
        op.bulk_insert(cards, [{"account": row.name, "workshop": made["id"]} for row in rows])
