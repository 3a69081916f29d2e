"""The timeline. Cores are thousandths, memory and disks MiB.

One row of ``timeline`` is the lock that every change is made under, and counts them. ``entries`` is the ledger: each
grant (+) and claim (−) in pieces, from the change that entered it to the change that took it off again, so that the
ledger can be read as it stood at any change. ``nodes`` is the tree over the entries that count now (see ``tree``),
written in the same transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aglais_hub.database import Base, make_metadata

__all__ = [
    "BookingRow",
    "BookingsBase",
    "BudgetRow",
    "ChangeRow",
    "ClusterRow",
    "DecisionRow",
    "EntryRow",
    "GrantRow",
    "NodeRow",
    "SpanRow",
    "SparedRow",
    "TimelineRow",
    "TimerRow",
]


PERSONS = "by NOT IN ('holder', 'admin', 'spawner', 'clock')"
"""Changes that an account has made, and no part of the platform."""


class BookingsBase(Base):
    """The base of this feature's tables."""

    __abstract__ = True
    metadata = make_metadata()


class AmountColumns:
    """An amount of every resource."""

    cores: Mapped[int]
    memory: Mapped[int]
    temporary: Mapped[int]
    user: Mapped[int]
    data: Mapped[int]
    servers: Mapped[int]
    gpus: Mapped[int]


class BinColumns:
    """An interval ``[start, end)``, and the smallest node of the tree that holds all of it.

    What overlaps a range lies in the nodes that overlap it, so that it is found by a few short looks into an index,
    whatever else is on record. The level above the top holds what fits no node.
    """

    start: Mapped[datetime]
    end: Mapped[datetime]
    level: Mapped[int]
    bin: Mapped[int]


class TimelineRow(BookingsBase):
    """The lock that every change is made under; ``change`` counts them, ``swept`` is when timers were looked at."""

    __tablename__ = "timeline"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change: Mapped[int]
    swept: Mapped[datetime | None]


class ClusterRow(BookingsBase):
    """A cluster: ``overcommit`` in thousandths, ``buffer`` in seconds."""

    __tablename__ = "clusters"

    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    overcommit: Mapped[int]
    buffer: Mapped[int]
    created: Mapped[datetime]


