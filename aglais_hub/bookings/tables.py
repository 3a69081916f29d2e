"""The timeline: grants add, claims take away. Cores are thousandths, memory and disks MiB."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aglais_hub.database import Base, make_metadata

__all__ = ["BookingRow", "BookingsBase", "ClaimRow", "GrantRow", "TimelineRow"]


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


class TimelineRow(BookingsBase):
    """A cluster. A writer locks its row, so that what it checked still holds when it inserts."""

    __tablename__ = "timelines"

    cluster: Mapped[str] = mapped_column(String(63), primary_key=True)


class GrantRow(AmountColumns, BookingsBase):
    """Capacity that a cluster has during ``[start, end)``."""

    __tablename__ = "grants"
    __table_args__ = (Index("ix_grants_cluster_end", "cluster", "end"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cluster: Mapped[str] = mapped_column(ForeignKey("timelines.cluster"))
    start: Mapped[datetime]
    end: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(200))
    version: Mapped[int]
    created: Mapped[datetime]


class BookingRow(AmountColumns, BookingsBase):
    """A booking, an offer, or a session: the same row in different phases. ``start`` and ``end`` bound its claims."""

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("account", "key"),
        Index("ix_bookings_account_start", "account", "start"),
        Index("ix_bookings_phase_end", "phase", "end"),
        Index("ix_bookings_end_start", "end", "start"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account: Mapped[str] = mapped_column(String(255))
    phase: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    package: Mapped[str | None] = mapped_column(String(31))
    package_version: Mapped[int | None]
    cluster: Mapped[str] = mapped_column(ForeignKey("timelines.cluster"))
    sharing: Mapped[str] = mapped_column(String(8))
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

    claims: Mapped[list[ClaimRow]] = relationship(
        back_populates="booking", cascade="all, delete-orphan", order_by="ClaimRow.start", lazy="selectin"
    )


class ClaimRow(AmountColumns, BookingsBase):
    """What a booking takes from its cluster during one span ``[start, end)``, as long as it counts.

    ``expires`` is the offer's: a hold stops counting then, swept or not.
    """

    __tablename__ = "claims"
    __table_args__ = (Index("ix_claims_cluster_end", "cluster", "end"),)

    booking_id: Mapped[str] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    end: Mapped[datetime]
    cluster: Mapped[str] = mapped_column(String(63))
    counts: Mapped[bool]
    expires: Mapped[datetime | None]

    booking: Mapped[BookingRow] = relationship(back_populates="claims")
