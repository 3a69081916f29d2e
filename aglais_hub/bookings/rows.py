"""Which rows, and what they hold: the conditions that the store's selects are made of."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import and_, or_

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.rules import Need, Terms
from aglais_hub.bookings.tables import BookingRow, EntryRow, GrantRow, SpanRow
from aglais_hub.bookings.tree import TOP, WIDTHS, floor
from aglais_hub.database.types import to_microseconds
from aglais_hub.wire.bookings import Phase, Sharing, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select

__all__ = [
    "IS_DUE",
    "LIVE",
    "NewBooking",
    "Page",
    "amount_of",
    "bin_of",
    "bin_of_span",
    "columns_of",
    "current_span",
    "need_of",
    "overlapping",
    "terms_of",
]

IS_DUE = "EXISTS (SELECT 1 FROM timers WHERE kind = 'expire' AND due <= :now)"
"""Whether an offer has expired and is still counted, in SQL."""

LIVE = (Phase.WAITING, Phase.PREPARING, Phase.AVAILABLE, Phase.RUNNING)
"""The phases in which a booking is its account's to use."""

INSTANTS = ("start", "end", "created", "modified", "expires", "outage", "prepared", "served")
"""The columns of a booking that are instants."""

R = TypeVar("R", GrantRow, BookingRow)


class NewBooking(NamedTuple):
    """A booking that is being made: the columns of its row, and its spans."""

    id: str
    account: str
    phase: Phase
    version: int
    package: str | None
    package_version: int | None
    cluster: str
    sharing: Sharing
    share: int | None
    overcommit: int
    buffer: int
    recurrence: str | None
    start: datetime
    end: datetime
    created: datetime
    modified: datetime
    note: str
    cores: int
    memory: int
    temporary: int
    user: int
    data: int
    servers: int
    gpus: int
    spans: Sequence[Span]
    expires: datetime | None = None
    kind: str | None = None
    reason: str = ""
    key: str | None = None
    asked: str | None = None
    decision: str | None = None
    outage: datetime | None = None
    lost: int = 0
    lead: int | None = None
    prepared: datetime | None = None
    served: datetime | None = None
    group: str | None = None

    def columns(self) -> dict[str, Any]:
        """Its row, as the database has it."""
        columns = self._asdict()
        del columns["spans"]
        for name in INSTANTS:
            if (instant := columns[name]) is not None:
                columns[name] = to_microseconds(instant)
        return columns


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


def amount_of(row: GrantRow | BookingRow | NewBooking | EntryRow) -> Amount:
    """The amount that a row holds."""
    return Amount(row.cores, row.memory, row.temporary, row.user, row.data, row.servers, row.gpus)


def bin_of(start: int, end: int) -> tuple[int, int]:
    """The level and start of the smallest node that holds ``[start, end)``; the columns ``level`` and ``bin``."""
    last = max(end - 1, start)
    level = next(level for level in range(1, len(WIDTHS)) if floor(start, level) == floor(last, level))
    return level, floor(start, level)


def bin_of_span(span: Span) -> tuple[int, int]:
    """The same of a span."""
    return bin_of(to_microseconds(span.start), to_microseconds(span.end))


def columns_of(booking_id: str, span: Span) -> dict[str, Any]:
    """The row of a booking's span, as the database has it."""
    start, end = to_microseconds(span.start), to_microseconds(span.end)
    level, stretch = bin_of(start, end)
    return {"booking_id": booking_id, "start": start, "end": end, "level": level, "bin": stretch}


def overlapping(table: type[EntryRow | SpanRow], span: Span) -> ColumnElement[bool]:
    """The rows that overlap ``span``, found by the nodes that can hold them."""
    first, last = to_microseconds(span.start), to_microseconds(span.end)
    bins = [
        and_(table.level == level, table.bin >= floor(first, level), table.bin < last) for level in range(1, TOP + 1)
    ]
    return and_(or_(table.level == TOP + 1, *bins), table.end > span.start, table.start < span.end)


def need_of(row: BookingRow | NewBooking) -> Need:
    """What a booking asks of its cluster."""
    return Need(amount_of(row), row.sharing, row.share)  # type: ignore[arg-type]


def terms_of(row: BookingRow | NewBooking) -> Terms:
    """How its cluster counts a booking: as it did when it was made."""
    return Terms.of(row.cluster, row.overcommit, row.buffer)


def current_span(row: BookingRow | NewBooking, now: datetime) -> SpanRow | Span:
    """The span that is running or comes next; after all of them, the last."""
    spans: Sequence[SpanRow | Span] = row.spans
    return next((span for span in spans if span.end > now), spans[-1])