class GrantRow(AmountColumns, BookingsBase):
    """Capacity that a cluster has during ``[start, end)``, or loses; ``share`` is in thousandths of a percent."""

    __tablename__ = "grants"
    __table_args__ = (Index("ix_grants_start", "start", "id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cluster: Mapped[str] = mapped_column(ForeignKey("clusters.name"))
    start: Mapped[datetime]
    end: Mapped[datetime]
    share: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(200))
    version: Mapped[int]
    created: Mapped[datetime]


class BookingRow(AmountColumns, BookingsBase):
    """A booking, an offer, or a session: the same row in different phases. ``start`` and ``end`` bound its spans.

    ``decision`` is the decision that made it; ``share`` is in thousandths of a percent. ``overcommit`` and ``buffer``
    are its cluster's as they were then. ``outage`` is since when it has had no server through no fault of its holder,
    ``lost`` the seconds of such times that are over. ``lead`` is how many seconds before each start its lab is made
    ready, where that was asked for; ``prepared`` since when it claims its place before the latest start, and ``served``
    since when it has a server that the platform started. ``group`` is whose budget it is charged to.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("account", "key"),
        Index("ix_bookings_account_start", "account", "start"),
        Index("ix_bookings_account_phase", "account", "phase"),
        Index("ix_bookings_phase", "phase"),
        Index("ix_bookings_decision", "decision"),
        Index(
            "ix_bookings_group_start",
            "group",
            "start",
            postgresql_where=text('"group" IS NOT NULL'),
            sqlite_where=text('"group" IS NOT NULL'),
        ),
        Index(
            "ix_bookings_served",
            "served",
            postgresql_where=text("served IS NOT NULL"),
            sqlite_where=text("served IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account: Mapped[str] = mapped_column(String(255))
    phase: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    package: Mapped[str | None] = mapped_column(String(31))
    package_version: Mapped[int | None]
    cluster: Mapped[str] = mapped_column(ForeignKey("clusters.name"))
    sharing: Mapped[str] = mapped_column(String(8))
    share: Mapped[int | None]
    overcommit: Mapped[int]
    buffer: Mapped[int]
    recurrence: Mapped[str | None] = mapped_column(String(500))
    start: Mapped[datetime]
    end: Mapped[datetime]
    created: Mapped[datetime]
    modified: Mapped[datetime]
    expires: Mapped[datetime | None]
    kind: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(200))
    key: Mapped[str | None] = mapped_column(String(255))
    asked: Mapped[str | None] = mapped_column(String(64))
    decision: Mapped[str | None] = mapped_column(String(36))
    outage: Mapped[datetime | None]
    lost: Mapped[int]
    lead: Mapped[int | None]
    prepared: Mapped[datetime | None]
    served: Mapped[datetime | None]
    group: Mapped[str | None] = mapped_column(String(63))

    spans: Mapped[list[SpanRow]] = relationship(
        cascade="all, delete-orphan", order_by="SpanRow.start", lazy="selectin", passive_deletes=True
    )


class SpanRow(BinColumns, BookingsBase):
    """One of the intervals that a booking is for."""

    __tablename__ = "spans"
    __table_args__ = (Index("ix_spans_bin", "level", "bin"),)

    booking_id: Mapped[str] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)


class EntryRow(AmountColumns, BinColumns, BookingsBase):
    """What a grant adds to a cluster, or a booking takes from it (negative), during ``[start, end)``.

    It counts from the change ``entered`` until the change ``gone``. ``group`` is whose budget is charged with it.
    """

    __tablename__ = "entries"
    __table_args__ = (
        Index("ix_entries_bin", "cluster", "level", "bin"),
        Index("ix_entries_source", "source"),
        Index(
            "ix_entries_group_end",
            "group",
            "end",
            postgresql_where=text('"group" IS NOT NULL'),
            sqlite_where=text('"group" IS NOT NULL'),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    cluster: Mapped[str] = mapped_column(String(63))
    source: Mapped[str] = mapped_column(String(36))
    is_grant: Mapped[bool]
    entered: Mapped[int]
    gone: Mapped[int | None]
    group: Mapped[str | None] = mapped_column(String(63))


class BudgetRow(BookingsBase):
    """What a group may have during ``[start, end)``, and what its bookings take of it: ``used``, always their sum.

    Both in thousandths of a core times milliseconds.
    """

    __tablename__ = "budgets"

    group: Mapped[str] = mapped_column(String(63), primary_key=True)
    start: Mapped[datetime]
    end: Mapped[datetime]
    granted: Mapped[int]
    used: Mapped[int]


class SparedRow(BookingsBase):
    """Time of a group's booking that is not charged, since there was no server through no fault of its holder's."""

    __tablename__ = "spared"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    group: Mapped[str] = mapped_column(String(63), index=True)
    booking_id: Mapped[str] = mapped_column(ForeignKey("bookings.id"))
    start: Mapped[datetime]
    end: Mapped[datetime]
    cores: Mapped[int]


class NodeRow(AmountColumns, BookingsBase):
    """A node of a cluster's tree: ``at`` in microseconds since 1970, the amounts ``delta``, ``low_…`` its ``low``."""

    __tablename__ = "nodes"

    cluster: Mapped[str] = mapped_column(String(63), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int] = mapped_column(primary_key=True)
    low_cores: Mapped[int]
    low_memory: Mapped[int]
    low_temporary: Mapped[int]
    low_user: Mapped[int]
    low_data: Mapped[int]
    low_servers: Mapped[int]
    low_gpus: Mapped[int]


class TimerRow(BookingsBase):
    """What is due for a booking when: its offer expires, a span ends or starts, or nobody has come."""

    __tablename__ = "timers"
    __table_args__ = (Index("ix_timers_due", "due", "rank"), Index("ix_timers_kind_due", "kind", "due"))

    booking_id: Mapped[str] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    due: Mapped[datetime]
    rank: Mapped[int]


class DecisionRow(BookingsBase):
    """What was asked, what it was understood as, and how it was decided at ``change``; both as JSON."""

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_account_made", "account", "made"), Index("ix_decisions_made", "made"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account: Mapped[str] = mapped_column(String(255))
    made: Mapped[datetime]
    change: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(8))
    rule: Mapped[str | None] = mapped_column(String(31))
    message: Mapped[str] = mapped_column(String(500))
    request: Mapped[str] = mapped_column(Text)
    wanted: Mapped[str] = mapped_column(Text)
    booking_id: Mapped[str | None] = mapped_column(String(36))


class ChangeRow(BookingsBase):
    """What one version of a booking changed, as JSON; ``by`` is the account or the part of the platform."""

    __tablename__ = "changes"
    # People's own changes: the platform's are many more, and nobody asks for them all.
    __table_args__ = (Index("ix_changes_by", "by", postgresql_where=text(PERSONS), sqlite_where=text(PERSONS)),)

    booking_id: Mapped[str] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(255))
    fields: Mapped[str] = mapped_column(Text)
