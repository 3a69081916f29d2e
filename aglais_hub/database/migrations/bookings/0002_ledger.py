"""The ledger: entries with their tree, spans, timers, decisions and changes, in place of claims.

The tree is made from the entries when the services start.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AMOUNTS = ("cores", "memory", "temporary", "user", "data", "servers", "gpus")
DAY = 86_400_000_000
WIDTHS = (900_000_000, 3_600_000_000, DAY, 32 * DAY, 1024 * DAY)


def upgrade() -> None:
    """Make the new tables, bring over what the old ones hold, and drop those."""
    _change_clusters()
    _change_bookings()
    _make_ledger()
    _make_bookkeeping()
    _bring_over()
    op.drop_table("claims")


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _change_clusters() -> None:
    op.rename_table("timelines", "clusters")
    op.execute("ALTER TABLE clusters RENAME COLUMN cluster TO name")
    op.add_column("clusters", sa.Column("overcommit", sa.BigInteger(), nullable=False, server_default="1000"))
    op.add_column("clusters", sa.Column("buffer", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("clusters", sa.Column("created", sa.BigInteger(), nullable=False, server_default="0"))


def _change_bookings() -> None:
    op.add_column("grants", _number("share", nullable=True))
    op.drop_index("ix_grants_cluster_end", "grants")
    op.create_index("ix_grants_start", "grants", ["start", "id"])
    op.add_column("bookings", _number("share", nullable=True))
    op.add_column("bookings", sa.Column("overcommit", sa.BigInteger(), nullable=False, server_default="1000"))
    op.add_column("bookings", sa.Column("buffer", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("bookings", _text("recurrence", 500, nullable=True))
    op.add_column("bookings", _text("decision", 36, nullable=True))
    op.drop_index("ix_bookings_end_start", "bookings")
    op.drop_index("ix_bookings_phase_end", "bookings")
    op.create_index("ix_bookings_account_phase", "bookings", ["account", "phase"])
    op.create_index("ix_bookings_phase", "bookings", ["phase"])
    op.create_index("ix_bookings_decision", "bookings", ["decision"])


def _make_ledger() -> None:
    op.create_table(
        "timeline",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        _number("change"),
        _number("swept", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline")),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        _text("cluster", 63),
        _text("source", 36),
        sa.Column("is_grant", sa.Boolean(), nullable=False),
        _number("entered"),
        _number("gone", nullable=True),
        *map(_number, ("start", "end", "level", "bin", *AMOUNTS)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
    )
    op.create_index("ix_entries_bin", "entries", ["cluster", "level", "bin"])
    op.create_index("ix_entries_source", "entries", ["source"])
    op.create_table(
        "nodes",
        _text("cluster", 63),
        *map(_number, ("level", "at", *AMOUNTS, *(f"low_{name}" for name in AMOUNTS))),
        sa.PrimaryKeyConstraint("cluster", "level", "at", name=op.f("pk_nodes")),
    )


def _make_bookkeeping() -> None:
    op.create_table(
        "spans",
        _text("booking_id", 36),
        *map(_number, ("start", "end", "level", "bin")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_spans_booking_id")),
        sa.PrimaryKeyConstraint("booking_id", "start", name=op.f("pk_spans")),
    )
    op.create_index("ix_spans_bin", "spans", ["level", "bin"])
    op.create_table(
        "timers",
        _text("booking_id", 36),
        _text("kind", 8),
        *map(_number, ("due", "rank")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_timers_booking_id")),
        sa.PrimaryKeyConstraint("booking_id", "kind", name=op.f("pk_timers")),
    )
    op.create_index("ix_timers_due", "timers", ["due", "rank"])
    op.create_index("ix_timers_kind_due", "timers", ["kind", "due"])
    op.create_table(
        "decisions",
        _text("id", 36),
        _text("account", 255),
        *map(_number, ("made", "change")),
        _text("outcome", 8),
        _text("rule", 31, nullable=True),
        _text("message", 500),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        _text("booking_id", 36, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_account_made", "decisions", ["account", "made"])
    op.create_index("ix_decisions_made", "decisions", ["made"])
    op.create_table(
        "changes",
        _text("booking_id", 36),
        *map(_number, ("version", "at")),
        _text("by", 255),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_changes_booking_id")),
        sa.PrimaryKeyConstraint("booking_id", "version", name=op.f("pk_changes")),
    )


def _bring_over() -> None:
    connection = op.get_bind()
    connection.execute(sa.text("INSERT INTO timeline (id, change) VALUES (1, 1)"))
    grants = sa.table("grants", *map(sa.column, ("id", "cluster", "start", "end", *AMOUNTS)))
    for source, cluster, start, end, *amount in connection.execute(sa.select(grants)).all():
        _enter(cluster, source, True, start, end, amount)
    claims = sa.table(
        "claims", *map(sa.column, ("booking_id", "cluster", "start", "end", "counts", "expires", *AMOUNTS))
    )
    bookings = sa.table("bookings", sa.column("id"), sa.column("phase"))
    rows = sa.select(bookings.c.phase, claims).join_from(claims, bookings, bookings.c.id == claims.c.booking_id)
    for phase, source, cluster, start, end, counts, expires, *amount in connection.execute(rows).all():
        _insert("spans", booking_id=source, start=start, end=end, **_bin(start, end))
        if counts or phase == "COMPLETED":
            _enter(cluster, source, False, start, end, [-value for value in amount])
        due = {
            "OFFERED": {"expire": expires},
            "WAITING": {"start": start, "end": end},
            "AVAILABLE": {"end": end},
            "RUNNING": {"end": end},
        }
        for kind, at in due.get(phase, {}).items():
            _insert("timers", booking_id=source, kind=kind, due=at, rank=2 if kind == "start" else 0)


def _enter(cluster: str, source: str, is_grant: bool, start: int, end: int, amount: list[int]) -> None:
    values = dict(zip(AMOUNTS, amount, strict=True))
    _insert(
        "entries",
        cluster=cluster,
        source=source,
        is_grant=is_grant,
        entered=1,
        start=start,
        end=end,
        **_bin(start, end),
        **values,
    )


def _bin(start: int, end: int) -> dict[str, int]:
    for level, width in enumerate(WIDTHS, 1):
        if start // width == max(end - 1, start) // width:
            return {"level": level, "bin": start - start % width}
    return {"level": len(WIDTHS) + 1, "bin": 0}


def _insert(table: str, **values: Any) -> None:
    op.get_bind().execute(sa.insert(sa.table(table, *map(sa.column, values))).values(values))
