"""SQL of the timeline. Never commits."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import and_, or_, select

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.rules import Piece
from aglais_hub.bookings.tables import BookingRow, ClaimRow, GrantRow, TimelineRow
from aglais_hub.wire.bookings import Phase, Span

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import QueryableAttribute, Session

__all__ = ["BookingStore", "Page", "amount_of"]

DUE = 500
"""Due bookings that one look takes; the next look takes the next."""


R = TypeVar("R", GrantRow, BookingRow)


class Page(NamedTuple):
    """Which rows of a long list: ``limit`` of them, after the row with that start and id."""

    limit: int
    after: tuple[datetime, str] | None = None

    def of(self, rows: Select[R], table: type[R]) -> Select[R]:
        """One row more than the limit, so that the reader knows whether there is a next page."""
        if self.after is not None:
            start, row_id = self.after
            rows = rows.where(or_(table.start > start, and_(table.start == start, table.id > row_id)))
        return rows.order_by(table.start, table.id).limit(self.limit + 1)


def amount_of(row: GrantRow | BookingRow | ClaimRow) -> Amount:
    """The amount that a row holds."""
    return Amount(*(getattr(row, name) for name in Amount._fields))


def _overlapping(
    table: type[GrantRow | ClaimRow], cluster: str, span: Span
) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    return table.cluster == cluster, table.end > span.start, table.start < span.end


class BookingStore:
    """Grants, bookings and their claims, within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # ---- clusters

    def clusters(self) -> list[str]:
        """The names of the clusters, in order."""
        return list(self._session.scalars(select(TimelineRow.cluster).order_by(TimelineRow.cluster)))

    def add_cluster(self, cluster: str) -> None:
        self._session.add(TimelineRow(cluster=cluster))
        self._session.flush()

    def lock(self, clusters: Collection[str]) -> list[str]:
        """Take the clusters for this transaction, in order so that two writers never wait for each other.

        Gives those of the names that are clusters. On SQLite the transaction has the one write lock already.
        """
        rows = select(TimelineRow.cluster).where(TimelineRow.cluster.in_(clusters)).order_by(TimelineRow.cluster)
        return list(self._session.scalars(rows.with_for_update()))

    def pieces(self, cluster: str, span: Span, now: datetime, *, without: str | None = None) -> list[Piece]:
        """Every grant (+) and claim (−) of a cluster that overlaps ``span``, less those of the booking ``without``."""
        grants = select(GrantRow).where(*_overlapping(GrantRow, cluster, span))
        claims = select(ClaimRow).where(
            *_overlapping(ClaimRow, cluster, span),
            ClaimRow.counts,
            or_(ClaimRow.expires.is_(None), ClaimRow.expires > now),
        )
        if without is not None:
            claims = claims.where(ClaimRow.booking_id != without)
        granted = [Piece(row.start, row.end, amount_of(row)) for row in self._session.scalars(grants)]
        claimed = [
            Piece(row.start, row.end, Amount(*(-value for value in amount_of(row))))
            for row in self._session.scalars(claims)
        ]
        return granted + claimed

    # ---- grants

    def grant(self, grant_id: str, *, anew: bool = False) -> GrantRow | None:
        """One grant; ``anew`` as it is by now, whatever this transaction has seen of it before."""
        return self._session.get(GrantRow, grant_id, populate_existing=anew)

    def grants(self, span: Span, cluster: str | None, page: Page) -> list[GrantRow]:
        """A page of the grants that overlap ``span``, by start."""
        rows = select(GrantRow).where(GrantRow.end > span.start, GrantRow.start < span.end)
        if cluster is not None:
            rows = rows.where(GrantRow.cluster == cluster)
        return list(self._session.scalars(page.of(rows, GrantRow)))

    def add(self, row: GrantRow | BookingRow) -> None:
        self._session.add(row)
        self._session.flush()

    def remove(self, row: GrantRow) -> None:
        self._session.delete(row)

    # ---- bookings

    def booking(self, booking_id: str, *, lock: bool = False) -> BookingRow | None:
        """One booking; with ``lock``, no other transaction changes it until this one ends."""
        rows = select(BookingRow).where(BookingRow.id == booking_id)
        return self._session.scalar(rows.with_for_update() if lock else rows)

    def booking_of_key(self, account: str, key: str) -> BookingRow | None:
        """The booking that an account's idempotency key has made."""
        rows = select(BookingRow).where(BookingRow.account == account, BookingRow.key == key)
        return self._session.scalar(rows)

    def bookings(self, page: Page, *conditions: ColumnElement[bool]) -> list[BookingRow]:
        """A page of the bookings that meet the conditions, by start."""
        return list(self._session.scalars(page.of(select(BookingRow).where(*conditions), BookingRow)))

    def live(self, account: str, now: datetime) -> list[BookingRow]:
        """The account's bookings under which a server may run now."""
        rows = select(BookingRow).where(
            BookingRow.account == account,
            BookingRow.start <= now,
            BookingRow.end > now,
            BookingRow.phase.in_([Phase.WAITING, Phase.AVAILABLE, Phase.RUNNING]),
        )
        return list(self._session.scalars(rows.order_by(BookingRow.id).with_for_update()))

    def open_offers(self, account: str) -> list[BookingRow]:
        """The account's offers that were neither taken nor declined, expired or not."""
        return self._of_account(account, [Phase.OFFERED])

    def sessions(self, account: str) -> list[BookingRow]:
        """The account's bookings under which a server runs, or is being stopped, as far as we were told."""
        return self._of_account(account, [Phase.RUNNING, Phase.RELEASING])

    def is_running(self, account: str) -> bool:
        """Whether a server of the account has a booking to run under."""
        rows = select(BookingRow.id).where(BookingRow.account == account, BookingRow.phase == Phase.RUNNING)
        return self._session.scalar(rows.limit(1)) is not None

    def _of_account(self, account: str, phases: Collection[Phase]) -> list[BookingRow]:
        rows = select(BookingRow).where(BookingRow.account == account, BookingRow.phase.in_(phases))
        return list(self._session.scalars(rows.order_by(BookingRow.id).with_for_update()))

    def due(self, phases: Collection[Phase], column: QueryableAttribute[Any], now: datetime) -> list[BookingRow]:
        """Bookings in one of ``phases`` whose ``column`` has come, the longest due first."""
        rows = select(BookingRow).where(BookingRow.phase.in_(phases), column <= now).order_by(column, BookingRow.id)
        return list(self._session.scalars(rows.limit(DUE).with_for_update(skip_locked=True)))

    def in_phase(self, phases: Collection[Phase]) -> list[BookingRow]:
        """All bookings in one of ``phases``."""
        return list(self._session.scalars(select(BookingRow).where(BookingRow.phase.in_(phases))))
