"""Rows to wire models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.store import amount_of
from aglais_hub.wire.bookings import Booking, Phase, Span
from aglais_hub.wire.resources import Grant

if TYPE_CHECKING:
    from aglais_hub.bookings.tables import BookingRow, GrantRow

__all__ = ["booking_view", "grant_view"]


def booking_view(row: BookingRow, url: str) -> Booking:
    """A booking as callers see it; ``url`` is the address of the API."""
    return Booking(
        id=row.id,
        url=f"{url}bookings/{row.id}",
        account=row.account,
        phase=Phase(row.phase),
        version=row.version,
        package=row.package,
        package_version=row.package_version,
        cluster=row.cluster,
        sharing=row.sharing,
        resources=amount_of(row).resources(),
        spans=[Span(start=claim.start, end=claim.end) for claim in row.claims],
        start=row.start,
        end=row.end,
        created=row.created,
        modified=row.modified,
        expires=row.expires,
        kind=row.kind,
        reason=row.reason,
        note=row.note,
    )


def grant_view(row: GrantRow, url: str) -> Grant:
    """A grant as callers see it."""
    return Grant(
        id=row.id,
        url=f"{url}resources/{row.id}",
        cluster=row.cluster,
        start=row.start,
        end=row.end,
        resources=amount_of(row).resources(),
        note=row.note,
        version=row.version,
        created=row.created,
    )
